//! How cases name objects: `Kind/namespace/name`, `Kind/name`, `apiVersion:Kind/…`.

use flux::FluxKind;
use objects::{Gvk, ObjectId};

/// The object that a text names; the version is empty unless written.
pub(crate) fn parse(text: &str) -> Option<(Gvk, ObjectId)> {
    let (api, rest) = match text.split_once(':') {
        Some((api, rest)) if !api.contains('/') || rest.contains('/') => (Some(api), rest),
        _ => (None, text),
    };
    let mut parts = rest.split('/');
    let kind = parts.next()?;
    let (first, second) = (parts.next()?, parts.next());
    let (namespace, name) = second.map_or(("", first), |name| (first, name));
    let gvk = match api {
        Some(api) => Gvk::from_api_version(api, kind),
        None => Gvk::new(group_of(kind), "", kind),
    };
    let id =
        ObjectId { kind: gvk.group_kind(), namespace: namespace.to_owned(), name: name.to_owned() };
    Some((gvk, id))
}

fn group_of(kind: &str) -> &'static str {
    if let Some(known) = FluxKind::ALL.into_iter().find(|known| known.kind() == kind) {
        return known.group();
    }
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => "apps",
        "Job" | "CronJob" => "batch",
        "CustomResourceDefinition" => "apiextensions.k8s.io",
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" => {
            "rbac.authorization.k8s.io"
        }
        "Ingress" | "NetworkPolicy" | "IngressClass" => "networking.k8s.io",
        "StorageClass" => "storage.k8s.io",
        "HorizontalPodAutoscaler" => "autoscaling",
        "PodDisruptionBudget" => "policy",
        "PriorityClass" => "scheduling.k8s.io",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_name_objects() {
        let read = |text| {
            let (gvk, id) = parse(text).unwrap();
            (gvk.group, gvk.version, id.to_string())
        };
        let own = |group: &str, version: &str, id: &str| {
            (group.to_owned(), version.to_owned(), id.to_owned())
        };
        assert_eq!(
            read("Kustomization/a/b"),
            own("kustomize.toolkit.fluxcd.io", "", "Kustomization/a/b")
        );
        assert_eq!(read("Namespace/a"), own("", "", "Namespace/a"));
        assert_eq!(read("x.io/v1:Backup/a/b"), own("x.io", "v1", "Backup/a/b"));
        assert!(parse("Kind").is_none());
    }
}
