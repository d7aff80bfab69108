//! Whose an object is: Helm's label and annotations, and what may be adopted.
//!
//! Rules from helm/helm: pkg/action/validate.

use client::Target;
use objects::Object;

use super::{Actions, Problem, Resource};

const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const RELEASE: &str = "meta.helm.sh/release-name";
const NAMESPACE: &str = "meta.helm.sh/release-namespace";

/// Marks an object as part of a release.
pub(crate) fn own(object: &mut Object, release: &str, namespace: &str) {
    object.set(&["metadata", "labels", MANAGED_BY], "Helm");
    object.set(&["metadata", "annotations", RELEASE], release);
    object.set(&["metadata", "annotations", NAMESPACE], namespace);
}

impl Actions {
    /// What of some resources exists already; without leave to take them over they must be the release's.
    ///
    /// # Errors
    /// If one belongs to somebody else or cannot be read.
    pub(super) async fn existing(
        &self,
        resources: &[Resource],
        owner: Option<(&str, &str)>,
    ) -> Result<Vec<Resource>, Problem> {
        let mut existing = Vec::new();
        for resource in resources.iter().filter(|resource| !resource.object.name().is_empty()) {
            let live = match self.client.get(Target::of(&resource.object)).await {
                Ok(live) => live,
                Err(status) if status.is_not_found() => continue,
                Err(status) => {
                    let what = resource.text();
                    return Err(Problem::Failed(format!(
                        "could not get information about the resource {what}: {status}"
                    )));
                }
            };
            if let Some((release, namespace)) = owner {
                check(&live, release, namespace).map_err(|problem| {
                    Problem::Failed(format!(
                        "{} exists and cannot be imported into the current release: {problem}",
                        resource.text()
                    ))
                })?;
            }
            existing.push(resource.clone());
        }
        Ok(existing)
    }
}

/// Whether a live object is the release's.
fn check(live: &Object, release: &str, namespace: &str) -> Result<(), String> {
    let wrong = |what: &str, key: &str, found: Option<&str>, wanted: &str| match found {
        None => {
            Some(format!("{what} validation error: missing key {key:?}: must be set to {wanted:?}"))
        }
        Some(found) if found != wanted => Some(format!(
            "{what} validation error: key {key:?} must equal {wanted:?}: current value is {found:?}"
        )),
        Some(_) => None,
    };
    let wrongs: Vec<String> = [
        wrong("label", MANAGED_BY, live.label(MANAGED_BY), "Helm"),
        wrong("annotation", RELEASE, live.annotation(RELEASE), release),
        wrong("annotation", NAMESPACE, live.annotation(NAMESPACE), namespace),
    ]
    .into_iter()
    .flatten()
    .collect();
    if wrongs.is_empty() {
        return Ok(());
    }
    Err(format!("invalid ownership metadata; {}", wrongs.join("; ")))
}
