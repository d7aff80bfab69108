//! Secrets, namespaces, limits, priorities, definitions and flow control.

use base64::Engine;
use objects::Value;

use super::super::tools::{each, is, put, put_text, within};
use super::access::service_port;

/// Secret: `stringData` goes into `data`.
pub(super) fn secret(object: &mut Value) {
    put_text(object, "type", "Opaque");
    let Some(texts) = object.remove(&["stringData"]) else { return };
    let engine = base64::engine::general_purpose::STANDARD;
    for (key, text) in texts.as_map().into_iter().flatten() {
        let text = text.as_str().unwrap_or_default();
        object.set(&["data", key], engine.encode(text.as_bytes()));
    }
}

/// Namespace: the label with its name.
pub(super) fn namespace(object: &mut Value) {
    if let Some(name) = object.at(&["metadata", "name"]).cloned() {
        object.set(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
    }
    put(object, "status", Value::map());
    within(object, "status", |status| put_text(status, "phase", "Active"));
}

/// LimitRange: for containers, max gives default, default gives defaultRequest.
pub(super) fn limit_range(object: &mut Value) {
    within(object, "spec", |spec| {
        each(spec, "limits", |limit| {
            if !is(limit, "type", "Container") {
                return;
            }
            overlay(limit, "max", "default");
            overlay(limit, "default", "defaultRequest");
            overlay(limit, "min", "defaultRequest");
        });
    });
}

fn overlay(limit: &mut Value, from: &str, to: &str) {
    let source = limit.get(from).and_then(Value::as_map).cloned().unwrap_or_default();
    let mut target = limit.get(to).and_then(Value::as_map).cloned().unwrap_or_default();
    for (name, amount) in &source {
        if !target.contains_key(name) {
            target.insert(name.clone(), amount.clone());
        }
    }
    if !target.is_empty() {
        limit.set(&[to], target);
    }
}

/// PriorityClass.
pub(super) fn priority_class(kind: &str, object: &mut Value) {
    if kind == "PriorityClass" {
        put(object, "preemptionPolicy", "PreemptLowerPriority");
    }
}

/// CustomResourceDefinition.
pub(super) fn definition(kind: &str, object: &mut Value) {
    if kind != "CustomResourceDefinition" {
        return;
    }
    within(object, "spec", |spec| {
        within(spec, "names", |names| {
            let kind = names.str_at(&["kind"]).unwrap_or_default().to_owned();
            if !kind.is_empty() {
                put_text(names, "singular", &kind.to_lowercase());
                put_text(names, "listKind", &format!("{kind}List"));
            }
        });
        put(spec, "conversion", Value::from([("strategy", "None")]));
        within(spec, "conversion", |conversion| {
            within(conversion, "webhook", |webhook| {
                within(webhook, "clientConfig", service_port);
            });
        });
    });
    stored_versions(object);
}

fn stored_versions(object: &mut Value) {
    if !object.list_at(&["status", "storedVersions"]).is_empty() {
        return;
    }
    let versions = object.list_at(&["spec", "versions"]);
    let storage = versions.iter().find(|version| version.bool_at(&["storage"]) == Some(true));
    if let Some(name) = storage.and_then(|version| version.get("name")).cloned() {
        object.set(&["status", "storedVersions"], vec![name]);
    }
}

/// APIService.
pub(super) fn api_service(object: &mut Value) {
    within(object, "spec", service_port);
}

/// FlowSchema and PriorityLevelConfiguration.
pub(super) fn flow_control(kind: &str, object: &mut Value) {
    within(object, "spec", |spec| match kind {
        "FlowSchema" => put(spec, "matchingPrecedence", 1000),
        _ => {
            within(spec, "limited", |limited| {
                put(limited, "nominalConcurrencyShares", 30);
                put(limited, "lendablePercent", 0);
                within(limited, "limitResponse", |response| {
                    within(response, "queuing", |queuing| {
                        put(queuing, "queues", 64);
                        put(queuing, "queueLengthLimit", 50);
                        put(queuing, "handSize", 8);
                    });
                });
            });
            within(spec, "exempt", |exempt| {
                put(exempt, "nominalConcurrencyShares", 0);
                put(exempt, "lendablePercent", 0);
            });
        }
    });
}
