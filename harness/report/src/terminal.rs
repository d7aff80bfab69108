//! The terminal, in nextest's manners: one line a scenario, failures with all that is known.

use std::io;
use std::time::Duration;

use anstyle::Style;
use events::{Event, Failure, Outcome, Sink, Summary, Verdict};

use crate::failure;
use crate::fanout::{Output, Report};
use crate::story::Story;
use crate::style::{FAIL, FAINT, PASS, STRONG, UNKNOWN, paint};

/// What the terminal shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct TerminalOptions {
    /// Show steps and the changes of conditions too.
    pub verbose: bool,
    /// Draw a line of progress; only where the writer is a terminal.
    pub progress: bool,
}

/// Lines for people. The writer decides whether colours reach the screen.
pub struct Terminal<W> {
    output: Output<W>,
    options: TerminalOptions,
    story: Story,
    /// Name and label of every scenario that did not pass.
    others: Vec<(Style, &'static str, String)>,
    seed: u64,
    drawn: bool,
}

impl<W: io::Write> Terminal<W> {
    /// Shows a run on a writer.
    #[must_use]
    pub fn new(writer: W, options: TerminalOptions) -> Self {
        let output = Output::new(writer);
        Self { output, options, story: Story::default(), others: Vec::new(), seed: 0, drawn: false }
    }

    fn line(&mut self, text: &str) {
        self.clear();
        self.output.text(text);
        self.output.text("\n");
    }

    fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            self.output.text("\r\u{1b}[2K");
        }
    }

    fn progress(&mut self, done: usize, total: usize, running: &str) {
        if self.options.progress {
            self.clear();
            let line: String =
                format!("     Running {done}/{total}: {running}").chars().take(78).collect();
            self.output.text(&line);
            self.output.flush();
            self.drawn = true;
        }
    }

    fn started(&mut self, place: &str, seed: u64, scenarios: usize) {
        self.seed = seed;
        let title = paint(PASS, format_args!("{:>12}", "Starting"));
        self.line(&format!("{title} {} ({place}, seed {seed})", count(scenarios, "scenario")));
    }

    fn scenario(
        &mut self,
        scenario: &str,
        outcome: &Outcome,
        virtual_time: Duration,
        real_time: Duration,
    ) {
        let (style, label) = label(outcome);
        let title = paint(style, format_args!("{label:>12}"));
        let virtual_time = clock::format_duration(whole(virtual_time));
        let seconds = real_time.as_secs_f64();
        self.line(&format!("{title} [{seconds:>8.3}s, {virtual_time} virtual] {}", name(scenario)));
        if !matches!(outcome, Outcome::Judged(Verdict::Met)) {
            self.others.push((style, label, scenario.to_owned()));
        }
        self.details(outcome);
    }

    fn details(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Judged(Verdict::Met) => {}
            Outcome::Judged(Verdict::NotMet(failures)) => self.failures(failures),
            Outcome::Judged(Verdict::Unknown(reasons)) => {
                for reason in reasons {
                    self.line(&format!("             {}", reason.replace('\n', "\n             ")));
                }
            }
            Outcome::Broken { error } => {
                let place = self.story.place();
                self.line(&format!("\n    {}", paint(FAINT, format_args!("--- {place}"))));
                for (depth, message) in error.iter().enumerate() {
                    let word = if depth == 0 { "failed to" } else { "because" };
                    self.line(&format!("    {word}: {}", message.replace('\n', "\n    ")));
                }
                self.line("");
            }
        }
    }

    fn failures(&mut self, failures: &[Failure]) {
        let place = self.story.place();
        self.line(&format!("\n    {}", paint(FAINT, format_args!("--- {place}"))));
        for failure in failures {
            let lines = failure::lines(failure, &self.story);
            let text = lines.join("\n").replace('\n', "\n    ");
            self.line(&format!("    {text}\n"));
        }
    }

    fn step(&mut self, event: &Event) {
        if !self.options.verbose {
            return;
        }
        match event {
            Event::StepStarted { step, name, at, .. } => {
                let time = self.story.since_start(*at);
                self.line(&format!("        step {step:>3} at {time:>9}  {}", paint(STRONG, name)));
            }
            Event::Transition { object, cluster, transition, .. } => {
                let time = self.story.since_start(transition.at);
                let place = if cluster.is_empty() { String::new() } else { format!("{cluster} ") };
                let reason = &transition.reason;
                self.line(&format!(
                    "             at {time:>9}  {place}{object} {} {reason}",
                    transition.state
                ));
            }
            _ => {}
        }
    }

    fn finished(&mut self, summary: &Summary) {
        self.line(&paint(FAINT, "-".repeat(60)));
        let style = if summary.not_met + summary.broken > 0 { FAIL } else { PASS };
        let title = paint(style, format_args!("{:>12}", "Summary"));
        let seconds = summary.real_time.as_secs_f64();
        let run = count(summary.run(), "scenario");
        self.line(&format!("{title} [{seconds:>8.3}s] {run} run: {}", counts(summary)));
        for (style, label, scenario) in std::mem::take(&mut self.others) {
            let title = paint(style, format_args!("{label:>12}"));
            self.line(&format!("{title} {}", name(&scenario)));
        }
        if summary.not_met + summary.broken > 0 && self.seed != 0 {
            self.line(&format!("       again with: --seed {}", self.seed));
        }
    }
}

