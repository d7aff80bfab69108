//! The finalizer of Flux's controllers, and the request of a user to look again.

use flux::{FINALIZER, REQUESTED_AT};
use objects::{Object, Value};

pub(crate) fn has_finalizer(object: &Object) -> bool {
    let finalizers = object.list_at(&["metadata", "finalizers"]);
    finalizers.iter().any(|finalizer| finalizer.as_str() == Some(FINALIZER))
}

pub(crate) fn add_finalizer(object: &mut Object) {
    let mut finalizers = object.list_at(&["metadata", "finalizers"]).to_vec();
    finalizers.push(FINALIZER.into());
    object.set(&["metadata", "finalizers"], finalizers);
}

pub(crate) fn remove_finalizer(object: &mut Object) {
    let finalizers = object.list_at(&["metadata", "finalizers"]);
    let kept: Vec<Value> =
        finalizers.iter().filter(|known| known.as_str() != Some(FINALIZER)).cloned().collect();
    if kept.is_empty() {
        object.remove(&["metadata", "finalizers"]);
    } else {
        object.set(&["metadata", "finalizers"], kept);
    }
}

/// Whether somebody asked for a reconciliation that was not handled yet.
pub(crate) fn is_requested(object: &Object) -> bool {
    let asked = object.annotation(REQUESTED_AT);
    asked.is_some() && asked != object.str_at(&["status", "lastHandledReconcileAt"])
}
