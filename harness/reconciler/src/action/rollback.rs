//! The action rollback (helm/helm: pkg/action/rollback).

use client::Propagation;

use super::kube::Writing;
use super::log::quoted;
use super::ownership::own;
use super::release::{Info, method};
use super::update::Updating;
use super::{Actions, Problem, Release, Resource, Waits};

/// What is rolled back to.
pub(crate) struct Rollback {
    pub(crate) name: String,
    pub(crate) version: i64,
    pub(crate) waits: Waits,
    /// Whether it applies on the server's side; `None` for as the target did.
    pub(crate) server_side: Option<bool>,
    pub(crate) force: bool,
    pub(crate) cleanup: bool,
    pub(crate) max_history: i64,
}

impl Actions {
    /// Makes an old revision the newest.
    ///
    /// # Errors
    /// What went wrong, in Helm's words.
    pub(crate) async fn rollback(&self, rollback: &Rollback) -> Result<(), Problem> {
        let name = &rollback.name;
        self.storage.max_history.set(rollback.max_history);
        self.log.say("preparing rollback", &[("name", quoted(name))]);
        let history = self.storage.history(name).await?;
        let current = history.last().cloned();
        let target = history.iter().find(|release| release.version == rollback.version);
        let (Some(mut current), Some(target)) = (current, target) else {
            let version = rollback.version;
            return Err(Problem::Failed(format!("release has no {version} version")));
        };
        let attributes = [
            ("name", quoted(name)),
            ("currentVersion", current.version.to_string()),
            ("targetVersion", target.version.to_string()),
        ];
        self.log.say("rolling back", &attributes);
        let server_side = rollback.server_side.unwrap_or_else(|| target.is_server_side());
        let mut release = self.copy_of(target, &current, server_side);
        self.log.say("creating rolled back release", &[("name", quoted(name))]);
        self.storage.create(&release).await?;
        self.log.say("performing rollback", &[("name", quoted(name))]);
        self.perform_rollback(rollback, &mut current, &mut release, server_side).await?;
        self.log.say("updating status for rolled back release", &[("name", quoted(name))]);
        self.storage.update(&release).await
    }

    fn copy_of(&self, target: &Release, current: &Release, server_side: bool) -> Release {
        let mut release = target.clone();
        release.namespace.clone_from(&current.namespace);
        release.version = current.version + 1;
        release.info = Info {
            first_deployed: current.info.first_deployed,
            last_deployed: Some(self.world.clock.now()),
            notes: target.info.notes.clone(),
            ..Info::default()
        };
        release.apply_method = method(server_side);
        release.set_status("pending-rollback", format!("Rollback to {}", target.version));
        release
    }

    async fn perform_rollback(
        &self,
        rollback: &Rollback,
        current: &mut Release,
        release: &mut Release,
        server_side: bool,
    ) -> Result<(), Problem> {
        let unable = |which: &str| {
            format!("unable to build kubernetes objects from {which} release manifest: ")
        };
        let before = self.build(&current.manifest).await;
        let before = before.map_err(|problem| problem.after(&unable("current")))?;
        let after = self.build(&release.manifest).await;
        let mut after = after.map_err(|problem| problem.after(&unable("new")))?;
        let waits = &rollback.waits;
        if waits.no_hooks {
            self.log.say("rollback hooks disabled", &[("name", quoted(&release.name))]);
        } else {
            self.run_hooks(release, "pre-rollback", waits, server_side).await?;
        }
        for resource in &mut after {
            own(&mut resource.object, &release.name, &release.namespace);
        }
        let how = Updating {
            writing: Writing { server_side, force: server_side },
            replace: rollback.force && !server_side,
            upgrade_fields: true,
        };
        if let Err((created, problem)) = self.update(&before, &after, how).await {
            return Err(self.fail_rollback(rollback, current, release, &created, problem).await);
        }
        if let Err(problem) = self.wait(&after, waits).await {
            release.set_status("failed", format!("Release {:?} failed: {problem}", release.name));
            let _ = self.storage.update(current).await;
            let _ = self.storage.update(release).await;
            return Err(problem.after(&format!("release {} failed: ", release.name)));
        }
        if !waits.no_hooks {
            self.run_hooks(release, "post-rollback", waits, server_side).await?;
        }
        for mut deployed in self.storage.deployed_all(&release.name).await? {
            let version = [("version", deployed.version.to_string())];
            self.log.say("superseding previous deployment", &version);
            "superseded".clone_into(&mut deployed.info.status);
            let _ = self.storage.update(&deployed).await;
        }
        "deployed".clone_into(&mut release.info.status);
        Ok(())
    }

    async fn fail_rollback(
        &self,
        rollback: &Rollback,
        current: &mut Release,
        release: &mut Release,
        created: &[Resource],
        problem: Problem,
    ) -> Problem {
        let words = format!("Rollback {:?} failed: {problem}", release.name);
        self.log.say(&format!("warning: {words}"), &[]);
        "superseded".clone_into(&mut current.info.status);
        release.set_status("failed", words);
        let _ = self.storage.update(current).await;
        let _ = self.storage.update(release).await;
        if !rollback.cleanup {
            return problem;
        }
        let count = [("count", created.len().to_string())];
        self.log.say("cleanup on fail set, cleaning up resources", &count);
        let problems = self.delete(created, Propagation::Background).await;
        if !problems.is_empty() {
            let more = problems.join(", ");
            return Problem::Failed(format!(
                "an error occurred while cleaning up resources. original rollback error: unable to \
                 cleanup resources: {more}"
            ));
        }
        self.log.say("resource cleanup complete", &[]);
        problem
    }
}
