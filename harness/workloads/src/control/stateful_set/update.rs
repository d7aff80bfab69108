//! The order in which pods of a stateful set come, go and are replaced.

use objects::Object;

use super::{REVISION, View, identity, is_available, is_running_and_ready};
use crate::meta::{self, int, pod};
use crate::world::{Done, World};

/// One step: pods that are missing, pods that are too many, pods of an old template.
pub(super) fn manage(world: &mut World<'_>, view: &mut View) -> Done {
    let in_order = view.set.str_at(&["spec", "podManagementPolicy"]) != Some("Parallel");
    if !fill(world, view, in_order)? || !shrink(world, view, in_order)? {
        return Ok(());
    }
    if view.set.str_at(&["spec", "updateStrategy", "type"]) == Some("OnDelete") {
        return Ok(());
    }
    replace(world, view)
}

fn partition(set: &Object) -> i64 {
    int(set, &["spec", "updateStrategy", "rollingUpdate", "partition"], 0)
}

/// Makes pods that are missing. Whether the next stage may begin.
fn fill(world: &mut World<'_>, view: &View, in_order: bool) -> Done<bool> {
    let start = int(&view.set, &["spec", "ordinals", "start"], 0);
    let rolling = view.set.str_at(&["spec", "updateStrategy", "type"]) != Some("OnDelete");
    for (ordinal, slot) in &view.wanted {
        match slot {
            Some(one) if pod::is_finished(one) => {
                if !one.is_deleting() {
                    identity::delete(world, &view.set, one)?;
                }
                if in_order {
                    return Ok(false);
                }
            }
            Some(one) => {
                if in_order && (one.is_deleting() || !is_available(world, &view.set, one)) {
                    return Ok(false);
                }
            }
            None => {
                let old = rolling && *ordinal < start + partition(&view.set);
                let revision = if old { &view.current } else { &view.update };
                identity::create(world, &view.set, revision, *ordinal)?;
                if in_order {
                    return Ok(false);
                }
            }
        }
    }
    Ok(true)
}

/// Deletes pods that are too many, highest ordinal first.
fn shrink(world: &mut World<'_>, view: &View, in_order: bool) -> Done<bool> {
    let unhealthy = view
        .wanted
        .iter()
        .filter_map(|(_, one)| one.as_ref())
        .chain(view.condemned.iter().rev())
        .find(|one| !is_running_and_ready(one) || one.is_deleting())
        .map(Object::name);
    for one in &view.condemned {
        identity::hand_claims_to(world, &view.set, one)?;
        if one.is_deleting() {
            if in_order {
                return Ok(false);
            }
            continue;
        }
        if in_order && !is_running_and_ready(one) && unhealthy != Some(one.name()) {
            return Ok(false);
        }
        identity::delete(world, &view.set, one)?;
        if in_order {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Replaces the highest pod of an old template, once all above it are healthy.
fn replace(world: &mut World<'_>, view: &mut View) -> Done {
    let start = int(&view.set, &["spec", "ordinals", "start"], 0);
    let least = start + partition(&view.set);
    for (ordinal, slot) in view.wanted.iter().rev() {
        if *ordinal < least {
            return Ok(());
        }
        let Some(one) = slot else { return Ok(()) };
        let old = one.label(REVISION) != Some(view.update.name());
        if old && !one.is_deleting() {
            identity::delete(world, &view.set, one)?;
            let current = int(&view.status, &["currentReplicas"], 0) - 1;
            view.status.remove(&["currentReplicas"]);
            meta::set_count(&mut view.status, "currentReplicas", current.max(0));
            return Ok(());
        }
        if one.is_deleting() || !is_available(world, &view.set, one) {
            return Ok(());
        }
    }
    Ok(())
}
