//! Pulling: the layer that is selected, extracted or copied; and storing it.

use std::rc::Rc;

use flux::parts::State;
use flux::reason;
use objects::Value;
use tree::archive::{Limits, unpack};

use super::auth::is_set;
use super::reconcile::{OciRepository, Pulled};
use crate::remote::registry::{Manifest, Repository};
use crate::source::{Failure, Run, Source};
use crate::sourceignore::Ignore;

fn layer_failed(message: String) -> Failure {
    Failure::fetch("OCIArtifactLayerOperationFailed", message)
}

impl Run<OciRepository> {
    /// Pulls what a digest holds, unless the artifact is the same already.
    pub(super) async fn pull(
        &mut self,
        repository: &Repository,
        revision: &str,
    ) -> Result<Pulled, Failure> {
        let stored = self.repo.stored().map(|artifact| artifact.revision);
        if stored.as_deref() == Some(revision) && !self.config_changed() {
            return Ok(Pulled {
                revision: revision.to_owned(),
                layer: None,
                annotations: Vec::new(),
            });
        }
        let digest = revision.rsplit('@').next().unwrap_or_default();
        let url = self.repo.spec(&["url"]).unwrap_or_default().to_owned();
        let manifest = repository.manifest(&self.world, digest).await.map_err(|problem| {
            let message = format!("failed to pull artifact from '{url}': {problem}");
            Failure::fetch("OCIArtifactPullFailed", message)
        })?;
        let layer = self.layer(repository, &manifest).await?;
        if !self.copies() {
            unpack(&layer, Limits::default()).map_err(|cause| {
                layer_failed(format!("failed to extract layer contents from artifact: {cause}"))
            })?;
        }
        let annotations = manifest.annotations();
        Ok(Pulled { revision: revision.to_owned(), layer: Some(layer), annotations })
    }

    async fn layer(
        &self,
        repository: &Repository,
        manifest: &Manifest,
    ) -> Result<Rc<[u8]>, Failure> {
        let layers = manifest.layers();
        let wanted = self.repo.spec(&["layerSelector", "mediaType"]);
        let layer = match wanted {
            _ if layers.is_empty() => {
                return Err(layer_failed("no layers found in artifact".to_owned()));
            }
            None => layers.first(),
            Some(media_type) => layers.iter().find(|layer| layer.media_type == media_type),
        };
        let layer = layer.ok_or_else(|| {
            let media_type = wanted.unwrap_or_default();
            layer_failed(format!("failed to find layer with media type '{media_type}' in artifact"))
        })?;
        let doing = if self.copies() {
            "failed to copy layer from artifact"
        } else {
            "failed to extract layer contents from artifact"
        };
        repository.blob(&self.world, &layer.digest).await.map_err(|problem| {
            let checks = problem.starts_with("error verifying") || problem == "unexpected EOF";
            let doing =
                if checks { doing } else { "failed to extract the first layer from artifact" };
            layer_failed(format!("{doing}: {problem}"))
        })
    }

    fn copies(&self) -> bool {
        self.repo.spec(&["layerSelector", "operation"]) == Some("copy")
    }

    /// Whether what shapes the artifact differs from what was last observed.
    fn config_changed(&self) -> bool {
        let object = self.repo.object();
        let differs = |spec: &[&str], status: &[&str]| {
            is_set(object, spec) != is_set(object, status)
                || (is_set(object, spec) && object.at(spec) != object.at(status))
        };
        differs(&["spec", "ignore"], &["status", "observedIgnore"])
            || differs(&["spec", "layerSelector"], &["status", "observedLayerSelector"])
    }

    pub(super) async fn reconcile_artifact(&mut self, pulled: &Pulled) {
        let revision = &pulled.revision;
        match &pulled.layer {
            None => {
                let message = format!("artifact up-to-date with remote revision: '{revision}'");
                self.trace("ArtifactUpToDate", &message).await;
            }
            Some(layer) => self.store(pulled, layer),
        }
        self.conditions.delete("ArtifactOutdated");
        let stored = format!("stored artifact for digest '{revision}'");
        self.stamped().set("ArtifactInStorage", State::True, reason::SUCCEEDED, &stored);
    }

    fn store(&mut self, pulled: &Pulled, layer: &[u8]) {
        let digest = pulled.revision.rsplit('@').next().unwrap_or_default();
        let file = format!("{digest}.tar.gz");
        if self.copies() {
            self.store_file(&file, &pulled.revision, layer, &pulled.annotations);
        } else {
            let files = unpack(layer, Limits::default()).unwrap_or_default();
            let ignore = Ignore::of(&files, self.repo.object().str_at(&["spec", "ignore"]));
            let packed = (ignore.filter(&files), ignore.folders(&files));
            self.store_files(&file, &pulled.revision, packed, &pulled.annotations);
        }
        for (from, to) in [("ignore", "observedIgnore"), ("layerSelector", "observedLayerSelector")]
        {
            let value = self.repo.object().at(&["spec", from]).cloned();
            self.put(to, value.filter(|value: &Value| !value.is_null()));
        }
    }
}
