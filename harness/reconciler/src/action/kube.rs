//! Making and deleting objects (helm/helm: pkg/kube/client).

use client::{Options, Patch, Propagation, Status, Target, Verb};

use super::log::{WRAPPED, quoted, status_json};
use super::{Actions, MANAGER, Problem, Resource};

/// How objects are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Writing {
    pub(super) server_side: bool,
    /// Whether fields are taken over from other managers.
    pub(super) force: bool,
}

impl Actions {
    /// Makes every object; all problems are named, a line each.
    ///
    /// # Errors
    /// What was refused.
    pub(super) async fn create(&self, resources: &[Resource], how: Writing) -> Result<(), Problem> {
        self.log.say("creating resource(s)", &[("resources", resources.len().to_string())]);
        self.say_creation(how);
        if resources.is_empty() {
            return Err(Problem::Failed("no objects visited".to_owned()));
        }
        let mut problems = Vec::new();
        for resource in resources {
            if let Err(problem) = self.create_one(resource, how).await {
                problems.push(problem);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Problem::Failed(problems.join("\n"))) }
    }

    pub(super) fn say_creation(&self, how: Writing) {
        if !how.server_side {
            return self.log.say("using client-side apply for resource creation", &[]);
        }
        let attributes = [
            ("forceConflicts", how.force.to_string()),
            ("dryRun", "false".to_owned()),
            ("fieldValidationDirective", quoted("Strict")),
        ];
        self.log.say("using server-side apply for resource creation", &attributes);
    }

    pub(super) async fn create_one(&self, resource: &Resource, how: Writing) -> Result<(), String> {
        if !how.server_side {
            let target = Target { name: None, ..Target::of(&resource.object) };
            let body = Some(resource.object.0.clone());
            let options = Options { manager: MANAGER.to_owned(), ..Options::default() };
            let created = self.client.call(Verb::Create, target, body, options).await;
            return created.map(drop).map_err(|status| status.to_string());
        }
        match self.apply(resource, how.force).await {
            Ok(()) => {
                self.say_of(resource, "Created resource via patch", None);
                Ok(())
            }
            Err(problem) => {
                self.say_of(resource, "Error creating resource via patch", Some(WRAPPED));
                Err(problem)
            }
        }
    }

    /// A line about a resource.
    pub(super) fn say_of(&self, resource: &Resource, message: &str, error: Option<&str>) {
        let mut attributes = vec![
            ("namespace", quoted(resource.object.namespace())),
            ("name", quoted(resource.object.name())),
            ("gvk", quoted(&resource.gvk_text())),
        ];
        attributes.extend(error.map(|error| ("error", error.to_owned())));
        self.log.say(message, &attributes);
    }

    /// A line about a resource that names its kind alone.
    pub(super) fn say_kind(&self, resource: &Resource, message: &str, error: Option<String>) {
        let mut attributes = vec![
            ("namespace", quoted(resource.object.namespace())),
            ("name", quoted(resource.object.name())),
            ("kind", quoted(&resource.gvk.kind)),
        ];
        attributes.extend(error.map(|error| ("error", error)));
        self.log.say(message, &attributes);
    }

    /// Server-side apply of one object.
    pub(super) async fn apply(&self, resource: &Resource, force: bool) -> Result<(), String> {
        let options =
            Options { manager: MANAGER.to_owned(), force, strict: true, ..Options::default() };
        let body = Some(resource.object.0.clone());
        let target = Target::of(&resource.object);
        let applied = self.client.call(Verb::Patch(Patch::Apply), target, body, options).await;
        applied.map(drop).map_err(|status| {
            let what = match status.is_conflict() {
                true => "conflict occurred while applying object",
                false => "server-side apply failed for object",
            };
            let (object, gvk) = (&resource.object, resource.gvk_text());
            format!("{what} {}/{} {gvk}: {status}", object.namespace(), object.name())
        })
    }

    /// Deletes objects; what is gone already is no problem.
    pub(super) async fn delete(
        &self,
        resources: &[Resource],
        propagation: Propagation,
    ) -> Vec<String> {
        if resources.is_empty() {
            return vec!["object not found, skipping delete: no objects visited".to_owned()];
        }
        let mut problems = Vec::new();
        for resource in resources {
            self.say_kind(resource, "starting delete resource", None);
            match self.delete_one(resource, propagation).await {
                Ok(()) => {}
                Err(status) if status.is_not_found() => {
                    let error = Some(status_json(&status));
                    self.say_kind(resource, "ignoring delete failure", error);
                }
                Err(status) => problems.push(status.to_string()),
            }
        }
        problems
    }

    pub(super) async fn delete_one(
        &self,
        resource: &Resource,
        propagation: Propagation,
    ) -> Result<(), Status> {
        let options = Options { propagation: Some(propagation), ..Options::default() };
        let target = Target::of(&resource.object);
        self.client.call(Verb::Delete, target, None, options).await.map(drop)
    }
}
