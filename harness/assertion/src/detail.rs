//! What a failure shows beside its fields: a pruned diff, and the last transitions.

use clock::Moment;
use events::Transition;
use objects::{Object, ObjectId, Value};

use crate::place::Place;
use crate::{partial, shown};

/// Most transitions that a failure shows.
const TRANSITIONS: usize = 6;

/// Expected against found as lines, with only the parts of the found that are expected.
pub(crate) fn pruned_diff(expected: &Value, found: &Value) -> Vec<String> {
    let (mut wanted, mut is) = (String::new(), String::new());
    shown::block(&partial::wanted(expected, Some(found)), 0, &mut wanted);
    shown::block(&partial::pruned(expected, found), 0, &mut is);
    let diff = similar::TextDiff::from_lines(&wanted, &is);
    let line = |change: similar::Change<&str>| {
        let sign = match change.tag() {
            similar::ChangeTag::Delete => '-',
            similar::ChangeTag::Insert => '+',
            similar::ChangeTag::Equal => ' ',
        };
        format!("{sign}{}", change.value().trim_end_matches('\n'))
    };
    diff.iter_all_changes().map(line).collect()
}

/// The last changes of an object's conditions since the step, oldest first.
pub(crate) fn transitions(place: &Place<'_>, id: &ObjectId) -> Vec<Transition> {
    let mut all = Vec::new();
    for entry in place.view.entries_of(place.since, id) {
        all.extend(transitions_of(entry.at, entry.before.as_ref(), entry.after.as_ref()));
    }
    let skip = all.len().saturating_sub(TRANSITIONS);
    all.split_off(skip)
}

fn transitions_of(at: Moment, before: Option<&Object>, after: Option<&Object>) -> Vec<Transition> {
    let plain = |state: &str| Transition {
        at,
        state: state.to_owned(),
        reason: String::new(),
        message: String::new(),
    };
    let Some(after) = after else { return vec![plain("deleted")] };
    let mut all: Vec<Transition> =
        if before.is_none() { vec![plain("created")] } else { Vec::new() };
    for condition in after.list_at(&["status", "conditions"]) {
        let text = |key| condition.str_at(&[key]).unwrap_or_default();
        // Says what Ready says too, and changes with every phase.
        if text("type") == "Reconciling" {
            continue;
        }
        let old = before.and_then(|before| before.condition(text("type")));
        let same = old.is_some_and(|old| {
            ["status", "reason", "message"].iter().all(|key| old.get(key) == condition.get(key))
        });
        if !same {
            all.push(Transition {
                at,
                state: format!("{}={}", text("type"), text("status")),
                reason: text("reason").to_owned(),
                message: text("message").to_owned(),
            });
        }
    }
    all
}
