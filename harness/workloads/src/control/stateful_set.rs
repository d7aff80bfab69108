//! Stateful sets: pods with names, made and replaced in order.
//!
//! Source: kubernetes `pkg/controller/statefulset/stateful_set_control.go`.

mod identity;
mod update;

use objects::{Object, Value};

use crate::control::{history, pods};
use crate::kind::{Key, Kind};
use crate::meta::{self, int, pod};
use crate::work::{Controller, Work};
use crate::world::{Done, World};

const REVISION: &str = "controller-revision-hash";

/// What one look at a stateful set knows.
struct View {
    set: Object,
    /// Revision of the pods that were, and of those to come.
    current: Object,
    update: Object,
    /// Pods by ordinal; those wanted, and those too many (highest first).
    wanted: Vec<(i64, Option<Object>)>,
    condemned: Vec<Object>,
    status: Value,
}

/// One look at a stateful set.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(set) = world.get(Kind::StatefulSet, &key.namespace, &key.name) else {
        return Ok(());
    };
    if set.is_deleting() {
        return Ok(());
    }
    let all = pods::claim(world, &set, Kind::Pod)?;
    let known = history::list(world, &set);
    let mut view = look(world, set, all, &known)?;
    let outcome = update::manage(world, &mut view);
    finish_rollout(&mut view);
    if view.set.at(&["status"]) != Some(&view.status) {
        let mut copy = view.set.clone();
        copy.set(&["status"], view.status.clone());
        world.update_status(&copy)?;
    }
    let mut live = vec![view.current.name(), view.update.name()];
    let status_revision = view.status.str_at(&["currentRevision"]).unwrap_or_default().to_owned();
    live.push(&status_revision);
    let used = view.wanted.iter().filter_map(|(_, one)| one.as_ref()).chain(&view.condemned);
    live.extend(used.filter_map(|one| one.label(REVISION)));
    history::truncate(world, &view.set, &known, &live)?;
    outcome
}

fn look(world: &mut World<'_>, set: Object, all: Vec<Object>, known: &[Object]) -> Done<View> {
    let collisions = int(&set, &["status", "collisionCount"], 0);
    let hash = history::hash_of(&history::data(&set), collisions);
    let update = history::current(world, &set, known, &hash, "controller.kubernetes.io/hash")?;
    let name = set.str_at(&["status", "currentRevision"]).unwrap_or_default();
    let current =
        known.iter().find(|one| one.name() == name).cloned().unwrap_or_else(|| update.clone());
    let start = int(&set, &["spec", "ordinals", "start"], 0);
    let count = int(&set, &["spec", "replicas"], 1).clamp(0, 10_000);
    let mut wanted: Vec<(i64, Option<Object>)> =
        (start..start + count).map(|ordinal| (ordinal, None)).collect();
    let mut condemned = Vec::new();
    for one in all {
        let Some(ordinal) = identity::ordinal(&set, &one) else { continue };
        match usize::try_from(ordinal - start).ok().and_then(|at| wanted.get_mut(at)) {
            Some(slot) => slot.1 = Some(one),
            None => condemned.push((ordinal, one)),
        }
    }
    condemned.sort_by_key(|(ordinal, _)| -ordinal);
    let condemned = condemned.into_iter().map(|(_, one)| one).collect();
    let mut view = View { set, current, update, wanted, condemned, status: Value::Null };
    view.status = count_pods(world, &view, collisions);
    Ok(view)
}

fn count_pods(world: &mut World<'_>, view: &View, collisions: i64) -> Value {
    let least = int(&view.set, &["spec", "minReadySeconds"], 0);
    let pods = view.wanted.iter().filter_map(|(_, one)| one.as_ref()).chain(&view.condemned);
    let (mut replicas, mut ready, mut available, mut current, mut updated) = (0, 0, 0, 0, 0);
    for one in pods {
        replicas += 1;
        if is_running_and_ready(one) {
            ready += 1;
            match pod::is_available(one, least, world.now) {
                Ok(yes) => available += i64::from(yes),
                Err(moment) => world.at(moment, Work::on(Controller::StatefulSet, &view.set)),
            }
        }
        if !one.is_deleting() {
            current += i64::from(one.label(REVISION) == Some(view.current.name()));
            updated += i64::from(one.label(REVISION) == Some(view.update.name()));
        }
    }
    let mut status = Value::from([
        ("observedGeneration", view.set.generation()),
        ("replicas", replicas),
        ("availableReplicas", available),
        ("collisionCount", collisions),
    ]);
    status.set(&["currentRevision"], view.current.name());
    status.set(&["updateRevision"], view.update.name());
    meta::set_count(&mut status, "readyReplicas", ready);
    meta::set_count(&mut status, "currentReplicas", current);
    meta::set_count(&mut status, "updatedReplicas", updated);
    status
}

fn is_running_and_ready(one: &Object) -> bool {
    pod::phase(one) == "Running" && pod::is_ready(one)
}

fn is_available(world: &World<'_>, set: &Object, one: &Object) -> bool {
    let least = int(set, &["spec", "minReadySeconds"], 0);
    pod::phase(one) == "Running" && pod::is_available(one, least, world.now) == Ok(true)
}

/// Every pod is new and ready: the update revision becomes the current one.
fn finish_rollout(view: &mut View) {
    let rolling = view.set.str_at(&["spec", "updateStrategy", "type"]) != Some("OnDelete");
    let count = |field: &str| int(&view.status, &[field], 0);
    let (updated, want) = (count("updatedReplicas"), view.wanted.len() as i64);
    let all = [updated, count("replicas"), count("readyReplicas")];
    if rolling && all.iter().all(|count| *count == want) {
        view.status.remove(&["currentReplicas"]);
        meta::set_count(&mut view.status, "currentReplicas", updated);
        let name = view.update.name().to_owned();
        view.status.set(&["currentRevision"], name);
    }
}
