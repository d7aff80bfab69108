//! Namespaces must exist and not be ending (kubernetes `NamespaceLifecycle`).

use client::Status;
use objects::{Object, Value};

use super::Operation;
use crate::refusal;
use crate::state::State;

/// Refuses new objects in namespaces that are missing or being terminated.
pub(crate) fn check(
    state: &State,
    operation: &Operation<'_>,
    object: &Object,
) -> Result<(), Status> {
    let kind = operation.kind;
    if !kind.namespaced || !operation.is_create() {
        return Ok(());
    }
    let name = object.namespace();
    let Some(namespace) = state.core("Namespace", "", name) else {
        return Err(refusal::namespace_not_found(name));
    };
    if !namespace.is_deleting() {
        return Ok(());
    }
    let why =
        format!("unable to create new content in namespace {name} because it is being terminated");
    let mut status = refusal::forbidden(kind, object.name(), &why);
    let cause = Value::from([
        ("field", Value::from("metadata.namespace")),
        ("message", format!("namespace {name} is being terminated").into()),
        ("reason", "NamespaceTerminating".into()),
    ]);
    status.details.set(&["causes"], vec![cause]);
    Err(status)
}
