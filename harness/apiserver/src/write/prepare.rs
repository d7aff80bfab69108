//! What the server itself writes into objects: system fields, generation, what
//! a write may not touch.

use objects::{Object, Value};

use crate::catalogue::{Generation, Kind};
use crate::context::Context;
use crate::state::State;

/// Prepares a new object.
pub(crate) fn create(state: &mut State, context: &Context, kind: &Kind, object: &mut Object) {
    for field in ["resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"]
    {
        object.remove(&["metadata", field]);
    }
    object.set(&["metadata", "uid"], state.uids.uid());
    object.set(&["metadata", "creationTimestamp"], context.time());
    if !matches!(kind.rules.generation, Generation::Never | Generation::Later) {
        object.set(&["metadata", "generation"], 1);
    } else if kind.rules.generation == Generation::Later {
        object.remove(&["metadata", "generation"]);
    }
    if kind.has_status() {
        if kind.is_custom() {
            object.remove(&["status"]);
        } else {
            fresh_status(context, kind, object);
        }
    }
    if !kind.is_custom() {
        super::kinds::create(object);
    }
}

/// The status that a kind has at creation, whatever was sent.
fn fresh_status(context: &Context, kind: &Kind, object: &mut Object) {
    let zero = |names: &[&str]| -> Value {
        names.iter().map(|n| (*n, Value::Int(0))).collect::<objects::Map>().into()
    };
    let status = match kind.gvk.kind.as_str() {
        "StatefulSet" => zero(&["availableReplicas", "replicas"]),
        "DaemonSet" => zero(&[
            "currentNumberScheduled",
            "desiredNumberScheduled",
            "numberMisscheduled",
            "numberReady",
        ]),
        "ReplicaSet" | "ReplicationController" => zero(&["replicas"]),
        "PodDisruptionBudget" => {
            zero(&["currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"])
        }
        "Service" | "Ingress" => Value::from([("loadBalancer", Value::map())]),
        "Namespace" => Value::from([("phase", "Active")]),
        "PersistentVolumeClaim" => Value::from([("phase", "Pending")]),
        "PersistentVolume" => Value::from([
            ("lastPhaseTransitionTime", context.time()),
            ("phase", "Pending".to_owned()),
        ]),
        "Pod" => Value::from([("phase", "Pending"), ("qosClass", quality(object))]),
        "HorizontalPodAutoscaler" if kind.gvk.version == "v1" => {
            zero(&["currentReplicas", "desiredReplicas"])
        }
        "HorizontalPodAutoscaler" => {
            Value::from([("currentMetrics", Value::Null), ("desiredReplicas", Value::Int(0))])
        }
        "CustomResourceDefinition" => fresh_definition(object),
        "VolumeAttachment" => Value::from([("attached", false)]),
        "Node" | "APIService" | "FlowSchema" | "PriorityLevelConfiguration" | "CSIDriver" => {
            object.at(&["status"]).cloned().unwrap_or_else(Value::map)
        }
        "ServiceCIDR" | "IPAddress" => Value::map(),
        _ => Value::map(),
    };
    object.set(&["status"], status);
}

fn fresh_definition(object: &Object) -> Value {
    let versions = object.list_at(&["spec", "versions"]);
    let stored = versions.iter().filter(|version| version.bool_at(&["storage"]) == Some(true));
    let stored: Value = stored.filter_map(|version| version.get("name").cloned()).collect();
    Value::from([
        ("acceptedNames", Value::from([("kind", ""), ("plural", "")])),
        ("conditions", Value::Null),
        ("storedVersions", stored),
    ])
}

