//! Disruption budgets: how many pods may be evicted.
//!
//! Source: kubernetes `pkg/controller/disruption/disruption.go`.

use std::collections::BTreeSet;
use std::time::Duration;

use objects::{Object, Value};

use crate::kind::{Key, Kind};
use crate::meta::{self, int, moment_at, pod};
use crate::world::{Done, World};

/// How long an eviction is waited for before its pod counts again.
const EVICTION: Duration = Duration::from_secs(120);

/// One look at a budget.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(mut budget) = world.get(Kind::Budget, &key.namespace, &key.name) else {
        return Ok(());
    };
    let selector = budget.at(&["spec", "selector"]).cloned();
    let pods: Vec<Object> = world
        .mirror
        .list(Kind::Pod, &key.namespace)
        .into_iter()
        .filter(|one| meta::selects(selector.as_ref(), one))
        .cloned()
        .collect();
    if pods.is_empty() {
        world.event(&budget, "NoPods", "No matching pods found");
    }
    let (expected, desired) = targets(world, &budget, &pods);
    let evicted = pending_evictions(world, &budget, &pods);
    let gone = |one: &Object| evicted.get(one.name()).is_some();
    let healthy =
        pods.iter().filter(|one| !one.is_deleting() && !gone(one) && pod::is_ready(one)).count()
            as i64;
    let allowed = if expected > 0 { (healthy - desired).max(0) } else { 0 };
    let mut status = Value::from([
        ("observedGeneration", budget.generation()),
        ("currentHealthy", healthy),
        ("desiredHealthy", desired),
        ("expectedPods", expected),
        ("disruptionsAllowed", allowed),
    ]);
    if evicted.as_map().is_some_and(|map| !map.is_empty()) {
        status.set(&["disruptedPods"], evicted);
    }
    status.set(&["conditions"], vec![condition(world, &budget, allowed > 0)]);
    if budget.at(&["status"]) == Some(&status) {
        return Ok(());
    }
    budget.set(&["status"], status);
    world.update_status(&budget).map(|_| ())
}

/// Pods expected, and pods that must be healthy.
fn targets(world: &World<'_>, budget: &Object, pods: &[Object]) -> (i64, i64) {
    if let Some(limit) = budget.at(&["spec", "maxUnavailable"]) {
        let expected = controlled(world, pods);
        let most = meta::scaled(Some(limit), expected, true).unwrap_or(0);
        return (expected, (expected - most).max(0));
    }
    match budget.at(&["spec", "minAvailable"]) {
        Some(Value::Int(least)) => (pods.len() as i64, *least),
        limit => {
            let expected = controlled(world, pods);
            (expected, meta::scaled(limit, expected, true).unwrap_or(0))
        }
    }
}

/// The sizes of all controllers of these pods.
fn controlled(world: &World<'_>, pods: &[Object]) -> i64 {
    let mut seen = BTreeSet::new();
    let mut total = 0;
    for one in pods {
        let controllers = world.mirror.controllers(one);
        let scalable = controllers.iter().rev().find(|c| {
            matches!(Kind::of(c), Kind::Deployment | Kind::ReplicaSet | Kind::StatefulSet)
        });
        if let Some(scalable) = scalable
            && seen.insert(scalable.uid().to_owned())
        {
            total += int(scalable, &["spec", "replicas"], 1);
        }
    }
    total
}

fn pending_evictions(world: &World<'_>, budget: &Object, pods: &[Object]) -> Value {
    let mut pending = Value::map();
    let known = meta::map_at(budget, &["status", "disruptedPods"]);
    for (name, time) in known.into_iter().flatten() {
        let alive = pods.iter().any(|one| one.name() == &**name && !one.is_deleting());
        let since = moment_at(time, &[]).unwrap_or_default();
        if alive && since + EVICTION > world.now {
            pending.set(&[name], time.clone());
        }
    }
    pending
}

fn condition(world: &World<'_>, budget: &Object, allowed: bool) -> Value {
    let (status, reason) =
        if allowed { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    let known = budget.condition("DisruptionAllowed");
    let since = known
        .filter(|one| one.str_at(&["status"]) == Some(status))
        .and_then(|one| one.get("lastTransitionTime").cloned());
    Value::from([
        ("type", Value::from("DisruptionAllowed")),
        ("status", status.into()),
        ("reason", reason.into()),
        ("message", "".into()),
        ("observedGeneration", budget.generation().into()),
        ("lastTransitionTime", since.unwrap_or_else(|| world.stamp())),
    ])
}
