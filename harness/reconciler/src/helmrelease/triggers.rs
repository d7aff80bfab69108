//! Which HelmReleases a change of something else starts.
//!
//! Rules from fluxcd/helm-controller: helmrelease_indexers.

use flux::{Artifact, Conditions, FluxKind, HelmRelease};
use objects::{Object, Value};

use crate::queue::Name;
use crate::world::World;

/// The HelmReleases that a new revision of a source starts.
pub(crate) fn stirred_by_source(world: &World, kind: FluxKind, source: &Object) -> Vec<Name> {
    let Some(artifact) = Artifact::of(source) else { return Vec::new() };
    let informers = world.informers.borrow();
    let refers = |object: &&Object| refers_to(object, kind, source.namespace(), source.name());
    let stirred = informers
        .list(FluxKind::HelmRelease)
        .filter(refers)
        .filter(|object| !has_attempted(object, kind, &artifact.revision));
    stirred.map(name_of).collect()
}

fn refers_to(object: &Object, kind: FluxKind, namespace: &str, name: &str) -> bool {
    let release = HelmRelease(object.clone());
    match release.chart_ref() {
        Some(reference) => {
            reference.kind == kind.kind()
                && reference.namespace == namespace
                && reference.name == name
        }
        None => {
            kind == FluxKind::HelmChart
                && release.chart_object() == (namespace.to_owned(), name.to_owned())
        }
    }
}

fn has_attempted(object: &Object, kind: FluxKind, revision: &str) -> bool {
    let conditions = Conditions::of(object, String::new());
    let busy = conditions.is_ready()
        || (conditions.is_true("Reconciling") && !conditions.is_true("Stalled"));
    let status = |key| object.str_at(&["status", key]).unwrap_or_default();
    let same = match kind {
        FluxKind::HelmChart => revision == status("lastAttemptedRevision"),
        _ => {
            let digest = revision.rsplit('@').next().unwrap_or_default();
            digest == status("lastAttemptedRevisionDigest")
        }
    };
    busy && same
}

fn name_of(object: &Object) -> Name {
    (object.namespace().to_owned(), object.name().to_owned())
}

/// The HelmReleases that a watched ConfigMap or Secret starts.
pub(crate) fn stirred_by_config(world: &World, config: &Object) -> Vec<Name> {
    let informers = world.informers.borrow();
    let releases = informers.list(FluxKind::HelmRelease);
    let stirred =
        releases.filter(|object| object.namespace() == config.namespace() && uses(object, config));
    stirred.map(name_of).collect()
}

fn uses(object: &Object, config: &Object) -> bool {
    let (kind, name) = (config.kind(), Some(config.name()));
    let values = object.list_at(&["spec", "valuesFrom"]).iter();
    let by_values =
        |entry: &Value| entry.str_at(&["kind"]) == Some(kind) && entry.str_at(&["name"]) == name;
    let reference = match kind {
        "Secret" => ["spec", "kubeConfig", "secretRef", "name"],
        _ => ["spec", "kubeConfig", "configMapRef", "name"],
    };
    values.clone().any(by_values) || object.str_at(&reference) == name
}
