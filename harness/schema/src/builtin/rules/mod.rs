//! Rules that are code in Kubernetes (`pkg/apis/*/validation`).

mod config;
mod meta;

use objects::{Object, Value};

use crate::Cause;

pub use meta::validate_meta;

/// Causes as they are found.
type Out = Vec<Cause>;

/// Every rule that an object breaks (or that a change from `old` breaks), in the server's order.
/// The object must be decoded and have its defaults.
#[must_use]
pub fn validate(object: &Value, old: Option<&Value>) -> Vec<Cause> {
    let mut out = validate_meta(object, old);
    let gvk = Object(object.clone()).gvk();
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("", "ConfigMap") => config::config_map(object, old, &mut out),
        ("", "Secret") => config::secret(object, old, &mut out),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            return crate::crd::validate_definition(object, old);
        }
        _ => {}
    }
    out
}

/// Field paths that writes to a kind's main resource (`subresource` empty) or to a
/// subresource never own; see `reset` of [`crate::apply::Write`].
#[must_use]
pub fn reset_fields(kind: &objects::Gvk, subresource: &str) -> &'static [&'static [&'static str]] {
    let _ = kind;
    match subresource {
        "" => &[&["status"]],
        "status" => &[&["spec"]],
        _ => &[],
    }
}
