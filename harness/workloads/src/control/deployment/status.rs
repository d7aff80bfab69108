//! A Deployment's status and conditions, and the deadline for progress.

use std::time::Duration;

use objects::{Object, Value};

use super::sets::Sets;
use super::{counted_in, is_complete, is_paused, max_unavailable, replicas, wanted_in};
use crate::meta::{self, int, moment_at};
use crate::work::{Controller, Work};
use crate::world::{Done, World};

/// Whether progress has a deadline (2147483647 stands for none).
pub(super) fn has_deadline(deployment: &Object) -> bool {
    deadline(deployment).is_some()
}

fn deadline(deployment: &Object) -> Option<Duration> {
    let seconds = deployment.int_at(&["spec", "progressDeadlineSeconds"])?;
    if seconds == i64::from(i32::MAX) {
        return None;
    }
    u64::try_from(seconds).ok().map(Duration::from_secs)
}

fn condition(world: &World<'_>, kind: &str, status: &str, reason: &str, message: &str) -> Value {
    Value::from([
        ("type", Value::from(kind)),
        ("status", status.into()),
        ("reason", reason.into()),
        ("message", message.into()),
        ("lastUpdateTime", world.stamp()),
        ("lastTransitionTime", world.stamp()),
    ])
}

/// Sets a condition as `SetDeploymentCondition` does: nothing for the same status
/// and reason, else at the end of the list.
fn put(conditions: &mut Vec<Value>, mut new: Value) {
    let text = |value: &Value, key: &str| value.str_at(&[key]).map(str::to_owned);
    let kind = text(&new, "type");
    if let Some(known) = conditions.iter().find(|one| text(one, "type") == kind) {
        let same_status = text(known, "status") == text(&new, "status");
        if same_status && text(known, "reason") == text(&new, "reason") {
            return;
        }
        if same_status && let Some(time) = known.at(&["lastTransitionTime"]) {
            new.set(&["lastTransitionTime"], time.clone());
        }
    }
    conditions.retain(|one| text(one, "type") != kind);
    conditions.push(new);
}

fn find<'a>(conditions: &'a [Value], kind: &str) -> Option<&'a Value> {
    conditions.iter().find(|one| one.str_at(&["type"]) == Some(kind))
}

fn drop_condition(conditions: &mut Vec<Value>, kind: &str) {
    conditions.retain(|one| one.str_at(&["type"]) != Some(kind));
}

/// Sets `Progressing` on the Deployment itself.
pub(super) fn set_progress(
    world: &World<'_>,
    deployment: &mut Object,
    status: &str,
    reason: &str,
    message: &str,
) {
    let mut conditions = deployment.list_at(&["status", "conditions"]).to_vec();
    put(&mut conditions, condition(world, "Progressing", status, reason, message));
    deployment.set(&["status", "conditions"], conditions);
}

/// Notes that a Deployment was paused or resumed, which stops its deadline.
pub(super) fn note_pause(world: &mut World<'_>, deployment: &mut Object) -> Done {
    if !has_deadline(deployment) {
        return Ok(());
    }
    let known = deployment.condition("Progressing").and_then(|one| one.str_at(&["reason"]));
    let (reason, message) = match (known, is_paused(deployment)) {
        (Some("ProgressDeadlineExceeded"), _) => return Ok(()),
        (known, true) if known != Some("DeploymentPaused") => {
            ("DeploymentPaused", "Deployment is paused")
        }
        (Some("DeploymentPaused"), false) => ("DeploymentResumed", "Deployment is resumed"),
        _ => return Ok(()),
    };
    set_progress(world, deployment, "Unknown", reason, message);
    // Like the real controller this goes on with the old version: if it writes
    // again in this look, it is refused and looks again.
    world.update_status(deployment)?;
    Ok(())
}

/// The status that the replica sets give.
fn calculate(world: &World<'_>, deployment: &Object, sets: &Sets) -> Value {
    let all = sets.all();
    let available = counted_in(&all, "availableReplicas");
    let new: Vec<&Object> = sets.new.iter().collect();
    let mut status = Value::from([("observedGeneration", deployment.generation())]);
    meta::set_count(&mut status, "replicas", counted_in(&all, "replicas"));
    meta::set_count(&mut status, "updatedReplicas", counted_in(&new, "replicas"));
    meta::set_count(&mut status, "readyReplicas", counted_in(&all, "readyReplicas"));
    meta::set_count(&mut status, "availableReplicas", available);
    let unavailable = (wanted_in(&all) - available).max(0);
    meta::set_count(&mut status, "unavailableReplicas", unavailable);
    status.set(&["terminatingReplicas"], counted_in(&all, "terminatingReplicas"));
    if let Some(count) = deployment.at(&["status", "collisionCount"]) {
        status.set(&["collisionCount"], count.clone());
    }
    let mut conditions = deployment.list_at(&["status", "conditions"]).to_vec();
    let enough = available >= replicas(deployment) - max_unavailable(deployment);
    let (value, reason, message) = match enough {
        true => ("True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        false => (
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.",
        ),
    };
    put(&mut conditions, condition(world, "Available", value, reason, message));
    status.set(&["conditions"], conditions);
    status
}

