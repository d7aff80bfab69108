//! Objects of Flux whose controller is not built: they stand as declared, or are unknown.

use std::rc::Rc;

use flux::parts::State;
use flux::{Conditions, FINALIZER, FluxKind, reason};
use objects::{Object, ObjectId};

use crate::Standing;
use crate::persist::Persist;
use crate::queue::{Name, Outcome};
use crate::world::World;

/// Whether a kind has a controller here.
pub(crate) const fn has_controller(kind: FluxKind) -> bool {
    matches!(
        kind,
        FluxKind::GitRepository
            | FluxKind::Kustomization
            | FluxKind::HelmRepository
            | FluxKind::HelmChart
            | FluxKind::HelmRelease
            | FluxKind::OciRepository
            | FluxKind::Bucket
    )
}

/// Whether an object stands as declared although its kind has a controller.
pub(crate) fn is_declared(world: &World, kind: FluxKind, name: &Name) -> bool {
    declared(&world.settings.standing, kind, name).is_some_and(|known| known.kind == Some(kind))
}

pub(crate) async fn reconcile(world: Rc<World>, kind: FluxKind, name: Name) -> Outcome {
    let id =
        ObjectId { kind: kind.gvk().group_kind(), namespace: name.0.clone(), name: name.1.clone() };
    let Some(mut object) = world.cached(kind, &name.0, &name.1) else {
        world.notes.borrow_mut().clear(&id);
        return Outcome::Done;
    };
    if object.is_deleting() {
        release(&world, object).await;
        return Outcome::Done;
    }
    let Some(standing) = declared(&world.settings.standing, kind, &name) else {
        if !is_static(kind, &object) {
            world.note(id, format!("the controller for {} is not built yet", kind.kind()));
        }
        return Outcome::Done;
    };
    world.clock.sleep(standing.ready_after).await;
    let mut persist = Persist::new(object.clone(), "fluxrig");
    let mut conditions = Conditions::of(&object, world.stamp());
    conditions.set("Ready", State::True, reason::SUCCEEDED, "ready as declared");
    object.set(&["status", "conditions"], conditions.to_value());
    let generation = object.generation();
    object.set(&["status", "observedGeneration"], generation);
    let _ = persist.save(&world, &object).await;
    Outcome::Done
}

/// Kinds that are ready by being there: HelmRepository of type oci, and notifications.
fn is_static(kind: FluxKind, object: &Object) -> bool {
    let notification = matches!(kind, FluxKind::Alert | FluxKind::Provider);
    let oci = kind == FluxKind::HelmRepository && object.str_at(&["spec", "type"]) == Some("oci");
    notification || oci
}

fn declared<'a>(list: &'a [Standing], kind: FluxKind, name: &Name) -> Option<&'a Standing> {
    list.iter().find(|standing| {
        standing.kind.is_none_or(|wanted| wanted == kind)
            && (standing.namespace.is_empty() || standing.namespace == name.0)
            && (standing.name.is_empty() || standing.name == name.1)
    })
}

/// Lets a deleted object go: nobody else would take Flux's finalizer off.
async fn release(world: &World, mut object: Object) {
    let finalizers = object.list_at(&["metadata", "finalizers"]);
    if finalizers.iter().any(|finalizer| finalizer.as_str() == Some(FINALIZER)) {
        let mut persist = Persist::new(object.clone(), "fluxrig");
        crate::source::remove_finalizer(&mut object);
        let _ = persist.save(world, &object).await;
    }
}
