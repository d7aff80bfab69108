//! One reconciliation of a Kustomization, from its object to its outcome.

use std::rc::Rc;

use clock::{Moment, format_duration};
use flux::parts::State;
use flux::{Artifact, Conditions, FluxKind, Inventory, Kustomization, reason};
use tree::archive::ArchiveError;

use super::failure::Failure;
use super::health::Checks;
use crate::Cause;
use crate::dependency::Unmet;
use crate::persist::Persist;
use crate::queue::{Name, Outcome};
use crate::source::{add_finalizer, has_finalizer};
use crate::world::World;

pub(super) const CONTROLLER: &str = "kustomize-controller";
/// The manager of status and metadata; what is applied belongs to [`CONTROLLER`].
const STATUS_MANAGER: &str = "gotk-kustomize-controller";

/// One run; every phase reads and changes it.
pub(super) struct Run {
    pub(super) world: Rc<World>,
    pub(super) name: Name,
    pub(super) ks: Kustomization,
    pub(super) conditions: Conditions,
    pub(super) persist: Persist,
    pub(super) started: Moment,
    /// Revision of the artifact in hand; empty before it is known.
    pub(super) revision: String,
    pub(super) origin: Option<String>,
}

pub(crate) async fn reconcile(world: Rc<World>, name: Name) -> Outcome {
    let Some(object) = world.cached(FluxKind::Kustomization, &name.0, &name.1) else {
        world.memory.borrow_mut().forget(&name);
        return Outcome::Done;
    };
    let conditions = Conditions::of(&object, world.stamp());
    let persist = Persist::new(object.clone(), STATUS_MANAGER);
    let started = world.clock.now();
    let ks = Kustomization(object);
    let (revision, origin) = (String::new(), None);
    let mut run = Run { world, name, ks, conditions, persist, started, revision, origin };
    let outcome = run.steps().await;
    run.finish().await;
    outcome
}

impl Run {
    async fn steps(&mut self) -> Outcome {
        if self.ks.0.is_deleting() {
            return self.finalize().await;
        }
        if !has_finalizer(&self.ks.0) {
            add_finalizer(&mut self.ks.0);
            return Outcome::Backoff;
        }
        if self.ks.is_suspended() {
            return Outcome::Done;
        }
        let checks = match self.checks() {
            Ok(checks) => checks,
            Err(problem) => return self.terminal(&problem).await,
        };
        if self.ks.text(&["decryption", "serviceAccountName"]).is_some() {
            let message = "to use spec.decryption.serviceAccountName for decryption authentication \
                           please enable the ObjectLevelWorkloadIdentity feature gate in the controller";
            return self.stall(reason::FEATURE_GATE_DISABLED, message).await;
        }
        let artifact = match self.source().await {
            Ok(artifact) => artifact,
            Err(outcome) => return outcome,
        };
        self.revision.clone_from(&artifact.revision);
        self.origin = artifact.origin_revision().map(str::to_owned);
        if let Err(unmet) = self.check_dependencies(&artifact).await {
            return self.unmet(unmet).await;
        }
        let result = self.reconcile(&artifact, &checks).await;
        self.close(result).await
    }

    /// The artifact of the source, or when to look again.
    async fn source(&mut self) -> Result<Artifact, Outcome> {
        let source = self.ks.source();
        let name = format!("{}/{}/{}", source.kind, source.namespace, source.name);
        if self.world.settings.no_cross_namespace && source.namespace != self.name.0 {
            let message =
                format!("can't access '{name}', cross-namespace references have been blocked");
            return Err(self.stall(reason::ACCESS_DENIED, &message).await);
        }
        let Some(kind) = source.flux_kind() else {
            let message = format!("source `{}` kind '{}' not supported", source.name, source.kind);
            self.not_ready(reason::ARTIFACT_FAILED, &message);
            return Err(Outcome::Backoff);
        };
        if kind == FluxKind::ExternalArtifact {
            let message =
                format!("can't access '{name}', ExternalArtifact feature gate is disabled");
            return Err(self.stall(reason::ACCESS_DENIED, &message).await);
        }
        let Some(object) = self.world.cached(kind, &source.namespace, &source.name) else {
            let group = kind.group();
            let message = format!("{}.{group} {:?} not found", source.kind, source.name);
            self.not_ready(reason::ARTIFACT_FAILED, &message);
            return Err(Outcome::After(self.retry_interval(), Cause::Retry));
        };
        Artifact::of(&object).ok_or_else(|| self.wait_for_artifact())
    }

    fn wait_for_artifact(&mut self) -> Outcome {
        let delay = self.world.settings.requeue_dependency;
        let message = format!("Source artifact not found, retrying in {}", format_duration(delay));
        self.not_ready(reason::ARTIFACT_FAILED, &message);
        Outcome::After(delay, Cause::Waiting)
    }

    async fn unmet(&mut self, unmet: Unmet) -> Outcome {
        match unmet {
            Unmet::NotReady(message) => {
                self.not_ready(reason::DEPENDENCY_NOT_READY, &message);
                let delay = self.world.settings.requeue_dependency;
                let delay_text = format_duration(delay);
                let message =
                    format!("Dependencies do not meet ready condition, retrying in {delay_text}");
                self.event(false, &message).await;
                Outcome::After(delay, Cause::Waiting)
            }
            Unmet::Terminal(problem) => self.terminal(&problem).await,
        }
    }

