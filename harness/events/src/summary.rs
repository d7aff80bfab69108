//! The counts of a run and the exit code they give.
//!
//! Exit codes are declared here and nowhere else. Start at [`ExitCode`].

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{Outcome, Verdict};

/// What the process says at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// All expectations were met.
    Met = 0,
    /// Some were not met.
    NotMet = 1,
    /// Scenario files, or the command line, are wrong; nothing was done.
    Wrong = 2,
    /// The place failed.
    PlaceFailed = 3,
    /// The selection matched nothing.
    NothingSelected = 4,
    /// Nothing failed, something stayed unknown.
    Unknown = 5,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}

/// The counts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// Scenarios that met everything.
    pub met: usize,
    /// Scenarios that did not.
    pub not_met: usize,
    /// Scenarios that stayed unknown.
    pub unknown: usize,
    /// Scenarios whose place failed.
    pub broken: usize,
    /// Scenarios that were selected and not run (`--fail-fast`).
    pub not_run: usize,
    /// Real time of the whole run: for terminal and JUnit, never recorded.
    #[serde(skip)]
    pub real_time: Duration,
}

impl Summary {
    /// Counts one more scenario.
    pub fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Judged(Verdict::Met) => self.met += 1,
            Outcome::Judged(Verdict::NotMet(_)) => self.not_met += 1,
            Outcome::Judged(Verdict::Unknown(_)) => self.unknown += 1,
            Outcome::Broken { .. } => self.broken += 1,
        }
    }

    /// How many scenarios ran.
    #[must_use]
    pub fn run(&self) -> usize {
        self.met + self.not_met + self.unknown + self.broken
    }

    /// The exit code: the place first, then failures, then the unknown.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        if self.broken > 0 {
            ExitCode::PlaceFailed
        } else if self.not_met > 0 {
            ExitCode::NotMet
        } else if self.unknown > 0 {
            ExitCode::Unknown
        } else if self.met == 0 {
            ExitCode::NothingSelected
        } else {
            ExitCode::Met
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_names_the_worst_that_happened() {
        for ([met, not_met, unknown, broken], code) in [
            ([1, 0, 0, 0], 0),
            ([1, 1, 1, 0], 1),
            ([1, 1, 1, 1], 3),
            ([0, 0, 0, 0], 4),
            ([1, 0, 1, 0], 5),
        ] {
            let summary = Summary { met, not_met, unknown, broken, ..Summary::default() };
            assert_eq!(summary.exit_code() as u8, code, "{summary:?}");
        }
    }
}
