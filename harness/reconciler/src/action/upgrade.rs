//! The action upgrade (helm/helm: pkg/action/upgrade).

use std::rc::Rc;

use client::Propagation;
use objects::Value;

use super::install::Rendered;
use super::kube::Writing;
use super::log::{WRAPPED, quoted};
use super::ownership::own;
use super::release::{Info, method};
use super::update::Updating;
use super::{Actions, Problem, Release, Resource, Waits};

/// What a release is upgraded to.
pub(crate) struct Upgrade {
    pub(crate) name: String,
    pub(crate) waits: Waits,
    pub(crate) take_ownership: bool,
    pub(crate) force: bool,
    pub(crate) cleanup: bool,
    pub(crate) server_side: bool,
    pub(crate) max_history: i64,
}

/// The releases that an upgrade starts from.
pub(crate) struct Base {
    /// The newest.
    pub(crate) last: Release,
    /// The one that is replaced.
    pub(crate) current: Release,
}

impl Actions {
    /// Whether an upgrade applies on the server's side where the object does not say.
    ///
    /// # Errors
    /// If there is nothing to upgrade.
    pub(crate) async fn was_server_side(&self, name: &str) -> Result<bool, Problem> {
        Ok(self.last_of(name).await?.is_server_side())
    }

    async fn last_of(&self, name: &str) -> Result<Release, Problem> {
        let last = self.storage.last(name).await;
        last.map_err(|problem| match problem {
            Problem::NotFound(_) => Problem::Failed(format!("{name:?} has no deployed releases")),
            other => other,
        })
    }

    /// What an upgrade starts from.
    ///
    /// # Errors
    /// If another action is under way, or nothing was ever deployed.
    pub(crate) async fn prepare_upgrade(&self, name: &str) -> Result<Base, Problem> {
        self.log.say("preparing upgrade", &[("name", quoted(name))]);
        let last = self.last_of(name).await?;
        if last.is_pending() {
            let words = "another operation (install/upgrade/rollback) is in progress";
            return Err(Problem::Failed(words.to_owned()));
        }
        if last.info.status == "deployed" {
            return Ok(Base { current: last.clone(), last });
        }
        if let Some(current) = self.storage.deployed_all(name).await?.pop() {
            return Ok(Base { last, current });
        }
        if matches!(last.info.status.as_str(), "failed" | "superseded") {
            return Ok(Base { current: last.clone(), last });
        }
        Err(Problem::Failed(format!("{name:?} has no deployed releases")))
    }

    /// Upgrades to what was rendered.
    ///
    /// # Errors
    /// What went wrong, in Helm's words.
    pub(crate) async fn upgrade(
        &self,
        upgrade: &Upgrade,
        base: Base,
        chart: Rc<Value>,
        values: Value,
        rendered: Rendered,
    ) -> Result<(), Problem> {
        let Base { last, mut current } = base;
        let attributes = [
            ("server_side_apply", upgrade.server_side.to_string()),
            ("previous_release_apply_method", quoted(&last.apply_method)),
        ];
        self.log.say("determined release apply method", &attributes);
        let mut release = Release {
            name: upgrade.name.clone(),
            namespace: current.namespace.clone(),
            version: last.version + 1,
            info: Info {
                first_deployed: current.info.first_deployed,
                last_deployed: Some(self.world.clock.now()),
                notes: rendered.notes,
                ..Info::default()
            },
            chart,
            config: values,
            manifest: rendered.manifest.into(),
            hooks: rendered.hooks,
            apply_method: method(upgrade.server_side),
            labels: last.labels.clone(),
        };
        release.set_status("pending-upgrade", "Preparing upgrade");
        self.build(&release.manifest).await?;
        self.storage.max_history.set(upgrade.max_history);
        self.log.say("performing update", &[("name", quoted(&upgrade.name))]);
        let (before, after) = self.manifests(upgrade, &current, &release).await?;
        self.log.say("creating upgraded release", &[("name", quoted(&upgrade.name))]);
        self.storage.create(&release).await?;
        let performed =
            self.perform_upgrade(upgrade, &mut current, &mut release, &before, &after).await;
        if let Err((created, problem)) = performed {
            return Err(self.fail_upgrade(upgrade, release, &created, problem).await);
        }
        self.log.say("updating status for upgraded release", &[("name", quoted(&upgrade.name))]);
        self.storage.update(&release).await
    }

