//! Commands: parsing their flags and handing over, one file a command.

mod conform;
mod serve;
mod test;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Declarative tests and environments for Flux GitOps repositories.
#[derive(Debug, Parser)]
#[command(name = "fluxrig", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Conform(conform::Conform),
    Serve(serve::Serve),
    Test(test::Test),
}

pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => match arguments.command {
            Command::Conform(command) => command.run(),
            Command::Serve(command) => command.run(),
            Command::Test(command) => command.run(),
        },
        Err(problem) => {
            let code = if problem.use_stderr() { 2 } else { 0 };
            let _ = problem.print();
            ExitCode::from(code)
        }
    }
}