    async fn close(&mut self, result: Result<(), Failure>) -> Outcome {
        match result {
            Ok(()) => Outcome::After(self.world.jittered(self.interval()), Cause::Interval),
            Err(Failure::ArtifactGone) => {
                let delay = self.world.settings.requeue_dependency;
                let message = format!(
                    "Source is not ready, artifact not found, retrying in {}",
                    format_duration(delay)
                );
                self.not_ready(reason::ARTIFACT_FAILED, &message);
                Outcome::After(delay, Cause::Waiting)
            }
            Err(Failure::Phase(error)) => {
                self.not_ready(error.reason, &error.message);
                let message = error.event.unwrap_or(error.message);
                self.event(true, &message).await;
                Outcome::After(self.retry_interval(), Cause::Retry)
            }
        }
    }

    /// A mistake in the spec that only a change of it heals.
    async fn terminal(&mut self, problem: &str) -> Outcome {
        let message =
            format!("Reconciliation failed terminally due to configuration error: {problem}");
        self.observe_generation();
        self.stall(reason::INVALID_CEL_EXPRESSION, &message).await
    }

    async fn stall(&mut self, reason: &str, message: &str) -> Outcome {
        self.not_ready(reason, message);
        self.stamped().stalled(reason, message);
        self.event(true, message).await;
        Outcome::Done
    }

    pub(super) fn not_ready(&mut self, reason: &str, message: &str) {
        self.stamped().set("Ready", State::False, reason, message);
    }

    /// Says how far the work is.
    pub(super) async fn progress(&mut self, doing: &str) {
        let message = self.progress_text(doing);
        self.stamped().reconciling(reason::PROGRESSING, &message);
        self.save().await;
    }

    pub(super) fn progress_text(&self, doing: &str) -> String {
        let timeout = format_duration(self.timeout());
        format!("{doing} for revision {} with a timeout of {timeout}", self.revision)
    }

    /// Sets conditions with the present moment.
    pub(super) fn stamped(&mut self) -> &mut Conditions {
        self.conditions.at(self.world.stamp());
        &mut self.conditions
    }

    async fn reconcile(&mut self, artifact: &Artifact, checks: &Checks) -> Result<(), Failure> {
        let text = "Reconciliation in progress";
        self.stamped().set("Ready", State::Unknown, reason::PROGRESSING, text);
        self.progress("Fetching manifests").await;
        let before = self.inventory();
        let stored = self.world.storage.borrow().read(artifact);
        let stored = stored.ok_or(Failure::ArtifactGone)?;
        let files = stored.files().map_err(|cause| extraction(&cause))?;
        let scratch = self.world.scratch("kustomization-");
        let path = self.find_path(&files, &scratch)?;
        self.ks.0.set(&["status", "lastAttemptedRevision"], artifact.revision.as_str());
        self.progress("Building manifests").await;
        let client = self.client().await?;
        let built = self.build((&files, &stored.digest), &path, &scratch).await?;
        self.progress("Detecting drift").await;
        let applied = self.apply(&client, &built).await;
        let changes = self.in_history(applied, &built.digest)?;
        self.keep_inventory(changes.inventory());
        let pruned = self.prune(&client, &before, &changes).await;
        self.in_history(pruned, &built.digest)?;
        let checked = self.check_health(&client, &changes, checks).await;
        self.in_history(checked, &built.digest)?;
        self.succeed(&built.digest);
        Ok(())
    }

    /// What it made and keeps.
    pub(super) fn inventory(&self) -> Inventory {
        match self.ks.0.at(&["status", "inventory"]) {
            Some(_) => self.ks.inventory(),
            None => self.world.memory.borrow().inventory(&self.name),
        }
    }

    pub(super) fn keep_inventory(&mut self, inventory: Inventory) {
        self.ks.0.set(&["status", "inventory"], inventory.to_value());
        self.world.memory.borrow_mut().keep_inventory(self.name.clone(), inventory);
    }

    fn in_history<T>(&mut self, result: Result<T, Failure>, digest: &str) -> Result<T, Failure> {
        if let Err(Failure::Phase(error)) = &result
            && error.in_history
        {
            self.add_history(digest, error.reason);
        }
        result
    }

    fn succeed(&mut self, digest: &str) {
        let revision = self.revision.clone();
        self.ks.0.set(&["status", "lastAppliedRevision"], revision.as_str());
        match &self.origin {
            Some(origin) => {
                let origin = origin.as_str();
                self.ks.0.set(&["status", "lastAppliedOriginRevision"], origin);
            }
            None => {
                self.ks.0.remove(&["status", "lastAppliedOriginRevision"]);
            }
        }
        let message = format!("Applied revision: {revision}");
        self.stamped().set("Ready", State::True, reason::RECONCILIATION_SUCCEEDED, &message);
        self.add_history(digest, reason::RECONCILIATION_SUCCEEDED);
    }
}

fn extraction(cause: &ArchiveError) -> Failure {
    let message = format!(
        "failed to extract archive (check whether file size exceeds max download size): {cause}"
    );
    Failure::artifact(message)
}
