//! The Recreate strategy: every old pod goes before a new one comes.

use objects::Object;

use super::scale::resize;
use super::sets::Sets;
use super::{clean_up, counted_in, is_complete, replicas, status};
use crate::kind::Kind;
use crate::meta::pod;
use crate::world::{Done, World};

/// One step of a recreation.
pub(super) fn roll(world: &mut World<'_>, deployment: &mut Object, list: &[Object]) -> Done {
    let mut sets = Sets::find(world, deployment, list, false)?;
    let mut shrunk = false;
    for set in sets.old.iter_mut().filter(|set| replicas(set) > 0) {
        shrunk |= resize(world, deployment, set, 0)?;
    }
    if shrunk || old_pods_run(world, &sets) {
        return status::roll(world, deployment, &sets);
    }
    if sets.new.is_none() {
        sets = Sets::find(world, deployment, list, true)?;
    }
    let want = replicas(deployment);
    if let Some(new) = sets.new.as_mut() {
        resize(world, deployment, new, want)?;
    }
    let status = deployment.at(&["status"]).cloned().unwrap_or_default();
    if is_complete(deployment, &status) {
        clean_up(world, deployment, &sets.old)?;
    }
    status::roll(world, deployment, &sets)
}

fn old_pods_run(world: &World<'_>, sets: &Sets) -> bool {
    let old: Vec<&Object> = sets.old.iter().collect();
    if counted_in(&old, "replicas") > 0 {
        return true;
    }
    sets.old.iter().any(|set| {
        let pods = world.mirror.owned(set.uid(), Kind::Pod);
        pods.into_iter().any(|one| !pod::is_finished(one))
    })
}