impl<W: io::Write> Sink for Terminal<W> {
    fn event(&mut self, event: &Event) {
        self.story.hear(event);
        match event {
            Event::RunStarted { place, seed, scenarios, .. } => {
                self.started(place, *seed, *scenarios)
            }
            Event::Progress { done, total, running } => self.progress(*done, *total, running),
            Event::ScenarioFinished { scenario, outcome, virtual_time, real_time } => {
                self.scenario(scenario, outcome, *virtual_time, *real_time);
            }
            Event::RunFinished { summary } => self.finished(summary),
            Event::StepStarted { .. } | Event::Transition { .. } => self.step(event),
            Event::Snapshot { scenario, name, state } if state != "same" => {
                self.line(&format!(
                    "    snapshot {name} of {scenario} is {state}: fluxrig review shows it"
                ));
            }
            Event::ScenarioStarted { .. }
            | Event::Snapshot { .. }
            | Event::Unknown { .. }
            | Event::StepFinished { .. } => {}
        }
    }
}

impl<W: io::Write> Report for Terminal<W> {
    fn finish(&mut self) -> io::Result<()> {
        self.clear();
        self.output.finish()
    }
}

fn label(outcome: &Outcome) -> (Style, &'static str) {
    match outcome {
        Outcome::Judged(Verdict::Met) => (PASS, "PASS"),
        Outcome::Judged(Verdict::NotMet(_)) => (FAIL, "FAIL"),
        Outcome::Judged(Verdict::Unknown(_)) => (UNKNOWN, "UNKNOWN"),
        Outcome::Broken { .. } => (FAIL, "ERROR"),
    }
}

fn name(scenario: &str) -> String {
    match scenario.rsplit_once('/') {
        Some((folder, name)) => {
            format!("{}{}", paint(FAINT, format_args!("{folder}/")), paint(STRONG, name))
        }
        None => paint(STRONG, scenario),
    }
}

/// Virtual time to the second, above ten seconds.
fn whole(time: Duration) -> Duration {
    if time.as_secs() < 10 { time } else { Duration::from_secs(time.as_secs()) }
}

fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

fn counts(summary: &Summary) -> String {
    let Summary { met, not_met, unknown, broken, not_run, .. } = summary;
    let rows = [
        (*not_met, FAIL, "failed"),
        (*broken, FAIL, "broken"),
        (*unknown, UNKNOWN, "unknown"),
        (*not_run, UNKNOWN, "not run"),
    ];
    let mut text = paint(PASS, format_args!("{met} passed"));
    for (number, style, word) in rows.into_iter().filter(|(number, ..)| *number > 0) {
        text = format!("{text}, {}", paint(style, format_args!("{number} {word}")));
    }
    text
}
