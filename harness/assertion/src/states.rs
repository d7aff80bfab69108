//! The words for the state of an object, judged on the object alone or on its history.

use health::Status;
use objects::{Object, ObjectId, Value};
use scenario::expect::State;

use crate::normal;
use crate::place::Place;
use crate::revision;

/// How a word compares: with the reason why it does not hold.
pub(crate) enum Answer {
    /// It holds.
    Holds,
    /// It does not; time may help.
    Fails(String),
    /// It does not, and time alone will not help.
    Never(String),
}

impl Answer {
    fn of(holds: bool, otherwise: impl Into<String>) -> Self {
        if holds { Self::Holds } else { Self::Fails(otherwise.into()) }
    }

    fn flip(self, otherwise: &str) -> Self {
        match self {
            Self::Holds => Self::Fails(otherwise.to_owned()),
            _ => Self::Holds,
        }
    }
}

/// Whether a word is about the object's history rather than its state.
pub(crate) fn is_history(state: State) -> bool {
    use State::{Absent, Changed, Created, Deleted, Recreated, Unchanged};
    matches!(state, Absent | Unchanged | Changed | Created | Deleted | Recreated)
}

/// Whether a word rests on controllers that may not be reproduced.
pub(crate) fn rests_on_controllers(state: State) -> bool {
    !is_history(state) && !matches!(state, State::Present | State::Suspended | State::Terminating)
}

/// A word about one object as it is now.
pub(crate) fn holds(state: State, place: &Place<'_>, object: &Object) -> Answer {
    let condition = |kind: &str| is_true(object, kind);
    match state {
        State::Ready => ready(place, object),
        State::NotReady => ready(place, object).flip("is Ready"),
        State::Present => Answer::Holds,
        State::Available => available(place, object),
        State::Current => kstatus(place, object, Status::Current),
        State::InProgress => kstatus(place, object, Status::InProgress),
        State::Failed => failed(place, object),
        State::Complete => complete(object),
        State::Running => running(object),
        State::Bound => phase(object, "Bound"),
        State::Established => Answer::of(condition("Established"), "is not Established"),
        State::Stalled => Answer::of(condition("Stalled"), "is not Stalled"),
        State::Suspended => {
            let suspended = object.bool_at(&["spec", "suspend"]) == Some(true);
            Answer::of(suspended, "is not suspended")
        }
        State::Terminating => Answer::of(object.is_deleting(), "is not being deleted"),
        history => of_history(history, place, &object.id()),
    }
}

fn is_true(object: &Object, kind: &str) -> bool {
    object.condition(kind).is_some_and(|found| found.str_at(&["status"]) == Some("True"))
}

/// Ready for the current generation and, below a source, for the head of its branch.
fn ready(place: &Place<'_>, object: &Object) -> Answer {
    let Some(condition) = object.condition("Ready") else {
        return without_ready(place, object);
    };
    let status = condition.str_at(&["status"]).unwrap_or_default();
    if status != "True" {
        return not_ready(object, condition);
    }
    let observed = condition
        .int_at(&["observedGeneration"])
        .or_else(|| object.int_at(&["status", "observedGeneration"]));
    if observed.is_some_and(|observed| observed != object.generation()) {
        let what = format!(
            "is Ready for generation {}, not for {}",
            observed.unwrap_or_default(),
            object.generation()
        );
        return Answer::Fails(what);
    }
    match revision::of(place, object) {
        Some(revisions) if !revisions.agree() => Answer::Fails(format!(
            "is Ready for revision {}, but its source is at {}",
            if revisions.found.is_empty() { "none" } else { &revisions.found },
            revisions.wanted
        )),
        _ => Answer::Holds,
    }
}

fn not_ready(object: &Object, condition: &Value) -> Answer {
    let text = |key| condition.str_at(&[key]).unwrap_or_default();
    let what = format!("is not Ready: {}: {}", text("reason"), text("message"));
    let what = what.trim_end().trim_end_matches([':', ' ']).to_owned();
    let current =
        condition.int_at(&["observedGeneration"]).is_none_or(|o| o == object.generation());
    if is_true(object, "Stalled") && current { Answer::Never(what) } else { Answer::Fails(what) }
}

