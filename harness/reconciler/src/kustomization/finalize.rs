//! Phase finalize: the Kustomization is being deleted.

use client::Target;
use flux::parts::{DeletionPolicy, Entry};
use objects::{Gvk, ObjectId};

use super::change::{Action, ChangeSet};
use super::reconcile::Run;
use super::status::metadata;
use crate::caller::Client;
use crate::queue::Outcome;
use crate::source::remove_finalizer;
use crate::wait::until_gone;

impl Run {
    pub(super) async fn finalize(&mut self) -> Outcome {
        let policy = self.ks.deletion_policy();
        let wanted = match policy {
            DeletionPolicy::MirrorPrune => self.ks.prunes(),
            DeletionPolicy::Delete | DeletionPolicy::WaitForTermination => true,
            DeletionPolicy::Orphan => false,
        };
        let entries = self.inventory().0;
        if wanted
            && !self.ks.is_suspended()
            && !entries.is_empty()
            && self.delete_objects(policy, entries).await.is_err()
        {
            return Outcome::Backoff;
        }
        remove_finalizer(&mut self.ks.0);
        self.world.memory.borrow_mut().forget(&self.name);
        Outcome::Done
    }

    async fn delete_objects(&self, policy: DeletionPolicy, entries: Vec<Entry>) -> Result<(), ()> {
        if !self.account_exists().await {
            let names: String = entries.iter().map(|e| format!("{}\n", e.object)).collect();
            self.say(true, &format!("unable to prune objects: \n{names}")).await;
            return Ok(());
        }
        let Ok(client) = self.client().await else { return Ok(()) };
        let Ok(changes) = self.delete_all(&client, entries).await else {
            self.say(true, "pruning for deleted resource failed").await;
            return Err(());
        };
        let message = changes.all();
        if !message.is_empty() {
            self.say(false, &message).await;
        }
        if policy == DeletionPolicy::WaitForTermination && !self.all_gone(&client, &changes).await {
            self.say(true, "failed to wait for resources termination").await;
        }
        Ok(())
    }

    async fn account_exists(&self) -> bool {
        let Some(account) = self.service_account() else { return true };
        let target = Target::new(Gvk::new("", "v1", "ServiceAccount"), &self.name.0, account);
        self.world.api.get(target).await.is_ok()
    }

    /// Waits until what was deleted is gone, at most for the timeout.
    async fn all_gone(&self, client: &Client, changes: &ChangeSet) -> bool {
        let deleted = changes.0.iter().filter(|change| change.action == Action::Deleted);
        let objects: Vec<(Gvk, ObjectId)> =
            deleted.map(|change| (change.entry.gvk(), change.entry.object.clone())).collect();
        until_gone(&self.world, client, &objects, self.timeout()).await.is_ok()
    }

    /// An event about what was last applied.
    async fn say(&self, warning: bool, message: &str) {
        let applied = self.ks.status_text("lastAppliedRevision").unwrap_or_default();
        let origin = self.ks.status_text("lastAppliedOriginRevision");
        self.record(warning, message, metadata(applied, origin)).await;
    }
}
