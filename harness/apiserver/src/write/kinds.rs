//! What single kinds get at creation.
//!
//! Source: the strategies of kubernetes `pkg/registry`.

use objects::Object;

/// Writes into a new object what its kind always has.
pub(crate) fn create(object: &mut Object) {
    match (object.api_version(), object.kind()) {
        ("v1", "Namespace") => namespace(object),
        ("v1", "PersistentVolumeClaim") => finalizer(object, "kubernetes.io/pvc-protection"),
        ("v1", "PersistentVolume") => finalizer(object, "kubernetes.io/pv-protection"),
        ("v1", "ReplicationController") => replication_controller(object),
        _ => {}
    }
}

/// Writes what counts as the writer's own, before ownership is settled.
pub(crate) fn before(object: &mut Object) {
    let key = "deprecated.daemonset.template.generation";
    let is_set = object.annotation(key).is_some();
    if object.api_version() == "apps/v1" && object.kind() == "DaemonSet" && !is_set {
        object.set(&["metadata", "annotations", key], "1");
    }
}

/// Writes into a changed object what its kind always has.
pub(crate) fn change(old: &Object, new: &mut Object) {
    match (new.api_version(), new.kind()) {
        ("v1", "Namespace") => {
            let name = new.name().to_owned();
            new.set(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
            match old.get("spec") {
                Some(spec) => new.set(&["spec"], spec.clone()),
                None => drop(new.remove(&["spec"])),
            }
        }
        ("apps/v1", "DaemonSet") => {
            let key = "deprecated.daemonset.template.generation";
            let known = old.annotation(key).and_then(|text| text.parse::<i64>().ok()).unwrap_or(1);
            let changed = old.at(&["spec", "template"]) != new.at(&["spec", "template"]);
            let number = known + i64::from(changed);
            new.set(&["metadata", "annotations", key], number.to_string());
        }
        _ => {}
    }
}

fn namespace(object: &mut Object) {
    let name = object.name().to_owned();
    if !name.is_empty() {
        object.set(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
    }
    let mut finalizers = object.list_at(&["spec", "finalizers"]).to_vec();
    if !finalizers.iter().any(|item| item.as_str() == Some("kubernetes")) {
        finalizers.push("kubernetes".into());
        object.set(&["spec", "finalizers"], finalizers);
    }
}

fn finalizer(object: &mut Object, name: &str) {
    let mut finalizers = object.list_at(&["metadata", "finalizers"]).to_vec();
    if !finalizers.iter().any(|item| item.as_str() == Some(name)) {
        finalizers.push(name.into());
        object.set(&["metadata", "finalizers"], finalizers);
    }
}

fn replication_controller(object: &mut Object) {
    let labels = object.at(&["spec", "template", "metadata", "labels"]).cloned();
    if object.at(&["metadata", "labels"]).is_none()
        && let Some(labels) = labels
    {
        object.set(&["metadata", "labels"], labels);
    }
}
