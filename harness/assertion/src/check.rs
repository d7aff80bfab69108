//! What is expected of objects, against what they are and were.
//!
//! Start at [`judge_objects`].

use events::{Failure, FieldError, Verdict};
use objects::{Object, ObjectId, Value};
use scenario::expect::{ConditionCheck, InventoryCheck, ObjectCheck, State};
use scenario::terms::{ObjectPattern, TextMatch};

use crate::judgement::Judgement;
use crate::partial;
use crate::place::Place;
use crate::states::{self, Answer};
use crate::{causes, detail, lists, look, missing, revision, shown, text, unknown};

/// Judges what is expected of everything that a reference means.
pub(crate) fn judge_objects(
    place: &Place<'_>,
    pattern: &ObjectPattern,
    check: &ObjectCheck,
) -> Judgement {
    if let Some(judgement) = only_history(place, pattern, check) {
        return judgement;
    }
    let found = place.found(pattern);
    if found.is_empty() {
        return Judgement::not_met(missing::failure(place, pattern), false);
    }
    let all = found.into_iter().map(|id| judge_one(place, id, check));
    all.fold(Judgement::met(), Judgement::and)
}

/// Words that hold of objects that may not be there: `absent`, `deleted`.
fn only_history(
    place: &Place<'_>,
    pattern: &ObjectPattern,
    check: &ObjectCheck,
) -> Option<Judgement> {
    let gone = |state: &State| matches!(state, State::Absent | State::Deleted);
    if !check.is.iter().any(gone) {
        return None;
    }
    let known = place.known(pattern);
    if known.is_empty() && check.is.contains(&State::Deleted) {
        return Some(Judgement::not_met(missing::failure(place, pattern), false));
    }
    let judge = |id: &ObjectId| {
        let mut found = Found::default();
        for state in check.is.iter() {
            found.answer(states::of_history(*state, place, id));
        }
        found.judgement(place, id)
    };
    Some(known.into_iter().map(judge).fold(Judgement::met(), Judgement::and))
}

/// Judges what is expected of one object that is there.
pub(crate) fn judge_one(place: &Place<'_>, id: &ObjectId, check: &ObjectCheck) -> Judgement {
    if !place.view.notes.is_empty()
        && rests_on_controllers(check)
        && let Some(reason) = unknown::reason(place, id)
    {
        return Judgement::unknown(reason);
    }
    let Some(object) = place.view.objects.get(id) else {
        return Judgement::not_met(Failure::of(place.name, id.clone(), "does not exist"), false);
    };
    let mut found = Found::default();
    found.state(place, object, check);
    found.history(place, id, check);
    found.rest(place, object, check);
    found.judgement(place, id)
}

/// Judges a check of history on an object that may be gone, any other on one that is there.
pub(crate) fn judge_present_or_gone(
    place: &Place<'_>,
    id: &ObjectId,
    check: &ObjectCheck,
) -> Judgement {
    if place.view.objects.contains_key(id) {
        return judge_one(place, id, check);
    }
    let mut found = Found::default();
    for state in check.is.iter() {
        found.answer(states::of_history(*state, place, id));
    }
    found.history(place, id, check);
    found.judgement(place, id)
}

/// Whether a check looks at what controllers make of an object.
fn rests_on_controllers(check: &ObjectCheck) -> bool {
    let words = check.is.iter().any(|state| states::rests_on_controllers(*state));
    let conditions = !check.conditions.is_empty() || !check.roots.1.is_empty();
    let texts = check.reason.is_some() || check.message.is_some();
    let revisions = check.at.is_some() || check.revision.is_some() || check.inventory.is_some();
    let history = !check.passes.is_empty() || !check.events.is_empty();
    words || conditions || texts || revisions || history || check.partial().get("status").is_some()
}

/// What was found wrong with one object.
#[derive(Default)]
struct Found {
    what: Vec<String>,
    fields: Vec<FieldError>,
    /// Time alone will not help.
    settled: bool,
    partial: Option<(Value, Value)>,
}

