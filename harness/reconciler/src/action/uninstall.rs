//! The action uninstall (helm/helm: pkg/action/uninstall).

use client::Propagation;
use objects::Object;

use super::log::{WRAPPED, quoted};
use super::manifest::to_uninstall;
use super::{Actions, Problem, Release, Resource, Waits};

/// What is uninstalled, and how.
pub(crate) struct Uninstall {
    pub(crate) name: String,
    pub(crate) waits: Waits,
    pub(crate) keep_history: bool,
    pub(crate) propagation: Propagation,
}

impl Actions {
    /// Uninstalls the newest revision; gives back which that was.
    ///
    /// # Errors
    /// What went wrong, with the release if it was found.
    pub(crate) async fn uninstall(
        &self,
        uninstall: &Uninstall,
    ) -> Result<Release, (Option<Release>, Problem)> {
        let name = &uninstall.name;
        let history = self.storage.history(name).await.map_err(|problem| {
            (None, problem.after(&format!("uninstall: Release not loaded: {name}: ")))
        })?;
        let Some(mut release) = history.last().cloned() else {
            return Err((None, Problem::Failed("no release provided".to_owned())));
        };
        if release.info.status == "uninstalled" {
            if uninstall.keep_history {
                let words = format!("the release named {name:?} is already deleted");
                return Err((None, Problem::AlreadyDeleted(words)));
            }
            let purged = self.purge(&history).await;
            purged.map_err(|problem| {
                (None, problem.after("uninstall: Failed to purge the release: "))
            })?;
            return Ok(release);
        }
        self.log.say("uninstall: deleting release", &[("name", quoted(name))]);
        release.info.deleted = Some(self.world.clock.now());
        release.set_status("uninstalling", "Deletion in progress (or silently failed)");
        if uninstall.waits.no_hooks {
            self.log.say("delete hooks disabled", &[("release", quoted(name))]);
        } else if let Err(problem) =
            self.run_hooks(&mut release, "pre-delete", &uninstall.waits, true).await
        {
            return Err((Some(release), Problem::Failed(problem)));
        }
        self.say_unless_stored(self.storage.update(&release).await);
        match self.remove(uninstall, &mut release, &history).await {
            Ok(()) => Ok(release),
            Err((known, problem)) => Err((known.then_some(release), problem)),
        }
    }

    /// Removes the objects and then the records; whether the release is still known comes with the problem.
    async fn remove(
        &self,
        uninstall: &Uninstall,
        release: &mut Release,
        history: &[Release],
    ) -> Result<(), (bool, Problem)> {
        let (name, waits) = (&uninstall.name, &uninstall.waits);
        self.world.work(self.world.settings.costs.apply).await;
        let Ok(deleted) = self.delete_objects(uninstall, release).await else {
            let error = [("error", "[{}]".to_owned())];
            self.log.say("uninstall: Failed to delete release", &error);
            return Err((false, Problem::Failed(format!("failed to delete release: {name}"))));
        };
        let mut problems = Vec::new();
        problems.extend(self.wait_for_deletion(&deleted, waits).await.err());
        if !waits.no_hooks {
            problems.extend(self.run_hooks(release, "post-delete", waits, true).await.err());
        }
        release.set_status("uninstalled", "Uninstallation complete");
        if uninstall.keep_history {
            self.say_unless_stored(self.storage.update(release).await);
            let deployed = self.storage.deployed_all(name).await;
            for mut deployed in deployed.map_err(|problem| (false, problem))? {
                let version = [("version", deployed.version.to_string())];
                self.log.say("superseding previous deployment", &version);
                "superseded".clone_into(&mut deployed.info.status);
                self.say_unless_stored(self.storage.update(&deployed).await);
            }
        } else {
            self.log.say("purge requested", &[("release", quoted(name))]);
            if let Err(problem) = self.purge(history).await {
                problems.push(format!("uninstall: Failed to purge the release: {problem}"));
            }
        }
        if problems.is_empty() {
            return Ok(());
        }
        let (count, all) = (problems.len(), problems.join("; "));
        let words = format!("uninstallation completed with {count} error(s): {all}");
        Err((true, Problem::Failed(words)))
    }

    fn say_unless_stored(&self, stored: Result<(), Problem>) {
        if stored.is_err() {
            let error = [("error", WRAPPED.to_owned())];
            self.log.say("uninstall: Failed to store updated release", &error);
        }
    }

    async fn purge(&self, history: &[Release]) -> Result<(), Problem> {
        for release in history {
            self.storage.delete(&release.name, release.version).await?;
        }
        Ok(())
    }

    async fn delete_objects(
        &self,
        uninstall: &Uninstall,
        release: &Release,
    ) -> Result<Vec<Resource>, ()> {
        let files = to_uninstall(&release.manifest);
        let going = files.into_iter().filter(|(object, _)| !is_kept(object));
        let text: String = going.map(|(_, text)| format!("\n---\n{text}")).collect();
        let resources = self.build(&text).await.map_err(drop)?;
        if resources.is_empty() {
            return Ok(resources);
        }
        match self.delete(&resources, uninstall.propagation).await.is_empty() {
            true => Ok(resources),
            false => Err(()),
        }
    }
}

/// Any value of the policy keeps an object, not `keep` alone (helm/helm: resource_policy).
fn is_kept(object: &Object) -> bool {
    object.annotation("helm.sh/resource-policy").is_some()
}
