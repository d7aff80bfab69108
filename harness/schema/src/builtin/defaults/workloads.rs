//! Workload controllers and autoscalers (kubernetes: `pkg/apis/{apps,batch,autoscaling}`).

use objects::Value;

use super::super::tools::{each, has, is, put, put_text, within};
use super::{pod, storage};

/// Kinds of `apps`.
pub(super) fn apps(kind: &str, object: &mut Value) {
    within(object, "spec", |spec| {
        pod::template(spec, "template");
        match kind {
            "Deployment" => deployment(spec),
            "StatefulSet" => stateful_set(spec),
            "DaemonSet" => daemon_set(spec),
            "ReplicaSet" => put(spec, "replicas", 1),
            _ => {}
        }
    });
}

fn deployment(spec: &mut Value) {
    put(spec, "replicas", 1);
    put(spec, "revisionHistoryLimit", 10);
    put(spec, "progressDeadlineSeconds", 600);
    put(spec, "strategy", Value::map());
    within(spec, "strategy", |strategy| {
        put_text(strategy, "type", "RollingUpdate");
        if is(strategy, "type", "RollingUpdate") {
            put(strategy, "rollingUpdate", Value::map());
            within(strategy, "rollingUpdate", |rolling| {
                put(rolling, "maxUnavailable", "25%");
                put(rolling, "maxSurge", "25%");
            });
        }
    });
}

fn stateful_set(spec: &mut Value) {
    put_text(spec, "podManagementPolicy", "OrderedReady");
    put(spec, "replicas", 1);
    put(spec, "revisionHistoryLimit", 10);
    put(spec, "updateStrategy", Value::map());
    within(spec, "updateStrategy", |strategy| {
        put_text(strategy, "type", "RollingUpdate");
        if is(strategy, "type", "RollingUpdate") {
            put(strategy, "rollingUpdate", Value::map());
            within(strategy, "rollingUpdate", |rolling| put(rolling, "partition", 0));
        }
    });
    put(spec, "persistentVolumeClaimRetentionPolicy", Value::map());
    within(spec, "persistentVolumeClaimRetentionPolicy", |policy| {
        put_text(policy, "whenDeleted", "Retain");
        put_text(policy, "whenScaled", "Retain");
    });
    each(spec, "volumeClaimTemplates", |claim| {
        put_text(claim, "apiVersion", "v1");
        put_text(claim, "kind", "PersistentVolumeClaim");
        storage::claim(claim);
    });
}

fn daemon_set(spec: &mut Value) {
    put(spec, "revisionHistoryLimit", 10);
    put(spec, "updateStrategy", Value::map());
    within(spec, "updateStrategy", |strategy| {
        put_text(strategy, "type", "RollingUpdate");
        if is(strategy, "type", "RollingUpdate") {
            put(strategy, "rollingUpdate", Value::map());
            within(strategy, "rollingUpdate", |rolling| {
                put(rolling, "maxUnavailable", 1);
                put(rolling, "maxSurge", 0);
            });
        }
    });
}

/// Selector and labels come from the template's labels.
pub(super) fn replication_controller(object: &mut Value) {
    let labels = object.at(&["spec", "template", "metadata", "labels"]).cloned();
    if let Some(labels) = labels.filter(|labels| labels.as_map().is_some()) {
        within(object, "metadata", |metadata| put(metadata, "labels", labels.clone()));
        within(object, "spec", |spec| put(spec, "selector", labels));
    }
    within(object, "spec", |spec| {
        put(spec, "replicas", 1);
        pod::template(spec, "template");
    });
}

/// Kinds of `batch`.
pub(super) fn batch(kind: &str, object: &mut Value) {
    within(object, "spec", |spec| match kind {
        "Job" => job(spec),
        "CronJob" => {
            put_text(spec, "concurrencyPolicy", "Allow");
            put(spec, "suspend", false);
            put(spec, "successfulJobsHistoryLimit", 3);
            put(spec, "failedJobsHistoryLimit", 1);
            within(spec, "jobTemplate", |template| {
                within(template, "spec", |job| pod::template(job, "template"));
            });
        }
        _ => {}
    });
}

fn job(spec: &mut Value) {
    pod::template(spec, "template");
    if !has(spec, "completions") && !has(spec, "parallelism") {
        put(spec, "completions", 1);
    }
    put(spec, "parallelism", 1);
    let limit = if has(spec, "backoffLimitPerIndex") { i64::from(i32::MAX) } else { 6 };
    put(spec, "backoffLimit", limit);
    put(spec, "completionMode", "NonIndexed");
    put(spec, "suspend", false);
    put(spec, "manualSelector", false);
    let replacement = if has(spec, "podFailurePolicy") { "Failed" } else { "TerminatingOrFailed" };
    put(spec, "podReplacementPolicy", replacement);
    within(spec, "podFailurePolicy", |policy| {
        each(policy, "rules", |rule| {
            each(rule, "onPodConditions", |condition| put_text(condition, "status", "True"));
        });
    });
}

/// HorizontalPodAutoscaler.
pub(super) fn autoscaler(version: &str, kind: &str, object: &mut Value) {
    if kind != "HorizontalPodAutoscaler" {
        return;
    }
    within(object, "spec", |spec| {
        put(spec, "minReplicas", 1);
        if version == "v1" {
            put(spec, "targetCPUUtilizationPercentage", 80);
            return;
        }
        if spec.list_at(&["metrics"]).is_empty()
            && let Some(map) = spec.as_map_mut()
        {
            map.insert("metrics", vec![cpu_metric()]);
        }
        within(spec, "behavior", |behavior| {
            for (direction, default) in [("scaleUp", scale_up()), ("scaleDown", scale_down())] {
                put(behavior, direction, Value::map());
                within(behavior, direction, |rules| {
                    for (key, value) in default.as_map().into_iter().flatten() {
                        put(rules, key, value.clone());
                    }
                });
            }
        });
    });
}

fn cpu_metric() -> Value {
    let target =
        Value::from([("type", Value::from("Utilization")), ("averageUtilization", Value::Int(80))]);
    let resource = Value::from([("name", Value::from("cpu")), ("target", target)]);
    Value::from([("type", Value::from("Resource")), ("resource", resource)])
}

fn policy(kind: &str, value: i64) -> Value {
    Value::from([
        ("type", Value::from(kind)),
        ("value", Value::Int(value)),
        ("periodSeconds", Value::Int(15)),
    ])
}

fn scale_up() -> Value {
    Value::from([
        ("policies", Value::from(vec![policy("Pods", 4), policy("Percent", 100)])),
        ("selectPolicy", "Max".into()),
        ("stabilizationWindowSeconds", Value::Int(0)),
    ])
}

fn scale_down() -> Value {
    Value::from([
        ("policies", Value::from(vec![policy("Percent", 100)])),
        ("selectPolicy", "Max".into()),
    ])
}
