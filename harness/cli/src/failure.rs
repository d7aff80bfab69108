//! What the command complains of, printed once with everything behind it.

use std::error::Error;
use std::process;

use anstyle::{AnsiColor, Style};
use events::ExitCode;
use runner::PlanError;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Complaint {
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error("no scenario is selected{}", by(.0))]
    NothingSelected(String),
    #[error("{0}")]
    Usage(String),
    #[error("open the world of the scenario: {0}")]
    World(String),
    #[error("review snapshots")]
    Snapshots(#[from] assertion::snapshot::StoreError),
    #[error("write the report {name}")]
    Report {
        name: String,
        #[source]
        cause: std::io::Error,
    },
}

fn by(what: &str) -> String {
    if what.is_empty() { String::new() } else { format!(" by {what:?}") }
}

impl Complaint {
    fn code(&self) -> ExitCode {
        match self {
            Self::Plan(_) | Self::Usage(_) => ExitCode::Wrong,
            Self::NothingSelected(_) => ExitCode::NothingSelected,
            Self::Report { .. } | Self::World(_) | Self::Snapshots(_) => ExitCode::PlaceFailed,
        }
    }
}

/// Prints a complaint on standard error; its exit code.
pub(crate) fn complain(complaint: &Complaint) -> process::ExitCode {
    let red: Style = AnsiColor::Red.on_default().bold();
    if let Complaint::Plan(PlanError::Wrong(mistakes)) = complaint {
        for mistake in mistakes {
            anstream::eprintln!("{}\n", mistake.render());
        }
    }
    anstream::eprintln!("{red}error{red:#}: {complaint}");
    let mut next = complaint.source();
    while let Some(cause) = next {
        anstream::eprintln!("  because: {cause}");
        next = cause.source();
    }
    environment::clean_up();
    complaint.code().into()
}
