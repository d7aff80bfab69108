//! The command.
//!
//! Knows flags, choosing reporters, printing an error chain once, exit codes. One
//! file a command. Must not know how any of it is done.

mod command;
mod failure;
mod interrupt;
mod reports;

use std::process::ExitCode;

/// Runs the command line and gives its exit code.
#[must_use]
pub fn main() -> ExitCode {
    command::run(std::env::args_os())
}
