//! A Deployment's replica sets: which is the new one, and making it.

use client::Status;
use objects::{Map, Object, Value};

use super::{DESIRED, MAXIMUM, REVISION, is_recreate, max_surge, replicas, status, wanted_in};
use crate::control::{hash, pods};
use crate::kind::Kind;
use crate::meta;
use crate::world::{Done, World};

const HASH: &str = "pod-template-hash";
const HISTORY: &str = "deployment.kubernetes.io/revision-history";

/// Annotations that stay with their object.
const OWN: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAXIMUM,
    "deprecated.deployment.rollback.to",
];

/// The replica sets of a Deployment.
#[derive(Debug, Default)]
pub(super) struct Sets {
    /// The one of the present template.
    pub(super) new: Option<Object>,
    /// The others, oldest first.
    pub(super) old: Vec<Object>,
}

/// The replica sets that a Deployment controls; orphans that match are adopted.
pub(super) fn of(world: &mut World<'_>, deployment: &Object) -> Done<Vec<Object>> {
    pods::claim(world, deployment, Kind::ReplicaSet)
}

/// `deployment.kubernetes.io/revision`, 0 where there is none.
pub(super) fn revision(set: &Object) -> i64 {
    set.annotation(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0)
}

impl Sets {
    /// All of them, the new one last.
    pub(super) fn all(&self) -> Vec<&Object> {
        self.old.iter().chain(self.new.as_ref()).collect()
    }

    /// Sorts the replica sets, brings the new one's annotations up to date, and
    /// makes it where it is missing and `create` says so.
    pub(super) fn find(
        world: &mut World<'_>,
        deployment: &mut Object,
        list: &[Object],
        create: bool,
    ) -> Done<Self> {
        let mut sorted = list.to_vec();
        sorted.sort_by(|a, b| (meta::created(a), a.name()).cmp(&(meta::created(b), b.name())));
        let template = deployment.at(&["spec", "template"]).cloned().unwrap_or_default();
        let found = sorted.iter().position(|set| same_template(set, &template));
        let new = found.map(|at| sorted.remove(at));
        let old = sorted;
        let next = old.iter().map(revision).max().unwrap_or(0) + 1;
        let new = match new {
            Some(set) => Some(adopt_new(world, deployment, set, next)?),
            None if create => Some(make(world, deployment, &old, next, &template)?),
            None => None,
        };
        Ok(Self { new, old })
    }
}

fn same_template(set: &Object, template: &Value) -> bool {
    let Some(mut own) = set.at(&["spec", "template"]).cloned() else { return false };
    own.remove(&["metadata", "labels", HASH]);
    let mut wanted = template.clone();
    wanted.remove(&["metadata", "labels", HASH]);
    own == wanted
}

/// The new replica set exists: its annotations and the Deployment's revision follow.
fn adopt_new(
    world: &mut World<'_>,
    deployment: &mut Object,
    set: Object,
    next: i64,
) -> Done<Object> {
    let mut copy = set.clone();
    annotate(deployment, &mut copy, next, true);
    let least = deployment.at(&["spec", "minReadySeconds"]);
    if least != copy.at(&["spec", "minReadySeconds"]) {
        match least.cloned() {
            Some(least) => copy.set(&["spec", "minReadySeconds"], least),
            None => {
                copy.remove(&["spec", "minReadySeconds"]);
            }
        }
    }
    if copy != set {
        copy = world.update(&copy)?;
    }
    let mut changed = set_revision(deployment, revision(&copy));
    if status::has_deadline(deployment) && deployment.condition("Progressing").is_none() {
        let message = format!("Found new replica set \"{}\"", copy.name());
        status::set_progress(world, deployment, "True", "FoundNewReplicaSet", &message);
        changed = true;
    }
    if changed {
        *deployment = world.update_status(deployment)?;
    }
    Ok(copy)
}

fn set_revision(deployment: &mut Object, revision: i64) -> bool {
    let text = revision.to_string();
    if deployment.annotation(REVISION) == Some(&text) {
        return false;
    }
    deployment.set(&["metadata", "annotations", REVISION], text);
    true
}

