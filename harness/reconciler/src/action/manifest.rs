//! Manifests as text: split into documents, and put in the order in which kinds are deleted.
//!
//! Rules from helm/helm: pkg/release/v1/util (manifest, manifest_sorter, kind_sorter).

use objects::{Object, Value};

/// The order in which kinds are deleted.
const UNINSTALL: [&str; 38] = [
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
];

/// The documents of a manifest, each without the line that parts it from the one before.
pub(crate) fn documents(manifest: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in manifest.split_inclusive('\n') {
        if let Some(rest) = line.strip_prefix("---") {
            found.push(&manifest[start..at]);
            let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            start = at + 3 + blank;
        }
        at += line.len();
    }
    found.push(&manifest[start..]);
    let filled = found.into_iter().filter(|text| !text.trim().is_empty());
    filled.map(str::trim_start).collect()
}

/// Documents with their objects, in the order in which they are deleted; equal kinds keep theirs.
pub(super) fn to_uninstall(manifest: &str) -> Vec<(Object, &str)> {
    let mut numbered: Vec<(String, &str)> = documents(manifest)
        .into_iter()
        .enumerate()
        .map(|(at, text)| (at.to_string(), text))
        .collect();
    numbered.sort();
    let mut all: Vec<(Object, &str)> =
        numbered.into_iter().map(|(_, text)| (head(text), text)).collect();
    all.sort_by_key(|(object, _)| key(object.kind()));
    all
}

fn head(text: &str) -> Object {
    let read = objects::load_yaml(text, yaml::Schema::Yaml11).unwrap_or_default();
    Object(read.into_iter().next().unwrap_or(Value::Null))
}

/// Known kinds in their order, then the others by name.
fn key(kind: &str) -> (usize, String) {
    match UNINSTALL.iter().position(|known| *known == kind) {
        Some(rank) => (rank, String::new()),
        None => (UNINSTALL.len(), kind.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_parted_by_lines_of_dashes() {
        let text = "---\n# Source: a\nkind: A\n---   \nkind: B\n--- kind: C\n\n---\n\n";
        assert_eq!(documents(text), ["# Source: a\nkind: A\n", "kind: B\n", "kind: C\n\n"]);
        assert!(documents("").is_empty());
    }

    #[test]
    fn kinds_go_in_helms_order_and_unknown_ones_last() {
        let text = "kind: Zebra\n---\nkind: Namespace\n---\nkind: Deployment\n---\nkind: Apple\n";
        let kinds: Vec<String> =
            to_uninstall(text).iter().map(|(object, _)| object.kind().to_owned()).collect();
        assert_eq!(kinds, ["Deployment", "Namespace", "Apple", "Zebra"]);
    }
}
