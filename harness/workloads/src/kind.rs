//! The kinds that controllers know, and keys of objects.

use std::sync::Arc;

use objects::{Gvk, Object};

/// A kind with a controller here, or any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Claim,
    CronJob,
    DaemonSet,
    Deployment,
    Budget,
    Endpoints,
    EndpointSlice,
    Event,
    Autoscaler,
    Ingress,
    Job,
    Namespace,
    Node,
    Pod,
    ReplicaSet,
    Revision,
    Service,
    StatefulSet,
    StorageClass,
    Volume,
    Foreign,
}

const KNOWN: [(Kind, &str, &str, &str); 20] = [
    (Kind::Claim, "", "v1", "PersistentVolumeClaim"),
    (Kind::CronJob, "batch", "v1", "CronJob"),
    (Kind::DaemonSet, "apps", "v1", "DaemonSet"),
    (Kind::Deployment, "apps", "v1", "Deployment"),
    (Kind::Budget, "policy", "v1", "PodDisruptionBudget"),
    (Kind::Endpoints, "", "v1", "Endpoints"),
    (Kind::EndpointSlice, "discovery.k8s.io", "v1", "EndpointSlice"),
    (Kind::Event, "", "v1", "Event"),
    (Kind::Autoscaler, "autoscaling", "v2", "HorizontalPodAutoscaler"),
    (Kind::Ingress, "networking.k8s.io", "v1", "Ingress"),
    (Kind::Job, "batch", "v1", "Job"),
    (Kind::Namespace, "", "v1", "Namespace"),
    (Kind::Node, "", "v1", "Node"),
    (Kind::Pod, "", "v1", "Pod"),
    (Kind::ReplicaSet, "apps", "v1", "ReplicaSet"),
    (Kind::Revision, "apps", "v1", "ControllerRevision"),
    (Kind::Service, "", "v1", "Service"),
    (Kind::StatefulSet, "apps", "v1", "StatefulSet"),
    (Kind::StorageClass, "storage.k8s.io", "v1", "StorageClass"),
    (Kind::Volume, "", "v1", "PersistentVolume"),
];

impl Kind {
    /// The kind of an object.
    pub(crate) fn of(object: &Object) -> Self {
        Self::named(object.api_version(), object.kind())
    }

    /// The kind of a reference.
    pub(crate) fn named(api_version: &str, kind: &str) -> Self {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let known = KNOWN.iter().find(|(_, g, _, k)| *g == group && *k == kind);
        known.map_or(Self::Foreign, |(kind, ..)| *kind)
    }

    /// Group, version and kind (of a built-in kind).
    pub(crate) fn gvk(self) -> Gvk {
        let known = KNOWN.iter().find(|(kind, ..)| *kind == self);
        known.map_or_else(Gvk::default, |(_, group, version, kind)| Gvk::new(group, version, kind))
    }
}

/// Which object, among those of one kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) namespace: Arc<str>,
    pub(crate) name: Arc<str>,
}

impl Key {
    pub(crate) fn new(namespace: &str, name: &str) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    pub(crate) fn of(object: &Object) -> Self {
        Self::new(object.namespace(), object.name())
    }
}
