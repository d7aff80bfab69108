//! Objects shown by their metadata alone.

use objects::{Object, Value};

/// An object's metadata alone.
pub(crate) fn partial(object: &Object) -> Value {
    Value::from([
        ("apiVersion", Value::from("meta.k8s.io/v1")),
        ("kind", "PartialObjectMetadata".into()),
        ("metadata", object.get("metadata").cloned().unwrap_or_else(Value::map)),
    ])
}
