//! Owner garbage collection: background, foreground, orphan.
//!
//! Source: kubernetes `pkg/controller/garbagecollector`.

use std::sync::Arc;

use client::Propagation;
use clock::Moment;
use objects::{Object, Value};

use crate::catalogue::Kind;
use crate::context::Context;
use crate::delete::{self, Options};
use crate::state::{Id, State, Work};
use crate::typed;

fn find(state: &State, id: &Id) -> Option<(Arc<Kind>, Object)> {
    let kind = state.catalogue.stored(&id.kind)?.clone();
    let object = state.storage.get(&id.kind, &id.namespace, &id.name)?.clone();
    Some((kind, object))
}

/// A new or changed object: what no living owner is left for goes.
pub(crate) fn owned(state: &mut State, now: Moment, id: &Id) {
    let Some((kind, object)) = find(state, id) else { return };
    let owners = object.list_at(&["metadata", "ownerReferences"]);
    if owners.is_empty() || object.is_deleting() {
        return;
    }
    let mut blocked = false;
    for owner in owners {
        let uid = owner.str_at(&["uid"]).unwrap_or_default();
        match lives_for(state, &object, owner, uid) {
            Some(owner) if waits_for_dependents(&owner) => blocked = true,
            Some(_) => return,
            None => {}
        }
    }
    let propagation = if blocked && has_dependents(state, &object) {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    remove(state, now, &kind, &object, propagation);
}

/// The owner, if it is there and is what the reference says.
fn lives_for(state: &State, object: &Object, reference: &Value, uid: &str) -> Option<Object> {
    let id = state.owners.lives(uid)?;
    let same_place = id.namespace.is_empty() || id.namespace == object.namespace();
    let same_name = reference.str_at(&["name"]) == Some(id.name.as_str());
    if !same_place || !same_name {
        return None;
    }
    state.storage.get(&id.kind, &id.namespace, &id.name).cloned()
}

fn has_finalizer(object: &Object, name: &str) -> bool {
    object.list_at(&["metadata", "finalizers"]).iter().any(|item| item.as_str() == Some(name))
}

fn waits_for_dependents(object: &Object) -> bool {
    object.is_deleting() && has_finalizer(object, "foregroundDeletion")
}

fn has_dependents(state: &State, object: &Object) -> bool {
    !state.owners.dependents(object.uid()).is_empty()
}

fn remove(state: &mut State, now: Moment, kind: &Arc<Kind>, object: &Object, how: Propagation) {
    let mut context = Context::controller(now, "kube-controller-manager");
    let keeps = has_finalizer(object, "orphan");
    let options = Options {
        propagation: Some(if keeps { Propagation::Orphan } else { how }),
        uid: Some(object.uid().to_owned()),
        ..Options::default()
    };
    // What is gone already, or refuses to go, is no concern of the collector.
    let _ =
        delete::delete(state, &mut context, kind, (object.namespace(), object.name()), &options);
}

/// The owner is gone: its dependents are looked at.
pub(crate) fn gone(state: &mut State, now: Moment, uid: &str) {
    for id in state.owners.dependents(uid) {
        owned(state, now, &id);
    }
}

/// An object waits for the collector: its dependents are let go or deleted first.
pub(crate) fn deleting(state: &mut State, now: Moment, id: &Id) {
    let Some((kind, object)) = find(state, id) else { return };
    if !object.is_deleting() {
        return;
    }
    if has_finalizer(&object, "orphan") {
        orphan(state, now, &object);
        finish(state, &kind, &object, "orphan");
        return;
    }
    if !has_finalizer(&object, "foregroundDeletion") {
        return;
    }
    let dependents = state.owners.dependents(object.uid());
    let mut blocked = false;
    for dependent in dependents {
        let Some((_, found)) = find(state, &dependent) else { continue };
        let owners = found.list_at(&["metadata", "ownerReferences"]);
        let blocks = owners.iter().any(|owner| {
            owner.str_at(&["uid"]) == Some(object.uid())
                && owner.bool_at(&["blockOwnerDeletion"]) == Some(true)
        });
        owned(state, now, &dependent);
        blocked |= blocks && find(state, &dependent).is_some();
    }
    if !blocked {
        finish(state, &kind, &object, "foregroundDeletion");
    }
}

fn orphan(state: &mut State, now: Moment, object: &Object) {
    let context = Context::controller(now, "kube-controller-manager");
    for id in state.owners.dependents(object.uid()) {
        let Some((kind, before)) = find(state, &id) else { continue };
        let mut dependent = before.clone();
        let mut owners = dependent.list_at(&["metadata", "ownerReferences"]).to_vec();
        owners.retain(|owner| owner.str_at(&["uid"]) != Some(object.uid()));
        if owners.is_empty() {
            dependent.remove(&["metadata", "ownerReferences"]);
        } else {
            dependent.set(&["metadata", "ownerReferences"], owners);
        }
        let next = typed::own(&state.catalogue, &context, &kind, "", Some(&before), &dependent);
        state.commit(&kind, next);
    }
}

/// Takes one finalizer away; the object goes with the last one.
pub(crate) fn finish(state: &mut State, kind: &Kind, object: &Object, finalizer: &str) {
    let Some(mut next) = state.get(kind, object.namespace(), object.name()).cloned() else {
        return;
    };
    let mut left = next.list_at(&["metadata", "finalizers"]).to_vec();
    left.retain(|item| item.as_str() != Some(finalizer));
    let grace = next.int_at(&["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0);
    if left.is_empty() {
        next.remove(&["metadata", "finalizers"]);
    } else {
        next.set(&["metadata", "finalizers"], left.clone());
    }
    if left.is_empty() && grace == 0 && next.is_deleting() {
        state.erase(kind, next);
    } else {
        state.commit(kind, next);
    }
    state.work.add(Work::Gone(object.uid().to_owned()));
}
