//! Volumes: available, bound, released, gone.

use objects::Object;

use super::claims::set_phase;
use crate::kind::{Key, Kind};
use crate::world::{Done, World};

/// One look at a volume.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(mut volume) = world.get(Kind::Volume, "", &key.name) else { return Ok(()) };
    let uid = volume.str_at(&["spec", "claimRef", "uid"]).unwrap_or_default().to_owned();
    if uid.is_empty() {
        if volume.is_deleting() {
            return Ok(());
        }
        return set_phase(world, &mut volume, "Available");
    }
    if claim_of(world, &volume).is_some_and(|claim| claim.uid() == uid) {
        return set_phase(world, &mut volume, "Bound");
    }
    set_phase(world, &mut volume, "Released")?;
    if volume.is_deleting() {
        return Ok(());
    }
    if volume.str_at(&["spec", "persistentVolumeReclaimPolicy"]) == Some("Delete") {
        return world.delete(&volume, None);
    }
    Ok(())
}

fn claim_of(world: &World<'_>, volume: &Object) -> Option<Object> {
    let text = |key: &str| volume.str_at(&["spec", "claimRef", key]).unwrap_or_default();
    world.get(Kind::Claim, text("namespace"), text("name"))
}
