//! Cells of the other kinds.

use clock::Moment;
use objects::{Object, Value};

use super::{age, number, selector, stamp};
use crate::catalogue::Kind;

/// The cells, for one of these kinds.
pub(crate) fn cells(now: Moment, kind: &Kind, object: &Object) -> Option<Vec<Value>> {
    let name: Value = object.name().into();
    let made = age(now, object.str_at(&["metadata", "creationTimestamp"]));
    let text = |path: &[&str], absent: &str| Value::from(object.str_at(path).unwrap_or(absent));
    let count = |path: &[&str]| Value::Int(object.list_at(path).len() as i64);
    let flag = |path: &[&str]| Value::from(object.bool_at(path).unwrap_or(false));
    match kind.gvk.kind.as_str() {
        "Ingress" => Some(ingress(object, made)),
        "IngressClass" => Some(vec![
            name,
            text(&["spec", "controller"], ""),
            ingress_parameters(object).into(),
            made,
        ]),
        "NetworkPolicy" => {
            Some(vec![name, selector(object.at(&["spec", "podSelector"])).into(), made])
        }
        "PodDisruptionBudget" => Some(budget(object, made)),
        "HorizontalPodAutoscaler" => Some(autoscaler(object, made)),
        "RoleBinding" | "ClusterRoleBinding" => Some(binding(object, made)),
        "StorageClass" => Some(storage_class(object, made)),
        "Lease" => Some(vec![name, text(&["spec", "holderIdentity"], ""), made]),
        "PriorityClass" => Some(vec![
            name,
            number(object, &["value"]).into(),
            flag(&["globalDefault"]),
            made,
            text(&["preemptionPolicy"], ""),
        ]),
        "RuntimeClass" => Some(vec![name, text(&["handler"], ""), made]),
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => {
            Some(vec![name, count(&["webhooks"]), made])
        }
        "ValidatingAdmissionPolicy" => {
            let kind = object.at(&["spec", "paramKind"]).map_or_else(
                || "<unset>".to_owned(),
                |kind| {
                    let part = |key: &str| kind.str_at(&[key]).unwrap_or_default();
                    format!("{}/{}", part("apiVersion"), part("kind"))
                },
            );
            Some(vec![name, count(&["spec", "validations"]), kind.into(), made])
        }
        "ValidatingAdmissionPolicyBinding" => {
            let parameters = object.at(&["spec", "paramRef"]).map_or_else(
                || "<unset>".to_owned(),
                |reference| {
                    let part = |key: &str| reference.str_at(&[key]).unwrap_or_default();
                    match (part("namespace"), part("name")) {
                        ("", name) => name.to_owned(),
                        (namespace, name) => format!("{namespace}/{name}"),
                    }
                },
            );
            Some(vec![name, text(&["spec", "policyName"], ""), parameters.into(), made])
        }
        "EndpointSlice" => Some(slice(object, made)),
        "VolumeAttachment" => Some(vec![
            name,
            text(&["spec", "attacher"], ""),
            text(&["spec", "source", "persistentVolumeName"], ""),
            text(&["spec", "nodeName"], ""),
            flag(&["status", "attached"]),
            made,
        ]),
        "CSINode" => Some(vec![name, count(&["spec", "drivers"]), made]),
        "Role" | "ClusterRole" => Some(vec![name, stamp(object)]),
        _ => None,
    }
}

fn ingress_parameters(object: &Object) -> String {
    let Some(parameters) = object.at(&["spec", "parameters"]) else { return "<none>".to_owned() };
    let part = |key: &str| parameters.str_at(&[key]).unwrap_or_default();
    match part("apiGroup") {
        "" => format!("{}/{}", part("kind"), part("name")),
        group => format!("{}.{group}/{}", part("kind"), part("name")),
    }
}

fn ingress(object: &Object, made: Value) -> Vec<Value> {
    let rules = object.list_at(&["spec", "rules"]);
    let hosts: Vec<&str> = rules
        .iter()
        .filter_map(|rule| rule.str_at(&["host"]))
        .filter(|host| !host.is_empty())
        .collect();
    let hosts = match hosts.len() {
        0 => "*".to_owned(),
        1..=3 => hosts.join(","),
        more => format!("{} + {} more...", hosts[..3].join(","), more - 3),
    };
    let addresses: Vec<&str> = object
        .list_at(&["status", "loadBalancer", "ingress"])
        .iter()
        .filter_map(|item| item.str_at(&["ip"]).or_else(|| item.str_at(&["hostname"])))
        .collect();
    let secure = !object.list_at(&["spec", "tls"]).is_empty();
    vec![
        object.name().into(),
        object.str_at(&["spec", "ingressClassName"]).unwrap_or("<none>").into(),
        hosts.into(),
        addresses.join(",").into(),
        if secure { "80, 443" } else { "80" }.into(),
        made,
    ]
}

fn budget(object: &Object, made: Value) -> Vec<Value> {
    let bound = |key: &str| match object.at(&["spec", key]) {
        Some(Value::String(text)) => text.to_string(),
        Some(Value::Int(number)) => number.to_string(),
        _ => "N/A".to_owned(),
    };
    vec![
        object.name().into(),
        bound("minAvailable").into(),
        bound("maxUnavailable").into(),
        number(object, &["status", "disruptionsAllowed"]).into(),
        made,
    ]
}

