//! Rules that are code in Kubernetes (`pkg/apis/*/validation`).

mod access;
mod checks;
mod config;
mod cron;
mod go_dump;
mod network;
mod pod;
mod storage;
mod workloads;

use objects::{Object, Value};

use crate::Cause;

pub use crate::meta::validate_meta;

/// Causes as they are found.
type Out = Vec<Cause>;

/// Every rule that an object breaks (or that a change from `old` breaks), in the server's order.
/// The object must be decoded and have its defaults.
#[must_use]
pub fn validate(object: &Value, old: Option<&Value>) -> Vec<Cause> {
    let mut out = validate_meta(object, old);
    let gvk = Object(object.clone()).gvk();
    // These kinds judge the whole object again when it changes.
    const AGAIN: &[&str] = &[
        "ConfigMap",
        "Secret",
        "Service",
        "PersistentVolumeClaim",
        "ServiceAccount",
        "ResourceQuota",
    ];
    if old.is_some() && gvk.group.is_empty() && AGAIN.contains(&gvk.kind.as_str()) {
        let meta = object.get("metadata").cloned().unwrap_or_default();
        crate::meta::parts(&meta, &mut out);
        if gvk.kind == "ConfigMap" {
            crate::meta::parts(&meta, &mut out);
        }
    }
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            return crate::crd::validate_definition(object, old);
        }
        ("", kind) => core(kind, object, old, &mut out),
        ("apps", kind) => apps(kind, object, old, &mut out),
        (_, kind) => others(kind, object, old, &mut out),
    }
    out
}

fn core(kind: &str, object: &Value, old: Option<&Value>, out: &mut Out) {
    match kind {
        "ConfigMap" => config::config_map(object, old, out),
        "Secret" => config::secret(object, old, out),
        "Pod" => pod::pod(object, old, out),
        "Service" => network::service(object, old, out),
        "Namespace" => access::namespace(object, out),
        "Event" => access::event(object, out),
        "PersistentVolumeClaim" => storage::claim(object, old, out),
        "PersistentVolume" => storage::volume(object, out),
        "ResourceQuota" => storage::quota(object, out),
        _ => {}
    }
}

fn apps(kind: &str, object: &Value, old: Option<&Value>, out: &mut Out) {
    match kind {
        "Deployment" => workloads::deployment(object, old, out),
        "ReplicaSet" => workloads::replica_set(object, old, out),
        "DaemonSet" => workloads::daemon_set(object, old, out),
        "StatefulSet" => workloads::stateful_set(object, old, out),
        _ => {}
    }
}

fn others(kind: &str, object: &Value, old: Option<&Value>, out: &mut Out) {
    match kind {
        "Job" => workloads::job(object, old, out),
        "CronJob" => workloads::cron_job(object, old, out),
        "HorizontalPodAutoscaler" => workloads::autoscaler(object, out),
        "PodDisruptionBudget" => workloads::budget(object, out),
        "Ingress" => network::ingress(object, old, out),
        "IngressClass" => network::ingress_class(object, old, out),
        "NetworkPolicy" => network::network_policy(object, out),
        "EndpointSlice" => network::endpoint_slice(object, out),
        "StorageClass" => storage::class(object, old, out),
        "PriorityClass" => storage::priority_class(object, old, out),
        "RoleBinding" => access::binding(object, old, false, out),
        "ClusterRoleBinding" => access::binding(object, old, true, out),
        "Role" | "ClusterRole" => access::role(object, out),
        "CertificateSigningRequest" => access::signing_request(object, old, out),
        "RuntimeClass" => access::runtime_class(object, old, out),
        "ValidatingAdmissionPolicy" => access::admission_policy(object, out),
        _ => {}
    }
}

/// Field paths that writes to a kind's main resource (`subresource` empty) or to a
/// subresource never own; see `reset` of [`crate::apply::Write`].
#[must_use]
pub fn reset_fields(kind: &objects::Gvk, subresource: &str) -> &'static [&'static [&'static str]] {
    let _ = kind;
    match subresource {
        "" => &[&["status"]],
        "status" => &[&["spec"]],
        _ => &[],
    }
}
