//! `fluxrig conform CASES`: plays recordings of real Flux and compares.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use conform::{CaseResult, MARKS, Request, play_all};

/// Play recordings of real Flux on the embedded place and compare.
#[derive(Debug, Args)]
pub(crate) struct Conform {
    /// Folder with AREA/NAME/case.yaml.
    cases: PathBuf,
    /// Play only the cases whose AREA/NAME fits this glob.
    #[arg(long, value_name = "GLOB")]
    only: Option<String>,
    /// Write what happened into this folder, in the layout of the recordings.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// How many differences of a case to show.
    #[arg(long, default_value_t = 3)]
    differences: usize,
}

impl Conform {
    pub(crate) fn run(self) -> ExitCode {
        let request = Request { cases: self.cases, only: self.only, out: self.out };
        match play_all(&request) {
            Ok(results) => {
                results.iter().for_each(|result| show(result, self.differences));
                table(&results);
                let full = results.iter().all(|result| result.marks.is_full());
                ExitCode::from(u8::from(!full))
            }
            Err(problem) => {
                anstream::eprintln!("error: failed to {problem}");
                ExitCode::from(2)
            }
        }
    }
}

fn show(result: &CaseResult, most: usize) {
    if result.marks.is_full() && result.error.is_none() {
        return;
    }
    anstream::println!("{}", result.name);
    if let Some(problem) = &result.error {
        anstream::println!("  stopped: {problem}");
    }
    for line in result.marks.missed.iter().take(most) {
        anstream::println!("  {line}");
    }
}

/// Counts by area, in columns.
fn table(results: &[CaseResult]) {
    let mut areas: BTreeMap<&str, BTreeMap<&str, (usize, usize)>> = BTreeMap::new();
    for result in results {
        let area = result.name.split('/').next().unwrap_or_default();
        let counts = areas.entry(area).or_default();
        let case = counts.entry("cases").or_default();
        *case = (case.0 + usize::from(result.marks.is_full()), case.1 + 1);
        for (mark, (reached, possible)) in &result.marks.counts {
            let count = counts.entry(mark).or_default();
            *count = (count.0 + reached, count.1 + possible);
        }
    }
    let columns: Vec<&str> = std::iter::once("cases").chain(MARKS).collect();
    let head: String = columns.iter().map(|column| format!("{column:>13}")).collect();
    anstream::println!("{:14}{head}", "area");
    for (area, counts) in &areas {
        let cell = |column: &&str| {
            let (reached, possible) = counts.get(*column).copied().unwrap_or_default();
            format!("{:>13}", format!("{reached}/{possible}"))
        };
        anstream::println!("{area:14}{}", columns.iter().map(cell).collect::<String>());
    }
}
