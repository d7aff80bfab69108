//! Changed objects.

use std::sync::Arc;

use client::Status;
use objects::{Object, Value};
use schema::Cause;

use super::{Written, body, prepare, store_new};
use crate::admission::{self, Operation};
use crate::catalogue::Kind;
use crate::context::Context;
use crate::state::State;
use crate::{refusal, typed};

/// How a change came about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    /// Subresource written to; empty for the object itself.
    pub(crate) sub: &'a str,
    /// The ownership of fields is settled already (server-side apply).
    pub(crate) owned: bool,
}

/// A PUT.
pub(crate) fn update(
    state: &mut State,
    context: &mut Context,
    kind: &Arc<Kind>,
    (namespace, name): (&str, &str),
    sub: &str,
    mut body: Value,
) -> Result<Written, Status> {
    body::check_kind(kind, &mut body)?;
    let known = state.get(kind, namespace, name).cloned();
    typed::read(context, kind, known.as_ref(), &mut body)?;
    let mut new = Object(body);
    body::place(kind, namespace, &mut new)?;
    body::check_name(name, &new)?;
    let Some(stored) = state.get(kind, namespace, name) else {
        if sub.is_empty() && kind.rules.create_on_update && new.uid().is_empty() {
            return store_new(state, context, kind, new, true);
        }
        return Err(refusal::not_found(kind, name));
    };
    let live = State::present(kind, stored);
    if !new.uid().is_empty() && new.uid() != live.uid() {
        return Err(uid_conflict(kind, &live, new.uid()));
    }
    store_changed(state, context, kind, &live, new, Change { sub, owned: false })
}

fn uid_conflict(kind: &Kind, live: &Object, uid: &str) -> Status {
    let mut key = format!("/registry/{}", registry_path(kind));
    if kind.namespaced {
        key = format!("{key}/{}", live.namespace());
    }
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: {key}/{}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
        live.name(),
        live.uid()
    );
    refusal::conflict(kind, live.name(), &why)
}

fn registry_path(kind: &Kind) -> String {
    match (&kind.custom, kind.gvk.kind.as_str()) {
        (Some(_), _) => format!("{}/{}", kind.gvk.group, kind.plural),
        (None, "Service") => "services/specs".to_owned(),
        (None, "Endpoints") => "services/endpoints".to_owned(),
        (None, "Ingress") => "ingress".to_owned(),
        (None, "Node") => "minions".to_owned(),
        (None, "ReplicationController") => "controllers".to_owned(),
        (None, _) => kind.plural.to_string(),
    }
}

/// Refuses a change that was made from another version than the stored one.
pub(crate) fn precondition(kind: &Kind, live: &Object, new: &Object) -> Result<(), Status> {
    let given = new.resource_version();
    if !given.is_empty() && given.parse::<u64>().is_err() {
        let text = format!("strconv.ParseUint: parsing \"{given}\": invalid syntax");
        return Err(refusal::plain(text));
    }
    match given {
        "" | "0" if kind.rules.needs_version => {
            let detail = "must be specified for an update";
            let shown = Value::Int(0);
            let cause = Cause::invalid("metadata.resourceVersion", &shown, detail);
            // The store names the resource here, not the kind.
            let (group, named) = (&kind.gvk.group, kind.resource_name());
            Err(refusal::invalid_named(group, &kind.plural, &named, live.name(), &[cause]))
        }
        "" | "0" => Ok(()),
        given if given == live.resource_version() => Ok(()),
        _ => Err(refusal::stale(kind, live.name())),
    }
}

