//! `fluxrig test`: runs scenarios and reports.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process;

use anstream::AutoStream;
use clap::Args;
use events::ExitCode;
use report::{Fanout, Terminal, TerminalOptions};
use runner::{Abilities, Plan, RunOptions, Selection};

use crate::failure::{self, Complaint};
use crate::reports::ReportTarget;

/// Run scenarios.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Files, folders and globs of scenarios, or parts of scenario names; `scenarios/` without any.
    what: Vec<String>,
    /// Only scenarios that bear one of these labels.
    #[arg(long, value_name = "LABEL")]
    label: Vec<String>,
    /// The seed of every world that names none.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    seed: u64,
    /// Run each scenario with this many seeds, from --seed on.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seeds: u64,
    /// Run part K of N only, by hash of the names.
    #[arg(long, value_name = "K/N", value_parser = shard)]
    shard: Option<(u32, u32)>,
    /// End the run at the first failure.
    #[arg(long)]
    fail_fast: bool,
    /// Leave the counterproofs out.
    #[arg(long)]
    no_counterproofs: bool,
    /// How many worlds run at a time; one for each processor without it.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Also write a report: junit=FILE, json=FILE, github=FILE (annotations) or summary=FILE; - for standard output.
    #[arg(long, value_name = "KIND=FILE")]
    report: Vec<ReportTarget>,
    /// An image for an environment variable of the scenario's `images`.
    #[arg(long, value_name = "VARIABLE=IMAGE", value_parser = image)]
    image: Vec<(String, String)>,
    /// Take the images of all variables that scenarios declare from the process environment.
    #[arg(long)]
    images_from_env: bool,
    /// Show steps and changes of conditions too.
    #[arg(long, short)]
    verbose: bool,
}

fn shard(text: &str) -> Result<(u32, u32), String> {
    let wrong = || "write K/N, such as 1/3, with K from 1 to N".to_owned();
    let (part, parts) = text.split_once('/').ok_or_else(wrong)?;
    match (part.parse(), parts.parse()) {
        (Ok(part), Ok(parts)) if part >= 1 && part <= parts => Ok((part, parts)),
        _ => Err(wrong()),
    }
}

fn image(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, image)| !name.is_empty() && !image.is_empty());
    let (name, image) = pair.ok_or("write VARIABLE=IMAGE")?;
    Ok((name.to_owned(), image.to_owned()))
}

impl Test {
    pub(crate) fn run(self) -> process::ExitCode {
        match self.try_run() {
            Ok(code) => code.into(),
            Err(complaint) => failure::complain(&complaint),
        }
    }

    fn try_run(&self) -> Result<ExitCode, Complaint> {
        let selection = self.selection();
        let plan = runner::plan(&selection, Abilities::EMBEDDED)?;
        if plan.cases.is_empty() {
            return Err(Complaint::NothingSelected(self.what.join(" ")));
        }
        let mut fanout = self.reports()?;
        let summary = runner::run(&plan, &self.options(&plan), &mut fanout);
        let broken = fanout.finish();
        environment::clean_up();
        if let Some((name, cause)) = broken.into_iter().next() {
            return Err(Complaint::Report { name, cause });
        }
        Ok(summary.exit_code())
    }

    fn selection(&self) -> Selection {
        let (paths, names) = paths_and_names(&self.what);
        Selection {
            paths,
            names,
            labels: self.label.clone(),
            shard: self.shard,
            seed: self.seed,
            seeds: self.seeds,
            counterproofs: !self.no_counterproofs,
        }
    }

    fn options(&self, plan: &Plan) -> RunOptions {
        let mut images = Vec::new();
        if self.images_from_env {
            for name in plan.image_variables() {
                if let Ok(image) = std::env::var(&name) {
                    images.push((name, image));
                }
            }
        }
        images.extend(self.image.iter().cloned());
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        RunOptions {
            jobs: self.jobs.unwrap_or(processors),
            fail_fast: self.fail_fast,
            images,
            write_snapshots: std::env::var_os("CI").is_none(),
        }
    }

    fn reports(&self) -> Result<Fanout, Complaint> {
        let mut fanout = Fanout::new();
        let takes_stdout = self.report.iter().any(ReportTarget::is_stdout);
        let options =
            TerminalOptions { verbose: self.verbose, progress: std::io::stderr().is_terminal() };
        let stream: Box<dyn Write> = match takes_stdout {
            true => Box::new(AutoStream::auto(std::io::stderr())),
            false => Box::new(AutoStream::auto(std::io::stdout())),
        };
        let progress = options.progress && (takes_stdout || std::io::stdout().is_terminal());
        fanout.add("terminal", Terminal::new(stream, TerminalOptions { progress, ..options }));
        for target in &self.report {
            target.add_to(&mut fanout)?;
        }
        Ok(fanout)
    }
}

/// What exists, or looks like a path, is a path; everything else is part of a name.
pub(crate) fn paths_and_names(what: &[String]) -> (Vec<PathBuf>, Vec<String>) {
    let is_path = |text: &&String| {
        let path = std::path::Path::new(text.as_str());
        let wild = text.contains(['*', '?']);
        path.exists() || wild || text.ends_with(".yaml") || text.ends_with(".yml")
    };
    let (paths, names): (Vec<&String>, Vec<&String>) = what.iter().partition(is_path);
    let mut paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
    if paths.is_empty() {
        paths.push(PathBuf::from("scenarios"));
    }
    (paths, names.into_iter().cloned().collect())
}
