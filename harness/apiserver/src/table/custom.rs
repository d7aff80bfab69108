//! Columns and cells of custom kinds.

use clock::Moment;
use objects::{Object, Value};

use super::cells::age;
use super::columns::{NAME, column};
use crate::catalogue::Custom;

const CREATED: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.";

/// Name, then the printer columns; `Age` where the definition has none.
pub(crate) fn columns(custom: &Custom) -> Value {
    let mut columns = vec![column("Name", "string", "name", NAME, 0)];
    if custom.columns.is_empty() {
        columns.push(column("Age", "date", "", CREATED, 0));
    }
    for own in &custom.columns {
        let description = if own.description.is_empty() {
            format!("Custom resource definition column (in JSONPath format): {}", own.path)
        } else {
            own.description.clone()
        };
        columns.push(column(&own.name, &own.kind, &own.format, &description, own.priority));
    }
    columns.into()
}

/// The cells of one object.
pub(crate) fn cells(now: Moment, custom: &Custom, object: &Object) -> Vec<Value> {
    let mut cells = vec![Value::from(object.name())];
    if custom.columns.is_empty() {
        cells.push(age(now, object.str_at(&["metadata", "creationTimestamp"])));
    }
    for own in &custom.columns {
        let found = jsonpath(object, &own.path);
        cells.push(cell(now, &own.kind, &found));
    }
    cells
}

fn cell(now: Moment, kind: &str, found: &[&Value]) -> Value {
    let Some(first) = found.first().filter(|value| !value.is_null()) else { return Value::Null };
    match (kind, first) {
        ("date", Value::String(text)) => age(now, Some(text)),
        ("integer", Value::Int(_)) | ("boolean", Value::Bool(_)) => (*first).clone(),
        ("number", value) if value.as_f64().is_some() => (*first).clone(),
        ("integer", Value::Float(number)) => Value::Int(*number as i64),
        ("string", first) => text(first).into(),
        _ => Value::Null,
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => objects::to_json(other),
    }
}

/// The small JSONPath that printer columns use: `.a.b[0]`, `['x']`, `[*]`, `[?(@.type=="Ready")]`.
pub(crate) fn jsonpath<'a>(root: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = vec![root];
    let mut rest = path.trim_start_matches('$');
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let Some(end) = closing(inner) else { return Vec::new() };
            found = bracket(&found, &inner[..end]);
            rest = &inner[end + 1..];
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let (key, after) = field(name);
            if key == "*" {
                found = found.into_iter().flat_map(children).collect();
            } else if !key.is_empty() {
                found = found.into_iter().filter_map(|value| value.get(&key)).collect();
            }
            if after.len() == rest.len() {
                return Vec::new();
            }
            rest = after;
        }
    }
    found
}

/// A name up to the next dot or bracket; a backslash keeps a dot.
fn field(text: &str) -> (String, &str) {
    let mut key = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => key.extend(letters.next().map(|(_, kept)| kept)),
            '.' | '[' => return (key, &text[at..]),
            letter => key.push(letter),
        }
    }
    (key, "")
}

fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (None, '\'' | '"') => quote = Some(letter),
            (Some(open), letter) if open == letter => quote = None,
            (None, ']') => return Some(at),
            _ => {}
        }
    }
    None
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::List(items) => items.iter().collect(),
        Value::Map(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

fn bracket<'a>(found: &[&'a Value], inner: &str) -> Vec<&'a Value> {
    let inner = inner.trim();
    if inner == "*" {
        return found.iter().flat_map(|value| children(value)).collect();
    }
    if let Some(test) = inner.strip_prefix("?(").and_then(|text| text.strip_suffix(')')) {
        let items = found.iter().flat_map(|value| children(value));
        return items.filter(|item| holds(item, test)).collect();
    }
    if let Ok(index) = inner.parse::<i64>() {
        return found
            .iter()
            .filter_map(|value| {
                let items = value.as_list()?;
                let at = if index < 0 { items.len() as i64 + index } else { index };
                items.get(usize::try_from(at).ok()?)
            })
            .collect();
    }
    let key = inner.trim_matches(['\'', '"']);
    found.iter().filter_map(|value| value.get(key)).collect()
}

fn holds(item: &Value, test: &str) -> bool {
    let (left, right, equal) = match (test.split_once("=="), test.split_once("!=")) {
        (Some((left, right)), _) => (left, right, true),
        (None, Some((left, right))) => (left, right, false),
        (None, None) => {
            let path = test.trim().trim_start_matches('@');
            return !jsonpath(item, path).is_empty();
        }
    };
    let found = jsonpath(item, left.trim().trim_start_matches('@'));
    let wanted = right.trim().trim_matches(['\'', '"']);
    let same = found.first().is_some_and(|value| text(value) == wanted);
    same == equal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_reach_fields_items_and_conditions() {
        let json =
            br#"{"a":{"b.c":[1,2]},"status":{"conditions":[{"type":"Ready","status":"True"}]}}"#;
        let value = objects::from_json(json).unwrap();
        let shown =
            |path: &str| -> Vec<String> { jsonpath(&value, path).into_iter().map(text).collect() };
        assert_eq!(shown(".status.conditions[?(@.type==\"Ready\")].status"), ["True"]);
        assert_eq!(shown(".a['b.c'][0]"), ["1"]);
        assert_eq!(shown(".a.b\\.c[*]"), ["1", "2"]);
        assert!(shown(".none").is_empty());
    }
}