/// Stores a changed, complete object.
pub(crate) fn store_changed(
    state: &mut State,
    context: &mut Context,
    kind: &Arc<Kind>,
    live: &Object,
    mut new: Object,
    change: Change<'_>,
) -> Result<Written, Status> {
    precondition(kind, live, &new)?;
    if let Some(warning) = body::dedup_owners(&mut new) {
        context.warn(warning);
    }
    if !change.owned {
        new = typed::own(&state.catalogue, context, kind, change.sub, Some(live), &new);
    }
    if change.sub == "scale" {
        forget_times(&mut new);
    }
    let operation = Operation { kind, sub: change.sub, old: Some(live) };
    admission::mutate(state, context, &operation, &mut new)?;
    prepare::change(kind, change.sub, live, &mut new);
    if change.sub.is_empty() && !kind.is_custom() {
        schema::builtin::prepare(&mut new.0, Some(&live.0));
    }
    typed::settle(kind, Some(live), &mut new);
    crate::allocation::change(state, context, kind, live, &mut new)?;
    if change.sub == "ephemeralcontainers" {
        check_ephemeral(kind, &new)?;
    } else if change.sub != "resize" {
        typed::validate(kind, change.sub, &new, Some(live))?;
    }
    admission::validate(state, context, &operation, &new)?;
    new.set(&["metadata", "resourceVersion"], live.resource_version());
    if same_but_times(live, &new) {
        return Ok(Written { object: live.clone(), created: false });
    }
    if context.dry_run {
        return Ok(Written { object: new, created: false });
    }
    let ended = is_ended(kind, &new);
    let mut stored = if ended { live.clone() } else { new.clone() };
    State::to_storage(kind, &mut stored);
    let stored = if ended { state.erase(kind, stored) } else { state.commit(kind, stored) };
    let object = if ended { new } else { State::present(kind, &stored) };
    Ok(Written { object, created: false })
}

/// Writes through `scale` leave no time in their entries.
fn forget_times(object: &mut Object) {
    let mut entries = object.list_at(&["metadata", "managedFields"]).to_vec();
    for entry in &mut entries {
        if entry.str_at(&["subresource"]) == Some("scale") {
            entry.remove(&["time"]);
        }
    }
    if !entries.is_empty() {
        object.set(&["metadata", "managedFields"], entries);
    }
}

/// Names of containers are used once in a pod.
fn check_ephemeral(kind: &Kind, pod: &Object) -> Result<(), Status> {
    let mut known: Vec<&Value> = ["initContainers", "containers"]
        .iter()
        .flat_map(|list| pod.list_at(&["spec", list]))
        .filter_map(|container| container.get("name"))
        .collect();
    let mut causes = Vec::new();
    for (at, container) in pod.list_at(&["spec", "ephemeralContainers"]).iter().enumerate() {
        let Some(name) = container.get("name") else { continue };
        if known.contains(&name) {
            let field = format!("spec.ephemeralContainers[{at}].name");
            causes.push(Cause::duplicate(&field, name));
        }
        known.push(name);
    }
    if causes.is_empty() { Ok(()) } else { Err(refusal::invalid(kind, pod.name(), &causes)) }
}

/// Whether the last thing that a deletion waited for is gone.
fn is_ended(kind: &Kind, object: &Object) -> bool {
    let held = !object.list_at(&["metadata", "finalizers"]).is_empty();
    let grace = object.int_at(&["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0);
    let spec = kind.gvk.kind == "Namespace" && !object.list_at(&["spec", "finalizers"]).is_empty();
    object.is_deleting() && !held && grace == 0 && !spec
}

/// Whether nothing changed but the times of managers.
fn same_but_times(live: &Object, new: &Object) -> bool {
    if live == new {
        return true;
    }
    let body = |object: &'_ Object| object.as_map().map(objects::Map::len);
    let rest = live.as_map().into_iter().flatten().filter(|(key, _)| key.as_ref() != "metadata");
    if body(live) != body(new) || rest.into_iter().any(|(key, value)| new.get(key) != Some(value)) {
        return false;
    }
    let part = |object: &Object| -> (Value, Value) {
        let mut rest = object.get("metadata").cloned().unwrap_or_default();
        let managed = rest.remove(&["managedFields"]).unwrap_or_default();
        let entries = managed.as_list().unwrap_or_default().iter().map(|entry| {
            let mut entry = entry.clone();
            entry.remove(&["time"]);
            entry
        });
        (rest, entries.collect())
    };
    part(live) == part(new)
}