/// Kinds without a Ready condition are Ready when kstatus calls them current.
fn without_ready(place: &Place<'_>, object: &Object) -> Answer {
    let group = object.gvk().group;
    if group.ends_with("toolkit.fluxcd.io") && has_ready(object.kind()) {
        return Answer::Fails("has no condition Ready yet".to_owned());
    }
    kstatus(place, object, Status::Current)
}

/// Flux kinds that are never reconciled have no Ready condition: Provider and Alert of v1beta3.
fn has_ready(kind: &str) -> bool {
    !matches!(kind, "Alert" | "Provider")
}

fn kstatus(place: &Place<'_>, object: &Object, wanted: Status) -> Answer {
    match health::compute(object, place.world.now) {
        Ok(health) if health.status == wanted => Answer::Holds,
        Ok(health) => {
            Answer::Fails(format!("is {:?}, not {wanted:?}: {}", health.status, health.message))
        }
        Err(error) => Answer::Fails(error.to_string()),
    }
}

fn available(place: &Place<'_>, object: &Object) -> Answer {
    match kstatus(place, object, Status::Current) {
        Answer::Fails(what) => Answer::Fails(format!("is not Available: it {what}")),
        answer => answer,
    }
}

fn failed(place: &Place<'_>, object: &Object) -> Answer {
    if is_true(object, "Failed") || object.str_at(&["status", "phase"]) == Some("Failed") {
        return Answer::Holds;
    }
    kstatus(place, object, Status::Failed)
}

fn complete(object: &Object) -> Answer {
    let succeeded = object.str_at(&["status", "phase"]) == Some("Succeeded");
    if succeeded || is_true(object, "Complete") {
        return Answer::Holds;
    }
    let what = "is not complete".to_owned();
    if is_true(object, "Failed") { Answer::Never(what) } else { Answer::Fails(what) }
}

fn running(object: &Object) -> Answer {
    let ready = is_true(object, "Ready");
    match phase(object, "Running") {
        Answer::Holds if !ready => {
            Answer::Fails("runs, but not all containers are ready".to_owned())
        }
        answer => answer,
    }
}

fn phase(object: &Object, wanted: &str) -> Answer {
    let phase = object.str_at(&["status", "phase"]).unwrap_or("without phase");
    Answer::of(phase == wanted, format!("is {phase}, not {wanted}"))
}

/// A word about the history of an object, whether it is there or not.
pub(crate) fn of_history(state: State, place: &Place<'_>, id: &ObjectId) -> Answer {
    let states = place.view.states(place.since, id);
    let now = place.view.objects.get(id);
    let before = states.first().and_then(|(_, object)| *object);
    let gone = states.iter().skip(1).any(|(_, object)| object.is_none());
    match state {
        State::Absent => absent(&states),
        State::Unchanged => unchanged(place, id),
        State::Changed => unchanged(place, id).flip("did not change"),
        State::Created => Answer::of(before.is_none() && now.is_some(), "was not created"),
        State::Deleted => Answer::of(gone && now.is_none(), "was not deleted"),
        State::Recreated => Answer::of(gone && now.is_some(), "was not recreated"),
        _ => Answer::of(now.is_some(), "does not exist"),
    }
}

/// Absent at every moment: it did not appear since the step, and what was there went.
fn absent(states: &[(Option<clock::Moment>, Option<&Object>)]) -> Answer {
    let appears = |pair: &&[(Option<clock::Moment>, Option<&Object>)]| {
        pair[0].1.is_none() && pair[1].1.is_some()
    };
    let appeared = states.windows(2).find(appears).map(|pair| &pair[1]);
    let is_there = states.last().is_some_and(|(_, object)| object.is_some());
    match appeared {
        Some((Some(at), _)) if !is_there => Answer::Never(format!("existed at {at}")),
        _ => Answer::of(!is_there, "exists"),
    }
}

fn unchanged(place: &Place<'_>, id: &ObjectId) -> Answer {
    let entries = place.view.entries_of(place.since, id);
    for entry in entries {
        let what = match (&entry.before, &entry.after) {
            (None, _) => "was created",
            (_, None) => "was deleted",
            (Some(before), Some(after)) if normal::wanted(before) != normal::wanted(after) => {
                "changed"
            }
            _ => continue,
        };
        return Answer::Never(format!("{what} at {}", entry.at));
    }
    Answer::Holds
}
