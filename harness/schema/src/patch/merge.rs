//! JSON merge patch.

use objects::Value;

/// Applies a merge patch (RFC 7386): `null` removes, maps merge, the rest replaces.
#[must_use]
pub fn merge(original: &Value, patch: &Value) -> Value {
    let Some(changes) = patch.as_map() else { return patch.clone() };
    let mut result = match original {
        Value::Map(_) => original.clone(),
        _ => Value::map(),
    };
    for (key, change) in changes {
        if change.is_null() {
            result.remove(&[key]);
            continue;
        }
        let merged = match result.get(key) {
            Some(known) => merge(known, change),
            None => without_nulls(change),
        };
        result.make_map().insert(key.clone(), merged);
    }
    result
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Map(_) => merge(&Value::Null, value),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        objects::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn null_removes_maps_merge_and_the_rest_replaces() {
        let cases = [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b","b":1}"#, r#"{"a":null}"#, r#"{"b":1}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{}"#, r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
            (r#"{"a":"foo"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"[1,2]"#, r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
        ];
        for (original, patch, expected) in cases {
            assert_eq!(merge(&json(original), &json(patch)), json(expected), "{patch}");
        }
    }
}
