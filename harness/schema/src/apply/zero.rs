//! The empty object that a creation is compared with: Go's zero value of the kind.

use objects::Value;

use crate::Shape;

/// The zero value of a kind, with the names of an object's version and kind.
pub(crate) fn zero(shape: &Shape, object: &Value) -> Value {
    let mut value = crate::decode::zero(shape);
    for key in ["apiVersion", "kind"] {
        if let Some(text) = object.get(key) {
            value.set(&[key], text.clone());
        }
    }
    value
}
