//! Objects shown by their metadata alone.

use objects::{Object, Value};

/// The object of a table's row: metadata as the internal form of its kind has it.
pub(crate) fn row(object: &Object) -> Value {
    let mut shown = partial(object);
    if object.kind() == "DaemonSet" && object.api_version() == "apps/v1" {
        // The internal form holds it as a number of the spec.
        shown.remove(&["metadata", "annotations", "deprecated.daemonset.template.generation"]);
        let notes = shown.at(&["metadata", "annotations"]).and_then(Value::as_map);
        if notes.is_some_and(objects::Map::is_empty) {
            shown.remove(&["metadata", "annotations"]);
        }
    }
    shown
}

/// An object's metadata alone.
pub(crate) fn partial(object: &Object) -> Value {
    Value::from([
        ("apiVersion", Value::from("meta.k8s.io/v1")),
        ("kind", "PartialObjectMetadata".into()),
        ("metadata", object.get("metadata").cloned().unwrap_or_else(Value::map)),
    ])
}
