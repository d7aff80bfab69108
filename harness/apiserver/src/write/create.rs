//! New objects.

use std::sync::Arc;

use client::Status;
use objects::{Object, Value};

use super::{Written, body, prepare};
use crate::admission::{self, Operation};
use crate::catalogue::Kind;
use crate::context::Context;
use crate::state::State;
use crate::{refusal, typed};

/// A POST to a collection.
pub(crate) fn create(
    state: &mut State,
    context: &mut Context,
    kind: &Arc<Kind>,
    namespace: &str,
    mut body: Value,
) -> Result<Written, Status> {
    body::check_kind(kind, &mut body)?;
    typed::read(context, kind, None, &mut body)?;
    let mut object = Object(body);
    body::place(kind, namespace, &mut object)?;
    store_new(state, context, kind, object, true)
}

/// Stores a new, complete object; `own` gives its fields to the context's manager.
pub(crate) fn store_new(
    state: &mut State,
    context: &mut Context,
    kind: &Arc<Kind>,
    mut object: Object,
    own: bool,
) -> Result<Written, Status> {
    if !object.resource_version().is_empty() && own {
        let text = "resourceVersion should not be set on objects to be created";
        return Err(refusal::plain(text));
    }
    if kind.custom.as_ref().is_some_and(|custom| custom.terminating) {
        let why = "create not allowed while custom resource definition is terminating";
        return Err(refusal::forbidden(kind, object.name(), why));
    }
    if let Some(warning) = body::dedup_owners(&mut object) {
        context.warn(warning);
    }
    if object.at(&["metadata"]).is_none() {
        object.set(&["metadata"], Value::map());
    }
    generate_name(state, kind, &mut object);
    super::kinds::before(&mut object);
    if own {
        object = typed::own(&state.catalogue, context, kind, "", None, &object);
    }
    let operation = Operation { kind, sub: "", old: None };
    admission::mutate(state, context, &operation, &mut object)?;
    prepare::create(state, context, kind, &mut object);
    if kind.is_custom() {
        // What a dropped status leaves open has its defaults again.
        typed::default(kind, &mut object.0);
    } else {
        schema::builtin::prepare(&mut object.0, None);
    }
    typed::settle(kind, None, &mut object);
    typed::validate(kind, "", &object, None)?;
    admission::validate(state, context, &operation, &object)?;
    if let Some(known) = state.get(kind, object.namespace(), object.name()) {
        return Err(exists(kind, known));
    }
    crate::allocation::create(state, context, kind, &mut object)?;
    if context.dry_run {
        return Ok(Written { object, created: true });
    }
    let mut stored = object;
    State::to_storage(kind, &mut stored);
    let stored = state.commit(kind, stored);
    Ok(Written { object: State::present(kind, &stored), created: true })
}

fn exists(kind: &Kind, known: &Object) -> Status {
    let mut status = refusal::already_exists(kind, known.name());
    if known.is_deleting() {
        status.message = format!("object is being deleted: {}", status.message);
    }
    status
}

fn generate_name(state: &mut State, kind: &Kind, object: &mut Object) {
    let base = object.str_at(&["metadata", "generateName"]).unwrap_or_default().to_owned();
    if base.is_empty() || !object.name().is_empty() {
        return;
    }
    let base: String = base.chars().take(58).collect();
    loop {
        let name = format!("{base}{}", state.names.name_suffix(5));
        if state.get(kind, object.namespace(), &name).is_none() {
            object.set(&["metadata", "name"], name);
            return;
        }
    }
}
