//! Commands: parsing their flags and handing over, one file a command.

mod conform;
mod explain;
mod get;
mod one;
mod render;
mod render_helm;
mod render_kustomize;
mod review;
mod schema;
mod serve;
mod test;
mod vendor;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Declarative tests and environments for Flux GitOps repositories.
#[derive(Debug, Parser)]
#[command(name = "fluxrig", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[command(subcommand)]
    Render(render::Render),
    Serve(serve::Serve),
    Test(test::Test),
    Get(get::Get),
    Explain(explain::Explain),
    Review(review::Review),
    Conform(conform::Conform),
    Vendor(vendor::Vendor),
    Schema(schema::Schema),
    Completions(schema::Completions),
    Help(schema::Help),
}

pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    match Arguments::try_parse_from(arguments) {
        Ok(arguments) => {
            // The server ends by itself, and closes its door first.
            if !matches!(arguments.command, Command::Serve(_)) {
                crate::interrupt::watch();
            }
            match arguments.command {
                Command::Render(command) => command.run(),
                Command::Serve(command) => command.run(),
                Command::Test(command) => command.run(),
                Command::Get(command) => command.run(),
                Command::Explain(command) => command.run(),
                Command::Review(command) => command.run(),
                Command::Conform(command) => command.run(),
                Command::Vendor(command) => command.run(),
                Command::Schema(command) => command.run(),
                Command::Completions(command) => command.run::<Arguments>(),
                Command::Help(command) => command.run::<Arguments>(),
            }
        }
        Err(problem) => {
            let code = if problem.use_stderr() { 2 } else { 0 };
            let _ = problem.print();
            ExitCode::from(code)
        }
    }
}
