//! Stages and order of applying.
//!
//! Rules from fluxcd/pkg: ssa/sort and the stages of kustomize-controller.

use objects::{Gvk, Object, ObjectId};

/// Kinds in the order they are applied; others come after `PodDisruptionBudget`.
const FIRST: [&str; 23] = [
    "CustomResourceDefinition",
    "Namespace",
    "ClusterRole",
    "ClusterClass",
    "RuntimeClass",
    "PriorityClass",
    "StorageClass",
    "VolumeSnapshotClass",
    "IngressClass",
    "GatewayClass",
    "ClusterRoleBinding",
    "ResourceQuota",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "ConfigMap",
    "Secret",
    "Service",
    "LimitRange",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// The key that objects are sorted by.
pub(crate) fn sort_key(id: &ObjectId) -> (usize, &str, &str, &str, &str) {
    let kind = id.kind.kind.as_str();
    let first = FIRST.iter().position(|known| *known == kind);
    let last = LAST.iter().position(|known| *known == kind);
    let rank = first.or(last.map(|at| FIRST.len() + 1 + at)).unwrap_or(FIRST.len());
    (rank, &id.kind.group, kind, &id.namespace, &id.name)
}

/// The stage of an object: 0 definitions, 1 classes, 2 the rest.
fn stage(gvk: &Gvk) -> usize {
    let definition = matches!(
        (gvk.group.as_str(), gvk.kind.as_str()),
        ("apiextensions.k8s.io", "CustomResourceDefinition")
            | ("", "Namespace")
            | ("rbac.authorization.k8s.io", "ClusterRole")
    );
    match gvk.kind.as_str() {
        _ if definition => 0,
        kind if kind.ends_with("Class") => 1,
        _ => 2,
    }
}

/// The objects of each stage, sorted.
pub(super) fn stages(objects: Vec<Object>) -> [Vec<Object>; 3] {
    let mut stages: [Vec<(ObjectId, Object)>; 3] = Default::default();
    for object in objects {
        let stage = stage(&object.gvk());
        stages[stage].push((object.id(), object));
    }
    stages.map(|mut stage| {
        stage.sort_by(|(a, _), (b, _)| sort_key(a).cmp(&sort_key(b)));
        stage.into_iter().map(|(_, object)| object).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_come_first_webhooks_last_and_unknown_kinds_between() {
        let object = |api: &str, kind: &str, name: &str| {
            let mut object = Object::default();
            object.set(&["apiVersion"], api);
            object.set(&["kind"], kind);
            object.set(&["metadata", "name"], name);
            object
        };
        let sorted = stages(vec![
            object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "w"),
            object("example.com/v1", "Gadget", "g"),
            object("apps/v1", "Deployment", "d"),
            object("v1", "ConfigMap", "b"),
            object("v1", "ConfigMap", "a"),
            object("storage.k8s.io/v1", "StorageClass", "s"),
            object("v1", "Namespace", "n"),
        ]);
        let names: Vec<Vec<&str>> =
            sorted.iter().map(|stage| stage.iter().map(Object::name).collect()).collect();
        assert_eq!(names, [vec!["n"], vec!["s"], vec!["a", "b", "d", "g", "w"]]);
    }
}
