//! Every kind of expectation, met and not met, on small worlds written as data.
//!
//! A case folder holds `world.yaml` (what happened, a document a moment), `met.yaml`
//! and `not-met.yaml` (scenarios whose steps are judged in that world).

#[cfg(test)]
mod support;

use std::path::Path;

use assertion::judge;
use events::Verdict;
use support::{cases, expectations, repositories, world};

fn judge_all(folder: &Path, file: &str) -> Vec<(String, Verdict)> {
    let world = world(&folder.join("world.yaml"));
    let git = repositories();
    let judged = expectations(&folder.join(file))
        .into_iter()
        .map(|(name, expectation)| (name, judge(&expectation, &world, &git).verdict));
    judged.collect()
}

#[test]
fn what_should_be_met_is_met() {
    for folder in cases() {
        for (name, verdict) in judge_all(&folder, "met.yaml") {
            assert_eq!(verdict, Verdict::Met, "{}: {name}", folder.display());
        }
    }
}

#[test]
fn what_should_not_be_met_fails_with_its_reasons() {
    for folder in cases() {
        let mut shown = String::new();
        for (name, verdict) in judge_all(&folder, "not-met.yaml") {
            shown.push_str(&format!("# {name}\n{}\n", support::shown(&verdict)));
            assert!(!verdict.is_met(), "{}: {name}", folder.display());
        }
        insta::assert_snapshot!(folder.file_name().unwrap().to_str().unwrap(), shown);
    }
}
