//! A type as an OpenAPI schema, inlined.

use objects::Value;
use schema::{Kind, Type};

/// Deeper types are left open.
const DEPTH: usize = 12;

/// The schema of a type; names and types of fields, for `kubectl explain`.
pub(crate) fn open_api(of: Type<'_>, depth: usize) -> Value {
    let word = match of.kind() {
        Kind::Object | Kind::Map => "object",
        Kind::List => "array",
        Kind::Bool => "boolean",
        Kind::Int32 | Kind::Int64 => "integer",
        Kind::Number => "number",
        Kind::Any | Kind::Atom | Kind::Ref => return Value::from([("type", "object")]),
        _ => "string",
    };
    let mut schema = Value::from([("type", word)]);
    if depth >= DEPTH {
        return schema;
    }
    match of.kind() {
        Kind::Object => {
            let fields =
                of.fields().map(|(name, field)| (name.clone(), open_api(field, depth + 1)));
            let fields: objects::Map = fields.collect();
            if !fields.is_empty() {
                schema.set(&["properties"], Value::from(fields));
            }
        }
        Kind::Map => schema.set(&["additionalProperties"], open_api(of.item(), depth + 1)),
        Kind::List => schema.set(&["items"], open_api(of.item(), depth + 1)),
        Kind::Time | Kind::MicroTime => schema.set(&["format"], "date-time"),
        Kind::Int32 => schema.set(&["format"], "int32"),
        Kind::Int64 => schema.set(&["format"], "int64"),
        _ => {}
    }
    schema
}
