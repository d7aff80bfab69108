//! Figures of fluxrig: how long things take, how much memory, and how both grow.
//!
//! Knows how to generate worlds and measure them. Must not know what is behind a
//! place. `cargo run --release -p fluxrig-bench -- --help` lists the figures.

mod calls;
mod converge;
mod measure;
mod quiet;
mod suite;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Worlds are made of many small shared values: an allocator that is quick with those.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures fluxrig on this machine.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    figure: Figure,
}

#[derive(Debug, Subcommand)]
enum Figure {
    /// Kustomizations with four objects each, from an empty cluster to Ready.
    Converge {
        /// How many Kustomizations; several numbers show the growth.
        #[arg(default_values_t = [10, 100, 1_000])]
        counts: Vec<usize>,
    },
    /// A quiet week: reconciliations that change nothing.
    Quiet {
        /// How many Kustomizations, each with an interval of ten minutes.
        #[arg(default_value_t = 100)]
        count: usize,
        /// How many virtual days.
        #[arg(long, default_value_t = 7)]
        days: u64,
    },
    /// Single calls to the embedded API as controllers make them.
    Calls {
        /// How many of each.
        #[arg(default_value_t = 10_000)]
        count: u32,
    },
    /// Generated scenarios in one suite.
    Scenarios {
        /// How many; several numbers show the growth.
        #[arg(default_values_t = [10, 100, 1_000])]
        counts: Vec<usize>,
        /// How many at a time.
        #[arg(long, default_value_t = 2)]
        jobs: usize,
    },
    /// The scenarios of a folder in one suite.
    Suite {
        /// The folder.
        #[arg(default_value = "scenarios")]
        folder: PathBuf,
        /// How many at a time.
        #[arg(long, default_value_t = 2)]
        jobs: usize,
    },
    /// The scenarios of a folder twice with each seed: the records must be equal.
    Seeds {
        /// The folder.
        #[arg(default_value = "scenarios")]
        folder: PathBuf,
        /// How many seeds.
        #[arg(long, default_value_t = 100)]
        seeds: u64,
        /// How many at a time, in the first of the two runs.
        #[arg(long, default_value_t = 2)]
        jobs: usize,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().figure {
        Figure::Converge { counts } => converge::run(&counts),
        Figure::Quiet { count, days } => quiet::run(count, days),
        Figure::Calls { count } => calls::run(count),
        Figure::Scenarios { counts, jobs } => suite::generated(&counts, jobs),
        Figure::Suite { folder, jobs } => suite::folder(&folder, jobs),
        Figure::Seeds { folder, seeds, jobs } => suite::seeds(&folder, jobs, seeds),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}
