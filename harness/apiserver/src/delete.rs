//! Deletion: preconditions, finalizers, grace, collections.
//!
//! Source: kubernetes `registry/generic/registry/store.go` and `rest/delete.go`.

use std::sync::Arc;

use client::{Propagation, Status};
use objects::{Object, Value};

use crate::catalogue::Kind;
use crate::context::Context;
use crate::refusal;
use crate::state::State;

/// What a delete asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub(crate) propagation: Option<Propagation>,
    pub(crate) grace: Option<i64>,
    pub(crate) uid: Option<String>,
    pub(crate) version: Option<String>,
}

/// What a delete left behind.
#[derive(Debug, Clone)]
pub(crate) struct Deleted {
    /// The object as it was, or as it waits.
    pub(crate) object: Object,
    /// It is gone.
    pub(crate) gone: bool,
}

const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// Deletes one object, or lets it wait for finalizers and grace.
pub(crate) fn delete(
    state: &mut State,
    context: &mut Context,
    kind: &Arc<Kind>,
    (namespace, name): (&str, &str),
    options: &Options,
) -> Result<Deleted, Status> {
    let stored = state.get(kind, namespace, name).ok_or_else(|| refusal::not_found(kind, name))?;
    let live = stored.clone();
    check(kind, &live, options)?;
    if kind.gvk.kind == "Job" && kind.gvk.group == "batch" && options.propagation.is_none() {
        context.warn("child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning");
    }
    if kind.gvk.kind == "Namespace" && kind.gvk.group.is_empty() {
        return delete_namespace(state, context, kind, live);
    }
    let mut next = live.clone();
    set_finalizers(kind, &mut next, options);
    if kind.gvk.kind == "CustomResourceDefinition" && !live.is_deleting() {
        end_definition(context, &mut next);
    }
    let held = !next.list_at(&["metadata", "finalizers"]).is_empty();
    let grace = grace_of(kind, &live, options);
    if !held && grace == 0 {
        if context.dry_run {
            return Ok(Deleted { object: State::present(kind, &live), gone: true });
        }
        let last = state.erase(kind, live);
        let shown = State::present(kind, &last);
        return Ok(Deleted { object: shown, gone: true });
    }
    mark(context, kind, &live, &mut next, grace);
    if next == live || context.dry_run {
        return Ok(Deleted { object: State::present(kind, &next), gone: false });
    }
    let stored = state.commit(kind, next);
    Ok(Deleted { object: State::present(kind, &stored), gone: false })
}

/// A definition waits for its objects (apiextensions-apiserver: `registry/customresourcedefinition`).
fn end_definition(context: &Context, definition: &mut Object) {
    let name = "customresourcecleanup.apiextensions.k8s.io";
    let mut held = definition.list_at(&["metadata", "finalizers"]).to_vec();
    if !held.iter().any(|item| item.as_str() == Some(name)) {
        held.push(name.into());
        definition.set(&["metadata", "finalizers"], held);
    }
    let text =
        "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
    let mut conditions = definition.list_at(&["status", "conditions"]).to_vec();
    conditions.retain(|condition| condition.str_at(&["type"]) != Some("Terminating"));
    conditions.push(Value::from([
        ("type", Value::from("Terminating")),
        ("status", "True".into()),
        ("reason", "InstanceDeletionPending".into()),
        ("message", text.into()),
        ("lastTransitionTime", context.time().into()),
    ]));
    definition.set(&["status", "conditions"], conditions);
}

fn check(kind: &Kind, live: &Object, options: &Options) -> Result<(), Status> {
    let failed = |why: String| {
        let kind = &kind.gvk.kind;
        let name = live.name();
        let message = format!("Operation cannot be fulfilled on {kind} \"{name}\": {why}");
        let details = Value::from([("kind", kind.as_str()), ("name", name)]);
        Err(Status { code: 409, reason: "Conflict".to_owned(), message, details })
    };
    if let Some(uid) = &options.uid
        && uid != live.uid()
    {
        return failed(format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and then recreated",
            live.uid()
        ));
    }
    if let Some(version) = &options.version
        && version != live.resource_version()
    {
        return failed(format!(
            "the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({}). The object might have been modified",
            live.resource_version()
        ));
    }
    let protected = matches!(live.name(), "default" | "kube-system" | "kube-public");
    if kind.gvk.kind == "Namespace" && kind.gvk.group.is_empty() && protected {
        let why = "this namespace may not be deleted";
        return Err(refusal::forbidden(kind, live.name(), why));
    }
    if kind.gvk.kind == "PriorityClass" && live.name().starts_with("system-") {
        let why = "this is a system priority class and cannot be deleted";
        return Err(refusal::forbidden(kind, live.name(), why));
    }
    Ok(())
}

