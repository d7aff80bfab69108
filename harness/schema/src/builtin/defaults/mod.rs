//! Defaults that are code in Kubernetes (`pkg/apis/*/*/defaults.go`).

mod access;
mod cluster;
mod network;
mod pod;
mod storage;
mod workloads;

use objects::{Gvk, Object, Value};

/// Fills in the defaults of the object's kind, as the server's code does.
///
/// The object must be decoded ([`crate::decode::decode`]). Not here: what needs
/// ids, allocation or admission (cluster addresses, a Job's selector, tolerations).
pub fn default(object: &mut Value) {
    let gvk = Object(object.clone()).gvk();
    let Gvk { group, version, kind } = &gvk;
    match group.as_str() {
        "" => core(kind, object),
        "apps" => workloads::apps(kind, object),
        "batch" => workloads::batch(kind, object),
        "autoscaling" => workloads::autoscaler(version, kind, object),
        "networking.k8s.io" => network::networking(kind, object),
        "discovery.k8s.io" => network::endpoint_slice(object),
        "rbac.authorization.k8s.io" => access::binding(object),
        "admissionregistration.k8s.io" => access::admission(kind, object),
        "storage.k8s.io" => storage::classes(kind, object),
        "scheduling.k8s.io" => cluster::priority_class(kind, object),
        "apiextensions.k8s.io" => cluster::definition(kind, object),
        "apiregistration.k8s.io" => cluster::api_service(object),
        "flowcontrol.apiserver.k8s.io" => cluster::flow_control(kind, object),
        _ => {}
    }
}

fn core(kind: &str, object: &mut Value) {
    match kind {
        "Pod" => pod::pod(object),
        "PodTemplate" => pod::template(object, "template"),
        "ReplicationController" => workloads::replication_controller(object),
        "Service" => network::service(object),
        "Endpoints" => network::endpoints(object),
        "Secret" => cluster::secret(object),
        "Namespace" => cluster::namespace(object),
        "LimitRange" => cluster::limit_range(object),
        "PersistentVolume" => storage::volume(object),
        "PersistentVolumeClaim" => storage::claim(object),
        _ => {}
    }
}
