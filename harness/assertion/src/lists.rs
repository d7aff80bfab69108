//! Expectations about many objects at once: what was deleted, created and changed,
//! counts, the order of first application, and events.

use events::{Failure, FieldError};
use objects::{Object, ObjectId};
use scenario::expect::EventCheck;
use scenario::terms::{NumberMatch, ObjectPattern};

use crate::judgement::Judgement;
use crate::place::Place;
use crate::{normal, text};

/// What happened to objects since a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happened {
    Deleted,
    Recreated,
    Created,
    Changed,
}

impl Happened {
    fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Recreated => "recreated",
            Self::Created => "created",
            Self::Changed => "changed",
        }
    }
}

/// Judges that exactly these objects were deleted, recreated, created or changed.
pub(crate) fn judge_list(place: &Place<'_>, what: Happened, wanted: &[ObjectPattern]) -> Judgement {
    let found = happened(place, what);
    let ids: Vec<&ObjectId> = found.iter().collect();
    let fields = exactly(place, what.word(), wanted, &ids);
    if fields.is_empty() {
        return Judgement::met();
    }
    let settled = fields.iter().any(|field| field.expected == NOTHING);
    let mut failure = Failure::new(format!("the {} objects are not as expected", what.word()));
    failure.cluster = place.name.to_owned();
    failure.fields = fields;
    let settled = settled && matches!(what, Happened::Recreated | Happened::Changed);
    Judgement::not_met(failure, settled)
}

/// What stands on the side of a difference where there is no object.
const NOTHING: &str = "nothing";

/// The differences between a list of references and the objects that were found.
pub(crate) fn exactly(
    place: &Place<'_>,
    path: &str,
    wanted: &[ObjectPattern],
    found: &[&ObjectId],
) -> Vec<FieldError> {
    let error =
        |expected: String, found: String| FieldError { path: path.to_owned(), expected, found };
    let missing = wanted.iter().filter(|pattern| !found.iter().any(|id| place.means(pattern, id)));
    let surplus = found.iter().filter(|id| !wanted.iter().any(|pattern| place.means(pattern, id)));
    let mut errors: Vec<FieldError> =
        missing.map(|pattern| error(pattern.to_string(), NOTHING.to_owned())).collect();
    errors.extend(surplus.map(|id| error(NOTHING.to_owned(), id.to_string())));
    errors.sort();
    errors
}

fn happened(place: &Place<'_>, what: Happened) -> Vec<ObjectId> {
    let entries = place.view.since(place.lists_since);
    let mut ids: Vec<&ObjectId> = entries
        .iter()
        .filter(|entry| {
            let object = entry.after.as_ref().or(entry.before.as_ref());
            object.is_some_and(|object| normal::counts(&entry.id, object))
        })
        .map(|entry| &entry.id)
        .collect();
    ids.sort();
    ids.dedup();
    ids.retain(|id| is(place, what, id));
    ids.into_iter().cloned().collect()
}

fn is(place: &Place<'_>, what: Happened, id: &ObjectId) -> bool {
    let before = place.view.object_before(place.lists_since, id);
    let now = place.view.objects.get(id);
    match (what, before, now) {
        (Happened::Deleted, Some(_), None) | (Happened::Created, None, Some(_)) => true,
        (Happened::Recreated, before, Some(now)) => went_and_came(place, id, before, now),
        (Happened::Changed, Some(before), Some(now)) => {
            normal::wanted(before) != normal::wanted(now)
        }
        _ => false,
    }
}

fn went_and_came(place: &Place<'_>, id: &ObjectId, before: Option<&Object>, now: &Object) -> bool {
    match before {
        Some(before) => before.uid() != now.uid(),
        None => {
            let states = place.view.states(place.lists_since, id);
            let uids = states.iter().filter_map(|(_, object)| object.map(Object::uid));
            uids.collect::<std::collections::BTreeSet<_>>().len() > 1
        }
    }
}

/// How often an object was changed since the step, status left out.
pub(crate) fn changes(place: &Place<'_>, id: &ObjectId) -> u64 {
    let entries = place.view.entries_of(place.since, id);
    let changed = entries.filter(|entry| match (&entry.before, &entry.after) {
        (Some(before), Some(after)) => normal::wanted(before) != normal::wanted(after),
        _ => true,
    });
    changed.count() as u64
}

/// Judges how many objects a reference means.
pub(crate) fn judge_count(
    place: &Place<'_>,
    pattern: &ObjectPattern,
    wanted: &NumberMatch,
) -> Judgement {
    let found = place.found(pattern).len() as u64;
    if wanted.holds(found) {
        return Judgement::met();
    }
    let field = FieldError {
        path: format!("count of {pattern}"),
        expected: text::number(Some(wanted)),
        found: found.to_string(),
    };
    let failure = Failure {
        cluster: place.name.to_owned(),
        fields: vec![field],
        ..Failure::new(format!("there are {found} {pattern}"))
    };
    Judgement::not_met(failure, false)
}

