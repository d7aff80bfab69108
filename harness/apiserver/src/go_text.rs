//! Objects as Go prints them: metadata in the order of its struct.

use objects::{Map, Value};

const METADATA: [&str; 12] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
];
const ENTRY: [&str; 6] = ["manager", "operation", "apiVersion", "time", "fieldsType", "fieldsV1"];

/// An object; `metadata` in Go's order unless the patch went into it.
pub(crate) fn object(value: &Value, touched: bool) -> String {
    let Some(map) = value.as_map() else { return objects::to_json(value) };
    braces(map.iter().map(|(key, value)| {
        let text = match key.as_ref() {
            "metadata" => metadata(value, touched),
            _ => objects::to_json(value),
        };
        (key.to_string(), text)
    }))
}

fn braces(entries: impl Iterator<Item = (String, String)>) -> String {
    let parts: Vec<String> = entries.map(|(key, text)| format!("{key:?}:{text}")).collect();
    format!("{{{}}}", parts.join(","))
}

fn metadata(value: &Value, touched: bool) -> String {
    let Some(map) = value.as_map() else { return objects::to_json(value) };
    let order: &[&str] = if touched { &[] } else { &METADATA };
    braces(ordered(map, order).map(|(key, value)| {
        let text = match (key.as_str(), value) {
            ("managedFields", Value::List(items)) => {
                let items: Vec<String> = items.iter().map(entry).collect();
                format!("[{}]", items.join(","))
            }
            _ => objects::to_json(value),
        };
        (key, text)
    }))
}

fn entry(value: &Value) -> String {
    let Some(map) = value.as_map() else { return objects::to_json(value) };
    braces(ordered(map, &ENTRY).map(|(key, value)| (key, objects::to_json(value))))
}

/// Entries in an order, the others behind by name.
fn ordered<'a>(map: &'a Map, order: &'a [&'a str]) -> impl Iterator<Item = (String, &'a Value)> {
    let first = order.iter().filter_map(|key| Some(((*key).to_owned(), map.get(key)?)));
    let rest = map.iter().filter(|(key, _)| !order.contains(&key.as_ref()));
    first.chain(rest.map(|(key, value)| (key.to_string(), value)))
}
