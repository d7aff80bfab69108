//! One reconciliation of a HelmChart.

use std::rc::Rc;

use flux::parts::State;
use flux::{Artifact, FluxKind, reason};
use objects::{Object, Value};

use super::build::{Build, BuildError, Options, Reason};
use super::local::Files;
use super::remote::Repository;
use crate::helmrepository::access;
use crate::queue::{Name, Outcome};
use crate::source::{End, Failure, Notice, Run, Source, newtype};
use crate::world::World;

newtype!(
    HelmChart,
    HelmChart,
    "latest.tar.gz",
    [
        "StorageOperationFailed" true,
        "FetchFailed" true,
        "BuildFailed" true,
        "ArtifactOutdated" true,
        "ArtifactInStorage" false,
        "SourceVerified" false,
        "Stalled" true,
        "Reconciling" true
    ],
    ["BuildFailed", "FetchFailed", "StorageOperationFailed"]
);

pub(crate) async fn reconcile(world: Rc<World>, name: Name) -> Outcome {
    let Some(mut run) = Run::<HelmChart>::open(world, &name) else { return Outcome::Done };
    let mut built = None;
    let end = run.phases(&mut built).await;
    let notice = built.map(|build| Notice {
        new: build.reason(),
        recovered: build.reason(),
        message: build.summary(),
    });
    run.finish(end, notice).await
}

/// How a build is stopped that is no failure of the build itself.
enum Stop {
    /// The source has nothing yet.
    NoArtifact,
    Build(BuildError),
    Other(Failure),
}

impl Run<HelmChart> {
    async fn phases(&mut self, built: &mut Option<Build>) -> Result<End, Failure> {
        if let Some(end) = self.prepare().await {
            return Ok(end);
        }
        if self.conditions.is_false("SourceVerified") {
            self.conditions.delete("SourceVerified");
        }
        match self.reconcile_source().await {
            Ok(build) => {
                self.observe(&build).await;
                self.reconcile_artifact(&build).await;
                *built = Some(build);
                Ok(End::Success)
            }
            Err(Stop::NoArtifact) => Ok(End::Requeue),
            Err(Stop::Build(error)) => {
                self.observe_failure(&error);
                Err(error.failure())
            }
            Err(Stop::Other(failure)) => {
                self.conditions.delete("BuildFailed");
                Err(failure)
            }
        }
    }

    async fn reconcile_source(&mut self) -> Result<Build, Stop> {
        let source = self.source()?;
        let artifact = self.artifact_of(&source).await?;
        if let Some(artifact) = &artifact {
            self.put("observedSourceArtifactRevision", Some(artifact.revision.as_str().into()));
        }
        self.note_verification();
        self.world.work(self.world.settings.costs.list).await;
        match (source.kind(), artifact) {
            ("HelmRepository", _) => self.build_of_repository(&source).await,
            (kind, Some(artifact)) => self.build_of_files(kind, &artifact).await,
            (_, None) => Err(Stop::NoArtifact),
        }
    }

    fn source(&self) -> Result<Object, Stop> {
        let text = |key: &str| self.repo.spec(&["sourceRef", key]).unwrap_or_default().to_owned();
        let (kind, name) = (text("kind"), text("name"));
        let flux_kind = FluxKind::of("source.toolkit.fluxcd.io", &kind).filter(|kind| {
            matches!(kind, FluxKind::HelmRepository | FluxKind::GitRepository | FluxKind::Bucket)
        });
        let Some(flux_kind) = flux_kind else {
            let message = format!(
                "failed to get source: unsupported source kind '{kind}', must be one of: \
                 [HelmRepository GitRepository Bucket]"
            );
            return Err(Stop::Other(Failure::stalling("UnsupportedSourceKind", message)));
        };
        let found = self.world.cached(flux_kind, self.repo.object().namespace(), &name);
        found.ok_or_else(|| {
            let message =
                format!("failed to get source: {kind}.source.toolkit.fluxcd.io {name:?} not found");
            Stop::Other(Failure::fetch("SourceUnavailable", message))
        })
    }

    /// The source's artifact; a HelmRepository of type `oci` needs none.
    async fn artifact_of(&mut self, source: &Object) -> Result<Option<Artifact>, Stop> {
        let artifact = Artifact::of(source);
        let is_stored =
            |artifact: &Artifact| self.world.storage.borrow().get(&artifact.path).is_some();
        if let Some(artifact) = artifact.filter(is_stored) {
            return Ok(Some(artifact));
        }
        if source.str_at(&["spec", "type"]) == Some("oci") {
            return Ok(None);
        }
        let message =
            format!("no artifact available for {} source '{}'", source.kind(), source.name());
        self.stamped().set("FetchFailed", State::True, "NoSourceArtifact", &message);
        self.trace("NoSourceArtifact", &message).await;
        Err(Stop::NoArtifact)
    }

