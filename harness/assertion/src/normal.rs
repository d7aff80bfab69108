//! Objects without what differs from run to run: uids, times, versions and traces
//! of writing; and which objects count at all.

use std::sync::Arc;

use objects::{Map, Object, ObjectId, Value};

/// The traces of writing in `metadata`.
const TRACES: [&str; 6] =
    ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink"];

/// Annotations that only say when somebody asked for something.
const REQUESTS: [&str; 3] = [
    "reconcile.fluxcd.io/requestedAt",
    "reconcile.fluxcd.io/forceAt",
    "kubectl.kubernetes.io/restartedAt",
];

/// What a relation or a snapshot leaves out beside the traces of writing.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Without {
    pub(crate) revisions: bool,
    pub(crate) history: bool,
    pub(crate) status: bool,
    /// Where a cluster is synced from: branch, path and URL of Flux's own objects.
    pub(crate) origin: bool,
}

/// What is wanted of an object: everything but status and the traces of writing.
pub(crate) fn wanted(object: &Object) -> Value {
    let mut value = object.0.clone();
    value.remove(&["status"]);
    strip_traces(&mut value);
    value
}

fn strip_traces(value: &mut Value) {
    for trace in TRACES {
        value.remove(&["metadata", trace]);
    }
}

/// An object as it can be compared with another, or kept in a snapshot.
pub(crate) fn normal(object: &Object, without: Without) -> Value {
    let mut value = object.0.clone();
    strip_traces(&mut value);
    for annotation in REQUESTS {
        value.remove(&["metadata", "annotations", annotation]);
    }
    if let Some(owners) = value.at(&["metadata", "ownerReferences"]).and_then(Value::as_list) {
        let owners: Vec<Value> = owners.iter().cloned().map(without_uid).collect();
        value.set(&["metadata", "ownerReferences"], owners);
    }
    strip_allocated(&mut value, object);
    if without.status {
        value.remove(&["status"]);
    } else if let Some(status) = value.at(&["status"]) {
        let status = scrub_status(status.clone(), without);
        value.set(&["status"], status);
    }
    if without.revisions {
        value.remove(&["metadata", "annotations", "deployment.kubernetes.io/revision"]);
    }
    if without.origin {
        strip_origin(&mut value, object);
    }
    drop_empty_annotations(&mut value);
    value
}

/// Addresses that the API gives to Services in the order in which they come.
fn strip_allocated(value: &mut Value, object: &Object) {
    let headless = object.str_at(&["spec", "clusterIP"]) == Some("None");
    if object.kind() == "Service" && !headless {
        for field in ["clusterIP", "clusterIPs", "healthCheckNodePort"] {
            value.remove(&["spec", field]);
        }
    }
}

fn without_uid(mut owner: Value) -> Value {
    owner.remove(&["uid"]);
    owner
}

fn drop_empty_annotations(value: &mut Value) {
    let empty =
        value.at(&["metadata", "annotations"]).and_then(Value::as_map).is_some_and(Map::is_empty);
    if empty {
        value.remove(&["metadata", "annotations"]);
    }
}

fn strip_origin(value: &mut Value, object: &Object) {
    if object.gvk().group.ends_with("toolkit.fluxcd.io") {
        for field in ["ref", "path", "url"] {
            value.remove(&["spec", field]);
        }
    }
}

fn scrub_status(mut status: Value, without: Without) -> Value {
    status.remove(&["observedGeneration"]);
    status.remove(&["lastHandledReconcileAt"]);
    if without.history {
        status.remove(&["history"]);
    }
    if without.revisions {
        for field in [
            "lastAppliedRevision",
            "lastAttemptedRevision",
            "artifact",
            "includedArtifacts",
            "lastAttemptedConfigDigest",
            "lastAttemptedGeneration",
            "lastAppliedOriginRevision",
        ] {
            status.remove(&[field]);
        }
    }
    scrub(&status, without.revisions || without.origin)
}

/// Times become `<time>`, and revisions `<revision>` where asked.
fn scrub(value: &Value, revisions: bool) -> Value {
    match value {
        Value::String(text) => scrub_text(text, revisions),
        Value::List(items) => items.iter().map(|item| scrub(item, revisions)).collect(),
        Value::Map(map) => {
            let kept = map.iter().filter(|(key, _)| &***key != "observedGeneration");
            kept.map(|(key, item)| (key.clone(), scrub(item, revisions))).collect::<Map>().into()
        }
        plain => plain.clone(),
    }
}

fn scrub_text(text: &Arc<str>, revisions: bool) -> Value {
    if text.len() >= 20 && text.as_bytes()[4] == b'-' && clock::Moment::parse(text).is_some() {
        return Value::from("<time>");
    }
    if !revisions || !text.contains("sha1:") {
        return Value::String(text.clone());
    }
    let words =
        text.split(' ').map(|word| if word.contains("sha1:") { "<revision>" } else { word });
    Value::from(words.collect::<Vec<_>>().join(" "))
}

/// Whether an object counts in relations, lists and snapshots: not what a controller
/// owns, not events, leases, endpoints, or the storage of Helm.
pub(crate) fn counts(id: &ObjectId, object: &Object) -> bool {
    let kind = id.kind.kind.as_str();
    let noise =
        ["Event", "Lease", "EndpointSlice", "Endpoints", "ControllerRevision"].contains(&kind);
    let storage = kind == "Secret" && object.str_at(&["type"]) == Some("helm.sh/release.v1");
    let own = (kind == "ConfigMap" && id.name == "kube-root-ca.crt")
        || (kind == "ServiceAccount" && id.name == "default");
    !noise && !storage && !own && !is_controlled(object)
}

fn is_controlled(object: &Object) -> bool {
    let owners = object.list_at(&["metadata", "ownerReferences"]);
    owners.iter().any(|owner| owner.bool_at(&["controller"]) == Some(true))
}
