//! Partial comparison of an expected value with the one that was found.
//!
//! Maps match in part, lists by their natural key, texts and numbers also by
//! matchers. Start at [`differences`].

use events::FieldError;
use objects::{Map, Value};

use crate::{shown, text};

/// The fields that differ, sorted by path; none if the value is as expected.
#[must_use]
pub(crate) fn differences(expected: &Value, found: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    compare(expected, found, "", &mut errors);
    errors.sort();
    errors
}

/// Compares below a path, and adds what differs.
pub(crate) fn compare(
    expected: &Value,
    found: Option<&Value>,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    match expected {
        Value::Map(map) if is_matcher(map) => matcher(map, found, path, errors),
        Value::Map(map) => compare_map(map, expected, found, path, errors),
        Value::List(items) => compare_list(items, expected, found, path, errors),
        plain if same(plain, found) => {}
        plain => errors.push(error(path, shown::line(plain), found)),
    }
}

fn error(path: &str, expected: String, found: Option<&Value>) -> FieldError {
    FieldError { path: path.to_owned(), expected, found: shown::found(found) }
}

/// Whether two scalars are the same; numbers by value, `null` also where nothing is.
fn same(expected: &Value, found: Option<&Value>) -> bool {
    match (expected, found) {
        (Value::Null, found) => found.is_none_or(Value::is_null),
        (Value::Int(_) | Value::Float(_), Some(found @ (Value::Int(_) | Value::Float(_)))) => {
            expected.as_f64() == found.as_f64()
        }
        (expected, found) => found == Some(expected),
    }
}

fn compare_map(
    map: &Map,
    expected: &Value,
    found: Option<&Value>,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let Some(found_map) = found.and_then(Value::as_map) else {
        errors.push(error(path, shown::line(expected), found));
        return;
    };
    for (key, wanted) in map.iter() {
        compare(wanted, found_map.get(key), &join(path, key), errors);
    }
}

/// `path.key`, with quotes around keys that hold dots or slashes.
pub(crate) fn join(path: &str, key: &str) -> String {
    let plain = !key.contains(['.', '[', ']', ' ']);
    match (path.is_empty(), plain) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{key:?}]"),
    }
}

/// What makes the items of a list one and the same, by the name of the list.
fn natural_key(list: &str) -> &'static [&'static str] {
    match list {
        "conditions" => &["type"],
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "env"
        | "volumes"
        | "containerStatuses"
        | "initContainerStatuses" => &["name"],
        "volumeMounts" => &["mountPath"],
        "volumeDevices" => &["devicePath"],
        "ports" => &["containerPort", "port", "protocol"],
        "ownerReferences" => &["uid"],
        "hostAliases" => &["ip"],
        "subjects" => &["kind", "name", "namespace"],
        "dependsOn" | "healthChecks" => &["kind", "name", "namespace"],
        _ => &["name"],
    }
}

/// What is meant where a key is left out.
fn default_of(key: &str) -> Option<Value> {
    (key == "protocol").then(|| Value::from("TCP"))
}

fn keys_agree(keys: &[&str], wanted: &Value, item: &Value) -> bool {
    let of = |value: &Value, key: &str| value.get(key).cloned().or_else(|| default_of(key));
    keys.iter().all(|key| match of(wanted, key) {
        Some(Value::Map(map)) if is_matcher(&map) => true,
        Some(value) => of(item, key).as_ref() == Some(&value),
        None => true,
    })
}

fn has_key(keys: &[&str], wanted: &Value) -> bool {
    keys.iter().any(|key| wanted.get(key).is_some_and(|value| value.as_map().is_none()))
}

fn compare_list(
    wanted: &[Value],
    expected: &Value,
    found: Option<&Value>,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let Some(items) = found.and_then(Value::as_list) else {
        if !(wanted.is_empty() && found.is_none()) {
            errors.push(error(path, shown::line(expected), found));
        }
        return;
    };
    if wanted.is_empty() && !items.is_empty() {
        errors.push(error(path, "[]".to_owned(), found));
    }
    let list = path.rsplit('.').next().unwrap_or_default();
    let keys = natural_key(list);
    for (at, one) in wanted.iter().enumerate() {
        if has_key(keys, one) {
            compare_keyed(keys, one, items, path, errors);
        } else if wanted.len() == items.len() && one.as_map().is_some() {
            compare(one, items.get(at), &format!("{path}[{at}]"), errors);
        } else if !items.iter().any(|item| differences(one, Some(item)).is_empty()) {
            errors.push(error(path, format!("an item {}", shown::line(one)), found));
        }
    }
}

