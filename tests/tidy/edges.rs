//! Edges between crates: as the code map allows them, and as cargo sees them.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use objects::Value;

/// A row of the table in `harness/README.md`.
pub(crate) struct Row {
    pub(crate) rank: u8,
    pub(crate) may_use: BTreeSet<String>,
}

/// What a crate's manifest names.
#[derive(Default)]
pub(crate) struct Edges {
    pub(crate) normal: BTreeSet<String>,
    pub(crate) dev: BTreeSet<String>,
}

pub(crate) fn code_map() -> BTreeMap<String, Row> {
    let text = include_str!("../../harness/README.md");
    text.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<(String, Row)> {
    let cells: Vec<_> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
    let [rank, name, uses, ..] = cells[..] else { return None };
    let names =
        |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
    let row = Row { rank: rank.parse().ok()?, may_use: names(uses) };
    Some((names(name).pop_first()?, row))
}

pub(crate) fn from_metadata() -> BTreeMap<String, Edges> {
    let run = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version=1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo metadata runs");
    let metadata = objects::from_json(&run.stdout).expect("cargo metadata prints JSON");
    let packages = metadata.list_at(&["packages"]);
    packages
        .iter()
        .filter_map(|package| Some((ours(package.str_at(&["name"])?)?, edges(package))))
        .collect()
}

fn edges(package: &Value) -> Edges {
    let mut found = Edges::default();
    for dependency in package.list_at(&["dependencies"]) {
        let Some(name) = dependency.str_at(&["name"]).and_then(ours) else { continue };
        match dependency.str_at(&["kind"]) {
            Some("dev") => found.dev.insert(name),
            _ => found.normal.insert(name),
        };
    }
    found
}

fn ours(name: &str) -> Option<String> {
    name.strip_prefix("fluxrig-").map(str::to_owned)
}