impl Found {
    fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Holds => {}
            Answer::Fails(what) => self.what.push(what),
            Answer::Never(what) => {
                self.what.push(what);
                self.settled = true;
            }
        }
    }

    fn field(&mut self, path: &str, expected: impl Into<String>, found: impl Into<String>) {
        let (expected, found) = (expected.into(), found.into());
        self.fields.push(FieldError { path: path.to_owned(), expected, found });
    }

    /// Everything that one state of an object shows.
    fn state(&mut self, place: &Place<'_>, object: &Object, check: &ObjectCheck) {
        for state in check.is.iter() {
            self.answer(states::holds(*state, place, object));
        }
        self.conditions(object, check);
        self.images(object, check);
        self.body(object, check);
        for expression in check.that.iter() {
            self.expression(object, expression);
        }
    }

    fn conditions(&mut self, object: &Object, check: &ObjectCheck) {
        let named: Vec<&(String, ConditionCheck)> =
            check.roots.1.iter().chain(check.conditions.iter()).collect();
        for (kind, wanted) in &named {
            self.condition(object, kind, wanted);
        }
        let kind = match named.as_slice() {
            [(kind, _)] => kind.as_str(),
            _ => "Ready",
        };
        let shared = ConditionCheck {
            reason: check.reason.clone(),
            message: check.message.clone(),
            ..ConditionCheck::default()
        };
        if shared.reason.is_some() || shared.message.is_some() {
            self.condition(object, kind, &shared);
        }
    }

    fn condition(&mut self, object: &Object, kind: &str, wanted: &ConditionCheck) {
        let path = format!("status.conditions[type={kind}]");
        let found = object.condition(kind);
        match found {
            None if wanted.absent => return,
            None => {
                let parts = [
                    ("status", &wanted.status),
                    ("reason", &wanted.reason),
                    ("message", &wanted.message),
                ];
                for (key, wanted) in parts {
                    if let Some(wanted) = wanted {
                        self.field(&format!("{path}.{key}"), text::words(wanted), "absent");
                    }
                }
                return;
            }
            Some(found) if wanted.absent => {
                self.field(&path, "absent", shown::line(found));
                return;
            }
            Some(_) => {}
        }
        for (key, wanted) in
            [("status", &wanted.status), ("reason", &wanted.reason), ("message", &wanted.message)]
        {
            let text = found.and_then(|found| found.str_at(&[key])).unwrap_or_default();
            self.text(&format!("{path}.{key}"), wanted.as_ref(), text);
        }
    }

    fn text(&mut self, path: &str, wanted: Option<&TextMatch>, found: &str) {
        if let Some(wanted) = wanted
            && !text::holds(wanted, found)
        {
            self.field(path, text::words(wanted), shown::text(found));
        }
    }

    fn images(&mut self, object: &Object, check: &ObjectCheck) {
        let containers = look::containers(object);
        if let Some(wanted) = &check.image {
            match only_container(&containers, object.name()) {
                Some((name, image)) => self.text(&format!("image of {name}"), Some(wanted), image),
                None => {
                    let names: Vec<&str> = containers.iter().map(|(name, _)| *name).collect();
                    let found = format!("containers {}; name one below images", names.join(", "));
                    self.field("image", text::words(wanted), found);
                }
            }
        }
        for (name, wanted) in check.images.iter() {
            match containers.iter().find(|(container, _)| container == name) {
                Some((_, image)) => self.text(&format!("image of {name}"), Some(wanted), image),
                None => self.field(
                    &format!("image of {name}"),
                    text::words(wanted),
                    "no such container",
                ),
            }
        }
    }

    fn body(&mut self, object: &Object, check: &ObjectCheck) {
        let expected = check.partial();
        if expected.as_map().is_some_and(|map| !map.is_empty()) {
            let errors = partial::differences(&expected, Some(&object.0));
            if !errors.is_empty() {
                self.partial = Some((expected, object.0.clone()));
            }
            self.fields.extend(errors);
        }
        for (field, wanted) in check.fields.iter() {
            let found = look::values_at(&object.0, &field.segments);
            let path = field.to_string();
            if found.is_empty() {
                partial::compare(wanted, None, &path, &mut self.fields);
            }
            for value in found {
                partial::compare(wanted, Some(value), &path, &mut self.fields);
            }
        }
    }

    fn expression(&mut self, object: &Object, expression: &str) {
        let variable = |name: &str| match name {
            "self" => Some(object.0.clone()),
            name => object.get(name).cloned(),
        };
        let found =
            health::cel::Program::parse(expression).and_then(|program| program.is_true(&variable));
        match found {
            Ok(true) => {}
            Ok(false) => self.field(&format!("that {expression}"), "true", "false"),
            Err(error) => self.field(&format!("that {expression}"), "true", error.to_string()),
        }
    }

    /// What it was since the step.
    fn history(&mut self, place: &Place<'_>, id: &ObjectId, check: &ObjectCheck) {
        self.passes(place, id, check);
        let states =
            if check.never.is_empty() { Vec::new() } else { place.view.states(place.since, id) };
        for (at, state) in states {
            let Some(state) = state else { continue };
            for never in check.never.iter() {
                if shows(place, state, never) {
                    let when =
                        at.map_or_else(|| "from the beginning".to_owned(), |at| format!("at {at}"));
                    self.answer(Answer::Never(format!("was {} {when}", what_of(never))));
                }
            }
        }
        if let Some(wanted) = &check.changes {
            let changes = lists::changes(place, id);
            if !wanted.holds(changes) {
                self.field("changes", text::number(Some(wanted)), changes.to_string());
            }
        }
        if !check.events.is_empty() {
            self.events(place, id, check);
        }
    }

    /// The states that it passes through, in order; each holds at a moment of its own
    /// or at that of the one before.
    fn passes(&mut self, place: &Place<'_>, id: &ObjectId, check: &ObjectCheck) {
        if check.passes.is_empty() {
            return;
        }
        let states = place.view.states(place.since, id);
        let mut at = 0;
        for (number, wanted) in check.passes.iter().enumerate() {
            let met = states
                .iter()
                .skip(at)
                .position(|(_, object)| object.is_some_and(|object| shows(place, object, wanted)));
            match met {
                Some(later) => at += later,
                None => {
                    let nth = number + 1;
                    self.answer(Answer::Fails(format!(
                        "did not pass through state {nth}: {}",
                        what_of(wanted)
                    )));
                    return;
                }
            }
        }
    }

    fn events(&mut self, place: &Place<'_>, id: &ObjectId, check: &ObjectCheck) {
        let events: Vec<&Object> = lists::events(place)
            .into_iter()
            .filter(|event| lists::event_is_about(event, id))
            .collect();
        if let Some(missing) = lists::first_missing_event(place, &check.events, &events) {
            self.answer(Answer::Fails(format!("has no event {missing}")));
        }
    }

    /// What only the present shows.
    fn rest(&mut self, place: &Place<'_>, object: &Object, check: &ObjectCheck) {
        let carried = revision::carried(object);
        self.text("revision", check.revision.as_ref(), carried);
        if let Some(at) = &check.at {
            let (repository, branch) = place.git.branch(at);
            match place.git.head(&repository, &branch) {
                Some(head) if carried.contains(&head) => {}
                Some(head) => {
                    self.field("revision", format!("{at} ({head})"), shown::text(carried))
                }
                None => self.field(
                    "revision",
                    format!("{at}, which does not exist"),
                    shown::text(carried),
                ),
            }
        }
        if let Some(wanted) = &check.inventory {
            self.inventory(place, object, wanted);
        }
    }

    fn inventory(&mut self, place: &Place<'_>, object: &Object, wanted: &InventoryCheck) {
        let ids: Vec<ObjectId> = look::inventory(object);
        match wanted {
            InventoryCheck::Count(number) if !number.holds(ids.len() as u64) => {
                self.field("inventory", text::number(Some(number)), ids.len().to_string());
            }
            InventoryCheck::Count(_) => {}
            InventoryCheck::Objects(patterns) => {
                let found: Vec<&ObjectId> = ids.iter().collect();
                self.fields.extend(lists::exactly(place, "inventory", patterns, &found));
            }
        }
    }

    fn judgement(self, place: &Place<'_>, id: &ObjectId) -> Judgement {
        if self.what.is_empty() && self.fields.is_empty() {
            return Judgement::met();
        }
        let what = if self.what.is_empty() {
            "is not as expected".to_owned()
        } else {
            self.what.join("; ")
        };
        let mut failure = Failure::of(place.name, id.clone(), what);
        failure.fields = self.fields;
        failure.fields.sort();
        failure.fields.dedup();
        if let Some((expected, found)) = self.partial
            && place.details
        {
            failure.diff = detail::pruned_diff(&expected, &found);
        }
        if place.details {
            failure.transitions = detail::transitions(place, id);
            failure.causes = causes::causes(place, id);
        }
        Judgement { verdict: Verdict::NotMet(vec![failure]), settled: self.settled }
    }
}

