//! Horizontal pod autoscalers in a cluster without metrics: only the bounds act.
//!
//! Source: kubernetes `pkg/controller/podautoscaler/horizontal.go`.

use client::{Patch, Target, Verb};
use objects::{Object, Value};

use crate::kind::{Key, Kind};
use crate::meta::{self, int};
use crate::world::{Done, World};

/// One look at an autoscaler (the simulator calls it 15 s after a change).
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(mut scaler) = world.get(Kind::Autoscaler, &key.namespace, &key.name) else {
        return Ok(());
    };
    let before = scaler.clone();
    let text = |path: &[&str]| scaler.str_at(path).unwrap_or_default().to_owned();
    let (version, kind, name) = (
        text(&["spec", "scaleTargetRef", "apiVersion"]),
        text(&["spec", "scaleTargetRef", "kind"]),
        text(&["spec", "scaleTargetRef", "name"]),
    );
    let known = Kind::named(&version, &kind);
    match world.get(known, &key.namespace, &name) {
        Some(target) => scale(world, &mut scaler, &target)?,
        None => no_target(world, &mut scaler, &kind, &name),
    }
    if scaler == before {
        return Ok(());
    }
    world.update_status(&scaler).map(|_| ())
}

fn no_target(world: &mut World<'_>, scaler: &mut Object, kind: &str, name: &str) {
    let plural = format!("{}s.apps", kind.to_lowercase());
    let error = format!("{plural} \"{name}\" not found");
    world.warn(scaler, "FailedGetScale", &error);
    let message =
        format!("the HPA controller was unable to get the target's current scale: {error}");
    condition(world, scaler, "AbleToScale", "False", "FailedGetScale", &message);
}

fn scale(world: &mut World<'_>, scaler: &mut Object, target: &Object) -> Done {
    let got = "the HPA controller was able to get the target's current scale";
    condition(world, scaler, "AbleToScale", "True", "SucceededGetScale", got);
    let have = int(target, &["spec", "replicas"], 1);
    let (least, most) =
        (int(scaler, &["spec", "minReplicas"], 1), int(scaler, &["spec", "maxReplicas"], 1));
    set_current(scaler, int(target, &["status", "replicas"], 0));
    if have == 0 && least != 0 {
        let message = "scaling is disabled since the replica count of the target is zero";
        condition(world, scaler, "ScalingActive", "False", "ScalingDisabled", message);
        scaler.set(&["status", "desiredReplicas"], 0);
        scaler.set(&["status", "currentMetrics"], Value::Null);
        return Ok(());
    }
    if have > most {
        return resize(
            world,
            scaler,
            target,
            most,
            "Current number of replicas above Spec.MaxReplicas",
        );
    }
    if have < least {
        return resize(
            world,
            scaler,
            target,
            least,
            "Current number of replicas below Spec.MinReplicas",
        );
    }
    no_metrics(world, scaler);
    Ok(())
}

fn set_current(scaler: &mut Object, count: i64) {
    if count == 0 {
        scaler.remove(&["status", "currentReplicas"]);
    } else {
        scaler.set(&["status", "currentReplicas"], count);
    }
}

fn resize(
    world: &mut World<'_>,
    scaler: &mut Object,
    target: &Object,
    size: i64,
    why: &str,
) -> Done {
    let mut patch = Value::map();
    patch.set(&["spec", "replicas"], size);
    let place = Target::of(target).subresource("scale");
    world.call(Verb::Patch(Patch::Merge), place, Some(patch))?;
    world.event(scaler, "SuccessfulRescale", format!("New size: {size}; reason: {why}"));
    let message = format!("the HPA controller was able to update the target scale to {size}");
    condition(world, scaler, "AbleToScale", "True", "SucceededRescale", &message);
    scaler.set(&["status", "desiredReplicas"], size);
    scaler.set(&["status", "currentMetrics"], Value::Null);
    let stamp = world.stamp();
    scaler.set(&["status", "lastScaleTime"], stamp);
    Ok(())
}

fn no_metrics(world: &mut World<'_>, scaler: &mut Object) {
    let Some(metric) = scaler.list_at(&["spec", "metrics"]).first().cloned() else { return };
    let name = metric.str_at(&["resource", "name"]).unwrap_or("cpu");
    let cause = format!(
        "unable to get metrics for resource {name}: unable to fetch metrics from resource metrics \
         API: the server could not find the requested resource (get pods.metrics.k8s.io)"
    );
    let what = match metric.str_at(&["resource", "target", "type"]) {
        Some("Utilization") => "utilization",
        _ => "resource metric value",
    };
    let problem = format!("failed to get {name} {what}: {cause}");
    world.warn(scaler, "FailedGetResourceMetric", &problem);
    let count = scaler.list_at(&["spec", "metrics"]).len();
    let all = format!(
        "invalid metrics ({count} invalid out of {count}), first error is: failed to get {name} \
         resource metric value: {problem}"
    );
    world.warn(scaler, "FailedComputeMetricsReplicas", &all);
    let message = format!("the HPA was unable to compute the replica count: {problem}");
    condition(world, scaler, "ScalingActive", "False", "FailedGetResourceMetric", &message);
    let empty: Vec<Value> = (0..count).map(|_| Value::from([("type", "")])).collect();
    scaler.set(&["status", "currentMetrics"], empty);
    if scaler.at(&["status", "desiredReplicas"]).is_none() {
        scaler.set(&["status", "desiredReplicas"], 0);
    }
}

fn condition(
    world: &World<'_>,
    scaler: &mut Object,
    kind: &str,
    status: &str,
    reason: &str,
    message: &str,
) {
    let mut conditions = scaler.list_at(&["status", "conditions"]).to_vec();
    let known = conditions.iter().find(|one| one.str_at(&["type"]) == Some(kind));
    let since = known
        .filter(|one| one.str_at(&["status"]) == Some(status))
        .and_then(|one| one.get("lastTransitionTime").cloned());
    let new = Value::from([
        ("type", Value::from(kind)),
        ("status", status.into()),
        ("reason", reason.into()),
        ("message", message.into()),
        ("lastTransitionTime", since.unwrap_or_else(|| world.stamp())),
    ]);
    meta::set_condition(&mut conditions, new);
    scaler.set(&["status", "conditions"], conditions);
}
