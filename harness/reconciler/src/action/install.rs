//! The action install (helm/helm: pkg/action/install).

use std::rc::Rc;

use objects::{Object, Value};

use super::kube::Writing;
use super::ownership::own;
use super::release::{Info, method};
use super::update::Updating;
use super::{Actions, Hook, Problem, Release, Resource, Waits};

/// What is to be installed.
pub(crate) struct Install {
    pub(crate) name: String,
    pub(crate) waits: Waits,
    pub(crate) take_ownership: bool,
    pub(crate) create_namespace: bool,
    pub(crate) replace: bool,
    pub(crate) server_side: bool,
    pub(crate) chart: Rc<Value>,
    pub(crate) values: Value,
}

/// What a chart gave.
pub(crate) struct Rendered {
    pub(crate) manifest: String,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) notes: String,
}

impl Actions {
    /// Whether a new release may have this name.
    ///
    /// # Errors
    /// If it is in use.
    pub(crate) async fn check_name(&self, install: &Install) -> Result<(), Problem> {
        let failed = |why: &str| Problem::Failed(format!("release name check failed: {why}"));
        let Ok(last) = self.storage.last(&install.name).await else { return Ok(()) };
        let may_go = matches!(last.info.status.as_str(), "uninstalled" | "failed");
        if install.replace && may_go {
            return Ok(());
        }
        let problem = failed("cannot reuse a name that is still in use");
        let error = [("error", super::log::WRAPPED.to_owned())];
        self.log.say("error: release name check failed", &error);
        Err(problem)
    }

    /// Installs what was rendered.
    ///
    /// # Errors
    /// What went wrong, in Helm's words.
    pub(crate) async fn install(
        &self,
        install: &Install,
        rendered: Rendered,
    ) -> Result<(), Problem> {
        let now = self.world.clock.now();
        let mut release = Release {
            name: install.name.clone(),
            namespace: self.namespace.clone(),
            version: 1,
            info: Info {
                first_deployed: Some(now),
                last_deployed: Some(now),
                notes: rendered.notes,
                ..Info::default()
            },
            chart: install.chart.clone(),
            config: install.values.clone(),
            manifest: rendered.manifest.into(),
            hooks: rendered.hooks,
            apply_method: method(install.server_side),
            labels: Default::default(),
        };
        release.set_status("pending-install", "Initial install underway");
        let mut resources = self.build(&release.manifest).await.map_err(|problem| {
            problem.after("unable to build kubernetes objects from release manifest: ")
        })?;
        for resource in &mut resources {
            own(&mut resource.object, &release.name, &release.namespace);
        }
        let owner = (release.name.as_str(), release.namespace.as_str());
        let owner = (!install.take_ownership).then_some(owner);
        let adopted = self.existing(&resources, owner).await;
        let adopted =
            adopted.map_err(|problem| problem.after("unable to continue with install: "))?;
        if install.create_namespace {
            self.create_namespace(install.server_side).await?;
        }
        if install.replace {
            self.supersede(&mut release).await?;
        }
        self.storage.create(&release).await?;
        let performed = self.perform_install(install, &mut release, &resources, &adopted).await;
        match &performed {
            Ok(()) => release.set_status("deployed", "Install complete"),
            Err(problem) => {
                let words = format!("Release {:?} failed: {problem}", install.name);
                release.set_status("failed", words);
            }
        }
        let _ = self.storage.update(&release).await;
        performed
    }

    async fn perform_install(
        &self,
        install: &Install,
        release: &mut Release,
        resources: &[Resource],
        adopted: &[Resource],
    ) -> Result<(), Problem> {
        let Install { waits, server_side, .. } = install;
        if !waits.no_hooks {
            let run = self.run_hooks(release, "pre-install", waits, *server_side).await;
            run.map_err(|problem| format!("failed pre-install: {problem}"))?;
        }
        if adopted.is_empty() && !resources.is_empty() {
            self.create(resources, Writing { server_side: *server_side, force: false }).await?;
        } else if !resources.is_empty() {
            let how = Updating {
                writing: Writing { server_side: *server_side, force: *server_side },
                replace: false,
                upgrade_fields: true,
            };
            self.update(adopted, resources, how).await.map_err(|(_, problem)| problem)?;
        }
        self.wait(resources, waits).await?;
        if !waits.no_hooks {
            let run = self.run_hooks(release, "post-install", waits, *server_side).await;
            run.map_err(|problem| format!("failed post-install: {problem}"))?;
        }
        Ok(())
    }

    async fn create_namespace(&self, server_side: bool) -> Result<(), Problem> {
        let mut object = Object::default();
        object.set(&["apiVersion"], "v1");
        object.set(&["kind"], "Namespace");
        object.set(&["metadata", "name"], self.namespace.as_str());
        object.set(&["metadata", "labels", "name"], self.namespace.as_str());
        let gvk = object.gvk();
        let exists = !server_side && self.client.get(client::Target::of(&object)).await.is_ok();
        if exists {
            return Ok(());
        }
        self.create(&[Resource { object, gvk }], Writing { server_side, force: false }).await
    }

    /// The last release makes way for this one.
    async fn supersede(&self, release: &mut Release) -> Result<(), Problem> {
        let Ok(mut last) = self.storage.last(&release.name).await else { return Ok(()) };
        release.version = last.version + 1;
        if last.info.status == "failed" {
            return Ok(());
        }
        last.set_status("superseded", "superseded by new release");
        self.storage.update(&last).await
    }
}
