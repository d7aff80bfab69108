//! What rests on something that this place does not reproduce.

use std::collections::BTreeSet;

use objects::{Object, ObjectId};

use crate::place::Place;
use crate::{look, revision};

/// Why the state of an object is unknown: because of itself, or of what it waits for.
pub(crate) fn reason(place: &Place<'_>, id: &ObjectId) -> Option<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![id.clone()];
    while let Some(id) = open.pop() {
        if let Some(why) = place.view.notes.get(&id) {
            return Some(format!("{id}: {why}"));
        }
        if let Some(object) = place.view.objects.get(&id)
            && seen.insert(id)
        {
            open.extend(waits_for(place, object));
        }
    }
    None
}

/// What the readiness of a Flux object waits for: dependencies, and for Kustomizations
/// what their health checks name.
fn waits_for(place: &Place<'_>, object: &Object) -> Vec<ObjectId> {
    let kind = object.kind();
    if kind != "Kustomization" && kind != "HelmRelease" {
        return Vec::new();
    }
    let mut found: Vec<ObjectId> = Vec::new();
    for dependency in object.list_at(&["spec", "dependsOn"]) {
        let namespace = dependency.str_at(&["namespace"]).unwrap_or_else(|| object.namespace());
        let name = dependency.str_at(&["name"]).unwrap_or_default();
        found.extend(revision::find(place, kind, namespace, name).map(Object::id));
    }
    if object.bool_at(&["spec", "wait"]) == Some(true) {
        found.extend(look::inventory(object));
        return found;
    }
    for checked in object.list_at(&["spec", "healthChecks"]) {
        let text = |key| checked.str_at(&[key]).unwrap_or_default();
        let is = |id: &&ObjectId| {
            id.kind.kind == text("kind")
                && id.name == text("name")
                && id.namespace == text("namespace")
        };
        found.extend(place.view.notes.keys().find(is).cloned());
    }
    found
}
