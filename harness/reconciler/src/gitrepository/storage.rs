//! Phase storage: old artifacts go, and a lost one is noticed.

use flux::{Artifact, reason};

use super::reconcile::{Run, folder};

impl Run {
    pub(super) async fn reconcile_storage(&mut self) {
        let current = self.repo.artifact().map(|artifact| artifact.path).unwrap_or_default();
        let folder = folder(&self.repo.0);
        let removed = self.world.storage.borrow_mut().collect(&folder, &current, self.now());
        if removed > 0 {
            let message = format!("garbage collected {removed} artifacts");
            self.trace("GarbageCollectionSucceeded", &message).await;
        }
        let known = self.repo.artifact();
        let stored =
            |artifact: &Artifact| self.world.storage.borrow().get(&artifact.path).is_some();
        if known.as_ref().is_some_and(stored) {
            return;
        }
        let message = if known.is_some() {
            "building artifact: disappeared from storage"
        } else {
            "building artifact"
        };
        self.repo.0.remove(&["status", "artifact"]);
        self.stamped().progressive(true, reason::PROGRESSING, message);
        self.conditions.delete("ArtifactInStorage");
        self.save().await;
    }
}
