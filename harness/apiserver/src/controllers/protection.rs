//! Claims in use by pods, and volumes in use by claims, stay until they are free.
//!
//! Source: kubernetes `pkg/controller/volume/pvcprotection` and `pvprotection`.

use clock::Moment;
use objects::Object;

use crate::state::{Id, State};

/// Lets a claim or volume that is being deleted go when nothing uses it.
pub(crate) fn look(state: &mut State, _now: Moment, id: &Id) {
    let Some(kind) = state.kind("", &id.kind.kind) else { return };
    let Some(object) = state.get(&kind, &id.namespace, &id.name).cloned() else { return };
    if !object.is_deleting() {
        return;
    }
    let (finalizer, used) = match id.kind.kind.as_str() {
        "PersistentVolumeClaim" => ("kubernetes.io/pvc-protection", claim_is_used(state, &object)),
        _ => {
            let bound = object.str_at(&["status", "phase"]) == Some("Bound");
            ("kubernetes.io/pv-protection", bound)
        }
    };
    let held = object.list_at(&["metadata", "finalizers"]);
    if !used && held.iter().any(|item| item.as_str() == Some(finalizer)) {
        super::collector::finish(state, &kind, &object, finalizer);
    }
}

fn claim_is_used(state: &State, claim: &Object) -> bool {
    let Some(pods) = state.kind("", "Pod") else { return false };
    state.storage.list(&pods.store, Some(claim.namespace())).any(|pod| {
        let ended = matches!(pod.str_at(&["status", "phase"]), Some("Succeeded" | "Failed"));
        let names = pod.list_at(&["spec", "volumes"]);
        !ended
            && names.iter().any(|volume| {
                volume.str_at(&["persistentVolumeClaim", "claimName"]) == Some(claim.name())
            })
    })
}
