//! `fluxrig schema`, `fluxrig completions` and `fluxrig help scenario`: what editors, shells and people read.

use std::process;

use clap::{Args, CommandFactory, ValueEnum};
use events::ExitCode;

use crate::failure::{self, Complaint};

/// Print the JSON Schema of scenario files.
#[derive(Debug, Args)]
pub(crate) struct Schema {}

impl Schema {
    pub(crate) fn run(self) -> process::ExitCode {
        anstream::print!("{}", scenario::json_schema());
        ExitCode::Met.into()
    }
}

/// Print the completions of a shell.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell.
    shell: Shell,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl Completions {
    pub(crate) fn run<C: CommandFactory>(self) -> process::ExitCode {
        let shell = match self.shell {
            Shell::Bash => clap_complete::Shell::Bash,
            Shell::Elvish => clap_complete::Shell::Elvish,
            Shell::Fish => clap_complete::Shell::Fish,
            Shell::Powershell => clap_complete::Shell::PowerShell,
            Shell::Zsh => clap_complete::Shell::Zsh,
        };
        clap_complete::generate(shell, &mut C::command(), "fluxrig", &mut std::io::stdout());
        ExitCode::Met.into()
    }
}

/// Print this help, the help of a command, or the reference of the scenario language (`help scenario`).
#[derive(Debug, Args)]
pub(crate) struct Help {
    /// A command, or `scenario`.
    topic: Option<String>,
}

impl Help {
    pub(crate) fn run<C: CommandFactory>(self) -> process::ExitCode {
        let mut command = C::command();
        let help = match self.topic.as_deref() {
            None => command.render_long_help().to_string(),
            Some("scenario") => scenario::reference(),
            Some(topic) => match command.find_subcommand_mut(topic) {
                Some(found) => found.render_long_help().to_string(),
                None => {
                    let what = format!("{topic:?} is no command, nor `scenario`");
                    return failure::complain(&Complaint::Usage(what));
                }
            },
        };
        anstream::print!("{help}");
        ExitCode::Met.into()
    }
}
