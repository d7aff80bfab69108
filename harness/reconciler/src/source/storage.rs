//! Phase storage: old artifacts go, a lost one is noticed; and what artifacts are stored as.

use flux::{Artifact, reason};
use tree::{Tree, TreePath};

use super::names::Source;
use super::run::Run;
use crate::storage::Stored;

impl<T: Source> Run<T> {
    pub(crate) async fn reconcile_storage(&mut self) {
        let current = self.repo.stored().map(|artifact| artifact.path).unwrap_or_default();
        let folder = self.repo.folder();
        let removed = self.world.storage.borrow_mut().collect(&folder, &current, self.now());
        if removed > 0 {
            let message = format!("garbage collected {removed} artifacts");
            self.trace("GarbageCollectionSucceeded", &message).await;
        }
        let known = self.repo.stored();
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
        self.repo.object_mut().remove(&["status", "artifact"]);
        self.repo.object_mut().remove(&["status", "url"]);
        self.stamped().progressive(true, reason::PROGRESSING, message);
        self.conditions.delete("ArtifactInStorage");
        self.save().await;
    }

    /// Stores files as the artifact of a revision.
    pub(crate) fn store_files(
        &mut self,
        file: &str,
        revision: &str,
        (files, folders): (Tree, Vec<TreePath>),
        metadata: &[(String, String)],
    ) {
        let path = format!("{}{file}", self.repo.folder());
        let stored = self.world.storage.borrow_mut().put(&path, files, folders, self.now());
        self.record_artifact(path, revision, stored, metadata);
    }

    /// Stores one file as the artifact of a revision.
    pub(crate) fn store_file(
        &mut self,
        file: &str,
        revision: &str,
        bytes: &[u8],
        metadata: &[(String, String)],
    ) {
        let path = format!("{}{file}", self.repo.folder());
        let stored = self.world.storage.borrow_mut().put_file(&path, bytes, self.now());
        self.record_artifact(path, revision, stored, metadata);
    }

    fn record_artifact(
        &mut self,
        path: String,
        revision: &str,
        stored: Stored,
        metadata: &[(String, String)],
    ) {
        let host = self.world.settings.storage_host.clone();
        let artifact = Artifact {
            revision: revision.to_owned(),
            digest: stored.digest,
            url: format!("http://{host}/{path}"),
            path,
            size: stored.size,
            last_update: self.now().rfc3339(),
            metadata: metadata.to_vec(),
        };
        self.repo.object_mut().set(&["status", "artifact"], artifact.to_value());
        if !T::LATEST.is_empty() {
            let url = format!("http://{host}/{}{}", self.repo.folder(), T::LATEST);
            self.repo.object_mut().set(&["status", "url"], url);
        }
        self.conditions.delete("StorageOperationFailed");
    }
}
