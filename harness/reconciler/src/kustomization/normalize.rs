//! Objects as the round trip through Go's typed structs leaves them.
//!
//! Rules from fluxcd/pkg: ssa/normalize: structs that are not pointers are written even when
//! empty, protocols are filled in, `stringData` moves into `data`, `status` goes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use objects::{Gvk, Map, Object, Value};

/// Normalises one object in place.
pub(super) fn normalize(object: &mut Object) {
    let gvk = object.gvk();
    if gvk.group == "rbac.authorization.k8s.io" && gvk.kind.ends_with("Role") {
        return;
    }
    if is_builtin(&gvk) {
        typed(object, &gvk);
    }
    object.remove(&["metadata", "creationTimestamp"]);
    if gvk.kind != "CustomResourceDefinition" {
        object.remove(&["status"]);
    }
}

fn is_builtin(gvk: &Gvk) -> bool {
    let group = gvk.group.as_str();
    matches!(group, "" | "apps" | "batch" | "autoscaling" | "policy" | "extensions")
        || (group.ends_with(".k8s.io") && group != "apiextensions.k8s.io")
            && !group.contains("metrics")
            && matches!(
                group.split('.').next(),
                Some(
                    "networking"
                        | "rbac"
                        | "storage"
                        | "scheduling"
                        | "coordination"
                        | "discovery"
                        | "admissionregistration"
                        | "node"
                        | "certificates"
                        | "events"
                )
            )
}

fn typed(object: &mut Object, gvk: &Gvk) {
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("", "Secret") => secret(object),
        ("", "Pod") => pod(at(object, &["spec"])),
        ("", "Service") => {
            let ports = object.0.as_map_mut().and_then(|map| map.get_mut("spec"));
            protocols(ports, "ports");
        }
        ("", "PersistentVolumeClaim") => empty(object, &["spec", "resources"]),
        ("", "ReplicationController") | ("apps", "ReplicaSet") => {
            template(object, &["spec", "template"])
        }
        ("apps", "Deployment") => {
            empty(object, &["spec", "strategy"]);
            template(object, &["spec", "template"]);
        }
        ("apps", "DaemonSet") => {
            empty(object, &["spec", "updateStrategy"]);
            template(object, &["spec", "template"]);
        }
        ("apps", "StatefulSet") => stateful_set(object),
        ("batch", "Job") => template(object, &["spec", "template"]),
        ("batch", "CronJob") => {
            empty(object, &["spec", "jobTemplate", "spec"]);
            template(object, &["spec", "jobTemplate", "spec", "template"]);
        }
        _ => {}
    }
    tidy(&mut object.0, 0);
}

/// A value at a path, if it is there.
fn at<'a>(object: &'a mut Object, path: &[&str]) -> Option<&'a mut Value> {
    object.0.at(path)?;
    let mut value = &mut object.0;
    for key in path {
        value = value.as_map_mut()?.get_mut(key)?;
    }
    Some(value)
}

/// Puts an empty struct where its owner stands and it is absent.
fn empty(object: &mut Object, path: &[&str]) {
    let (owner, field) = (&path[..path.len() - 1], path[path.len() - 1]);
    if let Some(Value::Map(map)) = at(object, owner)
        && map.get(field).is_none_or(Value::is_null)
    {
        std::sync::Arc::make_mut(map).insert(field, Value::map());
    }
}

fn template(object: &mut Object, path: &[&str]) {
    let inside = |last| [path, &[last]].concat();
    empty(object, path);
    empty(object, &inside("metadata"));
    empty(object, &inside("spec"));
    if let Some(metadata) = at(object, &inside("metadata")) {
        metadata.remove(&["creationTimestamp"]);
    }
    pod(at(object, &inside("spec")));
}

fn pod(spec: Option<&mut Value>) {
    let Some(spec) = spec.and_then(Value::as_map_mut) else { return };
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let containers = spec.get_mut(list).and_then(Value::as_list_mut);
        for container in containers.into_iter().flatten() {
            if let Some(map) = container.as_map_mut()
                && map.get("resources").is_none_or(Value::is_null)
            {
                map.insert("resources", Value::map());
            }
            protocols(Some(container), "ports");
        }
    }
}

