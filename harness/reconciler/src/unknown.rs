//! How far the unknown reaches: what rests on an unknown object is unknown too.

use std::collections::BTreeMap;

use flux::{FluxKind, HelmRelease, Kustomization};
use objects::{Object, ObjectId};

use crate::Note;
use crate::world::World;

/// The notes, and one for every Kustomization and HelmRelease that rests on a noted object.
pub(crate) fn spread(world: &World) -> Vec<Note> {
    let notes = world.notes.borrow().list().into_iter();
    let mut known: BTreeMap<ObjectId, String> = notes.map(|note| (note.object, note.why)).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let informers = world.informers.borrow();
    let resting = |kind, bases: fn(&Object) -> Vec<ObjectId>| {
        informers.list(kind).map(move |object| (object.id(), bases(object)))
    };
    let all: Vec<(ObjectId, Vec<ObjectId>)> = resting(FluxKind::Kustomization, bases)
        .chain(resting(FluxKind::HelmRelease, release_bases))
        .chain(resting(FluxKind::HelmChart, chart_bases))
        .collect();
    loop {
        let next = all.iter().find_map(|(id, bases)| {
            if known.contains_key(id) {
                return None;
            }
            let base = bases.iter().find(|base| known.contains_key(base))?;
            Some((id.clone(), format!("it rests on {base}, whose state is unknown")))
        });
        match next {
            Some((id, why)) => known.insert(id, why),
            None => break,
        };
    }
    known.into_iter().map(|(object, why)| Note { object, why }).collect()
}

/// What a HelmRelease rests on: its chart and its dependencies.
fn release_bases(object: &Object) -> Vec<ObjectId> {
    let release = HelmRelease(object.clone());
    let of = |kind: FluxKind, namespace: String, name: String| ObjectId {
        kind: kind.gvk().group_kind(),
        namespace,
        name,
    };
    let chart = match release.chart_ref() {
        Some(chart) => FluxKind::of("source.toolkit.fluxcd.io", &chart.kind)
            .map(|kind| of(kind, chart.namespace, chart.name)),
        None => {
            let (namespace, name) = release.chart_object();
            Some(of(FluxKind::HelmChart, namespace, name))
        }
    };
    let needs = release.depends_on().into_iter();
    let needs = needs.map(|need| of(FluxKind::HelmRelease, need.namespace, need.name));
    chart.into_iter().chain(needs).collect()
}

/// What a HelmChart rests on: its source.
fn chart_bases(object: &Object) -> Vec<ObjectId> {
    let text = |key| object.str_at(&["spec", "sourceRef", key]).unwrap_or_default();
    let kind = FluxKind::of("source.toolkit.fluxcd.io", text("kind"));
    let base = kind.map(|kind| ObjectId {
        kind: kind.gvk().group_kind(),
        namespace: object.namespace().to_owned(),
        name: text("name").to_owned(),
    });
    base.into_iter().collect()
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
