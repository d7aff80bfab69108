//! JSON patch.

use objects::Value;

use super::PatchError;

/// More operations than this are refused (apiserver: `maxJSONPatchOperations`).
const MOST_OPERATIONS: usize = 10_000;

/// Applies a JSON patch (RFC 6902) in the dialect of evanphx/json-patch:
/// negative indexes count from the end, `remove` of a missing path fails.
///
/// # Errors
/// [`PatchError::BadRequest`] for what is no patch, [`PatchError::Unfit`] for one that fails here.
pub fn json(original: &Value, patch: &Value) -> Result<Value, PatchError> {
    let operations = patch.as_list().ok_or_else(|| {
        let found = go_word(patch);
        PatchError::BadRequest(format!(
            "json: cannot unmarshal {found} into Go value of type jsonpatch.Patch"
        ))
    })?;
    if operations.len() > MOST_OPERATIONS {
        let count = operations.len();
        return Err(PatchError::BadRequest(format!(
            "The allowed maximum operations in a JSON patch is {MOST_OPERATIONS}, got {count}"
        )));
    }
    let mut result = original.clone();
    for operation in operations {
        run(&mut result, operation).ok_or(PatchError::Unfit)?;
    }
    Ok(result)
}

fn go_word(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        other => other.type_name(),
    }
}

fn run(document: &mut Value, operation: &Value) -> Option<()> {
    let path = pointer(operation.str_at(&["path"])?)?;
    let value = || operation.get("value").cloned().unwrap_or(Value::Null);
    match operation.str_at(&["op"])? {
        "add" if path.is_empty() => None,
        "add" => add(document, &path, value()),
        "remove" => take(document, &path).map(drop),
        "replace" => replace(document, &path, value()),
        "move" => {
            let from = pointer(operation.str_at(&["from"])?)?;
            let moved = take(document, &from)?;
            add(document, &path, moved)
        }
        "copy" => {
            let from = pointer(operation.str_at(&["from"])?)?;
            let copied = find(document, &from)?.clone();
            add(document, &path, copied)
        }
        "test" => {
            let wanted = value();
            let found = find(document, &path);
            let equal = match found {
                Some(found) => same(found, &wanted),
                None => wanted.is_null(),
            };
            equal.then_some(())
        }
        _ => None,
    }
}

/// Replaces what is there; in a map also what is not (evanphx/json-patch sets the key).
fn replace(document: &mut Value, path: &[String], value: Value) -> Option<()> {
    if let Some(found) = find_mut(document, path) {
        *found = value;
        return Some(());
    }
    let (last, parents) = path.split_last()?;
    find_mut(document, parents)?.as_map_mut()?.insert(last.as_str(), value);
    Some(())
}

/// Numbers are equal by value, as Go compares decoded JSON.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            left.as_f64() == right.as_f64()
        }
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(left), Value::Map(right)) => {
            left.len() == right.len()
                && left.iter().zip(right.iter()).all(|((k, a), (l, b))| k == l && same(a, b))
        }
        _ => left == right,
    }
}

fn pointer(text: &str) -> Option<Vec<String>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    let rest = text.strip_prefix('/')?;
    Some(rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
}

fn find<'a>(document: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(document, |value, key| match value {
        Value::Map(map) => map.get(key),
        Value::List(items) => items.get(index(key, items.len())?),
        _ => None,
    })
}

fn find_mut<'a>(document: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    find(document, path)?;
    let mut value = document;
    for key in path {
        value = match value {
            Value::Map(_) => value.as_map_mut()?.get_mut(key)?,
            Value::List(_) => {
                let items = value.as_list_mut()?;
                let at = index(key, items.len())?;
                items.get_mut(at)?
            }
            _ => return None,
        };
    }
    Some(value)
}

fn index(key: &str, length: usize) -> Option<usize> {
    let number: i64 = key.parse().ok()?;
    match number {
        negative if negative < 0 => length.checked_sub(negative.unsigned_abs() as usize),
        number => usize::try_from(number).ok(),
    }
}

fn add(document: &mut Value, path: &[String], value: Value) -> Option<()> {
    let Some((last, parents)) = path.split_last() else {
        *document = value;
        return Some(());
    };
    match find_mut(document, parents)? {
        parent @ Value::Map(_) => {
            parent.as_map_mut()?.insert(last.as_str(), value);
        }
        parent @ Value::List(_) => {
            let items = parent.as_list_mut()?;
            let at = match last.as_str() {
                "-" => items.len(),
                key => index(key, items.len() + 1).filter(|at| *at <= items.len())?,
            };
            items.insert(at, value);
        }
        _ => return None,
    }
    Some(())
}

fn take(document: &mut Value, path: &[String]) -> Option<Value> {
    let (last, parents) = path.split_last()?;
    match find_mut(document, parents)? {
        parent @ Value::Map(_) => parent.as_map_mut()?.remove(last),
        parent @ Value::List(_) => {
            let items = parent.as_list_mut()?;
            let at = index(last, items.len()).filter(|at| *at < items.len())?;
            Some(items.remove(at))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        objects::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn operations_change_maps_and_lists_or_fail_as_a_whole() {
        let original = value(r#"{"a":{"x/y":1},"l":[1,2]}"#);
        let cases = [
            (r#"[{"op":"add","path":"/l/-","value":3}]"#, Some(r#"{"a":{"x/y":1},"l":[1,2,3]}"#)),
            (r#"[{"op":"add","path":"/l/0","value":0}]"#, Some(r#"{"a":{"x/y":1},"l":[0,1,2]}"#)),
            (r#"[{"op":"remove","path":"/l/-1"}]"#, Some(r#"{"a":{"x/y":1},"l":[1]}"#)),
            (
                r#"[{"op":"replace","path":"/a/x~1y","value":2}]"#,
                Some(r#"{"a":{"x/y":2},"l":[1,2]}"#),
            ),
            (r#"[{"op":"move","from":"/a","path":"/b"}]"#, Some(r#"{"b":{"x/y":1},"l":[1,2]}"#)),
            (
                r#"[{"op":"copy","from":"/l/0","path":"/c"}]"#,
                Some(r#"{"a":{"x/y":1},"c":1,"l":[1,2]}"#),
            ),
            (
                r#"[{"op":"test","path":"/l","value":[1.0,2]}]"#,
                Some(r#"{"a":{"x/y":1},"l":[1,2]}"#),
            ),
            (r#"[{"op":"test","path":"/l/0","value":2}]"#, None),
            (r#"[{"op":"remove","path":"/zz"}]"#, None),
            (
                r#"[{"op":"replace","path":"/a/n","value":1}]"#,
                Some(r#"{"a":{"n":1,"x/y":1},"l":[1,2]}"#),
            ),
            (r#"[{"op":"replace","path":"/zz/n","value":1}]"#, None),
            (r#"[{"op":"add","path":"/zz/a","value":1}]"#, None),
            (r#"[{"op":"add","path":"/l/9","value":1}]"#, None),
            (r#"[{"op":"mix","path":"/l"}]"#, None),
        ];
        for (patch, expected) in cases {
            let found = json(&original, &value(patch)).ok();
            assert_eq!(found, expected.map(value), "{patch}");
        }
    }
}
