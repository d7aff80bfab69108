//! Strategic merge patch (kubernetes apimachinery: `util/strategicpatch`).
//!
//! One rule: what merges and by which key is asked of the type; directives are
//! `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/` and `$setElementOrder/`.

use std::sync::Arc;

use objects::{Map, Value};

use super::{PatchError, order, restore};
use crate::apply::go_plain;
use crate::{Kind, Shape, Type};

const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const DELETE_PRIMITIVES: &str = "$deleteFromPrimitiveList/";
const ELEMENT_ORDER: &str = "$setElementOrder/";

/// Deepest nesting that is followed.
const MOST_DEPTH: usize = 100;

/// Applies a strategic merge patch; the result still has to be decoded.
///
/// # Errors
/// A directive or an item that does not fit, or a value that does not fit its field.
pub fn strategic(shape: &Shape, original: &Value, patch: &Value) -> Result<Value, PatchError> {
    if patch.is_null() {
        return Ok(original.clone());
    }
    let Some(changes) = patch.as_map() else {
        return Err(PatchError::BadRequest("unexpected end of JSON input".to_owned()));
    };
    let known = original.as_map().cloned().unwrap_or_default();
    let merged: Value = merge_maps(shape.top(), known, changes.clone(), 0)?.into();
    restore::check(shape.top(), &merged).map_err(|problem| {
        PatchError::Restore(format!("Invalid value: \"{}\": {problem}", go_plain(patch)))
    })?;
    Ok(merged)
}

pub(super) fn internal(text: impl Into<String>) -> PatchError {
    PatchError::Internal(text.into())
}

fn merge_maps(
    of: Type<'_>,
    mut original: Map,
    mut patch: Map,
    depth: usize,
) -> Result<Map, PatchError> {
    if depth > MOST_DEPTH {
        return Err(internal("exceeded max depth"));
    }
    if let Some(directive) = patch.get(DIRECTIVE).cloned() {
        return directed(&directive, patch);
    }
    retain_keys(&mut original, &mut patch)?;
    set_element_orders(of, &mut original, &mut patch, depth)?;
    for (key, change) in patch {
        let (name, deletes) = match key.strip_prefix(DELETE_PRIMITIVES) {
            Some(name) => (Arc::from(name), true),
            None => (key, false),
        };
        if change.is_null() {
            original.remove(&name);
            continue;
        }
        let Some(known) = original.get(&name).filter(|known| same_kind(known, &change)) else {
            if !deletes {
                match without_directives(&without_nulls(&change)) {
                    Some(value) => drop(original.insert(name, value)),
                    None => drop(original.remove(&name)),
                }
            }
            continue;
        };
        let field = of.field(&name).unwrap_or(of.open());
        let merged = merge_values(field, known, &change, deletes, depth)?;
        original.insert(name, merged);
    }
    Ok(original)
}

fn directed(directive: &Value, mut patch: Map) -> Result<Map, PatchError> {
    match directive.as_str() {
        Some("replace") => {
            patch.remove(DIRECTIVE);
            Ok(patch)
        }
        Some("delete") => Ok(Map::new()),
        _ => Err(bad_type(directive, &patch.into())),
    }
}

fn bad_type(directive: &Value, patch: &Value) -> PatchError {
    let (directive, patch) = (go_plain(directive), go_plain(patch));
    internal(format!("unknown patch type: {directive} in map: {patch}"))
}

fn same_kind(left: &Value, right: &Value) -> bool {
    let numbers = left.as_f64().is_some() && right.as_f64().is_some();
    numbers || left.type_name() == right.type_name()
}

fn merge_values(
    of: Type<'_>,
    known: &Value,
    change: &Value,
    deletes: bool,
    depth: usize,
) -> Result<Value, PatchError> {
    match (known, change) {
        (Value::Map(known), Value::Map(change)) => {
            if of.patch_replaces() {
                return Ok(Value::Map(change.clone()));
            }
            let (known, change) = ((**known).clone(), (**change).clone());
            Ok(merge_maps(of, known, change, depth + 1)?.into())
        }
        (Value::List(known), Value::List(change)) => {
            if of.patch_merges() || deletes {
                merge_lists(of, known, change, deletes, depth).map(Value::from)
            } else {
                Ok(Value::List(change.clone()))
            }
        }
        _ => Ok(change.clone()),
    }
}

