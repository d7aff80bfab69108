//! Which Kustomizations a change of something else starts.
//!
//! Rules from fluxcd/kustomize-controller: kustomization_indexers, and fluxcd/pkg:
//! runtime/dependency (sorted by dependsOn; a cycle drops the whole batch).

use std::collections::BTreeMap;

use flux::{Artifact, Conditions, FluxKind, Kustomization};
use objects::{Object, Value};

use crate::queue::Name;
use crate::world::World;

/// The Kustomizations that a new revision of a source starts, dependencies first.
pub(crate) fn stirred_by_source(world: &World, kind: FluxKind, source: &Object) -> Vec<Name> {
    let Some(artifact) = Artifact::of(source) else { return Vec::new() };
    let informers = world.informers.borrow();
    let refers = |object: &&Object| {
        let reference = Kustomization((*object).clone()).source();
        reference.name == source.name()
            && reference.namespace == source.namespace()
            && reference.flux_kind() == Some(kind)
    };
    let stirred = informers
        .list(FluxKind::Kustomization)
        .filter(refers)
        .filter(|object| !has_attempted(object, &artifact.revision));
    let batch: BTreeMap<Name, Vec<Name>> =
        stirred.map(|object| (name_of(object), dependencies(object))).collect();
    sorted(&batch)
}

fn has_attempted(object: &Object, revision: &str) -> bool {
    let conditions = Conditions::of(object, String::new());
    let busy = conditions.is_ready()
        || (conditions.is_true("Reconciling") && !conditions.is_true("Stalled"));
    busy && object.str_at(&["status", "lastAttemptedRevision"]) == Some(revision)
}

fn name_of(object: &Object) -> Name {
    (object.namespace().to_owned(), object.name().to_owned())
}

fn dependencies(object: &Object) -> Vec<Name> {
    let depends = Kustomization(object.clone()).depends_on();
    depends.into_iter().map(|dependency| (dependency.namespace, dependency.name)).collect()
}

/// Dependencies before dependents; nothing at all if there is a cycle.
fn sorted(batch: &BTreeMap<Name, Vec<Name>>) -> Vec<Name> {
    let mut left: BTreeMap<&Name, usize> = BTreeMap::new();
    let mut dependents: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
    for (name, needs) in batch {
        let inside = needs.iter().filter(|need| batch.contains_key(*need));
        left.insert(name, inside.clone().count());
        inside.for_each(|need| dependents.entry(need).or_default().push(name));
    }
    let mut order: Vec<Name> = Vec::new();
    let mut free: Vec<&Name> =
        left.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    while !free.is_empty() {
        let mut next = Vec::new();
        for name in free {
            order.push(name.clone());
            for dependent in dependents.get(name).into_iter().flatten() {
                if let Some(count) = left.get_mut(dependent) {
                    *count -= 1;
                    if *count == 0 {
                        next.push(*dependent);
                    }
                }
            }
        }
        free = next;
    }
    if order.len() == batch.len() { order } else { Vec::new() }
}

/// The Kustomizations that a watched ConfigMap or Secret starts.
pub(crate) fn stirred_by_config(world: &World, config: &Object) -> Vec<Name> {
    let informers = world.informers.borrow();
    let kustomizations = informers.list(FluxKind::Kustomization);
    let stirred = kustomizations
        .filter(|object| object.namespace() == config.namespace() && refers_to(object, config));
    stirred.map(name_of).collect()
}

fn refers_to(object: &Object, config: &Object) -> bool {
    let (kind, name) = (config.kind(), Some(config.name()));
    let substitutes = object.list_at(&["spec", "postBuild", "substituteFrom"]).iter();
    let by_substitute =
        |entry: &Value| entry.str_at(&["kind"]) == Some(kind) && entry.str_at(&["name"]) == name;
    let secrets: [&[&str]; 2] = [
        &["spec", "decryption", "secretRef", "name"],
        &["spec", "kubeConfig", "secretRef", "name"],
    ];
    let by_secret = kind == "Secret" && secrets.iter().any(|path| object.str_at(path) == name);
    let config_map = object.str_at(&["spec", "kubeConfig", "configMapRef", "name"]) == name;
    substitutes.clone().any(by_substitute) || by_secret || (kind == "ConfigMap" && config_map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_go_first_and_a_cycle_drops_all() {
        let name = |text: &str| ("n".to_owned(), text.to_owned());
        let batch = |pairs: &[(&str, &[&str])]| {
            let entry = |(own, needs): &(&str, &[&str])| {
                (name(own), needs.iter().map(|need| name(need)).collect())
            };
            sorted(&pairs.iter().map(entry).collect())
        };
        let order = batch(&[("a", &["c"]), ("b", &[]), ("c", &["b", "outside"])]);
        assert_eq!(order, [name("b"), name("c"), name("a")]);
        assert!(batch(&[("a", &["b"]), ("b", &["a"]), ("c", &[])]).is_empty());
    }
}
