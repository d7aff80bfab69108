//! Objects in another version of their kind.
//!
//! Custom kinds and most built-in ones change only their apiVersion; here
//! stands what changes more. Source: kubernetes `pkg/apis/autoscaling` and
//! `events.k8s.io` conversions.

use objects::{Gvk, Value};

/// Rewrites an object into a version of its kind.
pub(crate) fn convert(object: &mut Value, to: &Gvk) {
    let from = object.str_at(&["apiVersion"]).unwrap_or_default().to_owned();
    let target = to.api_version();
    if from == target {
        return;
    }
    match to.kind.as_str() {
        "HorizontalPodAutoscaler" if to.version == "v1" => autoscaler_to_v1(object),
        "HorizontalPodAutoscaler" if from == "autoscaling/v1" => autoscaler_from_v1(object),
        "Event" if to.group == "events.k8s.io" => {
            rename(object, EVENT_FIELDS);
            for field in ["reportingController", "reportingInstance"] {
                if object.str_at(&[field]) == Some("") {
                    object.remove(&[field]);
                }
            }
        }
        "Event" if from.starts_with("events.k8s.io/") => {
            let back: Vec<_> = EVENT_FIELDS.iter().map(|(old, new)| (*new, *old)).collect();
            rename(object, &back);
            for field in ["reportingComponent", "reportingInstance"] {
                if object.get(field).is_none() {
                    object.set(&[field], "");
                }
            }
        }
        _ => {}
    }
    object.set(&["apiVersion"], target);
}

/// Field of `v1`, field of `events.k8s.io/v1`.
const EVENT_FIELDS: &[(&str, &str)] = &[
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];

fn rename(object: &mut Value, fields: &[(&str, &str)]) {
    for (from, to) in fields {
        if let Some(value) = object.remove(&[from]) {
            object.set(&[to], value);
        }
    }
}

fn is_cpu(metric: &Value) -> bool {
    metric.str_at(&["type"]) == Some("Resource")
        && metric.str_at(&["resource", "name"]) == Some("cpu")
}

fn autoscaler_to_v1(object: &mut Value) {
    let metrics = object.remove(&["spec", "metrics"]);
    let metrics = metrics.as_ref().and_then(Value::as_list).unwrap_or_default();
    let mut others = Vec::new();
    for metric in metrics {
        let target = metric.int_at(&["resource", "target", "averageUtilization"]);
        match target.filter(|_| is_cpu(metric)) {
            Some(percent) => object.set(&["spec", "targetCPUUtilizationPercentage"], percent),
            None => others.push(metric.clone()),
        }
    }
    let prefix = "autoscaling.alpha.kubernetes.io/";
    if !others.is_empty() {
        let text = objects::to_json(&others.into());
        object.set(&["metadata", "annotations", &format!("{prefix}metrics")], text);
    }
    if let Some(behavior) = object.remove(&["spec", "behavior"]) {
        let text = objects::to_json(&behavior);
        object.set(&["metadata", "annotations", &format!("{prefix}behavior")], text);
    }
    if let Some(conditions) = object.remove(&["status", "conditions"]) {
        let text = objects::to_json(&conditions);
        object.set(&["metadata", "annotations", &format!("{prefix}conditions")], text);
    }
    object.remove(&["status", "currentMetrics"]);
    if object.at(&["status"]).is_some() && object.at(&["status", "currentReplicas"]).is_none() {
        object.set(&["status", "currentReplicas"], 0);
    }
}

fn autoscaler_from_v1(object: &mut Value) {
    let prefix = "autoscaling.alpha.kubernetes.io/";
    let mut metrics = Vec::new();
    if let Some(percent) = object.remove(&["spec", "targetCPUUtilizationPercentage"]) {
        let target = Value::from([("averageUtilization", percent), ("type", "Utilization".into())]);
        let resource = Value::from([("name", Value::from("cpu")), ("target", target)]);
        metrics.push(Value::from([("resource", resource), ("type", "Resource".into())]));
    }
    for (note, path) in [
        ("metrics", &["spec", "metrics"][..]),
        ("behavior", &["spec", "behavior"]),
        ("conditions", &["status", "conditions"]),
    ] {
        let key = format!("{prefix}{note}");
        let Some(text) = object.remove(&["metadata", "annotations", &key]) else { continue };
        let parsed = text.as_str().and_then(|text| objects::from_json(text.as_bytes()).ok());
        match parsed {
            Some(Value::List(items)) if note == "metrics" => metrics.extend(items.iter().cloned()),
            Some(value) => object.set(path, value),
            None => {}
        }
    }
    if object
        .at(&["metadata", "annotations"])
        .and_then(Value::as_map)
        .is_some_and(objects::Map::is_empty)
    {
        object.remove(&["metadata", "annotations"]);
    }
    if !metrics.is_empty() {
        object.set(&["spec", "metrics"], metrics);
    }
    if object.at(&["status"]).is_some() {
        if object.at(&["status", "currentMetrics"]).is_none() {
            object.set(&["status", "currentMetrics"], Value::Null);
        }
        if object.int_at(&["status", "currentReplicas"]) == Some(0) {
            object.remove(&["status", "currentReplicas"]);
        }
    }
}
