//! One run of a source: what every phase reads and changes.

use std::rc::Rc;

use clock::Moment;
use flux::{Conditions, FluxKind, reason};
use objects::Value;

use super::finalizer::{add_finalizer, has_finalizer, is_requested, remove_finalizer};
use super::names::Source;
use crate::persist::Persist;
use crate::queue::Name;
use crate::recorder::Event;
use crate::world::World;

const CONTROLLER: &str = "source-controller";

/// One run; every phase reads and changes it.
pub(crate) struct Run<T> {
    pub(crate) world: Rc<World>,
    pub(crate) repo: T,
    pub(crate) conditions: Conditions,
    pub(crate) persist: Persist,
    pub(crate) before: Before,
}

/// What held when the run began.
pub(crate) struct Before {
    pub(crate) digest: String,
    pub(crate) failed: bool,
}

/// How a run went when nothing failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Requeue,
    Empty,
}

/// What a success says to others, where there is something to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The reason where the artifact is new.
    pub(crate) new: &'static str,
    /// The reason where only a failure is over.
    pub(crate) recovered: &'static str,
    pub(crate) message: String,
}

impl Notice {
    /// A notice with the usual reasons.
    pub(crate) fn of(message: String) -> Self {
        Self { new: reason::NEW_ARTIFACT, recovered: reason::SUCCEEDED, message }
    }
}

impl<T: Source> Run<T> {
    /// The run of an object; `None` where it is gone.
    pub(crate) fn open(world: Rc<World>, name: &Name) -> Option<Self> {
        let object = world.cached(T::KIND, &name.0, &name.1)?;
        let conditions = Conditions::of(&object, world.stamp());
        let repo = T::of(object.clone());
        let before = Before {
            digest: repo.stored().map(|artifact| artifact.digest).unwrap_or_default(),
            failed: T::FAILURES.iter().any(|kind| conditions.is_true(kind)),
        };
        let persist = Persist::new(object, CONTROLLER);
        Some(Self { world, repo, conditions, persist, before })
    }

    /// What comes before the phases of a kind; an end where they do not come at all.
    pub(crate) async fn prepare(&mut self) -> Option<End> {
        if self.repo.object().is_deleting() {
            self.delete().await;
            return Some(End::Empty);
        }
        if !has_finalizer(self.repo.object()) {
            add_finalizer(self.repo.object_mut());
            return Some(End::Requeue);
        }
        if self.repo.flag("suspend") {
            return Some(End::Empty);
        }
        self.begin().await;
        self.reconcile_storage().await;
        None
    }

    /// Says that work has begun; written only for a new generation or a request.
    async fn begin(&mut self) {
        self.conditions.progressive(false, reason::PROGRESSING, "reconciliation in progress");
        let generation = self.repo.object().generation();
        let observed = self.repo.object().int_at(&["status", "observedGeneration"]).unwrap_or(0);
        if generation != observed {
            let message = format!("processing object: new generation {observed} -> {generation}");
            self.conditions.progressive(false, reason::PROGRESSING, &message);
            self.save().await;
        } else if is_requested(self.repo.object()) {
            self.save().await;
        }
    }

    async fn delete(&mut self) {
        self.remove_artifacts().await;
        remove_finalizer(self.repo.object_mut());
    }

    /// Removes everything that is stored of the object.
    pub(crate) async fn remove_artifacts(&mut self) {
        let folder = self.repo.folder();
        let removed = self.world.storage.borrow_mut().clear(&folder);
        if removed > 0 {
            let message = "garbage collected artifacts for deleted resource";
            self.trace("GarbageCollectionSucceeded", message).await;
        }
        self.repo.object_mut().remove(&["status", "artifact"]);
        if T::KIND == FluxKind::HelmRepository {
            self.repo.object_mut().remove(&["status", "url"]);
            self.conditions.clear();
        }
    }

    /// Writes the object with its conditions.
    pub(crate) async fn save(&mut self) {
        let stamp = self.world.stamp();
        let list = self.conditions.to_value();
        if self.conditions.list().is_empty() {
            self.repo.object_mut().remove(&["status", "conditions"]);
        } else {
            self.repo.object_mut().set(&["status", "conditions"], list);
        }
        let _ = self.persist.save(&self.world, self.repo.object()).await;
        self.conditions.at(stamp);
    }

    /// An event that is not passed on.
    pub(crate) async fn trace(&self, reason: &str, message: &str) {
        self.event(false, reason, message, Vec::new()).await;
    }

    pub(crate) async fn event(
        &self,
        warning: bool,
        reason: &str,
        message: &str,
        annotations: Vec<(&'static str, String)>,
    ) {
        let object = self.repo.object();
        let controller = CONTROLLER;
        self.world
            .record(Event { object, controller, warning, reason, message, annotations })
            .await;
    }

    /// Sets conditions with the present moment.
    pub(crate) fn stamped(&mut self) -> &mut Conditions {
        self.conditions.at(self.world.stamp());
        &mut self.conditions
    }

    pub(crate) fn now(&self) -> Moment {
        self.world.clock.now()
    }

    /// Sets a field of the status, or takes it away.
    pub(crate) fn put(&mut self, key: &str, value: Option<Value>) {
        match value {
            Some(value) => self.repo.object_mut().set(&["status", key], value),
            None => {
                self.repo.object_mut().remove(&["status", key]);
            }
        }
    }

    /// Says that what is upstream is new, and that work on it begins.
    pub(crate) async fn announce(&mut self, reason: &str, message: &str) {
        if self.repo.stored().is_some() {
            self.stamped().set("ArtifactOutdated", flux::parts::State::True, reason, message);
        }
        let progress = format!("building artifact: {message}");
        self.stamped().progressive(true, reason::PROGRESSING, &progress);
        self.save().await;
    }
}
