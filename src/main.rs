//! The `fluxrig` command.

fn main() -> std::process::ExitCode {
    cli::main()
}
