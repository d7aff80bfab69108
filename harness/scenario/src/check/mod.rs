//! What only the whole file shows: names that nothing declares, parts that exclude
//! each other, parts that say nothing.
//!
//! Start at [`mistakes`].

mod names;
mod parts;
mod proofs;
mod walk;

use crate::header::Scenario;
use crate::read::{list, nearest};
use crate::sources::Mistake;

/// Every mistake of a scenario whose parts could be read.
pub(crate) fn mistakes(scenario: &Scenario) -> Vec<Mistake> {
    let mut found = Vec::new();
    parts::check(scenario, &mut found);
    names::check(scenario, &mut found);
    proofs::check(scenario, &mut found);
    found
}

/// What may have been meant by a name, or which names there are.
pub(crate) fn suggestion(name: &str, names: &[&str], otherwise: &str) -> String {
    match nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("{otherwise} {}", list(names)),
    }
}
