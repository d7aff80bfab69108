//! Phase prune: what is no longer in the source goes.

use client::{Options, Propagation, Target, Verb};
use flux::Inventory;
use flux::parts::Entry;

use super::change::{Action, ChangeSet};
use super::dry_run::says;
use super::failure::Failure;
use super::order::sort_key;
use super::reconcile::Run;
use crate::caller::Client;

impl Run {
    pub(super) async fn prune(
        &mut self,
        client: &Client,
        before: &Inventory,
        changes: &ChangeSet,
    ) -> Result<(), Failure> {
        if !self.ks.prunes() {
            return Ok(());
        }
        let inventory = changes.inventory();
        let stale = before.stale(&inventory);
        if stale.is_empty() {
            return Ok(());
        }
        match self.delete_all(client, stale).await {
            Ok(pruned) => {
                let message = pruned.all();
                if !message.is_empty() {
                    self.event(false, &message).await;
                }
                Ok(())
            }
            Err((left, problem)) => {
                let mut entries = inventory.0;
                entries.extend(left);
                self.keep_inventory(Inventory(entries));
                Err(Failure::prune(problem))
            }
        }
    }

    /// Deletes in reverse order; what could not be confirmed comes back with the problem.
    pub(super) async fn delete_all(
        &self,
        client: &Client,
        mut entries: Vec<Entry>,
    ) -> Result<ChangeSet, (Vec<Entry>, String)> {
        entries.sort_by(|a, b| sort_key(&b.object).cmp(&sort_key(&a.object)));
        let mut changes = ChangeSet::default();
        let (mut left, mut problems) = (Vec::new(), String::new());
        for entry in entries {
            match self.delete(client, &entry).await {
                Ok(action) => changes.add(entry, action),
                Err(problem) => {
                    problems.push_str(&problem);
                    changes.add(entry.clone(), Action::Unknown);
                    left.push(entry);
                }
            }
        }
        if problems.is_empty() {
            return Ok(changes);
        }
        Err((left, format!("delete failed, errors: {problems}")))
    }

    async fn delete(&self, client: &Client, entry: &Entry) -> Result<Action, String> {
        let gvk = entry.gvk();
        let target = Target::new(gvk, &entry.object.namespace, &entry.object.name);
        let live = match client.get(target.clone()).await {
            Ok(live) => live,
            Err(status) if status.is_not_found() => return Ok(Action::Deleted),
            Err(status) => return Err(format!("{} query failed: {status};", entry.object)),
        };
        let (namespace, name) = &self.name;
        let own = live.label("kustomize.toolkit.fluxcd.io/name") == Some(name)
            && live.label("kustomize.toolkit.fluxcd.io/namespace") == Some(namespace);
        let excluded = says(&live, "reconcile", "disabled")
            || says(&live, "prune", "disabled")
            || says(&live, "ssa", "Ignore");
        if !own || excluded {
            return Ok(Action::Skipped);
        }
        let options = Options { propagation: Some(Propagation::Background), ..Options::default() };
        match client.call(Verb::Delete, target, None, options).await {
            Ok(_) => Ok(Action::Deleted),
            Err(status) if status.is_not_found() => Ok(Action::Deleted),
            Err(status) => Err(format!("{} delete failed: {status};", entry.object)),
        }
    }
}
