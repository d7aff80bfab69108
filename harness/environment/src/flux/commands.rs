//! `flux reconcile`, `suspend`, `resume`, `uninstall`.

use client::Propagation;
use flux::FluxKind;
use objects::{Object, ObjectId, Value};

use super::install::MANAGER;
use crate::{Cluster, PlaceError, User, UserPatch};

impl Cluster {
    /// Asks for a reconciliation of an object, with `source` of its source too; for a
    /// HelmRelease also `--force` and `--reset`.
    ///
    /// # Errors
    /// If an object is not there or refuses the annotation.
    pub fn reconcile(
        &mut self,
        id: &ObjectId,
        source: bool,
        (force, reset): (bool, bool),
    ) -> Result<(), PlaceError> {
        if source && let Some(source) = self.source_of(id) {
            self.annotate(&source, &[flux::REQUESTED_AT])?;
        }
        let mut keys = vec![flux::REQUESTED_AT];
        keys.extend(force.then_some("reconcile.fluxcd.io/forceAt"));
        keys.extend(reset.then_some("reconcile.fluxcd.io/resetAt"));
        self.annotate(id, &keys)
    }

    fn annotate(&mut self, id: &ObjectId, keys: &[&str]) -> Result<(), PlaceError> {
        let now = self.clock.now().rfc3339_micros();
        let mut patch = Value::map();
        for key in keys {
            patch.set(&["metadata", "annotations", key], now.as_str());
        }
        self.merge_as_flux(id, patch)
    }

    /// The object's source, as its `sourceRef` or `chart.spec.sourceRef` names it.
    fn source_of(&self, id: &ObjectId) -> Option<ObjectId> {
        let object = self.get(id)?;
        let paths: [&[&str]; 2] = [&["spec", "sourceRef"], &["spec", "chart", "spec", "sourceRef"]];
        let reference = paths.iter().find_map(|path| object.at(path))?;
        let kind = reference.str_at(&["kind"])?.to_owned();
        let namespace = reference.str_at(&["namespace"]).unwrap_or(&id.namespace).to_owned();
        let name = reference.str_at(&["name"])?.to_owned();
        let group = "source.toolkit.fluxcd.io".to_owned();
        Some(ObjectId { kind: objects::GroupKind { group, kind }, namespace, name })
    }

    /// Suspends an object, or resumes it.
    ///
    /// # Errors
    /// If the object is not there or refuses.
    pub fn suspend(&mut self, id: &ObjectId, suspended: bool) -> Result<(), PlaceError> {
        let value = if suspended { Value::Bool(true) } else { Value::Null };
        let patch = Value::from([("spec", Value::from([("suspend", value)]))]);
        self.merge_as_flux(id, patch)
    }

    fn merge_as_flux(&mut self, id: &ObjectId, patch: Value) -> Result<(), PlaceError> {
        let user = User { manager: MANAGER.to_owned(), ..User::default() };
        self.patch(id, &UserPatch::Merge(patch), None, &user).map(|_| ())
    }

    /// Ends a controller, or starts it again; `*` for all of them.
    ///
    /// # Errors
    /// If Flux is not there, or has no controller of this name.
    pub fn switch_controller(&mut self, name: &str, on: bool) -> Result<(), PlaceError> {
        let kinds = FluxKind::ALL.into_iter();
        let kinds: Vec<FluxKind> =
            kinds.filter(|kind| name == "*" || kind.controller() == name).collect();
        if kinds.is_empty() {
            return Err(PlaceError::NoSuch { kind: "controller", name: name.to_owned() });
        }
        let name_of_cluster = self.name().to_owned();
        let flux = self.flux.as_mut().ok_or(PlaceError::NoFlux(name_of_cluster))?;
        if on {
            flux.controllers.start(&kinds)
        } else {
            flux.controllers.stop(&kinds)
        }
        Ok(())
    }

    /// Removes Flux: controllers, finalizers of its objects, definitions, namespace.
    ///
    /// # Errors
    /// If Flux is not there, or a deletion is refused.
    pub fn uninstall_flux(&mut self, keep_namespace: bool) -> Result<(), PlaceError> {
        if self.flux.take().is_none() {
            return Err(PlaceError::NoFlux(self.name().to_owned()));
        }
        let user = User { manager: MANAGER.to_owned(), ..User::default() };
        let objects = self.objects();
        let ours = |object: &&Object| object.label("app.kubernetes.io/part-of") == Some("flux");
        for object in objects.iter().filter(ours) {
            if !["CustomResourceDefinition", "Namespace"].contains(&object.kind()) {
                self.delete(&object.id(), Propagation::Background, &user)?;
            }
        }
        for object in objects.iter().filter(|object| is_flux(object)) {
            self.finalize(&object.id(), &user)?;
        }
        for object in objects.iter().filter(|object| object.kind() == "CustomResourceDefinition") {
            if object.str_at(&["spec", "group"]).is_some_and(is_flux_group) {
                self.delete(&object.id(), Propagation::Background, &user)?;
            }
        }
        let namespace =
            objects.iter().find(|o| o.kind() == "Namespace" && o.name() == "flux-system");
        match namespace {
            Some(namespace) if !keep_namespace => {
                self.delete(&namespace.id(), Propagation::Background, &user)
            }
            _ => Ok(()),
        }
    }
}

fn is_flux(object: &Object) -> bool {
    is_flux_group(&object.gvk().group)
}

fn is_flux_group(group: &str) -> bool {
    group.ends_with(".toolkit.fluxcd.io") || group == "source.extensions.fluxcd.io"
}