/// The kinds that leave dependents alone unless asked (kubernetes `DefaultGarbageCollectionPolicy`).
fn orphans_by_default(kind: &Kind) -> bool {
    matches!(kind.gvk.kind.as_str(), "Job" | "ReplicationController")
        && matches!(kind.gvk.group.as_str(), "" | "batch")
}

fn set_finalizers(kind: &Kind, object: &mut Object, options: &Options) {
    let mut wanted: Vec<Value> = object.list_at(&["metadata", "finalizers"]).to_vec();
    let has = |list: &[Value], name: &str| list.iter().any(|item| item.as_str() == Some(name));
    let (orphan, foreground) = match options.propagation {
        Some(Propagation::Orphan) => (true, false),
        Some(Propagation::Foreground) => (false, true),
        Some(Propagation::Background) => (false, false),
        None if has(&wanted, ORPHAN) => (true, false),
        None if has(&wanted, FOREGROUND) => (false, true),
        None => (orphans_by_default(kind), false),
    };
    wanted.retain(|item| !matches!(item.as_str(), Some(ORPHAN | FOREGROUND)));
    if orphan {
        wanted.push(ORPHAN.into());
    }
    if foreground {
        wanted.push(FOREGROUND.into());
    }
    if wanted.is_empty() {
        object.remove(&["metadata", "finalizers"]);
    } else if wanted != object.list_at(&["metadata", "finalizers"]) {
        object.set(&["metadata", "finalizers"], wanted);
    }
}

/// Only scheduled pods are given time (kubernetes `registry/core/pod`).
fn grace_of(kind: &Kind, live: &Object, options: &Options) -> i64 {
    if kind.gvk.kind != "Pod" || !kind.gvk.group.is_empty() {
        return 0;
    }
    let ended = matches!(live.str_at(&["status", "phase"]), Some("Failed" | "Succeeded"));
    let scheduled = live.str_at(&["spec", "nodeName"]).is_some_and(|node| !node.is_empty());
    let own = live.int_at(&["spec", "terminationGracePeriodSeconds"]).unwrap_or(30);
    match options.grace {
        Some(grace) if grace <= 0 => 0,
        _ if !scheduled || ended => 0,
        Some(grace) => grace,
        None => own,
    }
}

fn mark(context: &Context, kind: &Kind, live: &Object, next: &mut Object, grace: i64) {
    if !live.is_deleting() {
        let moment = context.now + std::time::Duration::from_secs(grace.unsigned_abs());
        next.set(&["metadata", "deletionTimestamp"], moment.rfc3339());
        next.set(&["metadata", "deletionGracePeriodSeconds"], grace);
        if live.generation() > 0 || kind.gvk.kind == "CSIDriver" {
            let raised = live.generation() + i64::from(kind.gvk.kind != "CustomResourceDefinition");
            next.set(&["metadata", "generation"], raised);
        }
        return;
    }
    let known = live.int_at(&["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0);
    if grace < known {
        let moment = context.now + std::time::Duration::from_secs(grace.unsigned_abs());
        next.set(&["metadata", "deletionTimestamp"], moment.rfc3339());
        next.set(&["metadata", "deletionGracePeriodSeconds"], grace);
    }
}

/// A namespace first becomes `Terminating`; its controller empties and ends it.
fn delete_namespace(
    state: &mut State,
    context: &Context,
    kind: &Arc<Kind>,
    live: Object,
) -> Result<Deleted, Status> {
    let mut next = live.clone();
    if !live.is_deleting() {
        next.set(&["metadata", "deletionTimestamp"], context.time());
        next.set(&["status", "phase"], "Terminating");
    }
    let held = !next.list_at(&["spec", "finalizers"]).is_empty()
        || !next.list_at(&["metadata", "finalizers"]).is_empty();
    if context.dry_run {
        return Ok(Deleted { object: next, gone: !held });
    }
    if !held {
        let last = state.erase(kind, next);
        return Ok(Deleted { object: last, gone: true });
    }
    let object = if next == live { live } else { state.commit(kind, next) };
    Ok(Deleted { object, gone: false })
}

/// The Status that a finished delete answers with.
pub(crate) fn success(kind: &Kind, object: &Object) -> Value {
    let mut details = Value::map();
    details.set(&["name"], object.name());
    if !kind.gvk.group.is_empty() {
        details.set(&["group"], kind.gvk.group.as_str());
    }
    details.set(&["kind"], Value::String(kind.plural.clone()));
    details.set(&["uid"], object.uid());
    Value::from([
        ("apiVersion", Value::from("v1")),
        ("kind", "Status".into()),
        ("metadata", Value::map()),
        ("status", "Success".into()),
        ("details", details),
    ])
}
