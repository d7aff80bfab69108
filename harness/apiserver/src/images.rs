//! Image overrides: other images in pods and pod templates, put there as a
//! mutating admission would, so that appliers see no drift.

use objects::{ObjectId, Value};

/// One override. What is `None` matches everything; at least one matcher should be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageOverride {
    /// Where it was declared (an environment variable or a place in a file), for reports.
    pub origin: String,
    /// Images of this repository (without tag and digest).
    pub repository: Option<String>,
    /// Objects of this name.
    pub workload: Option<String>,
    /// Objects in this namespace.
    pub namespace: Option<String>,
    /// Containers of this name.
    pub container: Option<String>,
    /// The image that takes the place.
    pub image: String,
}

/// One place where an override took effect.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageLanding {
    /// [`ImageOverride::origin`].
    pub origin: String,
    /// The object that was changed.
    pub object: ObjectId,
    /// The container.
    pub container: String,
    /// The image it had.
    pub before: String,
    /// The image it has.
    pub after: String,
}

/// The image's repository: what stands before digest and tag.
pub(crate) fn repository_of(image: &str) -> &str {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// Replaces images in one object; gives back what was replaced.
pub(crate) fn replace(
    overrides: &[ImageOverride],
    id: &ObjectId,
    object: &mut Value,
) -> Vec<ImageLanding> {
    let mut landed = Vec::new();
    let Some(path) = pod_spec_path(&id.kind.kind) else { return landed };
    let fits = |rule: &&ImageOverride| {
        rule.workload.as_ref().is_none_or(|name| *name == id.name)
            && rule.namespace.as_ref().is_none_or(|name| *name == id.namespace)
    };
    let rules: Vec<&ImageOverride> = overrides.iter().filter(fits).collect();
    if rules.is_empty() || object.at(path).is_none() {
        return landed;
    }
    for list in ["initContainers", "containers"] {
        let full: Vec<&str> = path.iter().copied().chain([list]).collect();
        let mut items = object.list_at(&full).to_vec();
        let before = landed.len();
        for item in &mut items {
            replace_one(&rules, id, item, &mut landed);
        }
        if landed.len() > before {
            object.set(&full, items);
        }
    }
    landed
}

fn replace_one(
    rules: &[&ImageOverride],
    id: &ObjectId,
    container: &mut Value,
    landed: &mut Vec<ImageLanding>,
) {
    let name = container.str_at(&["name"]).unwrap_or_default().to_owned();
    let before = container.str_at(&["image"]).unwrap_or_default().to_owned();
    let rule = rules.iter().find(|rule| {
        rule.container.as_ref().is_none_or(|wanted| *wanted == name)
            && rule.repository.as_ref().is_none_or(|wanted| wanted == repository_of(&before))
    });
    let Some(rule) = rule else { return };
    container.set(&["image"], rule.image.as_str());
    landed.push(ImageLanding {
        origin: rule.origin.clone(),
        object: id.clone(),
        container: name,
        before,
        after: rule.image.clone(),
    });
}

/// Where the pod spec of a workload kind stands.
pub(crate) fn pod_spec_path(kind: &str) -> Option<&'static [&'static str]> {
    match kind {
        "Pod" => Some(&["spec"]),
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "Job"
        | "ReplicationController" => Some(&["spec", "template", "spec"]),
        "CronJob" => Some(&["spec", "jobTemplate", "spec", "template", "spec"]),
        "PodTemplate" => Some(&["template", "spec"]),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_what_stands_before_tag_and_digest() {
        for (image, repository) in [
            ("nginx", "nginx"),
            ("nginx:1.27", "nginx"),
            ("localhost:5000/app", "localhost:5000/app"),
            ("localhost:5000/app:v1@sha256:00", "localhost:5000/app"),
        ] {
            assert_eq!(repository_of(image), repository, "{image}");
        }
    }
}
