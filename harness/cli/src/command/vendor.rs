//! `fluxrig vendor FILE…`: fetches what scenarios declare of the world outside, once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use vendor::{Item, Outcome, VendorError, fetch, plan};

/// Fetch the charts, artifacts and remote bases that scenarios declare and that are missing.
///
/// A chart is named by the file that it is wanted in, NAME-VERSION.tgz; an artifact becomes an
/// OCI layout. A lock beside what was fetched keeps its digest, and runs check it.
#[derive(Debug, Args)]
pub(crate) struct Vendor {
    /// Scenario files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Vendor {
    pub(crate) fn run(self) -> ExitCode {
        let mut items: Vec<Item> = Vec::new();
        for file in &self.files {
            match items_of(file) {
                Ok(more) => items
                    .extend(more.into_iter().filter(|item| !item.target.as_os_str().is_empty())),
                Err(problem) => {
                    anstream::eprintln!("{problem}");
                    return ExitCode::from(2);
                }
            }
        }
        items.dedup();
        match all(&items) {
            Ok(fetched) => {
                let kept = items.len() - fetched;
                anstream::println!("{fetched} fetched, {kept} there already");
                ExitCode::SUCCESS
            }
            Err(problem) => {
                anstream::eprintln!("error: failed to {problem}");
                ExitCode::from(3)
            }
        }
    }
}

fn items_of(file: &Path) -> Result<Vec<Item>, String> {
    let shown = file.display().to_string();
    let read = |path: &str| std::fs::read_to_string(path).map_err(|cause| cause.to_string());
    let rows = scenario::load(&shown, &read, &BTreeMap::new()).map_err(|mistakes| {
        let texts: Vec<String> = mistakes.iter().map(scenario::Diagnostic::render).collect();
        texts.join("\n\n")
    })?;
    let mut items = Vec::new();
    for row in &rows {
        let wanted = plan(file, row).map_err(|problem| format!("error: failed to {problem}"))?;
        items.extend(wanted);
    }
    items.dedup();
    Ok(items)
}

/// Fetches every item; how many were not there.
fn all(items: &[Item]) -> Result<usize, VendorError> {
    let mut fetched = 0;
    for (at, item) in items.iter().enumerate() {
        let outcome = fetch(item)?;
        let word = match outcome {
            Outcome::Fetched => "fetched",
            Outcome::Kept => "kept",
        };
        fetched += usize::from(outcome == Outcome::Fetched);
        let path = item.target.display();
        anstream::println!("[{}/{}] {word} {} -> {path}", at + 1, items.len(), item.label());
    }
    Ok(fetched)
}
