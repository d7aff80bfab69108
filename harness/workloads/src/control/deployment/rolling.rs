//! Rolling updates: up within the surge, down within what may be unavailable.

use objects::Object;

use super::scale::resize;
use super::sets::Sets;
use super::{
    clean_up, counted_in, is_complete, max_surge, max_unavailable, replicas, status, status_count,
    wanted_in,
};
use crate::world::{Done, World};

/// One step of a rolling update.
pub(super) fn roll(world: &mut World<'_>, deployment: &mut Object, list: &[Object]) -> Done {
    let mut sets = Sets::find(world, deployment, list, true)?;
    if grow_new(world, deployment, &mut sets)? || shrink_old(world, deployment, &mut sets)? {
        return status::roll(world, deployment, &sets);
    }
    let status = deployment.at(&["status"]).cloned().unwrap_or_default();
    if is_complete(deployment, &status) {
        clean_up(world, deployment, &sets.old)?;
    }
    status::roll(world, deployment, &sets)
}

fn grow_new(world: &mut World<'_>, deployment: &Object, sets: &mut Sets) -> Done<bool> {
    let total = wanted_in(&sets.all());
    let Some(new) = sets.new.as_mut() else { return Ok(false) };
    let (want, have) = (replicas(deployment), replicas(new));
    if have == want {
        return Ok(false);
    }
    if have > want {
        return resize(world, deployment, new, want);
    }
    let room = want + max_surge(deployment) - total;
    if room <= 0 {
        return Ok(false);
    }
    resize(world, deployment, new, have + room.min(want - have))
}

fn shrink_old(world: &mut World<'_>, deployment: &Object, sets: &mut Sets) -> Done<bool> {
    if wanted_in(&sets.old.iter().collect::<Vec<_>>()) == 0 {
        return Ok(false);
    }
    let least = replicas(deployment) - max_unavailable(deployment);
    let missing =
        sets.new.as_ref().map_or(0, |new| replicas(new) - status_count(new, "availableReplicas"));
    let most = wanted_in(&sets.all()) - least - missing;
    if most <= 0 {
        return Ok(false);
    }
    let unhealthy = drop_unhealthy(world, deployment, sets, most)?;
    let available = drop_available(world, deployment, sets, least)?;
    Ok(unhealthy + available > 0)
}

/// Old pods that are not available go first.
fn drop_unhealthy(
    world: &mut World<'_>,
    deployment: &Object,
    sets: &mut Sets,
    most: i64,
) -> Done<i64> {
    let mut dropped = 0;
    for set in &mut sets.old {
        let (have, healthy) = (replicas(set), status_count(set, "availableReplicas"));
        if dropped >= most {
            break;
        }
        if have == 0 || have == healthy {
            continue;
        }
        let count = (most - dropped).min(have - healthy);
        resize(world, deployment, set, have - count)?;
        dropped += count;
    }
    Ok(dropped)
}

fn drop_available(
    world: &mut World<'_>,
    deployment: &Object,
    sets: &mut Sets,
    least: i64,
) -> Done<i64> {
    let available = counted_in(&sets.all(), "availableReplicas");
    let most = available - least;
    let mut dropped = 0;
    for set in &mut sets.old {
        if dropped >= most {
            break;
        }
        let have = replicas(set);
        if have == 0 {
            continue;
        }
        let count = have.min(most - dropped);
        resize(world, deployment, set, have - count)?;
        dropped += count;
    }
    Ok(dropped)
}