/// Keeps only the named keys of the original.
fn retain_keys(original: &mut Map, patch: &mut Map) -> Result<(), PatchError> {
    let Some(retain) = patch.remove(RETAIN) else { return Ok(()) };
    let bad = || internal("invalid patch format of retainKeys");
    let keys = retain.as_list().ok_or_else(bad)?;
    let names = |key: &str| keys.iter().any(|known| known.as_str() == Some(key));
    for (key, value) in &*patch {
        let directive = key.starts_with(DELETE_PRIMITIVES) || key.starts_with(ELEMENT_ORDER);
        if !value.is_null() && !directive && !names(key) {
            return Err(bad());
        }
    }
    original.retain(|key, _| names(key));
    Ok(())
}

/// Merges the lists that have an order set, and puts them in it.
fn set_element_orders(
    of: Type<'_>,
    original: &mut Map,
    patch: &mut Map,
    depth: usize,
) -> Result<(), PatchError> {
    let orders: Vec<Arc<str>> =
        patch.keys().filter(|key| key.starts_with(ELEMENT_ORDER)).cloned().collect();
    for key in orders {
        let order = patch.remove(&key).unwrap_or_default();
        let name = key.strip_prefix(ELEMENT_ORDER).unwrap_or_default();
        let field = of.field(name).unwrap_or(of.open());
        let list = |value: Option<&Value>| match value {
            Some(Value::List(items)) => Ok(Some(items.to_vec())),
            Some(other) => Err(internal(format!(
                "expected a []interface {{}}, but received a {}",
                go_collection(other)
            ))),
            None => Ok(None),
        };
        let order = list(Some(&order))?.unwrap_or_default();
        let (known, change) = (list(original.get(name))?, list(patch.get(name))?);
        let merge_key = field.patch_key().unwrap_or_default();
        order::check(change.as_deref().unwrap_or_default(), &order, merge_key)?;
        let merged = match (&known, &change) {
            (Some(known), None) => known.clone(),
            (None, Some(change)) => change.iter().filter_map(without_directives).collect(),
            (Some(known), Some(change)) if field.patch_merges() => {
                merge_lists(field, known, change, false, depth)?
            }
            (Some(_), Some(change)) => change.clone(),
            (None, None) => continue,
        };
        let (known, _) = (known.unwrap_or_default(), patch.remove(name));
        let sorted = order::arrange(merged, &order, &known, merge_key)?;
        original.insert(name, sorted);
    }
    Ok(())
}

fn go_collection(value: &Value) -> &'static str {
    match value {
        Value::Map(_) => "map[string]interface {}",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        _ => "nil",
    }
}

fn merge_lists(
    of: Type<'_>,
    known: &[Value],
    change: &[Value],
    deletes: bool,
    depth: usize,
) -> Result<Vec<Value>, PatchError> {
    if known.is_empty() && change.is_empty() {
        return Ok(Vec::new());
    }
    let maps = order::are_maps(known, change)?;
    let key = of.patch_key().unwrap_or_default();
    if !maps {
        if deletes {
            return Ok(known.iter().filter(|item| !change.contains(item)).cloned().collect());
        }
        let merged = order::deduplicated(known.iter().chain(change).cloned().collect());
        return order::arrange(merged, change, known, "");
    }
    if key.is_empty() {
        let name = if of.item().kind() == Kind::Object { "struct" } else { "map" };
        return Err(internal(format!("cannot merge lists without merge key for {name}")));
    }
    let (known, rest) = special_items(known, change, key)?;
    let mut merged = known.clone();
    for item in &rest {
        let wanted = key_of(item, key)?;
        match order::find(&merged, key, wanted)? {
            Some(at) => {
                let (left, right) = (map_of(&merged[at]), map_of(item));
                merged[at] = merge_maps(of.item(), left, right, depth + 1)?.into();
            }
            None => merged.push(without_nulls(item)),
        }
    }
    order::arrange(merged, &rest, &known, key)
}

fn map_of(value: &Value) -> Map {
    value.as_map().cloned().unwrap_or_default()
}

pub(super) fn key_of<'a>(item: &'a Value, key: &str) -> Result<&'a Value, PatchError> {
    item.get(key).ok_or_else(|| {
        internal(format!("map: {} does not contain declared merge key: {key}", go_plain(item)))
    })
}

