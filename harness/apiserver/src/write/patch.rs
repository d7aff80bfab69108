//! Patches of every kind, server-side apply among them.

use std::sync::Arc;

use client::{Patch, Status};
use objects::{Object, Value};
use schema::Cause;
use schema::patch::PatchError;

use super::{Change, Written, body, store_changed, store_new};
use crate::catalogue::Kind;
use crate::context::{Context, Validation};
use crate::go_text::Touched;
use crate::state::State;
use crate::{go_text, refusal, typed};

/// A patch as it came.
#[derive(Debug, Clone)]
pub(crate) struct PatchBody {
    pub(crate) form: Patch,
    pub(crate) value: Value,
    pub(crate) force: bool,
}

/// A PATCH of an object or of its status.
pub(crate) fn patch(
    state: &mut State,
    context: &mut Context,
    kind: &Arc<Kind>,
    (namespace, name): (&str, &str),
    sub: &str,
    patch: PatchBody,
) -> Result<Written, Status> {
    if patch.form == Patch::Apply {
        return apply(state, context, kind, (namespace, name), sub, patch);
    }
    if patch.form == Patch::Strategic && kind.is_custom() {
        return Err(refusal::unsupported());
    }
    let stored = state.get(kind, namespace, name).ok_or_else(|| refusal::not_found(kind, name))?;
    let live = State::present(kind, stored);
    let mut patched = patched(kind, &live, &patch)?;
    body::check_kind(kind, &mut patched)?;
    read_patched(context, kind, &patch, &live, &mut patched)?;
    let mut new = Object(patched);
    body::check_name(name, &new)?;
    body::place(kind, namespace, &mut new)?;
    store_changed(state, context, kind, &live, new, Change { sub, owned: false })
}

fn patched(kind: &Kind, live: &Object, patch: &PatchBody) -> Result<Value, Status> {
    let result = match patch.form {
        Patch::Json => schema::patch::json(live, &patch.value),
        Patch::Merge if patch.value.as_map().is_none() => {
            return Err(refusal::bad_request(
                "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
            ));
        }
        Patch::Merge | Patch::Apply => Ok(schema::patch::merge(live, &patch.value)),
        Patch::Strategic => schema::patch::strategic(&kind.shape, live, &patch.value),
    };
    result.map_err(|problem| match problem {
        PatchError::BadRequest(text) => refusal::bad_request(text),
        PatchError::Unfit => {
            let text = problem.to_string();
            Status { code: 422, reason: "Invalid".to_owned(), message: text, details: Value::map() }
        }
        PatchError::Restore(text) => {
            let cause =
                Cause { field: "patch".to_owned(), reason: "FieldValueInvalid", message: text };
            refusal::invalid_named("", "", "", "", &[cause])
        }
        PatchError::Internal(text) => refusal::plain(text),
    })
}

/// Reads the patched object; what does not fit is the patch's fault.
fn read_patched(
    context: &mut Context,
    kind: &Kind,
    patch: &PatchBody,
    live: &Object,
    patched: &mut Value,
) -> Result<(), Status> {
    let before = patched.clone();
    let shown = || match patch.form {
        Patch::Strategic => go_map(&patch.value),
        Patch::Json => go_text::object(&before, &kind.gvk, &Touched::by_paths(&patch.value)),
        _ => go_text::object(&before, &kind.gvk, &Touched::by_merge(&patch.value)),
    };
    let refuse = |text: &str| {
        let shown = format!("{:?}", shown());
        let cause = Cause::invalid_shown("patch", &shown, text);
        refusal::invalid_named("", "", "", "", &[cause])
    };
    let read = typed::beside(kind, Some(live), patched, |patched| match &kind.custom {
        Some(custom) => custom.version.decode(patched),
        None => schema::decode::decode(&kind.shape, patched),
    });
    let mut unknown = std::mem::take(&mut context.doubled);
    unknown.extend(read.map_err(|problem| refuse(&problem.to_string()))?);
    match context.validation {
        Validation::Strict if !unknown.is_empty() => {
            return Err(refuse(&format!("strict decoding error: {}", unknown.join(", "))));
        }
        Validation::Warn => unknown.into_iter().for_each(|text| context.warn(text)),
        _ => {}
    }
    match kind.is_custom() {
        true => typed::beside(kind, Some(live), patched, |patched| typed::default(kind, patched)),
        // Built-in kinds have defaults in one part that come from another.
        false => typed::default(kind, patched),
    }
    Ok(())
}

/// A value as Go's `%v` prints a decoded map.
fn go_map(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::Map(map) => {
            let entries: Vec<_> =
                map.iter().map(|(key, value)| format!("{key}:{}", go_map(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(go_map).collect();
            format!("[{}]", items.join(" "))
        }
        Value::String(text) => text.to_string(),
        other => objects::to_json(other),
    }
}

fn apply(
    state: &mut State,
    context: &mut Context,
    kind: &Arc<Kind>,
    (namespace, name): (&str, &str),
    sub: &str,
    patch: PatchBody,
) -> Result<Written, Status> {
    let mut config = patch.value;
    check_config(kind, &config)?;
    if kind.namespaced
        && config.str_at(&["metadata", "namespace"]).is_some_and(|given| given != namespace)
    {
        let text =
            "the namespace of the provided object does not match the namespace sent on the request";
        return Err(refusal::bad_request(text));
    }
    config.remove(&["metadata", "creationTimestamp"]);
    let live = state.get(kind, namespace, name).map(|stored| State::present(kind, stored));
    if live.is_none() && !sub.is_empty() {
        return Err(refusal::not_found(kind, name));
    }
    if live.is_none() {
        check_new(kind, name, &config)?;
    }
    let mut merged =
        typed::apply(&state.catalogue, context, kind, sub, live.as_ref(), &config, patch.force)?;
    body::check_kind(kind, &mut merged.0)?;
    if !kind.is_custom() {
        // What an apply merged of a custom kind is not read again: its nulls break rules.
        typed::decode(kind, &mut merged.0)?;
    }
    typed::default(kind, &mut merged.0);
    if merged.name().is_empty() {
        merged.set(&["metadata", "name"], name);
    }
    body::check_name(name, &merged)?;
    body::place(kind, namespace, &mut merged)?;
    match live {
        Some(live) => {
            if merged.resource_version().is_empty() {
                merged.set(&["metadata", "resourceVersion"], live.resource_version());
            }
            store_changed(state, context, kind, &live, merged, Change { sub, owned: true })
        }
        None => store_new(state, context, kind, merged, false),
    }
}

fn check_new(kind: &Kind, name: &str, config: &Value) -> Result<(), Status> {
    let uid = config.str_at(&["metadata", "uid"]).unwrap_or_default();
    if !uid.is_empty() {
        let why = format!(
            "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
        );
        return Err(refusal::conflict(kind, name, &why));
    }
    Ok(())
}

fn check_config(kind: &Kind, config: &Value) -> Result<(), Status> {
    let api_version = config.str_at(&["apiVersion"]).unwrap_or_default();
    let name = config.str_at(&["kind"]).unwrap_or_default();
    if api_version == kind.api_version.as_ref() && name == kind.gvk.kind {
        return Ok(());
    }
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    Err(refusal::bad_request(format!("invalid object type: {group}/{version}, Kind={name}")))
}
