//! The catalogue `scenarios/README.md`: which scenarios prove which rows of the feature table.
//!
//! Generated from the scenario files themselves; this test fails when it is stale.
//! `FLUXRIG_WRITE=1 cargo test --test catalogue` writes it anew.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test, its helpers included")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use scenario::Scenario;
use yaml::Node;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios");

struct Section {
    title: String,
    rows: Vec<(u64, String)>,
}

fn entries(node: &Node) -> &[(Node, Node)] {
    node.entries().unwrap_or_default()
}

fn value<'n>(node: &'n Node, key: &str) -> &'n Node {
    let found = entries(node).iter().find(|(name, _)| name.as_scalar() == Some(key));
    &found.unwrap_or_else(|| panic!("_rows.yaml has no key {key}")).1
}

fn sections() -> Vec<Section> {
    let text = std::fs::read_to_string(Path::new(FOLDER).join("_rows.yaml")).unwrap();
    let document = yaml::parse(&text).unwrap().remove(0);
    let word = |node: &Node| node.as_scalar().unwrap_or_default().to_owned();
    let row = |(number, title): &(Node, Node)| (word(number).parse().unwrap(), word(title));
    let section = |node: &Node| Section {
        title: format!("{}. {}", word(value(node, "letter")), word(value(node, "title"))),
        rows: entries(value(node, "rows")).iter().map(row).collect(),
    };
    value(&document, "sections").items().unwrap_or_default().iter().map(section).collect()
}

/// All scenarios by name: the path below `scenarios`, without ending.
fn scenarios() -> BTreeMap<String, Scenario> {
    let mut files = Vec::new();
    collect(Path::new(FOLDER), &mut files);
    let mut mistakes = String::new();
    let mut all = BTreeMap::new();
    for file in files {
        let name = file.strip_prefix(FOLDER).unwrap().with_extension("");
        match scenario::load(&file.display().to_string(), &read, &BTreeMap::new()) {
            Ok(mut rows) => drop(all.insert(name.display().to_string(), rows.remove(0))),
            Err(found) => found.iter().for_each(|one| mistakes.push_str(&(one.render() + "\n"))),
        }
    }
    assert!(mistakes.is_empty(), "{mistakes}");
    all
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|cause| cause.to_string())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with(['_', '.']) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
        } else if name.ends_with(".yaml") {
            files.push(path);
        }
    }
}

fn catalogue() -> String {
    let scenarios = scenarios();
    let mut provers: BTreeMap<u64, Vec<&str>> = BTreeMap::new();
    for (name, scenario) in &scenarios {
        for row in &scenario.proves {
            provers.entry(*row).or_default().push(name);
        }
    }
    let sections = sections();
    let known: usize = sections.iter().map(|section| section.rows.len()).sum();
    let mut out = format!(
        "<!-- Generated: FLUXRIG_WRITE=1 cargo test --test catalogue. -->\n\n# Scenarios\n\n\
         {} scenarios prove {} of {known} rows of the feature table. A row counts only through a \
         scenario whose counterproof turns it red.\n",
        scenarios.len(),
        provers.len()
    );
    themes(&mut out, &scenarios);
    out.push_str("\n## Rows and their scenarios\n");
    for section in &sections {
        let _ = write!(
            out,
            "\n### {}\n\n| row | what it is about | scenarios |\n| --- | --- | --- |\n",
            section.title
        );
        for (number, title) in &section.rows {
            let link = |name: &&str| format!("[{name}]({name}.yaml)");
            let names: Vec<String> = provers.get(number).into_iter().flatten().map(link).collect();
            let names = if names.is_empty() { "none yet".to_owned() } else { names.join(", ") };
            let _ = writeln!(out, "| {number} | {title} | {names} |");
        }
    }
    out
}

fn themes(out: &mut String, scenarios: &BTreeMap<String, Scenario>) {
    let mut theme = "";
    for (name, scenario) in scenarios {
        let (folder, short) = name.split_once('/').unwrap_or(("", name));
        if folder != theme {
            theme = folder;
            let _ = write!(out, "\n## {folder}\n\n");
        }
        let title = scenario.title.as_deref().unwrap_or(short);
        let _ = writeln!(out, "- [{short}]({name}.yaml): {title}");
    }
}

#[test]
fn the_catalogue_is_fresh() {
    let path = Path::new(FOLDER).join("README.md");
    let wanted = catalogue();
    if std::env::var_os("FLUXRIG_WRITE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == wanted,
        "scenarios/README.md is stale: FLUXRIG_WRITE=1 cargo test --test catalogue"
    );
}

#[test]
fn every_scenario_that_proves_a_row_can_fail() {
    let without: Vec<String> = scenarios()
        .into_iter()
        .filter(|(_, scenario)| !scenario.proves.is_empty() && scenario.counterproof.is_empty())
        .map(|(name, _)| name)
        .collect();
    assert!(without.is_empty(), "no counterproof: {without:?}");
}

#[test]
fn every_row_that_is_proven_exists() {
    let known: Vec<u64> =
        sections().iter().flat_map(|section| section.rows.iter().map(|row| row.0)).collect();
    for (name, scenario) in scenarios() {
        for row in &scenario.proves {
            assert!(known.contains(row), "{name} proves row {row}, which does not exist");
        }
    }
}
