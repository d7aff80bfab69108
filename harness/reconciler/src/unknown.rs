//! How far the unknown reaches: what rests on an unknown object is unknown too.

use std::collections::BTreeMap;

use flux::{FluxKind, Kustomization};
use objects::{Object, ObjectId};

use crate::Note;
use crate::world::World;

/// The notes, and one for every Kustomization that rests on a noted object.
pub(crate) fn spread(world: &World) -> Vec<Note> {
    let notes = world.notes.borrow().list().into_iter();
    let mut known: BTreeMap<ObjectId, String> = notes.map(|note| (note.object, note.why)).collect();
    let informers = world.informers.borrow();
    loop {
        let resting = informers.list(FluxKind::Kustomization).find_map(|object| {
            let id = object.id();
            if known.contains_key(&id) {
                return None;
            }
            let base = bases(object).into_iter().find(|base| known.contains_key(base))?;
            Some((id, format!("it rests on {base}, whose state is unknown")))
        });
        match resting {
            Some((id, why)) => {
                known.insert(id, why);
            }
            None => break,
        }
    }
    known.into_iter().map(|(object, why)| Note { object, why }).collect()
}

/// What a Kustomization rests on: its source, its dependencies, and what it waits for.
fn bases(object: &Object) -> Vec<ObjectId> {
    let ks = Kustomization(object.clone());
    let source = ks.source();
    let mut bases = Vec::new();
    if let Some(kind) = source.flux_kind() {
        let kind = kind.gvk().group_kind();
        bases.push(ObjectId { kind, namespace: source.namespace, name: source.name });
    }
    for dependency in ks.depends_on() {
        let kind = FluxKind::Kustomization.gvk().group_kind();
        bases.push(ObjectId { kind, namespace: dependency.namespace, name: dependency.name });
    }
    if ks.waits() {
        bases.extend(ks.inventory().0.into_iter().map(|entry| entry.object));
    } else {
        bases.extend(ks.health_checks().into_iter().map(|check| check.id));
    }
    bases
}
