//! The `fluxrig` command.

/// Worlds are made of many small shared values: an allocator that is quick with those.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::main()
}
