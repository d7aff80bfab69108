//! A cluster joined to a repository by a source and a Kustomization, without bootstrap.
//!
//! One rule: the objects are those of `flux create source git` and `flux create kustomization`.

use std::time::Duration;

use objects::{Object, Value};

use super::install::{flux_user, kinds_version, release_of};
use crate::{Cluster, FluxSettings, PlaceError};

/// What to join with.
#[derive(Debug, Clone, Default)]
pub struct Join {
    /// URL of the repository.
    pub url: String,
    /// Branch, tag or range of tags.
    pub branch: Option<String>,
    /// See `branch`.
    pub tag: Option<String>,
    /// See `branch`.
    pub semver: Option<String>,
    /// Folder of the manifests; empty for the root.
    pub path: String,
    /// Name of both objects.
    pub name: String,
    /// Namespace of both objects.
    pub namespace: String,
    /// Interval of both objects.
    pub interval: Duration,
    /// Whether deleted files delete their objects.
    pub prune: bool,
    /// Whether to wait for health.
    pub wait: bool,
    /// More of the Kustomization's spec, merged over the above.
    pub spec: Option<Value>,
    /// The controllers, if the cluster has none yet.
    pub flux: FluxSettings,
}

impl Cluster {
    /// Joins the cluster to a repository; installs Flux first where it is not there.
    ///
    /// # Errors
    /// If the release is not known or an object is refused.
    pub fn join(&mut self, wanted: &Join) -> Result<(), PlaceError> {
        if self.flux.is_none() {
            self.install_flux(&wanted.flux)?;
        }
        let version = kinds_version(release_of(&wanted.flux)?);
        let objects = [
            namespace(&wanted.namespace),
            object(wanted, "source", "GitRepository", version, source(wanted)),
            object(wanted, "kustomize", "Kustomization", version, kustomization(wanted)),
        ];
        self.apply(&objects, &flux_user()).map(|_| ())
    }
}

fn namespace(name: &str) -> Object {
    Object(Value::from([
        ("apiVersion", Value::from("v1")),
        ("kind", "Namespace".into()),
        ("metadata", Value::from([("name", name)])),
    ]))
}

fn object(wanted: &Join, group: &str, kind: &str, version: &str, spec: Value) -> Object {
    let metadata = [("name", wanted.name.as_str()), ("namespace", wanted.namespace.as_str())];
    Object(Value::from([
        ("apiVersion", Value::from(format!("{group}.toolkit.fluxcd.io/{version}"))),
        ("kind", kind.into()),
        ("metadata", Value::from(metadata)),
        ("spec", spec),
    ]))
}

fn source(wanted: &Join) -> Value {
    let mut spec = Value::map();
    spec.set(&["url"], wanted.url.as_str());
    spec.set(&["interval"], clock::format_duration(wanted.interval));
    let refs = [("branch", &wanted.branch), ("tag", &wanted.tag), ("semver", &wanted.semver)];
    for (key, text) in refs {
        if let Some(text) = text {
            spec.set(&["ref", key], text.as_str());
        }
    }
    spec
}

fn kustomization(wanted: &Join) -> Value {
    let mut spec = Value::map();
    spec.set(&["interval"], clock::format_duration(wanted.interval));
    spec.set(&["path"], format!("./{}", wanted.path.trim_matches('/').trim_start_matches("./")));
    spec.set(&["prune"], wanted.prune);
    spec.set(&["sourceRef", "kind"], "GitRepository");
    spec.set(&["sourceRef", "name"], wanted.name.as_str());
    if wanted.wait {
        spec.set(&["wait"], true);
    }
    if let Some(more) = wanted.spec.as_ref().and_then(Value::as_map) {
        for (key, value) in more {
            spec.set(&[key], value.clone());
        }
    }
    spec
}
