//! Counterproofs: the steps and names that they speak of.

use crate::Place;
use crate::counterproof::{Change, Counterproof};
use crate::header::Scenario;
use crate::sources::Mistake;

use super::names::Names;
use super::suggestion;

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Mistake>) {
    let names = Names::of(scenario);
    for proof in &scenario.counterproof {
        if proof.change.is_empty() {
            let message = "a counterproof that changes nothing".to_owned();
            found.push((proof.place.clone(), message, None));
        }
        for change in proof.change.iter() {
            changed(scenario, proof, change, &names, found);
        }
        for fails in proof.fails.iter() {
            if let Some(id) = &fails.step {
                known(id, &fails.place, &names, found);
            }
        }
    }
}

fn changed(
    scenario: &Scenario,
    proof: &Counterproof,
    change: &Change,
    names: &Names<'_>,
    found: &mut Vec<Mistake>,
) {
    match change {
        Change::Skip(ids) => ids.iter().for_each(|id| known(id, &proof.place, names, found)),
        Change::Insert(insert) => {
            let ids = insert.before.iter().chain(&insert.after);
            ids.for_each(|id| known(id, &insert.place, names, found));
        }
        Change::Set(set) => {
            let declared: Vec<&str> =
                scenario.images.iter().map(|(name, _)| name.as_str()).collect();
            for (name, _) in set.iter() {
                declares(name, &declared, "images", &proof.place, found);
            }
        }
        Change::With(with) => {
            let declared: Vec<&str> =
                scenario.bindings.iter().map(|(name, _)| name.as_str()).collect();
            for (name, _) in with.iter() {
                declares(name, &declared, "bindings", &proof.place, found);
            }
        }
        Change::Edit(_)
        | Change::Push(_)
        | Change::Drop(_)
        | Change::Behave(_)
        | Change::Fault(_) => {}
    }
}

fn known(id: &str, place: &Place, names: &Names<'_>, found: &mut Vec<Mistake>) {
    if !names.ids.contains(&id) {
        let help = suggestion(id, &names.ids, "the ids are");
        found.push((place.clone(), format!("no step has the id `{id}`"), Some(help)));
    }
}

fn declares(name: &str, declared: &[&str], key: &str, place: &Place, found: &mut Vec<Mistake>) {
    if !declared.contains(&name) {
        let help = suggestion(name, declared, &format!("`{key}` declares"));
        found.push((place.clone(), format!("`{key}` declares no `{name}`"), Some(help)));
    }
}
