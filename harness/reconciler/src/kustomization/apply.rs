//! Phase apply: stage by stage, every dry-run of a stage before its first write.

use client::{Options, Patch, Propagation, Status, Target, Verb};
use flux::parts::Entry;
use objects::{Map, Object, Value};

use super::build::Built;
use super::change::{Action, ChangeSet, name_of};
use super::dry_run::{cleanup, is_skipped, says};
use super::failure::Failure;
use super::normalize::normalize;
use super::reconcile::{CONTROLLER, Run};
use crate::caller::Client;
use crate::compare::{dry_run_failed, has_drifted};
use crate::wait::SHORT_POLL;

const NAME_LABEL: &str = "kustomize.toolkit.fluxcd.io/name";
const NAMESPACE_LABEL: &str = "kustomize.toolkit.fluxcd.io/namespace";

/// One object between its dry-run and its write.
struct Planned {
    object: Object,
    target: Target,
    entry: Entry,
    action: Action,
}

impl Run {
    pub(super) async fn apply(&self, client: &Client, built: &Built) -> Result<ChangeSet, Failure> {
        let mut changes = ChangeSet::default();
        let result = self.apply_stages(client, built, &mut changes).await;
        let written = changes.written();
        if let Err(problem) = result {
            let newline = if written.is_empty() { "" } else { "\n" };
            return Err(Failure::apply(format!("{problem}\n{written}{newline}")));
        }
        if !written.is_empty() {
            self.event(false, &written).await;
        }
        Ok(changes)
    }

    async fn apply_stages(
        &self,
        client: &Client,
        built: &Built,
        changes: &mut ChangeSet,
    ) -> Result<(), String> {
        if let Some(secret) = &built.encrypted {
            return Err(format!(
                "{secret} is SOPS encrypted, configuring decryption is required for this secret to be reconciled"
            ));
        }
        for (number, stage) in built.stages.iter().enumerate() {
            if stage.is_empty() {
                continue;
            }
            let first = changes.0.len();
            self.apply_stage(client, stage, changes).await?;
            if number < 2 {
                let applied: Vec<Entry> =
                    changes.0[first..].iter().map(|change| change.entry.clone()).collect();
                self.stage_is_current(client, &applied).await?;
            }
        }
        Ok(())
    }

    /// Owner labels, normal form, common metadata.
    pub(super) fn prepare(&self, object: &Object) -> Object {
        let mut object = object.clone();
        object.set(&["metadata", "labels", NAME_LABEL], self.name.1.as_str());
        object.set(&["metadata", "labels", NAMESPACE_LABEL], self.name.0.as_str());
        normalize(&mut object);
        for field in ["labels", "annotations"] {
            let common = self.ks.0.at(&["spec", "commonMetadata", field]).and_then(Value::as_map);
            for (key, value) in common.into_iter().flat_map(Map::iter) {
                object.set(&["metadata", field, key], value.clone());
            }
        }
        object
    }

    async fn apply_stage(
        &self,
        client: &Client,
        stage: &[Object],
        changes: &mut ChangeSet,
    ) -> Result<(), String> {
        self.world.work(self.world.settings.costs.apply).await;
        let mut planned = Vec::with_capacity(stage.len());
        for object in stage {
            planned.push(self.plan(client, object.clone()).await?);
        }
        let mut done = ChangeSet::default();
        for plan in planned {
            if matches!(plan.action, Action::Created | Action::Configured) {
                self.write(client, &plan).await?;
            }
            done.add(plan.entry, plan.action);
        }
        changes.0.append(&mut done.0);
        Ok(())
    }

    /// What applying one object will do.
    async fn plan(&self, client: &Client, mut object: Object) -> Result<Planned, String> {
        let gvk = object.gvk();
        let name = name_of(&object);
        let resource = client.resource(&gvk).await.map_err(|_| {
            let (kind, api) = (&gvk.kind, gvk.api_version());
            format!("{name} dry-run failed: no matches for kind {kind:?} in version {api:?}")
        })?;
        if !resource.namespaced {
            object.remove(&["metadata", "namespace"]);
        } else if object.namespace().is_empty() {
            return Err(format!(
                "{name} namespace not specified: the server could not find the requested resource"
            ));
        }
        let target = Target::of(&object);
        let entry = Entry::of(&object);
        let live = client.get(target.clone()).await.ok();
        let action = self.action(client, &object, &target, live.as_ref()).await?;
        if let (Action::Configured, Some(live)) = (action, &live) {
            object = self.with_live_values(&object, live);
        }
        Ok(Planned { object, target, entry, action })
    }

