//! Whether a patched value can be restored into its Go type, in the converter's words.
//!
//! Source: kubernetes apimachinery `runtime/converter.go`.

use objects::Value;

use crate::{Kind, Type};

/// The first value that does not fit.
pub(super) fn check(of: Type<'_>, value: &Value) -> Result<(), String> {
    match (of.kind(), value) {
        (_, Value::Null) | (Kind::Any | Kind::Atom, _) => Ok(()),
        (Kind::Object, Value::Map(map)) => map
            .iter()
            .try_for_each(|(name, item)| of.field(name).map_or(Ok(()), |field| check(field, item))),
        (Kind::Object, other) => Err(format!("cannot restore struct from: {}", go_kind(other))),
        (Kind::Map, Value::Map(map)) => map.values().try_for_each(|item| check(of.item(), item)),
        (Kind::Map, other) => Err(format!("cannot restore map from {}", go_kind(other))),
        (Kind::List, Value::List(items)) => {
            items.iter().try_for_each(|item| check(of.item(), item))
        }
        (Kind::List, other) => Err(format!("cannot restore slice from {}", go_kind(other))),
        (Kind::String, Value::String(_)) | (Kind::Bool, Value::Bool(_)) => Ok(()),
        (Kind::String, _) => Err("unrecognized type: string".to_owned()),
        (Kind::Bool, _) => Err("unrecognized type: bool".to_owned()),
        (Kind::Int32, Value::Int(_)) | (Kind::Int64, Value::Int(_)) => Ok(()),
        (Kind::Int32, _) => Err("unrecognized type: int32".to_owned()),
        (Kind::Int64, _) => Err("unrecognized type: int64".to_owned()),
        // Types with a decoder of their own are judged by it later.
        _ => Ok(()),
    }
}

fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Map(_) => "map",
        Value::List(_) => "slice",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::Null => "nil",
    }
}