    fn note_verification(&mut self) {
        if self.repo.object().at(&["spec", "verify"]).is_none() {
            self.conditions.delete("SourceVerified");
        } else {
            self.world.note(self.repo.object().id(), "signatures of charts are not verified here");
        }
    }

    async fn build_of_repository(&mut self, source: &Object) -> Result<Build, Stop> {
        let access = access(&self.world, source).await;
        let access = access.map_err(Self::unknown)?;
        let url = source.str_at(&["spec", "url"]).unwrap_or_default();
        if source.str_at(&["spec", "type"]) == Some("oci") && !url.starts_with("oci://") {
            let message =
                format!("failed to construct Helm client: invalid OCI registry URL: {url}");
            return Err(Stop::Other(Failure::stalling(reason::FAILED, message)));
        }
        let options = Options::of(self.repo.object());
        let text = |key: &str| self.repo.spec(&[key]).unwrap_or_default();
        let repository =
            Repository { world: &self.world, chart: self.repo.object(), object: source, access };
        let built = repository.build(text("chart"), text("version"), &options).await;
        built.map_err(|error| {
            let message = error.message();
            let signs = [
                "401",
                "unauthorized",
                "authentication required",
                "tls",
                "unknown certificate authority",
            ];
            if signs.iter().any(|sign| message.contains(sign)) {
                let problem = format!("failed to authenticate with the Helm repository: {message}");
                return Self::unknown(problem);
            }
            Stop::Build(error)
        })
    }

    /// Access that was refused: the event names it, the condition calls it unknown.
    fn unknown(problem: String) -> Stop {
        let shown = BuildError::new(Reason::Unknown, problem.clone());
        let failure = Failure::fetch(reason::AUTHENTICATION_FAILED, problem);
        Stop::Other(Failure { shown: Some(("Unknown", shown.message())), ..failure })
    }

    async fn build_of_files(&mut self, kind: &str, source: &Artifact) -> Result<Build, Stop> {
        let mut options = Options::of(self.repo.object());
        if self.repo.spec(&["reconcileStrategy"]) == Some("Revision") {
            let hash = source.revision.rsplit(':').next().unwrap_or_default();
            let short: String = hash.chars().take(12).collect();
            options.metadata = match options.metadata.as_str() {
                "" => short,
                generation => format!("{short}.{generation}"),
            };
        }
        let stored = self.world.storage.borrow().read(source);
        let opening = |problem: String| Stop::Other(Failure::fetch("ReadOperationFailed", problem));
        let stored = stored
            .ok_or_else(|| opening(format!("failed to open source artifact: {kind} has none")))?;
        let tree =
            stored.files().map_err(|cause| opening(format!("artifact untar error: {cause}")))?;
        let object = self.repo.object();
        let scratch =
            self.world.scratch(&format!("helmchart-{}-{}-", object.namespace(), object.name()));
        let files = Files {
            world: &self.world,
            chart: object,
            tree: &tree,
            shown: format!("{scratch}/source"),
        };
        let chart = self.repo.spec(&["chart"]).unwrap_or_default();
        files.build(chart, &options).await.map_err(Stop::Build)
    }

    /// Says what is being built where that is new, and that earlier failures are over.
    async fn observe(&mut self, build: &Build) {
        let observed = self.repo.object().str_at(&["status", "observedChartName"]);
        let stored = self.repo.stored().map(|artifact| artifact.revision);
        if observed != Some(&build.name) || stored.as_deref() != Some(&build.version) {
            self.announce("NewChart", &build.summary()).await;
        }
        self.conditions.delete("FetchFailed");
        self.conditions.delete("BuildFailed");
        if build.dependencies > 0 && build.bytes.is_some() {
            let message = format!("resolved {} chart dependencies", build.dependencies);
            self.trace("ResolvedDependencies", &message).await;
        }
    }

    fn observe_failure(&mut self, error: &BuildError) {
        let other = if error.condition() == "BuildFailed" { "FetchFailed" } else { "BuildFailed" };
        self.conditions.delete(other);
    }

    async fn reconcile_artifact(&mut self, build: &Build) {
        match &build.bytes {
            None => {
                let message =
                    format!("artifact up-to-date with remote revision: '{}'", build.version);
                self.trace("ArtifactUpToDate", &message).await;
            }
            Some(bytes) => {
                let file = format!("{}-{}.tgz", build.name, build.version);
                self.store_file(&file, &build.version, bytes, &[]);
                self.put("observedChartName", Some(build.name.as_str().into()));
                let files: Value =
                    build.values_files.iter().map(|file| Value::from(file.as_str())).collect();
                let kept =
                    self.repo.flag("ignoreMissingValuesFiles") && !build.values_files.is_empty();
                self.put("observedValuesFiles", kept.then_some(files));
            }
        }
        self.conditions.delete("ArtifactOutdated");
        let (reason, summary) = (build.reason(), build.summary());
        self.stamped().set("ArtifactInStorage", State::True, reason, &summary);
    }
}
