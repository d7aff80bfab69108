//! Relations: one cluster and another, or one moment and another.

use std::collections::BTreeMap;

use events::{Failure, FieldError};
use objects::{Object, ObjectId, Value};
use scenario::expect::{Except, FieldRule, SameAs, Segment};

use crate::judgement::Judgement;
use crate::normal::{self, Without};
use crate::place::Place;
use crate::{look, partial, shown};

/// Most objects that a failure names.
const MOST: usize = 20;

type Objects = BTreeMap<ObjectId, Object>;

/// Judges that a cluster's state is the same as another's, or as an earlier one.
pub(crate) fn judge(place: &Place<'_>, wanted: &SameAs, except: &[Except]) -> Judgement {
    let other = match other_side(place, wanted) {
        Ok(other) => other,
        Err(what) => return Judgement::not_met(Failure::new(what), true),
    };
    let mut without = without(except);
    without.origin = wanted.cluster.as_ref().is_some_and(|name| name != place.name);
    without.revisions |= without.origin;
    without.history |= without.origin;
    let rules = Rules { place, without, except };
    let failures = rules.compare(&other, &place.view.objects);
    if failures.is_empty() { Judgement::met() } else { Judgement::all_not_met(failures) }
}

fn other_side(place: &Place<'_>, wanted: &SameAs) -> Result<Objects, String> {
    let name = wanted.cluster.as_deref().unwrap_or(place.name);
    let view =
        place.world.clusters.get(name).ok_or_else(|| format!("there is no cluster {name}"))?;
    let step =
        |id: &String| place.world.step(id).ok_or_else(|| format!("no step {id} came before"));
    match (&wanted.before, &wanted.after) {
        (Some(id), _) => Ok(view.before(step(id)?)),
        (None, Some(id)) => Ok(view.before(step(id)? + 1)),
        (None, None) => Ok(view.objects.clone()),
    }
}

fn without(except: &[Except]) -> Without {
    let mut without = Without::default();
    for one in except {
        match one {
            Except::Revisions => without.revisions = true,
            Except::History => without.history = true,
            Except::Status => without.status = true,
            Except::Objects(_) => {}
        }
    }
    without
}

struct Rules<'a> {
    place: &'a Place<'a>,
    without: Without,
    except: &'a [Except],
}

impl Rules<'_> {
    fn compare(&self, other: &Objects, here: &Objects) -> Vec<Failure> {
        let ids = other.keys().chain(here.keys().filter(|id| !other.contains_key(*id)));
        let mut failures: Vec<Failure> =
            ids.filter_map(|id| self.one(id, other.get(id), here.get(id))).collect();
        failures.sort_by(|a, b| a.object.cmp(&b.object));
        let left = failures.len().saturating_sub(MOST);
        failures.truncate(MOST);
        if left > 0 {
            failures.push(Failure::new(format!("{left} more objects differ")));
        }
        failures
    }

    fn one(&self, id: &ObjectId, other: Option<&Object>, here: Option<&Object>) -> Option<Failure> {
        let counts = other.or(here).is_some_and(|object| normal::counts(id, object));
        if !counts || self.is_left_out(id) {
            return None;
        }
        let failure = |what: &str| Failure::of(self.place.name, id.clone(), what);
        match (other, here) {
            (Some(_), None) => Some(failure("is missing here")),
            (None, Some(_)) => Some(failure("is here only")),
            (Some(other), Some(here)) => {
                let fields = differences(&self.value(id, other), &self.value(id, here));
                (!fields.is_empty()).then(|| Failure { fields, ..failure("differs") })
            }
            (None, None) => None,
        }
    }

    fn value(&self, id: &ObjectId, object: &Object) -> Value {
        let mut value = normal::normal(object, self.without);
        for rule in self.rules_for(id) {
            for field in rule.fields.iter() {
                remove(&mut value, &field.segments);
            }
        }
        value
    }

    fn rules_for(&self, id: &ObjectId) -> impl Iterator<Item = &FieldRule> {
        let rules = self.except.iter().filter_map(|except| match except {
            Except::Objects(rule) => Some(rule),
            _ => None,
        });
        rules.filter(|rule| rule_means(rule, id))
    }

    fn is_left_out(&self, id: &ObjectId) -> bool {
        self.rules_for(id).any(|rule| rule.fields.is_empty())
    }
}

/// Whether a rule of `except` is about this object.
pub(crate) fn rule_means(rule: &FieldRule, id: &ObjectId) -> bool {
    let glob = scenario::terms::glob;
    rule.kind.as_ref().is_none_or(|kind| kind.matches(id))
        && rule.name.as_ref().is_none_or(|name| glob(name, &id.name))
        && rule.namespace.as_ref().is_none_or(|namespace| glob(namespace, &id.namespace))
}

/// Removes what a path means.
pub(crate) fn remove(value: &mut Value, path: &[Segment]) {
    let Some((first, rest)) = path.split_first() else { return };
    if let (Segment::Key(key), []) = (first, rest) {
        value.remove(&[key]);
        return;
    }
    match (first, value) {
        (Segment::Key(key), Value::Map(map)) if map.contains_key(key) => {
            if let Some(inner) = std::sync::Arc::make_mut(map).get_mut(key) {
                remove(inner, rest);
            }
        }
        (Segment::All, Value::Map(map)) if rest.is_empty() => *map = objects::Map::new().into(),
        (Segment::All, Value::Map(map)) => {
            std::sync::Arc::make_mut(map).iter_mut().for_each(|(_, inner)| remove(inner, rest));
        }
        (segment, Value::List(items)) => {
            remove_items(segment, rest, std::sync::Arc::make_mut(items))
        }
        _ => {}
    }
}

fn remove_items(segment: &Segment, rest: &[Segment], items: &mut Vec<Value>) {
    let mut at = 0;
    items.retain_mut(|item| {
        let index = at;
        at += 1;
        let meant = match segment {
            Segment::All => true,
            Segment::Index(wanted) => *wanted == index,
            Segment::Where(key, text) => {
                item.get(key).is_some_and(|found| shown::line(found) == *text)
            }
            Segment::Key(_) => false,
        };
        if meant && !rest.is_empty() {
            remove(item, rest);
        }
        !(meant && rest.is_empty())
    });
}

/// Where two values differ: expected is the other side, found is this one.
fn differences(other: &Value, here: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    walk(other, here, "", &mut errors);
    errors.sort();
    errors
}

fn walk(other: &Value, here: &Value, path: &str, errors: &mut Vec<FieldError>) {
    match (other, here) {
        (Value::Map(a), Value::Map(b)) => {
            for (key, value) in a.iter() {
                let path = partial::join(path, key);
                match b.get(key) {
                    Some(found) => walk(value, found, &path, errors),
                    None => errors.push(error(&path, Some(value), None)),
                }
            }
            for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(key)) {
                errors.push(error(&partial::join(path, key), None, Some(value)));
            }
        }
        (Value::List(a), Value::List(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b.iter()).enumerate() {
                walk(a, b, &format!("{path}[{at}]"), errors);
            }
        }
        (a, b) if a == b => {}
        (a, b) => errors.push(error(path, Some(a), Some(b))),
    }
}

fn error(path: &str, expected: Option<&Value>, found: Option<&Value>) -> FieldError {
    FieldError {
        path: path.to_owned(),
        expected: shown::found(expected),
        found: shown::found(found),
    }
}

/// Values that a path means, for callers that look before they remove.
pub(crate) fn has(value: &Value, path: &[Segment]) -> bool {
    !look::values_at(value, path).is_empty()
}
