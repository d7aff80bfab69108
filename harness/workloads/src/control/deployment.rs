//! Deployments: replica sets come and go, so that pods change without a gap.
//!
//! Source: kubernetes `pkg/controller/deployment`. Start at [`sync`].

mod recreate;
mod rolling;
mod scale;
mod sets;
mod status;

use objects::{Object, Value};

use crate::kind::{Key, Kind};
use crate::meta::{self, int};
use crate::world::{Done, World};

use sets::Sets;

pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
pub(super) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
pub(super) const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";

/// One look at a Deployment.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(mut deployment) = world.get(Kind::Deployment, &key.namespace, &key.name) else {
        return Ok(());
    };
    let list = sets::of(world, &deployment)?;
    if deployment.is_deleting() {
        let sets = Sets::find(world, &mut deployment, &list, false)?;
        return status::sync(world, &mut deployment, &sets);
    }
    status::note_pause(world, &mut deployment)?;
    if is_paused(&deployment) {
        return scale::sync(world, &mut deployment, &list);
    }
    if scale::is_scaling(world, &mut deployment, &list)? {
        return scale::sync(world, &mut deployment, &list);
    }
    match deployment.str_at(&["spec", "strategy", "type"]) {
        Some("Recreate") => recreate::roll(world, &mut deployment, &list),
        _ => rolling::roll(world, &mut deployment, &list),
    }
}

fn is_paused(deployment: &Object) -> bool {
    deployment.bool_at(&["spec", "paused"]) == Some(true)
}

/// `spec.replicas`, 1 where it is absent.
fn replicas(object: &Object) -> i64 {
    int(object, &["spec", "replicas"], 1)
}

fn status_count(object: &Object, field: &str) -> i64 {
    int(object, &["status", field], 0)
}

fn wanted_in(sets: &[&Object]) -> i64 {
    sets.iter().map(|set| replicas(set)).sum()
}

fn counted_in(sets: &[&Object], field: &str) -> i64 {
    sets.iter().map(|set| status_count(set, field)).sum()
}

fn is_recreate(deployment: &Object) -> bool {
    deployment.str_at(&["spec", "strategy", "type"]) == Some("Recreate")
}

/// Surge and unavailability in pods (`ResolveFenceposts`): one of them is never zero.
fn fenceposts(deployment: &Object) -> (i64, i64) {
    if is_recreate(deployment) {
        return (0, 0);
    }
    let total = replicas(deployment);
    let limit = |key: &str, up: bool| {
        let value = deployment.at(&["spec", "strategy", "rollingUpdate", key]);
        meta::scaled(value.or(Some(&Value::from("25%"))), total, up).unwrap_or(0)
    };
    let (surge, unavailable) = (limit("maxSurge", true), limit("maxUnavailable", false));
    if surge == 0 && unavailable == 0 { (0, 1) } else { (surge, unavailable) }
}

fn max_surge(deployment: &Object) -> i64 {
    fenceposts(deployment).0
}

fn max_unavailable(deployment: &Object) -> i64 {
    let total = replicas(deployment);
    if total == 0 { 0 } else { fenceposts(deployment).1.min(total) }
}

/// Whether every pod is of the newest template and available.
fn is_complete(deployment: &Object, status: &Value) -> bool {
    let want = replicas(deployment);
    let count = |field: &str| int(status, &[field], 0);
    count("updatedReplicas") == want
        && count("replicas") == want
        && count("availableReplicas") == want
        && count("observedGeneration") >= deployment.generation()
}

/// Deletes replica sets beyond the history limit, oldest revision first.
fn clean_up(world: &mut World<'_>, deployment: &Object, old: &[Object]) -> Done {
    let limit = int(deployment, &["spec", "revisionHistoryLimit"], 10);
    let mut alive: Vec<&Object> = old.iter().filter(|set| !set.is_deleting()).collect();
    let Ok(surplus) = usize::try_from(alive.len() as i64 - limit) else { return Ok(()) };
    alive.sort_by_key(|set| sets::revision(set));
    for set in alive.into_iter().take(surplus) {
        let busy = status_count(set, "replicas") != 0
            || replicas(set) != 0
            || set.generation() > status_count(set, "observedGeneration");
        if !busy {
            world.delete(set, None)?;
        }
    }
    Ok(())
}
