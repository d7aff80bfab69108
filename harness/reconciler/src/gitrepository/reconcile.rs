//! One reconciliation of a GitRepository, from its object to its outcome.

use std::rc::Rc;

use clock::Moment;
use flux::{Conditions, FINALIZER, FluxKind, GitRepository, REQUESTED_AT, reason};
use objects::{Object, Value};

use super::failure::Failure;
use super::source::Checkout;
use crate::persist::Persist;
use crate::queue::{Name, Outcome};
use crate::recorder::Event;
use crate::world::World;

pub(super) const CONTROLLER: &str = "source-controller";

/// One run; every phase reads and changes it.
pub(super) struct Run {
    pub(super) world: Rc<World>,
    pub(super) repo: GitRepository,
    pub(super) conditions: Conditions,
    pub(super) persist: Persist,
    pub(super) before: Before,
}

/// What held when the run began.
pub(super) struct Before {
    pub(super) digest: String,
    pub(super) failed: bool,
}

/// How a run went when nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Success,
    Requeue,
    Empty,
}

pub(crate) async fn reconcile(world: Rc<World>, name: Name) -> Outcome {
    let Some(object) = world.cached(FluxKind::GitRepository, &name.0, &name.1) else {
        return Outcome::Done;
    };
    let conditions = Conditions::of(&object, world.stamp());
    let repo = GitRepository(object.clone());
    let before = Before {
        digest: repo.artifact().map(|artifact| artifact.digest).unwrap_or_default(),
        failed: ["FetchFailed", "IncludeUnavailable", "StorageOperationFailed"]
            .iter()
            .any(|kind| conditions.is_true(kind)),
    };
    let persist = Persist::new(object, CONTROLLER);
    let mut run = Run { world, repo, conditions, persist, before };
    let mut commit = None;
    let end = run.phases(&mut commit).await;
    run.finish(end, commit).await
}

impl Run {
    async fn phases(&mut self, commit: &mut Option<Checkout>) -> Result<End, Failure> {
        if self.repo.0.is_deleting() {
            self.delete().await;
            return Ok(End::Empty);
        }
        if !has_finalizer(&self.repo.0) {
            add_finalizer(&mut self.repo.0);
            return Ok(End::Requeue);
        }
        if self.repo.is_suspended() {
            return Ok(End::Empty);
        }
        self.begin().await;
        self.reconcile_storage().await;
        self.reconcile_source(commit).await?;
        let Some(commit) = commit else { return Ok(End::Success) };
        self.reconcile_include(commit)?;
        self.reconcile_artifact(commit).await;
        Ok(End::Success)
    }

    /// Says that work has begun; written only for a new generation or a request.
    async fn begin(&mut self) {
        self.conditions.progressive(false, reason::PROGRESSING, "reconciliation in progress");
        let generation = self.repo.0.generation();
        let observed = self.repo.0.int_at(&["status", "observedGeneration"]).unwrap_or(0);
        if generation != observed {
            let message = format!("processing object: new generation {observed} -> {generation}");
            self.conditions.progressive(false, reason::PROGRESSING, &message);
            self.save().await;
        } else if is_requested(&self.repo.0) {
            self.save().await;
        }
    }

    async fn delete(&mut self) {
        let folder = folder(&self.repo.0);
        let removed = self.world.storage.borrow_mut().clear(&folder);
        if removed > 0 {
            let message = "garbage collected artifacts for deleted resource";
            self.trace("GarbageCollectionSucceeded", message).await;
        }
        self.repo.0.remove(&["status", "artifact"]);
        remove_finalizer(&mut self.repo.0);
    }

    /// Writes the object with its conditions.
    pub(super) async fn save(&mut self) {
        let stamp = self.world.stamp();
        let list = self.conditions.to_value();
        if self.conditions.list().is_empty() {
            self.repo.0.remove(&["status", "conditions"]);
        } else {
            self.repo.0.set(&["status", "conditions"], list);
        }
        let _ = self.persist.save(&self.world, &self.repo.0).await;
        self.conditions.at(stamp);
    }

    /// An event that is not passed on.
    pub(super) async fn trace(&self, reason: &str, message: &str) {
        self.event(false, reason, message, Vec::new()).await;
    }

    pub(super) async fn event(
        &self,
        warning: bool,
        reason: &str,
        message: &str,
        annotations: Vec<(&'static str, String)>,
    ) {
        let object = &self.repo.0;
        let controller = CONTROLLER;
        self.world
            .record(Event { object, controller, warning, reason, message, annotations })
            .await;
    }

    /// Sets conditions with the present moment.
    pub(super) fn stamped(&mut self) -> &mut Conditions {
        self.conditions.at(self.world.stamp());
        &mut self.conditions
    }

    pub(super) fn now(&self) -> Moment {
        self.world.clock.now()
    }
}

/// The folder of an object's artifacts in the storage.
pub(super) fn folder(object: &Object) -> String {
    format!("gitrepository/{}/{}/", object.namespace(), object.name())
}

pub(crate) fn has_finalizer(object: &Object) -> bool {
    let finalizers = object.list_at(&["metadata", "finalizers"]);
    finalizers.iter().any(|finalizer| finalizer.as_str() == Some(FINALIZER))
}

pub(crate) fn add_finalizer(object: &mut Object) {
    let mut finalizers = object.list_at(&["metadata", "finalizers"]).to_vec();
    finalizers.push(FINALIZER.into());
    object.set(&["metadata", "finalizers"], finalizers);
}

pub(crate) fn remove_finalizer(object: &mut Object) {
    let finalizers = object.list_at(&["metadata", "finalizers"]);
    let kept: Vec<Value> =
        finalizers.iter().filter(|known| known.as_str() != Some(FINALIZER)).cloned().collect();
    if kept.is_empty() {
        object.remove(&["metadata", "finalizers"]);
    } else {
        object.set(&["metadata", "finalizers"], kept);
    }
}

/// Whether somebody asked for a reconciliation that was not handled yet.
pub(crate) fn is_requested(object: &Object) -> bool {
    let asked = object.annotation(REQUESTED_AT);
    asked.is_some() && asked != object.str_at(&["status", "lastHandledReconcileAt"])
}
