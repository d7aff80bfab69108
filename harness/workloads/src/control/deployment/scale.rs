//! Changing sizes: of one replica set, and of all in proportion.

use objects::Object;

use super::sets::{Sets, annotate_size};
use super::{
    DESIRED, MAXIMUM, clean_up, is_paused, is_recreate, max_surge, replicas, status, status_count,
    wanted_in,
};
use crate::world::{Done, World};

/// Gives a replica set a size, and says so. Whether anything changed.
pub(super) fn resize(
    world: &mut World<'_>,
    deployment: &Object,
    set: &mut Object,
    size: i64,
) -> Done<bool> {
    let before = replicas(set);
    let mut copy = set.clone();
    annotate_size(deployment, &mut copy);
    copy.set(&["spec", "replicas"], size);
    if copy == *set {
        return Ok(false);
    }
    *set = world.update(&copy)?;
    if before != size {
        let way = if size > before { "up" } else { "down" };
        let name = set.name();
        let message = format!("Scaled {way} replica set {name} from {before} to {size}");
        world.event(deployment, "ScalingReplicaSet", message);
    }
    Ok(before != size)
}

/// Whether the Deployment's size changed since its replica sets were sized.
pub(super) fn is_scaling(
    world: &mut World<'_>,
    deployment: &mut Object,
    list: &[Object],
) -> Done<bool> {
    let sets = Sets::find(world, deployment, list, false)?;
    let want = replicas(deployment);
    Ok(sets
        .all()
        .into_iter()
        .filter(|set| replicas(set) > 0)
        .any(|set| desired(set).is_some_and(|desired| desired != want)))
}

fn desired(set: &Object) -> Option<i64> {
    set.annotation(DESIRED)?.parse().ok()
}

/// Scales without rolling: for paused Deployments and changed sizes.
pub(super) fn sync(world: &mut World<'_>, deployment: &mut Object, list: &[Object]) -> Done {
    let mut sets = Sets::find(world, deployment, list, false)?;
    scale(world, deployment, &mut sets)?;
    if is_paused(deployment) {
        clean_up(world, deployment, &sets.old)?;
    }
    status::sync(world, deployment, &sets)
}

fn scale(world: &mut World<'_>, deployment: &Object, sets: &mut Sets) -> Done {
    let want = replicas(deployment);
    if let Some(set) = active_or_latest(sets) {
        if replicas(set) != want {
            resize(world, deployment, set, want)?;
        }
        return Ok(());
    }
    if sets.new.as_ref().is_some_and(|new| is_saturated(deployment, new)) {
        for set in sets.old.iter_mut().filter(|set| replicas(set) > 0) {
            resize(world, deployment, set, 0)?;
        }
        return Ok(());
    }
    if is_recreate(deployment) {
        return Ok(());
    }
    proportionally(world, deployment, sets)
}

/// The one active replica set; with none active the new, else the latest old one.
fn active_or_latest(sets: &mut Sets) -> Option<&mut Object> {
    let active = sets.all().into_iter().filter(|set| replicas(set) > 0).count();
    match active {
        0 if sets.new.is_some() => sets.new.as_mut(),
        0 => sets.old.last_mut(),
        1 => sets.old.iter_mut().chain(sets.new.as_mut()).find(|set| replicas(set) > 0),
        _ => None,
    }
}

fn is_saturated(deployment: &Object, set: &Object) -> bool {
    let want = replicas(deployment);
    replicas(set) == want
        && desired(set) == Some(want)
        && status_count(set, "availableReplicas") == want
}

fn proportionally(world: &mut World<'_>, deployment: &Object, sets: &mut Sets) -> Done {
    let want = replicas(deployment);
    let allowed = if want > 0 { want + max_surge(deployment) } else { 0 };
    let mut active: Vec<&mut Object> =
        sets.old.iter_mut().chain(sets.new.as_mut()).filter(|set| replicas(set) > 0).collect();
    let total = wanted_in(&active.iter().map(|set| &**set).collect::<Vec<_>>());
    let change = allowed - total;
    active.sort_by_key(|set| {
        let age = crate::meta::created(set).unix_nanos();
        (-replicas(set), if change > 0 { -age } else { age })
    });
    let mut added = 0;
    let mut sizes = Vec::new();
    for set in &active {
        let part = if change == 0 { 0 } else { proportion(deployment, set, change, added) };
        added += part;
        sizes.push(replicas(set) + part);
    }
    if let Some(first) = sizes.first_mut()
        && change != 0
    {
        *first = (*first + change - added).max(0);
    }
    for (set, size) in active.into_iter().zip(sizes) {
        resize(world, deployment, set, size)?;
    }
    Ok(())
}

fn proportion(deployment: &Object, set: &Object, change: i64, added: i64) -> i64 {
    let allowed = change - added;
    let fraction = fraction(deployment, set);
    if change > 0 { fraction.min(allowed) } else { fraction.max(allowed) }
}

fn fraction(deployment: &Object, set: &Object) -> i64 {
    let (want, have) = (replicas(deployment), replicas(set));
    if want == 0 {
        return -have;
    }
    let noted = set.annotation(MAXIMUM).and_then(|text| text.parse::<i64>().ok());
    let before = match noted {
        Some(before) if before > 0 => before,
        _ => status_count(deployment, "replicas").max(1),
    };
    let size = have as f64 * (want + max_surge(deployment)) as f64 / before as f64;
    size.round() as i64 - have
}