fn make(
    world: &mut World<'_>,
    deployment: &mut Object,
    old: &[Object],
    next: i64,
    template: &Value,
) -> Done<Object> {
    let collisions = deployment.int_at(&["status", "collisionCount"]);
    let hash = hash::template(template, collisions);
    let mut set = blank(deployment, template, &hash);
    let count = first_size(deployment, old);
    set.set(&["spec", "replicas"], count);
    annotate(deployment, &mut set, next, false);
    match world.create(set.0.clone()) {
        Ok(made) => {
            if count > 0 {
                let message = format!("Scaled up replica set {} from 0 to {count}", made.name());
                world.event(deployment, "ScalingReplicaSet", message);
            }
            let changed = set_revision(deployment, next);
            if status::has_deadline(deployment) {
                let message = format!("Created new replica set \"{}\"", made.name());
                status::set_progress(world, deployment, "True", "NewReplicaSetCreated", &message);
                *deployment = world.update_status(deployment)?;
            } else if changed {
                *deployment = world.update_status(deployment)?;
            }
            Ok(made)
        }
        Err(error) if error.already_exists() => collide(world, deployment, &set, error),
        Err(error) => fail(world, deployment, &set, error),
    }
}

/// The name is taken by a replica set that is not ours: count the collision and try again.
fn collide(
    world: &mut World<'_>,
    deployment: &mut Object,
    set: &Object,
    error: Status,
) -> Done<Object> {
    if let Some(known) = world.get(Kind::ReplicaSet, set.namespace(), set.name())
        && meta::is_controlled_by(&known, deployment.uid())
    {
        return Ok(known);
    }
    let count = deployment.int_at(&["status", "collisionCount"]).unwrap_or(0) + 1;
    deployment.set(&["status", "collisionCount"], count);
    world.update_status(deployment)?;
    Err(error)
}

fn fail(
    world: &mut World<'_>,
    deployment: &mut Object,
    set: &Object,
    error: Status,
) -> Done<Object> {
    let message = format!("Failed to create new replica set \"{}\": {error}", set.name());
    if status::has_deadline(deployment) {
        status::set_progress(world, deployment, "False", "ReplicaSetCreateError", &message);
        world.update_status(deployment)?;
    }
    world.warn(deployment, "ReplicaSetCreateError", &message);
    Err(error)
}

fn blank(deployment: &Object, template: &Value, hash: &str) -> Object {
    let mut template = template.clone();
    template.set(&["metadata", "labels", HASH], hash);
    let mut selector = deployment.at(&["spec", "selector"]).cloned().unwrap_or_default();
    selector.set(&["matchLabels", HASH], hash);
    let labels = template.at(&["metadata", "labels"]).cloned().unwrap_or_default();
    let mut set = Object(Value::from([("apiVersion", "apps/v1"), ("kind", "ReplicaSet")]));
    set.set(&["metadata", "name"], format!("{}-{hash}", deployment.name()));
    set.set(&["metadata", "namespace"], deployment.namespace());
    set.set(&["metadata", "labels"], labels);
    set.set(&["metadata", "ownerReferences"], vec![meta::owner_reference(deployment)]);
    set.set(&["spec", "selector"], selector);
    set.set(&["spec", "template"], template);
    if let Some(least) = deployment.at(&["spec", "minReadySeconds"]) {
        set.set(&["spec", "minReadySeconds"], least.clone());
    }
    set.set(&["status"], Value::from([("replicas", 0)]));
    set
}

/// With how many pods the new replica set starts (`NewRSNewReplicas`).
fn first_size(deployment: &Object, old: &[Object]) -> i64 {
    let want = replicas(deployment);
    if is_recreate(deployment) {
        return want;
    }
    let old: Vec<&Object> = old.iter().collect();
    let room = want + max_surge(deployment) - wanted_in(&old);
    room.clamp(0, want)
}

/// The new replica set's annotations (`SetNewReplicaSetAnnotations`).
fn annotate(deployment: &Object, set: &mut Object, next: i64, exists: bool) {
    let own = meta::map_at(deployment, &["metadata", "annotations"]).cloned();
    for (key, value) in &own.unwrap_or_else(Map::new) {
        if !OWN.contains(&key.as_ref()) {
            set.set(&["metadata", "annotations", key], value.clone());
        }
    }
    let known = set.annotation(REVISION).map(str::to_owned);
    let before = known.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
    if before < next {
        set.set(&["metadata", "annotations", REVISION], next.to_string());
        if let Some(known) = known {
            let history = match set.annotation(HISTORY) {
                Some(history) if !history.is_empty() => format!("{history},{known}"),
                _ => known,
            };
            set.set(&["metadata", "annotations", HISTORY], history);
        }
    }
    if !exists {
        annotate_size(deployment, set);
    }
}

/// Notes the Deployment's size on a replica set, for later proportional scaling.
pub(super) fn annotate_size(deployment: &Object, set: &mut Object) {
    let want = replicas(deployment);
    set.set(&["metadata", "annotations", DESIRED], want.to_string());
    let most = want + max_surge(deployment);
    set.set(&["metadata", "annotations", MAXIMUM], most.to_string());
}
