//! Which HelmCharts a new revision of their source starts.
//!
//! Rules from fluxcd/source-controller: helmchart_controller (requestsFor…Change): by kind
//! and name alone, so that a source of the same name elsewhere starts them too.

use flux::{Artifact, FluxKind};
use objects::Object;

use crate::queue::Name;
use crate::world::World;

pub(crate) fn stirred_by_source(world: &World, kind: FluxKind, source: &Object) -> Vec<Name> {
    let feeds =
        matches!(kind, FluxKind::HelmRepository | FluxKind::GitRepository | FluxKind::Bucket);
    let Some(artifact) = Artifact::of(source).filter(|_| feeds) else { return Vec::new() };
    let informers = world.informers.borrow();
    let is_of = |chart: &&Object| {
        let text = |path: &[&str]| chart.str_at(path);
        text(&["spec", "sourceRef", "kind"]) == Some(kind.kind())
            && text(&["spec", "sourceRef", "name"]) == Some(source.name())
            && text(&["status", "observedSourceArtifactRevision"]) != Some(&artifact.revision)
    };
    let stirred = informers.list(FluxKind::HelmChart).filter(is_of);
    stirred.map(|chart| (chart.namespace().to_owned(), chart.name().to_owned())).collect()
}