fn protocols(owner: Option<&mut Value>, list: &str) {
    let ports = owner.and_then(Value::as_map_mut).and_then(|map| map.get_mut(list));
    for port in ports.and_then(Value::as_list_mut).into_iter().flatten() {
        if let Some(map) = port.as_map_mut()
            && map.get("protocol").is_none_or(|value| value.as_str().is_none_or(str::is_empty))
        {
            map.insert("protocol", "TCP");
        }
    }
}

fn stateful_set(object: &mut Object) {
    empty(object, &["spec", "updateStrategy"]);
    template(object, &["spec", "template"]);
    let claims = at(object, &["spec", "volumeClaimTemplates"]).and_then(Value::as_list_mut);
    for claim in claims.into_iter().flatten() {
        let mut own = Object(std::mem::take(claim));
        for path in [&["metadata"][..], &["spec"], &["spec", "resources"], &["status"]] {
            empty(&mut own, path);
        }
        *claim = own.0;
    }
}

/// `stringData` into `data`; a value that is not base64 leaves the object as it was.
fn secret(object: &mut Object) {
    let data = object.get("data").and_then(Value::as_map);
    let encoded = |value: &Value| value.as_str().is_some_and(decodes);
    if data.is_some_and(|data| !data.values().all(|value| value.is_null() || encoded(value))) {
        return;
    }
    object.remove(&["sops"]);
    let Some(Value::Map(plain)) = object.remove(&["stringData"]) else { return };
    for (key, value) in plain.iter() {
        if let Some(text) = value.as_str() {
            object.set(&["data", key], STANDARD.encode(text));
        }
    }
}

fn decodes(text: &str) -> bool {
    let bare: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    STANDARD.decode(bare).is_ok()
}

const DEEPEST: usize = 64;

/// Drops what Go's `omitempty` drops wherever it stands: nulls and empty lists.
fn tidy(value: &mut Value, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Map(map) if map.values().any(needs_tidying) => {
            let map: &mut Map = std::sync::Arc::make_mut(map);
            map.retain(|_, value| {
                tidy(value, depth + 1);
                !value.is_null() && value.as_list().is_none_or(|list| !list.is_empty())
            });
        }
        Value::List(list) if list.iter().any(needs_tidying) => {
            let list = std::sync::Arc::make_mut(list);
            list.iter_mut().for_each(|item| tidy(item, depth + 1));
        }
        _ => {}
    }
}

fn needs_tidying(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::List(list) => list.is_empty() || list.iter().any(needs_tidying),
        Value::Map(map) => map.values().any(needs_tidying),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(json: &str) -> String {
        let mut object = Object(objects::from_json(json.as_bytes()).unwrap());
        normalize(&mut object);
        objects::to_json(&object.0)
    }

    #[test]
    fn empty_structs_and_protocols_appear() {
        let deployment = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"creationTimestamp":null},
            "spec":{"template":{"spec":{"containers":[{"name":"a","args":[],"ports":[{"containerPort":80}]}]}}},"status":{}}"#;
        assert_eq!(
            normalized(deployment),
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{},"spec":{"strategy":{},"template":{"metadata":{},"spec":{"containers":[{"name":"a","ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{}}]}}}}"#
        );
    }

    #[test]
    fn a_secret_of_text_becomes_data_unless_its_data_is_encrypted() {
        let secret = |data: &str| {
            normalized(&format!(
                r#"{{"apiVersion":"v1","kind":"Secret","data":{data},"stringData":{{"a":"b"}},"sops":{{}}}}"#
            ))
        };
        assert_eq!(
            secret(r#"{"x":"eQ=="}"#),
            r#"{"apiVersion":"v1","data":{"a":"Yg==","x":"eQ=="},"kind":"Secret"}"#
        );
        assert!(secret(r#"{"x":"ENC[AES]"}"#).contains("sops"));
    }
}
