//! Replica sets: as many pods as wanted, no more.
//!
//! Source: kubernetes `pkg/controller/replicaset`, `pkg/controller/controller_utils.go`.

use std::cmp::Reverse;

use client::Status;
use clock::Moment;
use objects::{Object, Value};

use crate::control::pods;
use crate::kind::{Key, Kind};
use crate::meta::{self, int, pod};
use crate::work::{Controller, Work};
use crate::world::{Done, World};

/// Pods that one look makes or deletes at most (kubernetes: `BurstReplicas`).
const BURST: i64 = 500;

/// One look at a replica set.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(set) = world.get(Kind::ReplicaSet, &key.namespace, &key.name) else {
        return Ok(());
    };
    let all = pods::claim(world, &set, Kind::Pod)?;
    let active: Vec<Object> = all.iter().filter(|one| pod::is_active(one)).cloned().collect();
    let leaving = all.iter().filter(|one| one.is_deleting() && !pod::is_finished(one)).count();
    let outcome = if set.is_deleting() { Ok(()) } else { manage(world, &set, &active) };
    let status = calculate(world, &set, &active, leaving as i64, outcome.as_ref().err());
    if set.at(&["status"]) != Some(&status) {
        let mut copy = set.clone();
        copy.set(&["status"], status);
        world.update_status(&copy)?;
    }
    outcome
}

fn manage(world: &mut World<'_>, set: &Object, active: &[Object]) -> Done {
    let want = int(set, &["spec", "replicas"], 1);
    let missing = want - active.len() as i64;
    if missing > 0 {
        let template = set.at(&["spec", "template"]).cloned().unwrap_or_default();
        let make = |_| {
            let mut pod = pods::from_template(set, &template);
            pod.set(&["metadata", "generateName"], format!("{}-", set.name()));
            pod
        };
        let (_, refused) = pods::create_many(world, set, missing.min(BURST), make);
        return refused.map_or(Ok(()), Err);
    }
    let mut ranked: Vec<&Object> = active.iter().collect();
    rank(&mut ranked);
    let surplus = usize::try_from((-missing).min(BURST)).unwrap_or(0);
    for one in ranked.into_iter().take(surplus) {
        pods::delete(world, set, one)?;
    }
    Ok(())
}

/// The pods that go first come first (`ActivePodsWithRanks`).
pub(super) fn rank(pods: &mut [&Object]) {
    pods.sort_by_cached_key(|one| {
        let phase = match pod::phase(one) {
            "Pending" => 0,
            "Running" => 2,
            _ => 1,
        };
        let cost: i64 = one
            .annotation("controller.kubernetes.io/pod-deletion-cost")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        let ready = pod::is_ready(one);
        let since =
            if ready { pod::ready_since(one).unwrap_or_default() } else { Moment::default() };
        (
            pod::is_scheduled(one),
            phase,
            ready,
            cost,
            Reverse(since),
            Reverse(restarts(one)),
            Reverse(meta::created(one)),
            one.name().to_owned(),
        )
    });
}

fn restarts(pod: &Object) -> i64 {
    let containers = pod.list_at(&["status", "containerStatuses"]).iter();
    containers.map(|one| int(one, &["restartCount"], 0)).max().unwrap_or(0)
}

fn calculate(
    world: &mut World<'_>,
    set: &Object,
    active: &[Object],
    leaving: i64,
    error: Option<&Status>,
) -> Value {
    let least = int(set, &["spec", "minReadySeconds"], 0);
    let labels = meta::map_at(set, &["spec", "template", "metadata", "labels"]);
    let (mut labelled, mut ready, mut available) = (0, 0, 0);
    for one in active {
        let fits = |labels| meta::matches_labels(labels, one, &["metadata", "labels"]);
        labelled += i64::from(labels.is_none_or(fits));
        ready += i64::from(pod::is_ready(one));
        match pod::is_available(one, least, world.now) {
            Ok(yes) => available += i64::from(yes),
            Err(moment) => world.at(moment, Work::on(Controller::ReplicaSet, set)),
        }
    }
    let mut status = Value::from([
        ("replicas", active.len() as i64),
        ("observedGeneration", set.generation()),
        ("terminatingReplicas", leaving),
    ]);
    meta::set_count(&mut status, "fullyLabeledReplicas", labelled);
    meta::set_count(&mut status, "readyReplicas", ready);
    meta::set_count(&mut status, "availableReplicas", available);
    let missing = int(set, &["spec", "replicas"], 1) - active.len() as i64;
    let conditions = conditions(world, set, missing, error);
    if !conditions.is_empty() {
        status.set(&["conditions"], conditions);
    }
    status
}

fn conditions(world: &World<'_>, set: &Object, missing: i64, error: Option<&Status>) -> Vec<Value> {
    let mut conditions = set.list_at(&["status", "conditions"]).to_vec();
    let known = set.condition("ReplicaFailure").is_some();
    match error {
        Some(error) if !known => conditions.push(Value::from([
            ("type", Value::from("ReplicaFailure")),
            ("status", "True".into()),
            ("reason", if missing > 0 { "FailedCreate" } else { "FailedDelete" }.into()),
            ("message", error.message.as_str().into()),
            ("lastTransitionTime", world.stamp()),
        ])),
        None if known => {
            conditions.retain(|one| one.str_at(&["type"]) != Some("ReplicaFailure"));
        }
        _ => {}
    }
    conditions
}
