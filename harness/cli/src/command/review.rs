//! `fluxrig review`: accepts or rejects snapshots that wait.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process;

use assertion::snapshot::{Pending, StoreError, pending};
use clap::Args;
use events::ExitCode;

use crate::failure::{self, Complaint};

/// Accept, reject or skip snapshots that are new or changed.
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// Folder of the scenarios.
    #[arg(default_value = "scenarios")]
    folder: PathBuf,
    /// Accept all without asking.
    #[arg(long, conflicts_with_all = ["reject", "list"])]
    accept: bool,
    /// Reject all without asking.
    #[arg(long, conflicts_with = "list")]
    reject: bool,
    /// Only list what waits.
    #[arg(long)]
    list: bool,
}

impl Review {
    pub(crate) fn run(self) -> process::ExitCode {
        match self.try_run() {
            Ok(code) => code.into(),
            Err(complaint) => failure::complain(&complaint),
        }
    }

    fn try_run(&self) -> Result<ExitCode, Complaint> {
        if std::env::var_os("CI").is_some() && !self.list {
            return Err(Complaint::Usage(
                "snapshots are reviewed by people: not where CI is set".to_owned(),
            ));
        }
        let waiting = waiting(&self.folder)?;
        if waiting.is_empty() {
            anstream::println!("no snapshot waits for review");
            return Ok(ExitCode::Met);
        }
        let mut left = 0;
        for (number, one) in waiting.iter().enumerate() {
            anstream::println!("{}/{} {}", number + 1, waiting.len(), one.accepted.display());
            if self.list {
                left += 1;
                continue;
            }
            one.diff()?.iter().for_each(|line| anstream::println!("  {line}"));
            match self.answer() {
                Answer::Accept => one.accept()?,
                Answer::Reject => one.reject()?,
                Answer::Skip => left += 1,
            }
        }
        Ok(if left == 0 { ExitCode::Met } else { ExitCode::NotMet })
    }

    fn answer(&self) -> Answer {
        if self.accept {
            return Answer::Accept;
        }
        if self.reject {
            return Answer::Reject;
        }
        loop {
            anstream::print!("accept (a), reject (r) or skip (s)? ");
            let _ = std::io::stdout().flush();
            let mut line = String::new();
            if std::io::stdin().lock().read_line(&mut line).unwrap_or(0) == 0 {
                return Answer::Skip;
            }
            match line.trim() {
                "a" | "accept" => return Answer::Accept,
                "r" | "reject" => return Answer::Reject,
                "s" | "skip" | "" => return Answer::Skip,
                _ => {}
            }
        }
    }
}

enum Answer {
    Accept,
    Reject,
    Skip,
}

/// What waits below a folder, in the order of paths.
fn waiting(folder: &Path) -> Result<Vec<Pending>, StoreError> {
    let mut all = pending(folder)?;
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(all) };
    for entry in entries.flatten() {
        // Links are not followed: they may lead back.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            all.extend(waiting(&entry.path())?);
        }
    }
    all.sort();
    all.dedup();
    Ok(all)
}