    /// The objects of both releases, those to be adopted among the old ones.
    async fn manifests(
        &self,
        upgrade: &Upgrade,
        current: &Release,
        release: &Release,
    ) -> Result<(Vec<Resource>, Vec<Resource>), Problem> {
        let unable = |which: &str| {
            format!("unable to build kubernetes objects from {which} release manifest: ")
        };
        let mut before = self.build(&current.manifest).await;
        let mut after = self.build(&release.manifest).await;
        let before =
            before.as_mut().map_err(|problem| problem.clone().after(&unable("current")))?;
        let after = after.as_mut().map_err(|problem| problem.clone().after(&unable("new")))?;
        for resource in after.iter_mut() {
            own(&mut resource.object, &release.name, &release.namespace);
        }
        let is_known = |resource: &&Resource| {
            before.iter().any(|known| known.gvk == resource.gvk && known.id() == resource.id())
        };
        let new: Vec<Resource> =
            after.iter().filter(|resource| !is_known(resource)).cloned().collect();
        let owner = (release.name.as_str(), release.namespace.as_str());
        let owner = (!upgrade.take_ownership).then_some(owner);
        let adopted = self.existing(&new, owner).await;
        let adopted =
            adopted.map_err(|problem| problem.after("unable to continue with update: "))?;
        before.extend(adopted);
        Ok((std::mem::take(before), std::mem::take(after)))
    }

    async fn perform_upgrade(
        &self,
        upgrade: &Upgrade,
        current: &mut Release,
        release: &mut Release,
        before: &[Resource],
        after: &[Resource],
    ) -> Result<(), (Vec<Resource>, Problem)> {
        let Upgrade { waits, server_side, .. } = upgrade;
        if waits.no_hooks {
            self.log.say("upgrade hooks disabled", &[("name", quoted(&release.name))]);
        } else {
            let run = self.run_hooks(release, "pre-upgrade", waits, *server_side).await;
            run.map_err(|problem| {
                (Vec::new(), Problem::Failed(format!("pre-upgrade hooks failed: {problem}")))
            })?;
        }
        let how = Updating {
            writing: Writing { server_side: *server_side, force: *server_side },
            replace: upgrade.force && !server_side,
            upgrade_fields: *server_side && !current.is_server_side(),
        };
        let created = match self.update(before, after, how).await {
            Ok(created) => created,
            Err((created, problem)) => {
                let _ = self.storage.update(current).await;
                return Err((created, problem));
            }
        };
        if let Err(problem) = self.wait(after, waits).await {
            let _ = self.storage.update(current).await;
            return Err((created, problem));
        }
        if !waits.no_hooks {
            let run = self.run_hooks(release, "post-upgrade", waits, *server_side).await;
            if let Err(problem) = run {
                let words = format!("post-upgrade hooks failed: {problem}");
                return Err((created, Problem::Failed(words)));
            }
        }
        "superseded".clone_into(&mut current.info.status);
        let _ = self.storage.update(current).await;
        release.set_status("deployed", "Upgrade complete");
        Ok(())
    }

    /// Records the failure and cleans up if that is asked for.
    async fn fail_upgrade(
        &self,
        upgrade: &Upgrade,
        mut release: Release,
        created: &[Resource],
        problem: Problem,
    ) -> Problem {
        let attributes = [("name", quoted(&release.name)), ("error", WRAPPED.to_owned())];
        self.log.say("warning: upgrade failed", &attributes);
        release.set_status("failed", format!("Upgrade {:?} failed: {problem}", release.name));
        let _ = self.storage.update(&release).await;
        if !upgrade.cleanup || created.is_empty() {
            return problem;
        }
        let count = [("cleaning_resources", created.len().to_string())];
        self.log.say("cleanup on fail set", &count);
        let problems = self.delete(created, Propagation::Background).await;
        if !problems.is_empty() {
            let more = problems.join(", ");
            return Problem::Failed(format!(
                "an error occurred while cleaning up resources. original upgrade error: {problem}: \
                 unable to cleanup resources: {more}"
            ));
        }
        self.log.say("resource cleanup complete", &[]);
        problem
    }
}
