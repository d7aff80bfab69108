//! Rules that are code in Kubernetes (`pkg/apis/*/validation`).

use objects::Value;

use crate::Cause;

/// Every rule that an object breaks (or that a change from `old` breaks), in the server's order.
#[must_use]
pub fn validate(_object: &Value, _old: Option<&Value>) -> Vec<Cause> {
    Vec::new()
}

/// Field paths that writes to a kind's main resource (`subresource` empty) or to a
/// subresource never own; see `reset` of [`crate::apply::Write`].
#[must_use]
pub fn reset_fields(kind: &objects::Gvk, subresource: &str) -> &'static [&'static [&'static str]] {
    match subresource {
        "" => &[&["status"]],
        "status" => &[&["spec"]],
        _ => {
            let _ = kind;
            &[]
        }
    }
}