/// Judges that objects were first applied in this order. A pattern that means several
/// comes after the last of those before it.
pub(crate) fn judge_order(place: &Place<'_>, order: &[ObjectPattern]) -> Judgement {
    let first = |id: &ObjectId| place.view.first_entry(id).unwrap_or(0);
    let mut latest: Option<(usize, String)> = None;
    for pattern in order {
        let mut found: Vec<(usize, &ObjectId)> =
            place.known(pattern).into_iter().map(|id| (first(id), id)).collect();
        found.sort();
        let (Some((begin, early)), Some((end, last))) = (found.first(), found.last()) else {
            return Judgement::not_met(Failure::new(format!("{pattern} was never applied")), false);
        };
        if let Some((before, name)) = &latest
            && begin < before
        {
            let what = format!("was first applied before {name}");
            return Judgement::not_met(Failure::of(place.name, (*early).clone(), what), true);
        }
        latest = Some((*end, last.to_string()));
    }
    Judgement::met()
}

/// The events since the step, oldest first, each in its last state.
pub(crate) fn events<'a>(place: &Place<'a>) -> Vec<&'a Object> {
    let view = place.view;
    let entries = view.since(place.since).iter().filter(|entry| entry.id.kind.kind == "Event");
    let mut ids: Vec<&ObjectId> = Vec::new();
    let mut last: std::collections::BTreeMap<&ObjectId, &Object> =
        std::collections::BTreeMap::new();
    for entry in entries {
        if let Some(event) = &entry.after
            && last.insert(&entry.id, event).is_none()
        {
            ids.push(&entry.id);
        }
    }
    ids.iter().filter_map(|id| last.get(id).copied()).collect()
}

/// Whether an event is about an object.
pub(crate) fn event_is_about(event: &Object, id: &ObjectId) -> bool {
    let about = event.get("involvedObject").or_else(|| event.get("regarding"));
    let text = |key| about.and_then(|about| about.str_at(&[key])).unwrap_or_default();
    text("kind") == id.kind.kind && text("name") == id.name && text("namespace") == id.namespace
}

/// The first expected event that does not follow on those before it, in words.
pub(crate) fn first_missing_event(
    place: &Place<'_>,
    wanted: &[EventCheck],
    events: &[&Object],
) -> Option<String> {
    let mut at = 0;
    for check in wanted {
        let found = events.iter().skip(at).position(|event| event_is(place, check, event));
        match found {
            Some(later) => at += later + 1,
            None => return Some(event_words(check)),
        }
    }
    None
}

fn event_is(place: &Place<'_>, check: &EventCheck, event: &Object) -> bool {
    let text =
        |keys: [&str; 2]| keys.iter().find_map(|key| event.str_at(&[key])).unwrap_or_default();
    let count = event.int_at(&["count"]).and_then(|count| u64::try_from(count).ok()).unwrap_or(1);
    let about = event.get("involvedObject").or_else(|| event.get("regarding"));
    let object =
        |pattern: &ObjectPattern| about.is_some_and(|about| place.means(pattern, &id_of(about)));
    check.object.as_ref().is_none_or(object)
        && check.kind.as_ref().is_none_or(|kind| text(["type", "type"]) == kind)
        && check
            .reason
            .as_ref()
            .is_none_or(|reason| text::holds(reason, text(["reason", "reason"])))
        && check
            .message
            .as_ref()
            .is_none_or(|message| text::holds(message, text(["message", "note"])))
        && check.count.as_ref().is_none_or(|wanted| wanted.holds(count))
}

fn id_of(reference: &objects::Value) -> ObjectId {
    let text = |key| reference.str_at(&[key]).unwrap_or_default().to_owned();
    let gvk = objects::Gvk::from_api_version(&text("apiVersion"), &text("kind"));
    ObjectId { kind: gvk.group_kind(), namespace: text("namespace"), name: text("name") }
}

fn event_words(check: &EventCheck) -> String {
    let mut words: Vec<String> = check.kind.iter().cloned().collect();
    words.extend(check.object.as_ref().map(|object| format!("about {object}")));
    words
        .extend(check.reason.as_ref().map(|reason| format!("with reason {}", text::words(reason))));
    words.extend(
        check.message.as_ref().map(|message| format!("with message {}", text::words(message))),
    );
    words.join(" ")
}

/// Judges events in order.
pub(crate) fn judge_events(place: &Place<'_>, wanted: &[EventCheck]) -> Judgement {
    match first_missing_event(place, wanted, &events(place)) {
        None => Judgement::met(),
        Some(missing) => {
            let failure = Failure::new(format!("there is no event {missing}"));
            Judgement::not_met(Failure { cluster: place.name.to_owned(), ..failure }, false)
        }
    }
}