fn autoscaler(object: &Object, made: Value) -> Vec<Value> {
    let target = format!(
        "{}/{}",
        object.str_at(&["spec", "scaleTargetRef", "kind"]).unwrap_or_default(),
        object.str_at(&["spec", "scaleTargetRef", "name"]).unwrap_or_default()
    );
    let metrics = object.list_at(&["spec", "metrics"]);
    let current = object.list_at(&["status", "currentMetrics"]);
    let shown: Vec<String> = metrics
        .iter()
        .take(2)
        .enumerate()
        .map(|(at, metric)| metric_text(metric, current.get(at)))
        .collect();
    let mut targets = if shown.is_empty() { "<none>".to_owned() } else { shown.join(", ") };
    if metrics.len() > 2 {
        targets = format!("{targets} + {} more...", metrics.len() - 2);
    }
    let least = object
        .int_at(&["spec", "minReplicas"])
        .map_or_else(|| "<unset>".to_owned(), |n| n.to_string());
    vec![
        object.name().into(),
        target.into(),
        targets.into(),
        least.into(),
        number(object, &["spec", "maxReplicas"]).into(),
        number(object, &["status", "currentReplicas"]).into(),
        made,
    ]
}

fn metric_text(metric: &Value, current: Option<&Value>) -> String {
    let key = match metric.str_at(&["type"]) {
        Some("Resource") => "resource",
        Some("ContainerResource") => "containerResource",
        Some("Pods") => "pods",
        Some("Object") => "object",
        Some("External") => "external",
        _ => return "<unknown type>".to_owned(),
    };
    let Some(body) = metric.at(&[key]) else { return "<unknown>".to_owned() };
    let name = body.str_at(&["name"]).filter(|_| key == "resource" || key == "containerResource");
    let frame = |text: String| name.map_or_else(|| text.clone(), |name| format!("{name}: {text}"));
    let now = |field: &str| current.and_then(|current| current.at(&[key, "current", field]));
    if let Some(percent) = body.int_at(&["target", "averageUtilization"]) {
        let have = now("averageUtilization").and_then(Value::as_int);
        let have = have.map_or_else(|| "<unknown>".to_owned(), |have| format!("{have}%"));
        return frame(format!("{have}/{percent}%"));
    }
    for (field, suffix) in [("averageValue", " (avg)"), ("value", "")] {
        if let Some(wanted) = body.str_at(&["target", field]) {
            let have = now(field).and_then(Value::as_str).unwrap_or("<unknown>");
            let suffix = if key == "resource" || key == "pods" || key == "containerResource" {
                ""
            } else {
                suffix
            };
            return frame(format!("{have}/{wanted}{suffix}"));
        }
    }
    "<unknown>".to_owned()
}

fn binding(object: &Object, made: Value) -> Vec<Value> {
    let role = format!(
        "{}/{}",
        object.str_at(&["roleRef", "kind"]).unwrap_or_default(),
        object.str_at(&["roleRef", "name"]).unwrap_or_default()
    );
    let of = |kind: &str| -> Value {
        let subjects = object.list_at(&["subjects"]).iter();
        let subjects = subjects.filter(|subject| subject.str_at(&["kind"]) == Some(kind));
        let names: Vec<String> = subjects
            .map(|subject| {
                let name = subject.str_at(&["name"]).unwrap_or_default();
                match (kind, subject.str_at(&["namespace"])) {
                    ("ServiceAccount", Some(namespace)) => format!("{namespace}/{name}"),
                    _ => name.to_owned(),
                }
            })
            .collect();
        names.join(", ").into()
    };
    vec![object.name().into(), role.into(), made, of("User"), of("Group"), of("ServiceAccount")]
}

fn storage_class(object: &Object, made: Value) -> Vec<Value> {
    let default = object.annotation("storageclass.kubernetes.io/is-default-class") == Some("true");
    let name =
        if default { format!("{} (default)", object.name()) } else { object.name().to_owned() };
    let text = |key: &str, absent: &str| Value::from(object.str_at(&[key]).unwrap_or(absent));
    vec![
        name.into(),
        text("provisioner", ""),
        text("reclaimPolicy", "Delete"),
        text("volumeBindingMode", "Immediate"),
        object.bool_at(&["allowVolumeExpansion"]).unwrap_or(false).into(),
        made,
    ]
}

fn slice(object: &Object, made: Value) -> Vec<Value> {
    let short = |items: Vec<String>, none: &str| match items.len() {
        0 => none.to_owned(),
        1..=3 => items.join(","),
        more => format!("{} + {} more...", items[..3].join(","), more - 3),
    };
    let ports = object.list_at(&["ports"]).iter().map(|port| {
        port.int_at(&["port"]).map_or_else(|| "*".to_owned(), |number| number.to_string())
    });
    let addresses = object.list_at(&["endpoints"]).iter().flat_map(|endpoint| {
        endpoint.list_at(&["addresses"]).iter().filter_map(Value::as_str).map(str::to_owned)
    });
    vec![
        object.name().into(),
        object.str_at(&["addressType"]).unwrap_or_default().into(),
        short(ports.collect(), "<unset>").into(),
        short(addresses.collect(), "<unset>").into(),
        made,
    ]
}
