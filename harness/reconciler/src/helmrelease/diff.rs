//! How the cluster differs from a manifest, as JSON patches.
//!
//! Rules from fluxcd/pkg: ssa/jsondiff, and wI2L/jsondiff with its option `Rationalize`: many
//! small operations become one where that is shorter.

use objects::{Map, Object, Value};

use crate::action::go_json;
use crate::compare::content;

/// One operation of a JSON patch.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Operation {
    pub(super) kind: &'static str,
    pub(super) path: String,
    pub(super) value: Value,
}

/// How one object is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Difference {
    /// It is gone.
    Removed,
    /// It is not looked at.
    Excluded,
    /// It differs.
    Changed(Vec<Operation>),
    /// It is as it should be.
    None,
}

/// One object of the manifest, and how the live one differs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    pub(super) desired: Object,
    pub(super) difference: Difference,
}

/// Whether anything is to be corrected.
pub(super) fn has_changes(changes: &[Change]) -> bool {
    let differs =
        |change: &Change| matches!(change.difference, Difference::Removed | Difference::Changed(_));
    changes.iter().any(differs)
}

/// A line for each object that differs.
pub(super) fn summary(changes: &[Change]) -> String {
    let line = |change: &Change| {
        let id = change.desired.id();
        match &change.difference {
            Difference::None => None,
            Difference::Removed => Some(format!("{id} removed")),
            Difference::Excluded => Some(format!("{id} excluded")),
            Difference::Changed(patch) => {
                let count = |kind| patch.iter().filter(|operation| operation.kind == kind).count();
                let (added, changed, removed) = (count("add"), count("replace"), count("remove"));
                Some(format!(
                    "{id} changed ({added} additions, {changed} changes, {removed} removals)"
                ))
            }
        }
    };
    changes.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}

/// The patch that leads from the live object to what a dry-run made of it.
pub(super) fn patch(live: &Object, dry: &Object) -> Vec<Operation> {
    let mut patch = Vec::new();
    compare("", &named(live), &named(dry), &mut patch);
    patch.retain(|operation| operation.kind != "remove");
    compare("", &content(live).into(), &content(dry).into(), &mut patch);
    patch
}

/// A patch as the API takes it.
pub(super) fn to_value(patch: &[Operation]) -> Value {
    let one = |operation: &Operation| {
        let mut value = Value::from([
            ("op", Value::from(operation.kind)),
            ("path", operation.path.as_str().into()),
        ]);
        if operation.kind != "remove" {
            value.set(&["value"], operation.value.clone());
        }
        value
    };
    patch.iter().map(one).collect()
}

/// Name, labels and annotations.
fn named(object: &Object) -> Value {
    let mut metadata = Map::new();
    for key in ["name", "annotations", "labels"] {
        if let Some(value) = object.at(&["metadata", key]) {
            metadata.insert(key, value.clone());
        }
    }
    Value::from([("metadata", metadata)])
}

fn compare(path: &str, old: &Value, new: &Value, patch: &mut Vec<Operation>) {
    if old == new {
        return;
    }
    let first = patch.len();
    match (old, new) {
        (Value::Map(from), Value::Map(to)) => maps(path, from, to, patch),
        (Value::List(from), Value::List(to)) => lists(path, from, to, patch),
        _ => {
            patch.push(operation("replace", path.to_owned(), new.clone()));
            return;
        }
    }
    rationalize(path, new, first, patch);
}

fn operation(kind: &'static str, path: String, value: Value) -> Operation {
    Operation { kind, path, value }
}

fn maps(path: &str, from: &Map, to: &Map, patch: &mut Vec<Operation>) {
    let new = to.keys().filter(|key| !from.contains_key(key));
    let mut keys: Vec<_> = from.keys().chain(new).collect();
    keys.sort();
    for key in keys {
        let at = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
        match (from.get(key), to.get(key)) {
            (Some(old), Some(new)) => compare(&at, old, new, patch),
            (Some(_), None) => patch.push(operation("remove", at, Value::Null)),
            (None, new) => {
                patch.push(operation("add", at, new.cloned().unwrap_or_default()));
            }
        }
    }
}

