//! Scenarios as tests of libtest's kind.
//!
//! One rule: one case, one test; what a test prints on failure is what the terminal
//! report would show. Start at [`run`].

use std::path::PathBuf;
use std::process::ExitCode;

use events::{Event, Outcome, Sink, Verdict};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use runner::{Abilities, Case, Plan, RunOptions, Selection};

use crate::written::Written;

/// A folder of scenarios.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    prefix: String,
}

impl Folder {
    /// Every scenario below a folder.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), prefix: String::new() }
    }

    /// Puts a word and `/` before the names of its tests.
    #[must_use]
    pub fn named(self, prefix: &str) -> Self {
        Self { prefix: format!("{prefix}/"), ..self }
    }
}

/// Runs the scenarios of folders as tests, with the arguments that `cargo test` and nextest give.
#[must_use]
pub fn run(folders: &[Folder]) -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for folder in folders {
        trials.extend(trials_of(folder));
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    environment::clean_up();
    conclusion.exit_code()
}

/// A test for each case; one that fails with every mistake if the files are wrong.
fn trials_of(folder: &Folder) -> Vec<Trial> {
    let selection =
        Selection { paths: vec![folder.path.clone()], counterproofs: true, ..Selection::default() };
    match runner::plan(&selection, Abilities::EMBEDDED) {
        Ok(plan) if plan.cases.is_empty() => {
            let problem = format!("{} holds no scenario", folder.path.display());
            vec![failing(&folder.prefix, problem)]
        }
        Ok(plan) => plan.cases.into_iter().map(|case| trial(&folder.prefix, case)).collect(),
        Err(runner::PlanError::Wrong(mistakes)) => {
            let texts: Vec<String> = mistakes.iter().map(runner::Mistake::render).collect();
            vec![failing(&folder.prefix, texts.join("\n\n"))]
        }
        Err(problem) => vec![failing(&folder.prefix, problem.to_string())],
    }
}

fn failing(prefix: &str, problem: String) -> Trial {
    Trial::test(format!("{prefix}the scenario files can be read"), move || Err(problem.into()))
}

fn trial(prefix: &str, case: Case) -> Trial {
    let kind = if case.is_counterproof() { "counterproof" } else { "scenario" };
    let name = format!("{prefix}{}", case.name);
    let unknown = !case.unknown.is_empty();
    let test = Trial::ignorable_test(name, move || play(case)).with_kind(kind);
    if unknown { test.with_ignored_flag(true) } else { test }
}

fn play(case: Case) -> Result<Completion, Failed> {
    let plan = Plan { seed: case.seed, cases: vec![case] };
    let options = RunOptions {
        jobs: 1,
        write_snapshots: std::env::var_os("CI").is_none(),
        ..RunOptions::default()
    };
    let mut heard = Heard::default();
    runner::run(&plan, &options, &mut heard);
    match heard.outcome {
        Some(Outcome::Judged(Verdict::Met)) => Ok(Completion::Completed),
        Some(Outcome::Judged(Verdict::Unknown(reasons))) => {
            Ok(Completion::ignored_with(format!("unknown: {}", reasons.join("; "))))
        }
        _ => Err(heard.text().into()),
    }
}

/// What a run said, kept for its end.
#[derive(Default)]
struct Heard {
    events: Vec<Event>,
    outcome: Option<Outcome>,
}

impl Sink for Heard {
    fn event(&mut self, event: &Event) {
        if let Event::ScenarioFinished { outcome, .. } = event {
            self.outcome = Some(outcome.clone());
        }
        self.events.push(event.clone());
    }
}

impl Heard {
    /// As the terminal would show it, without colours.
    fn text(&self) -> String {
        let written = Written::default();
        let options = report::TerminalOptions::default();
        let mut terminal = report::Terminal::new(written.clone(), options);
        self.events.iter().for_each(|event| terminal.event(event));
        drop(terminal);
        written.text()
    }
}
