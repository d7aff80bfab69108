//! Reads: one object, lists in pages.

mod page;

use std::sync::Arc;

use client::Status;
use objects::{Object, Value};

pub(crate) use page::{ListOptions, check_future, list};

use crate::catalogue::Kind;
use crate::refusal;
use crate::state::State;

/// One object in the version of its kind.
pub(crate) fn get(
    state: &State,
    kind: &Arc<Kind>,
    namespace: &str,
    name: &str,
) -> Result<Object, Status> {
    let stored = state.get(kind, namespace, name).ok_or_else(|| refusal::not_found(kind, name))?;
    Ok(State::present(kind, stored))
}

/// A list as built-in and custom kinds answer it: items of built-in kinds do not say what they are.
pub(crate) fn list_value(kind: &Kind, metadata: Value, items: Vec<Object>) -> Value {
    let mut metadata = metadata;
    if kind.is_custom() && metadata.get("continue").is_none() {
        metadata.set(&["continue"], "");
    }
    let items = items.into_iter().map(|mut item| {
        if !kind.is_custom() {
            item.remove(&["apiVersion"]);
            item.remove(&["kind"]);
        }
        item.0
    });
    Value::from([
        ("apiVersion", Value::String(kind.api_version.clone())),
        ("kind", kind.list_kind.as_str().into()),
        ("metadata", metadata),
        ("items", items.collect()),
    ])
}