fn lists(path: &str, from: &[Value], to: &[Value], patch: &mut Vec<Operation>) {
    let both = from.len().min(to.len());
    for _ in both..from.len() {
        patch.push(operation("remove", format!("{path}/{both}"), Value::Null));
    }
    for (at, (old, new)) in from.iter().zip(to).enumerate() {
        compare(&format!("{path}/{at}"), old, new, patch);
    }
    for new in &to[both..] {
        patch.push(operation("add", format!("{path}/-"), new.clone()));
    }
}

/// One replacement instead of many operations, where it is shorter.
fn rationalize(path: &str, new: &Value, first: usize, patch: &mut Vec<Operation>) {
    let small = &patch[first..];
    if small.is_empty() {
        return;
    }
    let commas = small.len() - 1;
    let length: usize = small.iter().map(length).sum();
    let whole = operation("replace", path.to_owned(), new.clone());
    if length + commas > self::length(&whole) {
        patch.truncate(first);
        patch.push(whole);
    }
}

/// How long the library takes an operation to be; it counts an added value as nothing.
fn length(operation: &Operation) -> usize {
    const BASE: usize = 19;
    const VALUE: usize = 9;
    let value = match operation.kind {
        "remove" => 0,
        "add" => VALUE,
        _ => VALUE + go_json(&operation.value).len(),
    };
    BASE + operation.kind.len() + operation.path.len() + value
}

/// Removes what a JSON pointer leads to; what is not there is no problem.
pub(super) fn remove_pointer(object: &mut Object, pointer: &str) {
    let keys: Vec<String> =
        pointer.split('/').skip(1).map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
    let Some((last, parents)) = keys.split_last() else { return };
    let mut value = &mut object.0;
    for key in parents {
        let next = match value {
            Value::Map(_) => value.as_map_mut().and_then(|map| map.get_mut(key)),
            _ => {
                let length = value.as_list().map_or(0, <[Value]>::len);
                let at = index(key, length);
                value.as_list_mut().and_then(|list| list.get_mut(at?))
            }
        };
        let Some(next) = next else { return };
        value = next;
    }
    if value.as_map().is_some() {
        value.remove(&[last]);
    } else if let Some(list) = value.as_list_mut()
        && let Some(at) = index(last, list.len())
    {
        list.remove(at);
    }
}

/// A place in a list; negative ones count from its end.
fn index(key: &str, length: usize) -> Option<usize> {
    let number: i64 = key.parse().ok()?;
    let length = i64::try_from(length).ok()?;
    let at = if number < 0 { number + length } else { number };
    usize::try_from(at).ok().filter(|_| at < length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        Object(objects::from_json(json.as_bytes()).unwrap())
    }

    #[test]
    fn scalars_are_replaced_and_labels_of_others_stay() {
        let live = object(
            r#"{"kind":"A","metadata":{"name":"n","labels":{"x":"1"}},"spec":{"replicas":3,"a":{"b":"a long enough text to stay"}}}"#,
        );
        let dry = object(
            r#"{"kind":"A","metadata":{"name":"n","labels":{}},"spec":{"replicas":1,"a":{"b":"a long enough text to stay"}}}"#,
        );
        let found = patch(&live, &dry);
        assert_eq!(found, [operation("replace", "/spec/replicas".to_owned(), 1.into())]);
        let change = Change { desired: dry, difference: Difference::Changed(found) };
        assert_eq!(summary(&[change]), "A/n changed (0 additions, 1 changes, 0 removals)");
    }

    #[test]
    fn many_small_operations_become_one() {
        let live = object(r#"{"spec":{"ports":[{"a":1,"b":2,"c":3}]}}"#);
        let dry = object(r#"{"spec":{"ports":[{"a":2,"b":3,"c":4}]}}"#);
        let found = patch(&live, &dry);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].kind, "replace");
    }

    #[test]
    fn pointers_reach_into_lists_and_miss_quietly() {
        let mut live = object(r#"{"a":{"b/c":[1,2,3]},"d":1}"#);
        remove_pointer(&mut live, "/a/b~1c/-1");
        remove_pointer(&mut live, "/a/none/x");
        remove_pointer(&mut live, "/d");
        assert_eq!(objects::to_json(&live.0), r#"{"a":{"b/c":[1,2]}}"#);
    }
}