/// Whether one state of an object shows what a check asks of a state.
fn shows(place: &Place<'_>, object: &Object, check: &ObjectCheck) -> bool {
    let mut found = Found::default();
    found.state(place, object, check);
    found.text("revision", check.revision.as_ref(), revision::carried(object));
    found.what.is_empty() && found.fields.is_empty()
}

/// A state in words.
fn what_of(check: &ObjectCheck) -> String {
    let mut words: Vec<String> = check.is.iter().map(|state| state.word().to_owned()).collect();
    for (kind, condition) in check.roots.1.iter().chain(check.conditions.iter()) {
        words.extend(
            condition.status.as_ref().map(|status| format!("{kind}={}", text::words(status))),
        );
        words.extend(
            condition
                .reason
                .as_ref()
                .map(|reason| format!("{kind} reason {}", text::words(reason))),
        );
    }
    words.extend(check.reason.as_ref().map(|reason| format!("reason {}", text::words(reason))));
    words.extend(check.message.as_ref().map(|message| format!("message {}", text::words(message))));
    let partial = check.partial();
    if partial.as_map().is_some_and(|map| !map.is_empty()) {
        words.push(shown::line(&partial));
    }
    words.join(", ")
}

fn only_container<'a>(containers: &[(&'a str, &'a str)], name: &str) -> Option<(&'a str, &'a str)> {
    match containers {
        [one] => Some(*one),
        many => many.iter().find(|(container, _)| *container == name).copied(),
    }
}
