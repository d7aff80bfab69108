//! How the kinds differ in metadata and status, as data.
//!
//! Source: recorded answers of kube-apiserver 1.36 (generation and status rules).

use objects::GroupKind;

/// When `metadata.generation` grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generation {
    /// It is never set.
    Never,
    /// 1 at creation, then with every change beside metadata and status.
    Spec,
    /// The same, and with changes of annotations (Deployment).
    SpecOrAnnotations,
    /// The same as `Spec`, and with changes of labels and annotations (EndpointSlice).
    SpecOrLabels,
    /// Absent at creation, then as `Spec` (CSIDriver).
    Later,
    /// 1 at creation and for ever (PriorityClass).
    Once,
}

/// The rules of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) generation: Generation,
    /// A PUT of a missing object makes it.
    pub(crate) create_on_update: bool,
    /// A delete answers with the object instead of a Status.
    pub(crate) delete_returns_object: bool,
    /// An update must name the version it changes.
    pub(crate) needs_version: bool,
    /// Labels sent to `/status` are dropped.
    pub(crate) status_drops_labels: bool,
}

impl Rules {
    /// Of custom kinds.
    pub(crate) const CUSTOM: Self = Self {
        generation: Generation::Spec,
        create_on_update: false,
        delete_returns_object: false,
        needs_version: true,
        status_drops_labels: false,
    };

    /// Of a built-in kind.
    pub(crate) fn of(store: &GroupKind) -> Self {
        let kind = store.kind.as_str();
        Self {
            generation: generation(kind),
            create_on_update: matches!(
                kind,
                "Lease"
                    | "Endpoints"
                    | "LimitRange"
                    | "Event"
                    | "Service"
                    | "Role"
                    | "RoleBinding"
                    | "ClusterRole"
                    | "ClusterRoleBinding"
            ),
            delete_returns_object: matches!(
                kind,
                "Pod"
                    | "Service"
                    | "ServiceAccount"
                    | "PersistentVolumeClaim"
                    | "PersistentVolume"
                    | "PodTemplate"
                    | "ReplicationController"
                    | "ResourceQuota"
                    | "StorageClass"
                    | "CSIDriver"
                    | "CSINode"
                    | "VolumeAttachment"
                    | "CSIStorageCapacity"
                    | "PodSecurityPolicy"
            ),
            needs_version: matches!(
                kind,
                "CustomResourceDefinition"
                    | "APIService"
                    | "CSIDriver"
                    | "CSINode"
                    | "CSIStorageCapacity"
                    | "Lease"
                    | "MutatingAdmissionPolicy"
                    | "MutatingAdmissionPolicyBinding"
                    | "MutatingWebhookConfiguration"
                    | "PodDisruptionBudget"
                    | "RuntimeClass"
                    | "ValidatingAdmissionPolicy"
                    | "ValidatingAdmissionPolicyBinding"
                    | "ValidatingWebhookConfiguration"
            ),
            status_drops_labels: kind == "Deployment",
        }
    }
}

fn generation(kind: &str) -> Generation {
    match kind {
        "Deployment" => Generation::SpecOrAnnotations,
        "EndpointSlice" => Generation::SpecOrLabels,
        "CSIDriver" => Generation::Later,
        "PriorityClass" => Generation::Once,
        "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "ReplicationController"
        | "Job"
        | "CronJob"
        | "Pod"
        | "Ingress"
        | "IngressClass"
        | "NetworkPolicy"
        | "PodDisruptionBudget"
        | "PodTemplate"
        | "CustomResourceDefinition"
        | "MutatingWebhookConfiguration"
        | "ValidatingWebhookConfiguration"
        | "ValidatingAdmissionPolicy"
        | "ValidatingAdmissionPolicyBinding"
        | "MutatingAdmissionPolicy"
        | "FlowSchema"
        | "MutatingAdmissionPolicyBinding"
        | "PriorityLevelConfiguration" => Generation::Spec,
        _ => Generation::Never,
    }
}