fn compare_keyed(
    keys: &[&str],
    one: &Value,
    items: &[Value],
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    let named: Vec<&Value> = items.iter().filter(|item| keys_agree(keys, one, item)).collect();
    let name = name_of(keys, one);
    let here = format!("{path}[{name}]");
    match named.as_slice() {
        [] => errors.push(error(&here, shown::line(one), None)),
        [item] => compare(one, Some(item), &here, errors),
        many if many.iter().any(|item| differences(one, Some(item)).is_empty()) => {}
        many => compare(one, many.first().copied(), &here, errors),
    }
}

fn name_of(keys: &[&str], one: &Value) -> String {
    let part = |key: &&str| Some(format!("{key}={}", shown::line(one.get(key)?)));
    keys.iter().filter_map(part).collect::<Vec<_>>().join(",")
}

const MATCHERS: [&str; 8] =
    ["contains", "matches", "equals", "not", "absent", "at-least", "at-most", "length"];

/// Whether a map is a matcher rather than a part of a body.
fn is_matcher(map: &Map) -> bool {
    !map.is_empty() && map.keys().all(|key| MATCHERS.contains(&&**key))
}

/// The expected value with matchers that hold replaced by what was found, and others
/// in words, for a diff.
pub(crate) fn wanted(expected: &Value, found: Option<&Value>) -> Value {
    match expected {
        Value::Map(map) if is_matcher(map) => {
            if differences(expected, found).is_empty() {
                return found.cloned().unwrap_or_default();
            }
            let words = map.iter().map(|(word, value)| format!("{word} {}", shown::line(value)));
            Value::from(format!("<{}>", words.collect::<Vec<_>>().join(", ")))
        }
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| {
                (key.clone(), wanted(value, found.and_then(|found| found.get(key))))
            });
            entries.collect::<Map>().into()
        }
        plain => plain.clone(),
    }
}

/// Only the parts of a found value that something is expected of.
pub(crate) fn pruned(expected: &Value, found: &Value) -> Value {
    match (expected, found) {
        (Value::Map(map), _) if is_matcher(map) => found.clone(),
        (Value::Map(wanted), Value::Map(map)) => {
            let kept = wanted.iter().filter_map(|(key, value)| {
                Some((key.clone(), pruned_entry(key, value, map.get(key)?)))
            });
            kept.collect::<Map>().into()
        }
        _ => found.clone(),
    }
}

/// Of a list only the items that are meant by those that are expected.
fn pruned_entry(list: &str, expected: &Value, found: &Value) -> Value {
    let (Value::List(wanted), Value::List(items)) = (expected, found) else {
        return pruned(expected, found);
    };
    let keys = natural_key(list);
    if !wanted.iter().all(|one| has_key(keys, one)) {
        return found.clone();
    }
    let mut kept = Vec::new();
    for one in wanted.iter() {
        let meant = items.iter().filter(|item| keys_agree(keys, one, item));
        kept.extend(meant.map(|item| pruned(one, item)));
    }
    kept.into()
}

fn matcher(map: &Map, found: Option<&Value>, path: &str, errors: &mut Vec<FieldError>) {
    for (word, wanted) in map.iter() {
        if !matcher_holds(word, wanted, found) {
            errors.push(error(path, format!("{word} {}", shown::line(wanted)), found));
        }
    }
}

fn matcher_holds(word: &str, wanted: &Value, found: Option<&Value>) -> bool {
    let present = found.filter(|value| !value.is_null());
    let number = |limit: &Value| Some((found?.as_f64()?, limit.as_f64()?));
    match word {
        "absent" => present.is_none() == wanted.as_bool().unwrap_or(true),
        "equals" => exactly(wanted, found),
        "not" => !differences(wanted, found).is_empty(),
        "at-least" => number(wanted).is_some_and(|(found, limit)| found >= limit),
        "at-most" => number(wanted).is_some_and(|(found, limit)| found <= limit),
        "length" => length(found) == wanted.as_int(),
        "contains" => contains(wanted, found),
        _ => match (wanted.as_str(), found.and_then(Value::as_str)) {
            (Some(pattern), Some(found)) => text::matches(pattern, found),
            _ => false,
        },
    }
}

fn exactly(wanted: &Value, found: Option<&Value>) -> bool {
    match wanted {
        Value::List(_) | Value::Map(_) => found == Some(wanted),
        plain => same(plain, found),
    }
}

fn length(found: Option<&Value>) -> Option<i64> {
    let length = match found? {
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        Value::String(text) => text.chars().count(),
        _ => return None,
    };
    i64::try_from(length).ok()
}

/// A text that holds a part (or each part of a list), or a list that holds an item.
fn contains(wanted: &Value, found: Option<&Value>) -> bool {
    match (wanted, found) {
        (Value::List(parts), found) => parts.iter().all(|part| contains(part, found)),
        (Value::String(part), Some(Value::String(text))) => text.contains(&**part),
        (item, Some(Value::List(items))) => {
            items.iter().any(|found| differences(item, Some(found)).is_empty())
        }
        _ => false,
    }
}
