//! What will be run: every selected scenario, its matrix rows, counterproofs and seeds.
//!
//! One rule: the plan is complete before the first world opens, and everything that the
//! place cannot do is known in it. Start at [`plan`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use environment::Abilities;
use scenario::Scenario;
use scenario::counterproof::{Change, Counterproof};
use scenario::world::MatrixRow;

use crate::find::{FindError, Found, find};
use crate::load::{Loaded, Mistake, load, load_with};
use crate::unknown::unknown;

/// Which scenarios, and how often.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Files, folders and globs.
    pub paths: Vec<PathBuf>,
    /// Parts of names; a scenario is selected if any fits. Empty for all.
    pub names: Vec<String>,
    /// Labels; a scenario is selected if it bears any. Empty for all.
    pub labels: Vec<String>,
    /// Part `k` of `n`, by hash of the name; `k` from 1.
    pub shard: Option<(u32, u32)>,
    /// The first seed, for scenarios that name none.
    pub seed: u64,
    /// How many seeds each scenario runs with; 0 counts as 1.
    pub seeds: u64,
    /// Whether counterproofs run too.
    pub counterproofs: bool,
}

/// One run of one scenario.
#[derive(Debug, Clone)]
pub struct Case {
    /// Full name: scenario, `[row]`, `#counterproof`, ` (seed 3)`.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The row of the matrix.
    pub(crate) row: Option<MatrixRow>,
    /// The counterproof that changes the world.
    pub(crate) counterproof: Option<Counterproof>,
    /// The seed of its world.
    pub seed: u64,
    /// What the place cannot do of what is asked; empty where all can be judged.
    pub unknown: Vec<String>,
}

impl Case {
    /// Whether it is a counterproof: it must fail.
    #[must_use]
    pub fn is_counterproof(&self) -> bool {
        self.counterproof.is_some()
    }
}

/// Everything that will be run, in order.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The runs.
    pub cases: Vec<Case>,
    /// The first seed.
    pub seed: u64,
}

impl Plan {
    /// The environment variables that stand for images in any of the scenarios, sorted.
    #[must_use]
    pub fn image_variables(&self) -> Vec<String> {
        let all = self.cases.iter().flat_map(|case| case.scenario.images.iter());
        let names: BTreeSet<String> = all.map(|(name, _)| name.clone()).collect();
        names.into_iter().collect()
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Files could not be found.
    #[error(transparent)]
    Find(#[from] FindError),
    /// Files are wrong: every mistake.
    #[error("{} in the scenario files", count(.0.len()))]
    Wrong(Vec<Mistake>),
}

fn count(mistakes: usize) -> String {
    if mistakes == 1 { "1 mistake".to_owned() } else { format!("{mistakes} mistakes") }
}

/// Reads the selected files and lays out what will be run.
///
/// # Errors
/// If files are not there or wrong.
pub fn plan(selection: &Selection, abilities: Abilities) -> Result<Plan, PlanError> {
    let found: Vec<Found> = find(&selection.paths)?;
    let loaded = load(&found).map_err(PlanError::Wrong)?;
    let mut cases = Vec::new();
    let mut mistakes = Vec::new();
    for one in &loaded {
        match cases_of(one, selection, abilities) {
            Ok(more) => cases.extend(more),
            Err(more) => mistakes.extend(more),
        }
    }
    if !mistakes.is_empty() {
        return Err(PlanError::Wrong(mistakes));
    }
    if let Some((part, parts)) = selection.shard {
        cases.retain(|case| shard_of(&case.name, parts) + 1 == part);
    }
    cases.retain(|case| fits(&selection.names, &case.name));
    Ok(Plan { cases, seed: selection.seed })
}

fn fits(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|wanted| name.contains(wanted.as_str()))
}

fn selects(selection: &Selection, scenario: &Scenario) -> bool {
    let labels = &selection.labels;
    labels.is_empty() || scenario.labels.iter().any(|label| labels.contains(label))
}

/// The part a name belongs to, from 0 (FNV-1a, so that it never moves between versions).
fn shard_of(name: &str, parts: u32) -> u32 {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    u32::try_from(hash % u64::from(parts.max(1))).unwrap_or_default()
}

/// The runs of one file: each row of its matrix, then each counterproof on the last row.
fn cases_of(
    one: &Loaded,
    selection: &Selection,
    abilities: Abilities,
) -> Result<Vec<Case>, Vec<Mistake>> {
    let case = |name: String, scenario: &Arc<Scenario>, proof: Option<&Counterproof>| Case {
        name,
        file: one.file.clone(),
        row: scenario.matrix.first().cloned(),
        counterproof: proof.cloned(),
        seed: scenario.seed.unwrap_or(selection.seed),
        unknown: unknown(scenario, abilities),
        scenario: Arc::clone(scenario),
    };
    let mut cases = Vec::new();
    for scenario in one.scenarios.iter().filter(|scenario| selects(selection, scenario)) {
        let row = scenario.matrix.first().map(|row| format!("[{}]", row.name));
        let name = format!("{}{}", one.name, row.unwrap_or_default());
        cases.push(case(name, scenario, None));
    }
    let last =
        one.scenarios.last().filter(|last| selection.counterproofs && selects(selection, last));
    for (number, proof) in last.iter().flat_map(|last| &last.counterproof).enumerate() {
        let default = format!("counterproof-{}", number + 1);
        let name = format!("{}#{}", one.name, proof.name.as_deref().unwrap_or(&default));
        if let Some(scenario) = under(one, proof)? {
            cases.push(case(name, &scenario, Some(proof)));
        }
    }
    Ok(with_seeds(cases, selection.seeds))
}

/// The scenario of the last row with the bindings that a counterproof changes.
fn under(one: &Loaded, proof: &Counterproof) -> Result<Option<Arc<Scenario>>, Vec<Mistake>> {
    let mut with = BTreeMap::new();
    for change in proof.change.iter() {
        if let Change::With(texts) = change {
            with.extend(texts.iter().cloned());
        }
    }
    if with.is_empty() {
        return Ok(one.scenarios.last().cloned());
    }
    Ok(load_with(&one.file, &with)?.pop())
}

fn with_seeds(cases: Vec<Case>, seeds: u64) -> Vec<Case> {
    if seeds <= 1 {
        return cases;
    }
    let with = |case: &Case, more: u64| {
        let seed = case.seed.wrapping_add(more);
        Case { name: format!("{} (seed {seed})", case.name), seed, ..case.clone() }
    };
    cases.iter().flat_map(|case| (0..seeds).map(move |more| with(case, more))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_disjoint_and_together_everything() {
        for name in ["a", "b", "promotion/dev-to-test"] {
            let parts = (1..=3).filter(|part| shard_of(name, 3) + 1 == *part).count();
            assert_eq!(parts, 1, "{name}");
        }
    }
}