/// Writes the status without looking at progress.
pub(super) fn sync(world: &mut World<'_>, deployment: &mut Object, sets: &Sets) -> Done {
    let status = calculate(world, deployment, sets);
    write(world, deployment, status).map(|_| ())
}

fn write(world: &mut World<'_>, deployment: &mut Object, status: Value) -> Done<bool> {
    if deployment.at(&["status"]) == Some(&status) {
        return Ok(false);
    }
    deployment.set(&["status"], status);
    *deployment = world.update_status(deployment)?;
    Ok(true)
}

/// Writes the status during a rollout: progress, completion, and the deadline.
pub(super) fn roll(world: &mut World<'_>, deployment: &mut Object, sets: &Sets) -> Done {
    let mut status = calculate(world, deployment, sets);
    let mut conditions = status.list_at(&["conditions"]).to_vec();
    if !has_deadline(deployment) {
        drop_condition(&mut conditions, "Progressing");
    }
    let reason = deployment.condition("Progressing").and_then(|one| one.str_at(&["reason"]));
    let count = |field: &str| int(&status, &[field], 0);
    let finished =
        count("replicas") == count("updatedReplicas") && reason == Some("NewReplicaSetAvailable");
    if has_deadline(deployment) && !finished {
        progress(world, deployment, sets, &status, &mut conditions);
    }
    let failure = sets.new.iter().chain(&sets.old).find_map(|set| set.condition("ReplicaFailure"));
    match failure {
        Some(failure) => put(&mut conditions, replica_failure(failure)),
        None => drop_condition(&mut conditions, "ReplicaFailure"),
    }
    status.set(&["conditions"], conditions);
    if !write(world, deployment, status)? {
        watch_deadline(world, deployment);
    }
    Ok(())
}

fn replica_failure(of_set: &Value) -> Value {
    let mut condition = of_set.clone();
    if let Some(time) = of_set.at(&["lastTransitionTime"]) {
        condition.set(&["lastUpdateTime"], time.clone());
    }
    condition
}

fn progress(
    world: &World<'_>,
    deployment: &Object,
    sets: &Sets,
    status: &Value,
    conditions: &mut Vec<Value>,
) {
    let name = match &sets.new {
        Some(new) => format!("ReplicaSet \"{}\"", new.name()),
        None => format!("Deployment \"{}\"", deployment.name()),
    };
    if is_complete(deployment, status) {
        let message = format!("{name} has successfully progressed.");
        put(
            conditions,
            condition(world, "Progressing", "True", "NewReplicaSetAvailable", &message),
        );
    } else if progressed(deployment, status) {
        let message = format!("{name} is progressing.");
        let mut new = condition(world, "Progressing", "True", "ReplicaSetUpdated", &message);
        if let Some(known) = find(conditions, "Progressing") {
            if known.str_at(&["status"]) == Some("True")
                && let Some(time) = known.at(&["lastTransitionTime"])
            {
                new.set(&["lastTransitionTime"], time.clone());
            }
            drop_condition(conditions, "Progressing");
        }
        conditions.push(new);
    } else if timed_out(world, deployment, conditions) {
        let message = format!("{name} has timed out progressing.");
        let reason = "ProgressDeadlineExceeded";
        put(conditions, condition(world, "Progressing", "False", reason, &message));
    }
}

fn progressed(deployment: &Object, status: &Value) -> bool {
    let old = |field: &str| int(deployment, &["status", field], 0);
    let new = |field: &str| int(status, &[field], 0);
    new("updatedReplicas") > old("updatedReplicas")
        || new("replicas") - new("updatedReplicas") < old("replicas") - old("updatedReplicas")
        || new("readyReplicas") > old("readyReplicas")
        || new("availableReplicas") > old("availableReplicas")
}

fn timed_out(world: &World<'_>, deployment: &Object, conditions: &[Value]) -> bool {
    let Some(known) = find(conditions, "Progressing") else { return false };
    match known.str_at(&["reason"]) {
        Some("NewReplicaSetAvailable") => false,
        Some("ProgressDeadlineExceeded") => true,
        _ => {
            let since = moment_at(known, &["lastUpdateTime"]).unwrap_or_default();
            deadline(deployment).is_some_and(|deadline| since + deadline < world.now)
        }
    }
}

/// Comes back when the deadline has passed (`requeueStuckDeployment`).
fn watch_deadline(world: &mut World<'_>, deployment: &Object) {
    let Some(deadline) = deadline(deployment) else { return };
    let Some(known) = deployment.condition("Progressing") else { return };
    let status = deployment.at(&["status"]).cloned().unwrap_or_default();
    if is_complete(deployment, &status)
        || known.str_at(&["reason"]) == Some("ProgressDeadlineExceeded")
    {
        return;
    }
    let since = moment_at(known, &["lastUpdateTime"]).unwrap_or(world.now);
    let due = since + deadline + Duration::from_secs(1);
    if due > world.now {
        world.at(due, Work::on(Controller::Deployment, deployment));
    }
}