/// Carries out `$patch` items: the list they leave, and the items still to merge.
fn special_items(
    known: &[Value],
    change: &[Value],
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let mut left = known.to_vec();
    let mut rest = Vec::new();
    let mut replaces = false;
    for item in change {
        let Some(directive) = item.get(DIRECTIVE) else {
            rest.push(item.clone());
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let wanted = key_of(item, key)?;
                while let Some(at) = order::find(&left, key, wanted)? {
                    left.remove(at);
                }
            }
            Some("replace") => replaces = true,
            Some("merge") => {
                return Err(internal("merging lists cannot yet be specified in the patch"));
            }
            _ => return Err(bad_type(directive, item)),
        }
    }
    Ok(if replaces { (rest, Vec::new()) } else { (left, rest) })
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Map(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect::<Map>()
            .into(),
        Value::List(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

/// The value without maps that carry `$patch`; `None` if it is one.
fn without_directives(value: &Value) -> Option<Value> {
    match value {
        Value::Map(map) if map.contains_key(DIRECTIVE) => None,
        Value::Map(map) => Some(
            map.iter()
                .filter_map(|(key, value)| Some((key.clone(), without_directives(value)?)))
                .collect::<Map>()
                .into(),
        ),
        Value::List(items) => Some(items.iter().filter_map(without_directives).collect()),
        other => Some(other.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Schemas;
    use objects::Gvk;

    fn patched(spec: &str, patch: &str) -> String {
        let shape = Schemas::for_minor("1.36").unwrap();
        let shape = shape.shape(&Gvk::new("", "v1", "Pod")).unwrap();
        let json = |text: &str| objects::from_json(text.as_bytes()).unwrap();
        let mut pod = Value::map();
        pod.set(&["spec"], json(spec));
        let mut change = Value::map();
        change.set(&["spec"], json(patch));
        match strategic(&shape, &pod, &change) {
            Ok(result) => objects::to_json(result.get("spec").unwrap()),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn lists_merge_by_key_and_directives_delete_replace_retain_and_order() {
        let two = r#"{"containers":[{"name":"a","image":"i"},{"name":"b"}]}"#;
        let cases = [
            (
                two,
                r#"{"containers":[{"name":"b","image":"j"}]}"#,
                r#"{"containers":[{"image":"i","name":"a"},{"image":"j","name":"b"}]}"#,
            ),
            (
                two,
                r#"{"containers":[{"name":"c"}]}"#,
                r#"{"containers":[{"name":"c"},{"image":"i","name":"a"},{"name":"b"}]}"#,
            ),
            (
                two,
                r#"{"containers":[{"name":"a","$patch":"delete"}]}"#,
                r#"{"containers":[{"name":"b"}]}"#,
            ),
            (
                two,
                r#"{"containers":[{"name":"x"},{"$patch":"replace"}]}"#,
                r#"{"containers":[{"name":"x"}]}"#,
            ),
            (
                two,
                r#"{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"b","image":"j"}]}"#,
                r#"{"containers":[{"image":"j","name":"b"},{"image":"i","name":"a"}]}"#,
            ),
            (
                r#"{"volumes":[{"name":"v","emptyDir":{}}]}"#,
                r#"{"volumes":[{"name":"v","$retainKeys":["name","secret"],"secret":{"secretName":"s"}}]}"#,
                r#"{"volumes":[{"name":"v","secret":{"secretName":"s"}}]}"#,
            ),
            (
                r#"{"nodeSelector":{"a":"b"}}"#,
                r#"{"nodeSelector":{"$patch":"delete"}}"#,
                r#"{"nodeSelector":{}}"#,
            ),
            (
                r#"{"tolerations":[{"key":"a"}]}"#,
                r#"{"tolerations":[{"key":"b"}]}"#,
                r#"{"tolerations":[{"key":"b"}]}"#,
            ),
            (
                two,
                r#"{"containers":[{"image":"x"}]}"#,
                "map: map[image:x] does not contain declared merge key: name",
            ),
            (
                two,
                r#"{"containers":[{"name":"a","$patch":"mix"}]}"#,
                "unknown patch type: mix in map: map[$patch:mix name:a]",
            ),
            (
                "{}",
                r#"{"hostname":[1]}"#,
                "Invalid value: \"map[spec:map[hostname:[1]]]\": unrecognized type: string",
            ),
        ];
        for (spec, patch, expected) in cases {
            assert_eq!(patched(spec, patch), expected, "{patch}");
        }
    }
}