    async fn action(
        &self,
        client: &Client,
        object: &Object,
        target: &Target,
        live: Option<&Object>,
    ) -> Result<Action, String> {
        if is_skipped(object, live) {
            return Ok(Action::Skipped);
        }
        let memory = &self.world.memory;
        if let Some(live) = live
            && memory.borrow().is_settled(&self.name, object, live)
        {
            return Ok(Action::Unchanged);
        }
        let dry = match self.dry_run(client, object, target).await {
            Ok(dry) => dry,
            Err(status) => match live {
                Some(live) if self.may_force(object, live) && is_immutable(&status) => {
                    self.replace(client, object, target).await?;
                    return Ok(Action::Created);
                }
                _ => return Err(dry_run_failed(object, &status)),
            },
        };
        let Some(live) = live else { return Ok(Action::Created) };
        let cleaned = self.clean(client, object, target, live).await?;
        if cleaned || has_drifted(&self.without_ignored(live), &self.without_ignored(&dry)) {
            return Ok(Action::Configured);
        }
        memory.borrow_mut().settle(&self.name, object.clone(), live);
        Ok(Action::Unchanged)
    }

    async fn dry_run(
        &self,
        client: &Client,
        object: &Object,
        target: &Target,
    ) -> Result<Object, Status> {
        let options = Options { dry_run: true, ..options() };
        let body = Some(object.0.clone());
        client.call(Verb::Patch(Patch::Apply), target.clone(), body, options).await
    }

    async fn write(&self, client: &Client, plan: &Planned) -> Result<(), String> {
        let body = Some(plan.object.0.clone());
        let target = plan.target.clone();
        let applied = client.call(Verb::Patch(Patch::Apply), target, body, options()).await;
        applied
            .map(drop)
            .map_err(|status| format!("{} apply failed: {status}", name_of(&plan.object)))
    }

    fn may_force(&self, object: &Object, live: &Object) -> bool {
        self.ks.forces() || says(object, "force", "enabled") || says(live, "force", "enabled")
    }

    /// Deletes an object that cannot be changed, and waits until it is gone.
    async fn replace(
        &self,
        client: &Client,
        object: &Object,
        target: &Target,
    ) -> Result<(), String> {
        let name = name_of(object);
        let background =
            Options { propagation: Some(Propagation::Background), ..Options::default() };
        let deleted = client.call(Verb::Delete, target.clone(), None, background).await;
        if let Err(status) = deleted
            && !status.is_not_found()
        {
            return Err(format!(
                "{name} immutable field detected, failed to delete object: {status}"
            ));
        }
        while client.get(target.clone()).await.is_ok() {
            self.world.clock.sleep(SHORT_POLL).await;
        }
        let dry = self.dry_run(client, object, target).await;
        dry.map(drop).map_err(|status| dry_run_failed(object, &status))
    }

    /// Removes the traces of other tools; whether there were any.
    async fn clean(
        &self,
        client: &Client,
        object: &Object,
        target: &Target,
        live: &Object,
    ) -> Result<bool, String> {
        if says(object, "ssa", "Merge") || says(live, "ssa", "Merge") {
            return Ok(false);
        }
        let Some(patch) = cleanup(live, CONTROLLER) else { return Ok(false) };
        let verb = Verb::Patch(Patch::Json);
        let cleaned = client.call(verb, target.clone(), Some(patch), options()).await;
        let name = name_of(object);
        cleaned
            .map(|_| true)
            .map_err(|status| format!("{name} metadata.managedFields cleanup failed: {status}"))
    }
}

fn options() -> Options {
    Options { manager: CONTROLLER.to_owned(), force: true, ..Options::default() }
}

pub(super) fn is_encrypted(object: &Object) -> bool {
    object.kind() == "Secret"
        && object.api_version() == "v1"
        && object.get("sops").is_some()
        && !says(object, "decrypt", "disabled")
}

fn is_immutable(status: &Status) -> bool {
    matches!(status.reason.as_str(), "Conflict" | "Invalid")
        || status.message.contains("is immutable")
        || status.message.contains("immutable field")
}
