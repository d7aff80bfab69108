//! Small hands for changing values: set what is absent, visit what is there.

use objects::Value;

use crate::shared;

/// The field, unless absent or null.
pub(super) fn has(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(|found| !found.is_null())
}

/// Sets a field that is absent or null.
pub(super) fn put(value: &mut Value, key: &str, default: impl Into<Value>) {
    if !has(value, key)
        && let Some(map) = value.as_map_mut()
    {
        map.insert(key, default);
    }
}

/// Sets a text that is absent, null or empty.
pub(super) fn put_text(value: &mut Value, key: &str, default: &str) {
    if value.str_at(&[key]).is_none_or(str::is_empty)
        && let Some(map) = value.as_map_mut()
    {
        map.insert(key, default);
    }
}

/// Visits a field that holds a map.
pub(super) fn within(value: &mut Value, key: &str, visit: impl FnOnce(&mut Value)) {
    let Value::Map(map) = value else { return };
    shared::entry(map, key, |found| {
        if let Value::Map(_) = found {
            visit(found);
        }
    });
}

/// Visits every item of a field that holds a list.
pub(super) fn each(value: &mut Value, key: &str, mut visit: impl FnMut(&mut Value)) {
    let Value::Map(map) = value else { return };
    shared::entry(map, key, |found| {
        if let Value::List(items) = found {
            shared::each_item(items, |_, item| visit(item));
        }
    });
}

/// Whether a text field has this value.
pub(super) fn is(value: &Value, key: &str, text: &str) -> bool {
    value.str_at(&[key]) == Some(text)
}
