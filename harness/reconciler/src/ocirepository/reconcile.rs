//! One reconciliation of an OCIRepository.

use std::rc::Rc;

use flux::parts::State;

use super::reference::Reference;
use crate::queue::{Name, Outcome};
use crate::remote::registry::Repository;
use crate::source::{End, Failure, Notice, Run, Source, newtype};
use crate::world::World;

newtype!(
    OciRepository,
    OciRepository,
    "latest.tar.gz",
    [
        "StorageOperationFailed" true,
        "FetchFailed" true,
        "ArtifactOutdated" true,
        "ArtifactInStorage" false,
        "SourceVerified" false,
        "Stalled" true,
        "Reconciling" true
    ],
    ["FetchFailed", "StorageOperationFailed"]
);

/// What was pulled; no layer where nothing has changed.
pub(super) struct Pulled {
    pub(super) revision: String,
    pub(super) layer: Option<Rc<[u8]>>,
    pub(super) annotations: Vec<(String, String)>,
}

pub(crate) async fn reconcile(world: Rc<World>, name: Name) -> Outcome {
    let Some(mut run) = Run::<OciRepository>::open(world, &name) else { return Outcome::Done };
    let end = run.phases().await;
    let notice = run.notice();
    run.finish(end, notice).await
}

impl Run<OciRepository> {
    async fn phases(&mut self) -> Result<End, Failure> {
        if let Some(end) = self.prepare().await {
            return Ok(end);
        }
        if self.conditions.is_false("SourceVerified") {
            self.conditions.delete("SourceVerified");
        }
        let pulled = self.reconcile_source().await?;
        self.reconcile_artifact(&pulled).await;
        Ok(End::Success)
    }

    async fn reconcile_source(&mut self) -> Result<Pulled, Failure> {
        let host = self.repo.spec(&["url"]).unwrap_or_default();
        let host = host.trim_start_matches("oci://").split('/').next().unwrap_or_default();
        let credentials = self.credentials(host).await?;
        let mut repository = self.repository()?;
        repository.credentials = credentials;
        self.world.work(self.world.settings.costs.list).await;
        let reference = self.reference(&repository).await?;
        let revision = self.revision(&repository, &reference).await?;
        let result = match self.verify(&revision).await {
            Ok(()) => self.pull(&repository, &revision).await,
            Err(failure) => Err(failure),
        };
        match &result {
            Ok(_) => self.conditions.delete("FetchFailed"),
            Err(failure) => self.observe(failure),
        }
        if self.repo.stored().is_none_or(|artifact| artifact.revision != revision) {
            let full = reference.full(&repository);
            self.announce("NewRevision", &format!("new revision '{revision}' for '{full}'")).await;
        }
        result
    }

    /// Says a failure before the new revision is announced, as the controller does.
    fn observe(&mut self, failure: &Failure) {
        if let Some(kind) = failure.condition {
            let state = if kind == "SourceVerified" { State::False } else { State::True };
            self.stamped().set(kind, state, failure.reason, &failure.message);
        }
    }

    async fn revision(
        &self,
        repository: &Repository,
        reference: &Reference,
    ) -> Result<String, Failure> {
        let tag = match reference {
            Reference::Digest(digest) => return Ok(digest.clone()),
            Reference::Tag(tag) => tag,
        };
        let digest = repository.digest(&self.world, tag).await.map_err(|problem| {
            let message = format!("failed to determine artifact digest: {problem}");
            Failure::fetch("OCIArtifactPullFailed", message)
        })?;
        Ok(format!("{tag}@{digest}"))
    }

    fn notice(&self) -> Option<Notice> {
        let artifact = self.repo.stored()?;
        let url = self.repo.spec(&["url"]).unwrap_or_default();
        let mut message =
            format!("stored artifact with revision '{}' from '{url}'", artifact.revision);
        let of = |key: &str| {
            let key = format!("org.opencontainers.image.{key}");
            artifact
                .metadata
                .iter()
                .find(|(known, _)| *known == key)
                .map(|(_, value)| value.clone())
        };
        if let (Some(source), Some(revision)) = (of("source"), of("revision")) {
            message = format!("{message}, origin source '{source}', origin revision '{revision}'");
        }
        Some(Notice::of(message))
    }
}