/// Quality of service (kubernetes `pkg/apis/core/v1/helper/qos`).
pub(crate) fn quality(pod: &Value) -> &'static str {
    let lists = ["initContainers", "containers"].map(|list| pod.list_at(&["spec", list]));
    let containers: Vec<&Value> = lists.into_iter().flatten().collect();
    let amount = |container: &Value, side: &str, name: &str| -> Option<String> {
        let value = container.at(&["resources", side, name])?;
        let text = value.as_str().map_or_else(|| objects::to_json(value), str::to_owned);
        (text != "0").then_some(text)
    };
    let mut any = false;
    let mut guaranteed = true;
    for container in &containers {
        for name in ["cpu", "memory"] {
            let (request, limit) =
                (amount(container, "requests", name), amount(container, "limits", name));
            any |= request.is_some() || limit.is_some();
            guaranteed &= limit.is_some() && (request.is_none() || request == limit);
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

/// Prepares a changed object: restores what this write may not touch.
pub(crate) fn change(kind: &Kind, sub: &str, old: &Object, new: &mut Object) {
    for field in ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] {
        let known = old.at(&["metadata", field]);
        let given = new.at(&["metadata", field]).is_some_and(|value| !value.is_null());
        let keep = match field {
            "creationTimestamp" => true,
            _ => !given,
        };
        if keep {
            restore(new, &["metadata", field], known.cloned());
        }
    }
    restore(new, &["metadata", "generation"], old.at(&["metadata", "generation"]).cloned());
    new.remove(&["metadata", "selfLink"]);
    if sub == "resize" || sub == "ephemeralcontainers" {
        *new = part_of_pod(sub, old, new);
    }
    match sub {
        "" | "scale" | "resize" | "ephemeralcontainers" if kind.has_status() => {
            restore(new, &["status"], old.get("status").cloned());
        }
        "status" | "approval" => keep_all_but_status(kind, old, new),
        _ => {}
    }
    if sub.is_empty() && !kind.is_custom() {
        super::kinds::change(old, new);
    }
    if sub.is_empty() || sub == "scale" || sub == "resize" {
        raise_generation(kind, old, new);
    }
}

/// The old pod with what a subresource may change: resources, or ephemeral containers.
fn part_of_pod(sub: &str, old: &Object, new: &Object) -> Object {
    let mut kept = old.clone();
    for field in ["managedFields", "resourceVersion"] {
        restore(&mut kept, &["metadata", field], new.at(&["metadata", field]).cloned());
    }
    if sub == "ephemeralcontainers" {
        let path = ["spec", "ephemeralContainers"];
        restore(&mut kept, &path, new.at(&path).cloned());
        return kept;
    }
    for list in ["initContainers", "containers"] {
        let mut containers = kept.list_at(&["spec", list]).to_vec();
        for container in &mut containers {
            let same = |other: &&Value| other.get("name") == container.get("name");
            let resources = new.list_at(&["spec", list]).iter().find(same);
            if let Some(resources) = resources.and_then(|other| other.get("resources")) {
                container.set(&["resources"], resources.clone());
            }
        }
        if !containers.is_empty() {
            kept.set(&["spec", list], containers);
        }
    }
    kept
}

fn restore(object: &mut Object, path: &[&str], value: Option<Value>) {
    match value {
        Some(value) => {
            if object.at(path) != Some(&value) {
                object.set(path, value);
            }
        }
        None => {
            object.remove(path);
        }
    }
}

/// Writes to `/status` change the status, and most kinds' metadata.
fn keep_all_but_status(kind: &Kind, old: &Object, new: &mut Object) {
    let mut kept = old.0.clone();
    restore_value(&mut kept, "status", new.get("status").cloned());
    if kind.is_custom() {
        let managed = new.at(&["metadata", "managedFields"]).cloned();
        let version = new.at(&["metadata", "resourceVersion"]).cloned();
        let mut object = Object(kept);
        restore(&mut object, &["metadata", "managedFields"], managed);
        restore(&mut object, &["metadata", "resourceVersion"], version);
        *new = object;
        return;
    }
    let mut metadata = new.at(&["metadata"]).cloned().unwrap_or_default();
    if kind.rules.status_drops_labels {
        restore_value(&mut metadata, "labels", old.at(&["metadata", "labels"]).cloned());
    }
    kept.set(&["metadata"], metadata);
    *new = Object(kept);
}

fn restore_value(object: &mut Value, key: &str, value: Option<Value>) {
    match value {
        Some(value) => object.set(&[key], value),
        None => {
            object.remove(&[key]);
        }
    }
}

fn raise_generation(kind: &Kind, old: &Object, new: &mut Object) {
    let meta_differs = |field: &str| {
        let empty = |value: Option<&Value>| {
            value.is_none_or(|value| value.as_map().is_some_and(objects::Map::is_empty))
        };
        let (a, b) = (old.at(&["metadata", field]), new.at(&["metadata", field]));
        a != b && !(empty(a) && empty(b))
    };
    let grows = match kind.rules.generation {
        Generation::Never | Generation::Once => false,
        Generation::Spec | Generation::Later => body_differs(kind, old, new),
        Generation::SpecOrAnnotations => {
            body_differs(kind, old, new) || meta_differs("annotations")
        }
        Generation::SpecOrLabels => {
            body_differs(kind, old, new) || meta_differs("labels") || meta_differs("annotations")
        }
    };
    if grows {
        new.set(&["metadata", "generation"], old.generation() + 1);
    }
}

/// Whether anything but metadata, and status where that is apart, differs.
fn body_differs(kind: &Kind, old: &Object, new: &Object) -> bool {
    let apart = kind.has_status() || !kind.is_custom();
    let part = |object: &Object| -> Vec<(std::sync::Arc<str>, Value)> {
        let entries = object.as_map().into_iter().flat_map(objects::Map::iter);
        entries
            .filter(|(key, _)| !matches!(key.as_ref(), "metadata" | "apiVersion" | "kind"))
            .filter(|(key, _)| !(apart && key.as_ref() == "status"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    part(old) != part(new)
}
