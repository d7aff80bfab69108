//! Pods: phases, crash loops, and the patience with scheduling.

use std::time::Duration;

use clock::Moment;
use objects::{Object, Value};

use crate::access::{self, BasicCondition, str_or};
use crate::{Health, HealthError};

/// How long a pod may stay unschedulable before it counts as failed (cli-utils `ScheduleWindow`).
const SCHEDULE_WINDOW: Duration = Duration::from_secs(15);

/// The verdict on a pod.
pub(crate) fn pod(object: &Object, now: Moment) -> Result<Health, HealthError> {
    let conditions = access::conditions(object)?;
    match str_or(object, &["status", "phase"], "") {
        "Succeeded" => Ok(Health::current("Pod has completed successfully")),
        "Failed" => Ok(Health::current("Pod has completed, but not successfully")),
        "Running" => running(object, &conditions),
        "Pending" => Ok(pending(object, &conditions, now)),
        "" => Ok(Health::in_progress("PodNotObserved", "Pod phase not available")),
        phase => Err(HealthError(format!("unknown phase {phase}"))),
    }
}

fn running(object: &Object, conditions: &[BasicCondition]) -> Result<Health, HealthError> {
    if conditions.iter().any(|c| c.kind == "Ready" && c.status == "True") {
        return Ok(Health::current("Pod is Ready"));
    }
    let looping = crash_looping(object)?;
    if !looping.is_empty() {
        let message = format!("Containers in CrashLoop state: {}", looping.join(","));
        return Ok(Health::failed("ContainerCrashLooping", message));
    }
    Ok(Health::in_progress("PodRunningNotReady", "Pod is running but is not Ready"))
}

fn crash_looping(object: &Object) -> Result<Vec<&str>, HealthError> {
    let statuses = access::nested_list(object, &["status", "containerStatuses"])?;
    let mut names = Vec::new();
    for status in statuses.unwrap_or_default() {
        let Some(name) = access::nested_string(status, &["name"])? else { continue };
        let reason = access::nested_string(status, &["state", "waiting", "reason"])?;
        if reason == Some("CrashLoopBackOff") {
            names.push(name);
        }
    }
    Ok(names)
}

fn pending(object: &Object, conditions: &[BasicCondition], now: Moment) -> Health {
    if !conditions.iter().any(is_unschedulable) {
        return Health::in_progress("PodPending", "Pod is in the Pending phase");
    }
    let created = object.str_at(&["metadata", "creationTimestamp"]).and_then(Moment::parse);
    if created.is_some_and(|created| now < created + SCHEDULE_WINDOW) {
        return Health::in_progress("PodNotScheduled", "Pod has not been scheduled");
    }
    Health::failed("PodUnschedulable", "Pod could not be scheduled")
}

fn is_unschedulable(condition: &BasicCondition) -> bool {
    condition.kind == "PodScheduled"
        && condition.status == "False"
        && condition.reason == "Unschedulable"
}

/// Whether the scheduler found no place for a pod.
pub(crate) fn unschedulable(pod: &Value) -> bool {
    access::conditions(&Object(pod.clone())).is_ok_and(|all| all.iter().any(is_unschedulable))
}
