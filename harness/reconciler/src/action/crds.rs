//! Definitions from a chart's `crds/` folder.
//!
//! Rules from fluxcd/helm-controller: internal/action/crds.

use std::time::Duration;

use client::Target;

use super::kube::Writing;
use super::update::Updating;
use super::{Actions, Problem, Resource, Waits};

/// What happens to definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Nothing.
    Skip,
    /// They are created; with server-side apply that applies existing ones again.
    Create,
    /// They are created or replaced.
    CreateReplace,
}

/// How long definitions may take to be served.
const LIMIT: Duration = Duration::from_secs(60);

impl Actions {
    /// Applies definitions, given as name and text of their files.
    ///
    /// # Errors
    /// If one cannot be read, is refused or is not served in time.
    pub(crate) async fn apply_crds(
        &self,
        files: &[(String, String)],
        policy: Policy,
        labels: &[(&str, &str)],
        waits: &Waits,
        server_side: bool,
    ) -> Result<(), Problem> {
        if files.is_empty() {
            return Ok(());
        }
        if policy == Policy::Skip {
            let words = "skipping CustomResourceDefinition apply: policy is set to Skip";
            self.log.say(words, &[]);
            return Ok(());
        }
        let definitions = self.read_crds(files, labels).await?;
        let name = if policy == Policy::Create { "Create" } else { "CreateReplace" };
        self.log.say(&format!("applying CustomResourceDefinition(s) with policy {name}"), &[]);
        let how = Writing { server_side, force: server_side };
        let written = match policy {
            Policy::CreateReplace => self.replace_crds(&definitions, how).await?,
            _ => self.create_crds(&definitions, how).await?,
        };
        if written.is_empty() {
            return Ok(());
        }
        let short = Waits { timeout: LIMIT, jobs: false, ..*waits };
        if let Err(problem) = self.wait(&written, &short).await {
            let problem = problem.after("failed to wait for CustomResourceDefinition(s): ");
            self.log.say(&format!("error: {problem}"), &[]);
            return Err(problem);
        }
        let words = format!("successfully applied {} CustomResourceDefinition(s)", written.len());
        self.log.say(&words, &[]);
        self.log.say("clearing REST mapper cache", &[]);
        Ok(())
    }

    async fn read_crds(
        &self,
        files: &[(String, String)],
        labels: &[(&str, &str)],
    ) -> Result<Vec<Resource>, Problem> {
        let mut all = Vec::new();
        for (name, text) in files {
            let built = self.build(text).await.map_err(|problem| {
                let words = format!("failed to parse CustomResourceDefinitions from {name}: ");
                let problem = problem.after(&words);
                self.log.say(&format!("error: {problem}"), &[]);
                problem
            })?;
            let definitions = built.into_iter().filter(|resource| {
                resource.gvk.group == "apiextensions.k8s.io"
                    && resource.gvk.kind == "CustomResourceDefinition"
            });
            all.extend(definitions);
        }
        for definition in &mut all {
            for (key, value) in labels {
                definition.object.set(&["metadata", "labels", key], *value);
            }
        }
        Ok(all)
    }

    async fn create_crds(
        &self,
        definitions: &[Resource],
        how: Writing,
    ) -> Result<Vec<Resource>, Problem> {
        let mut written = Vec::new();
        for definition in definitions {
            let name = definition.object.name();
            let exists =
                !how.server_side && self.client.get(Target::of(&definition.object)).await.is_ok();
            if exists {
                let words =
                    format!("CustomResourceDefinition {name} is already present. Skipping.");
                self.log.say(&words, &[]);
                continue;
            }
            self.create(std::slice::from_ref(definition), how).await.map_err(|problem| {
                let words = format!("failed to create CustomResourceDefinition {name}: ");
                let problem = problem.after(&words);
                self.log.say(&format!("error: {problem}"), &[]);
                problem
            })?;
            written.push(definition.clone());
        }
        Ok(written)
    }

    async fn replace_crds(
        &self,
        definitions: &[Resource],
        how: Writing,
    ) -> Result<Vec<Resource>, Problem> {
        let updating = Updating { writing: how, replace: !how.server_side, upgrade_fields: false };
        let updated = self.update(definitions, definitions, updating).await;
        updated.map_err(|(_, problem)| {
            problem.after("failed to update CustomResourceDefinition(s): ")
        })?;
        Ok(definitions.to_vec())
    }
}
