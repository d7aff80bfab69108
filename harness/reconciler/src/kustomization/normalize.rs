//! Objects as the round trip through Go's typed structs leaves them.
//!
//! Rules from fluxcd/pkg: ssa/normalize: structs that are not pointers are written even when
//! empty, protocols are filled in, `stringData` moves into `data`, `status` goes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use objects::{Gvk, Object, Value};
use schema::Schemas;

/// The Kubernetes minor whose types the controllers of Flux 2.9 are built with.
const TYPES: &str = "1.36";

/// Normalises one object in place; what does not fit its type stays as it is.
pub(crate) fn normalize(object: &mut Object) {
    let gvk = object.gvk();
    if gvk.group == "rbac.authorization.k8s.io" && gvk.kind.ends_with("Role") {
        return;
    }
    let shape = Schemas::for_minor(TYPES).and_then(|schemas| schemas.shape(&gvk));
    if let Some(shape) = shape.filter(|_| is_known_to_clients(&gvk)) {
        let mut typed = object.0.clone();
        if gvk.kind == "Secret" {
            secret(&mut typed);
        }
        if schema::decode::decode(&shape, &mut typed).is_ok() {
            object.0 = typed;
            written_by_go(object, &gvk);
        }
    }
    object.remove(&["metadata", "creationTimestamp"]);
    if gvk.kind != "CustomResourceDefinition" {
        object.remove(&["status"]);
    }
}

/// Definitions and aggregated APIs are not in the scheme of client-go.
fn is_known_to_clients(gvk: &Gvk) -> bool {
    !matches!(gvk.group.as_str(), "apiextensions.k8s.io" | "apiregistration.k8s.io")
}

/// Protocols that Flux fills in.
fn written_by_go(object: &mut Object, gvk: &Gvk) {
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("", "Pod") => pod(at(object, &["spec"])),
        ("", "Service") => {
            protocols(at(object, &["spec"]), "ports");
            target_ports(at(object, &["spec"]));
        }
        ("apps", _) | ("batch", "Job") | ("", "ReplicationController") => {
            pod(at(object, &["spec", "template", "spec"]));
        }
        ("batch", "CronJob") => {
            pod(at(object, &["spec", "jobTemplate", "spec", "template", "spec"]));
        }
        _ => {}
    }
}

/// A port's target is no pointer: nothing reads as zero.
fn target_ports(spec: Option<&mut Value>) {
    let ports = spec.and_then(Value::as_map_mut).and_then(|spec| spec.get_mut("ports"));
    for port in ports.and_then(Value::as_list_mut).into_iter().flatten() {
        if let Some(map) = port.as_map_mut()
            && !map.contains_key("targetPort")
        {
            map.insert("targetPort", 0);
        }
    }
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

fn pod(spec: Option<&mut Value>) {
    let Some(spec) = spec.and_then(Value::as_map_mut) else { return };
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let containers = spec.get_mut(list).and_then(Value::as_list_mut);
        for container in containers.into_iter().flatten() {
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

/// `stringData` into `data`; a value that is not base64 leaves the object as it was.
fn secret(object: &mut Value) {
    let data = object.get("data").and_then(Value::as_map);
    let encoded = |value: &Value| value.as_str().is_some_and(decodes);
    if data.is_some_and(|data| !data.values().all(|value| value.is_null() || encoded(value))) {
        return;
    }
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
            "spec":{"unknown":1,"selector":{"matchLabels":{"a":"b"}},"template":{"spec":{"containers":[{"name":"a","args":[],"ports":[{"containerPort":80}]}]}}},"status":{}}"#;
        assert_eq!(
            normalized(deployment),
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{},"spec":{"selector":{"matchLabels":{"a":"b"}},"strategy":{},"template":{"metadata":{},"spec":{"containers":[{"name":"a","ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{}}]}}}}"#
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
            r#"{"apiVersion":"v1","data":{"a":"Yg==","x":"eQ=="},"kind":"Secret","metadata":{}}"#
        );
        assert!(secret(r#"{"x":"ENC[AES]"}"#).contains("sops"));
    }
}
