//! Flux in a cluster: its objects, and its controllers at work.

use std::rc::Rc;

use flux::Release;
use objects::Object;
use reconciler::Reconcilers;

use super::components::{Components, components};
use crate::cluster::Flux;
use crate::repositories::Fetcher;
use crate::{Cluster, FluxSettings, PlaceError, User};

/// The field manager of the flux command.
pub(super) const MANAGER: &str = "flux";

pub(super) fn release_of(settings: &FluxSettings) -> Result<Release, PlaceError> {
    if settings.release.is_empty() {
        return Ok(Release::LATEST);
    }
    settings.release.parse().map_err(|cause| PlaceError::Impossible(format!("flux: {cause}")))
}

pub(super) fn flux_user() -> User {
    User { manager: MANAGER.to_owned(), server_side: true, force: true, ..User::default() }
}

/// The API version in which the command of a release writes sources and Kustomizations.
pub(super) fn kinds_version(release: Release) -> &'static str {
    let since = |text: &str| text.parse().is_ok_and(|first| release >= first);
    match () {
        () if since("2.0") => "v1",
        () if since("0.18") => "v1beta2",
        () => "v1beta1",
    }
}

impl Cluster {
    /// Installs Flux as `flux install` does, and lets its controllers run.
    ///
    /// # Errors
    /// If the release is not known or an object is refused.
    pub fn install_flux(&mut self, settings: &FluxSettings) -> Result<(), PlaceError> {
        let release = release_of(settings)?;
        let made = components(release)?;
        self.apply_components(&made, settings.bare)?;
        self.start_flux(settings, release);
        Ok(())
    }

    fn apply_components(&mut self, made: &Components, bare: bool) -> Result<(), PlaceError> {
        let needed = |object: &&Object| {
            !bare || ["Namespace", "CustomResourceDefinition"].contains(&object.kind())
        };
        let objects: Vec<Object> = made.objects.iter().filter(needed).cloned().collect();
        self.apply(&objects, &flux_user()).map(|_| ())
    }

    /// Starts the controllers; their objects stand already.
    pub(super) fn start_flux(&mut self, settings: &FluxSettings, release: Release) {
        let fetcher = Fetcher::new(Rc::clone(&self.repositories), self.clock.clone());
        let mut flags = reconciler::Settings { release, seed: self.seed, ..Default::default() };
        flags.jitter_percent = settings.jitter_percent.unwrap_or(flags.jitter_percent);
        flags.source_workers = settings.concurrent.unwrap_or(flags.source_workers);
        flags.kustomization_workers = settings.concurrent.unwrap_or(flags.kustomization_workers);
        flags.release_workers = settings.concurrent.unwrap_or(flags.release_workers);
        flags.costs = settings.costs.unwrap_or(flags.costs);
        flags.no_cross_namespace = settings.no_cross_namespace_refs;
        flags.no_remote_bases = settings.no_remote_bases;
        flags.default_service_account.clone_from(&settings.default_service_account);
        let controllers =
            Reconcilers::new(self.client(), self.clock.clone(), Rc::new(fetcher), flags);
        self.flux = Some(Flux { controllers });
    }
}
