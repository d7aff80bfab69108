//! Reading fields as kstatus does, with the errors of Go's unstructured helpers.

use objects::{Object, Value};

use crate::HealthError;

/// A condition as kstatus reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct BasicCondition {
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) reason: String,
    pub(crate) message: String,
}

/// A whole number at a path; a default where it is absent or no whole number (cli-utils `GetIntField`).
pub(crate) fn int_or(object: &Value, path: &[&str], default: i64) -> i64 {
    object.int_at(path).unwrap_or(default)
}

/// A text at a path; a default where it is absent or no text (cli-utils `GetStringField`).
pub(crate) fn str_or<'a>(object: &'a Value, path: &[&str], default: &'a str) -> &'a str {
    object.str_at(path).unwrap_or(default)
}

/// The value at a path, strict about what is on the way (apimachinery `NestedFieldNoCopy`).
fn nested<'a>(object: &'a Value, path: &[&str]) -> Result<Option<&'a Value>, HealthError> {
    let mut value = object;
    for (at, key) in path.iter().enumerate() {
        match value {
            Value::Null => return Ok(None),
            Value::Map(map) => match map.get(key) {
                Some(found) => value = found,
                None => return Ok(None),
            },
            other => return Err(wrong_type(&path[..=at], other, "map[string]interface{}")),
        }
    }
    Ok(Some(value))
}

/// A text that must be one (apimachinery `NestedString`).
pub(crate) fn nested_string<'a>(
    object: &'a Value,
    path: &[&str],
) -> Result<Option<&'a str>, HealthError> {
    let Some(value) = nested(object, path)? else { return Ok(None) };
    value.as_str().map(Some).ok_or_else(|| wrong_type(path, value, "string"))
}

/// A whole number that must be one (apimachinery `NestedInt64`).
pub(crate) fn nested_int(object: &Value, path: &[&str]) -> Result<Option<i64>, HealthError> {
    let Some(value) = nested(object, path)? else { return Ok(None) };
    value.as_int().map(Some).ok_or_else(|| wrong_type(path, value, "int64"))
}

/// A list that must be one (apimachinery `NestedSlice`).
pub(crate) fn nested_list<'a>(
    object: &'a Value,
    path: &[&str],
) -> Result<Option<&'a [Value]>, HealthError> {
    let Some(value) = nested(object, path)? else { return Ok(None) };
    value.as_list().map(Some).ok_or_else(|| wrong_type(path, value, "[]interface{}"))
}

/// A map that must be one (apimachinery `NestedMap`).
pub(crate) fn nested_map<'a>(
    object: &'a Value,
    path: &[&str],
) -> Result<Option<&'a objects::Map>, HealthError> {
    let Some(value) = nested(object, path)? else { return Ok(None) };
    value.as_map().map(Some).ok_or_else(|| wrong_type(path, value, "map[string]interface{}"))
}

fn wrong_type(path: &[&str], value: &Value, wanted: &str) -> HealthError {
    let (shown, kind) = (go_print(value), go_type(value));
    let path = path.join(".");
    HealthError(format!(".{path} accessor error: {shown} is of the type {kind}, expected {wanted}"))
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

/// A value as Go's `%v` prints it.
fn go_print(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => crate::cel::format_double(*number),
        Value::String(text) => text.to_string(),
        Value::List(items) => {
            format!("[{}]", items.iter().map(go_print).collect::<Vec<_>>().join(" "))
        }
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| format!("{key}:{}", go_print(value)));
            format!("map[{}]", entries.collect::<Vec<_>>().join(" "))
        }
    }
}

/// `status.conditions`, converted as Go's `DefaultUnstructuredConverter` would.
pub(crate) fn conditions(object: &Object) -> Result<Vec<BasicCondition>, HealthError> {
    let status = match object.get("status") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(status) => status,
    };
    let Some(status) = status.as_map() else { return Err(no_struct(status)) };
    match status.get("conditions") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::List(items)) => items.iter().map(condition).collect(),
        Some(other) => Err(HealthError(format!("cannot restore slice from {}", go_kind(other)))),
    }
}

fn condition(value: &Value) -> Result<BasicCondition, HealthError> {
    if value.is_null() {
        return Ok(BasicCondition::default());
    }
    if value.as_map().is_none() {
        return Err(no_struct(value));
    }
    Ok(BasicCondition {
        kind: text(value, "type", "string")?,
        status: text(value, "status", "v1.ConditionStatus")?,
        reason: text(value, "reason", "string")?,
        message: text(value, "message", "string")?,
    })
}

fn text(value: &Value, key: &str, wanted: &str) -> Result<String, HealthError> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.to_string()),
        Some(Value::Int(_)) => Err(HealthError(format!("cannot convert int64 to {wanted}"))),
        Some(_) => Err(HealthError("unrecognized type: string".to_owned())),
    }
}

fn no_struct(value: &Value) -> HealthError {
    HealthError(format!("cannot restore struct from: {}", go_kind(value)))
}

fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::List(_) => "slice",
        Value::Map(_) => "map",
        other => go_type(other),
    }
}

/// `status.observedGeneration`, which must be a whole number where it is.
pub(crate) fn observed_generation(object: &Object) -> Result<Option<i64>, HealthError> {
    nested_int(object, &["status", "observedGeneration"])
        .map_err(|error| looking_up("status.observedGeneration", &error))
}

/// `metadata.generation`, which must be a whole number where it is.
pub(crate) fn wanted_generation(object: &Object) -> Result<Option<i64>, HealthError> {
    nested_int(object, &["metadata", "generation"])
        .map_err(|error| looking_up("metadata.generation", &error))
}

/// An error with the path that was looked up.
pub(crate) fn looking_up(path: &str, error: &HealthError) -> HealthError {
    HealthError(format!("looking up {path} from resource: {error}"))
}
