//! What a change may not do to metadata.
//!
//! Source: kubernetes apimachinery, `api/validation/objectmeta.go`; the server
//! checks twice and tells twice.

use objects::{Object, Value};
use schema::Cause;

/// The rules that a change of metadata breaks, each twice.
pub(crate) fn change(old: &Object, new: &Object) -> Vec<Cause> {
    let mut causes = finalizers(old, new);
    for field in ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        let (before, after) = (old.at(&["metadata", field]), new.at(&["metadata", field]));
        if before != after {
            let shown = after.cloned().unwrap_or(Value::Null);
            causes.push(Cause::invalid(&format!("metadata.{field}"), &shown, "field is immutable"));
        }
    }
    let twice = causes.clone();
    causes.extend(twice);
    causes
}

fn finalizers(old: &Object, new: &Object) -> Vec<Cause> {
    if !old.is_deleting() {
        return Vec::new();
    }
    let known = old.list_at(&["metadata", "finalizers"]);
    let fresh: Vec<String> = new
        .list_at(&["metadata", "finalizers"])
        .iter()
        .filter(|name| !known.contains(name))
        .map(objects::to_json)
        .collect();
    if fresh.is_empty() {
        return Vec::new();
    }
    let detail = format!(
        "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        fresh.join(", ")
    );
    vec![Cause::forbidden("metadata.finalizers", &detail)]
}
