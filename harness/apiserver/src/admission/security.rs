//! Pod security levels of a namespace (kubernetes `PodSecurity`).
//!
//! Pods are refused by `enforce`; workloads are only warned of. Checks run in
//! the server's order; a restricted check replaces its baseline one.

mod baseline;
mod restricted;

use client::Status;
use objects::{Object, Value};

use super::Operation;
use crate::context::Context;
use crate::images::pod_spec_path;
use crate::refusal;
use crate::state::State;

/// One broken rule: what, and where.
pub(crate) struct Breach {
    pub(crate) reason: String,
    pub(crate) detail: String,
}

/// A container with its name, of whatever list.
pub(crate) fn containers(spec: &Value) -> Vec<&Value> {
    ["initContainers", "containers", "ephemeralContainers"]
        .iter()
        .flat_map(|list| spec.list_at(&[list]))
        .collect()
}

/// The names of containers that a test finds.
pub(crate) fn guilty(spec: &Value, test: impl Fn(&Value) -> bool) -> Vec<String> {
    let found = containers(spec).into_iter().filter(|container| test(container));
    found
        .filter_map(|container| container.str_at(&["name"]))
        .map(|name| format!("\"{name}\""))
        .collect()
}

/// `container "a"`, `containers "a", "b"`.
pub(crate) fn named(word: &str, names: &[String]) -> String {
    let plural = if names.len() == 1 { "" } else { "s" };
    format!("{word}{plural} {}", names.join(", "))
}

/// Refuses or warns.
pub(crate) fn check(
    state: &State,
    context: &mut Context,
    operation: &Operation<'_>,
    object: &Object,
) -> Result<(), Status> {
    let kind = operation.kind;
    let Some(path) = pod_spec_path(&kind.gvk.kind).filter(|_| !kind.is_custom()) else {
        return Ok(());
    };
    if !operation.sub.is_empty() || object.at(path).is_none() {
        return Ok(());
    }
    let Some(namespace) = state.core("Namespace", "", object.namespace()) else { return Ok(()) };
    let level = |mode: &str| {
        let key = format!("pod-security.kubernetes.io/{mode}");
        let level =
            namespace.label(&key).filter(|level| matches!(*level, "baseline" | "restricted"));
        let version = namespace.label(&format!("{key}-version")).unwrap_or("latest");
        level.map(|level| (level.to_owned(), version.to_owned()))
    };
    let parents = path.split_last().map_or(path, |(_, parents)| parents);
    let template = object.at(parents).cloned().unwrap_or_default();
    let (enforce, warn) = (level("enforce"), level("warn"));
    let is_pod = kind.gvk.kind == "Pod";
    if is_pod
        && let Some((level, version)) = &enforce
        && let Some(text) = text(level, &template)
    {
        let why = format!("violates PodSecurity \"{level}:{version}\": {text}");
        return Err(refusal::forbidden(kind, object.name(), &why));
    }
    // Workloads are warned of what would hold for their pods.
    let told = if is_pod { warn } else { warn.or(enforce) };
    if let Some((level, version)) = told
        && let Some(text) = text(&level, &template)
    {
        context.warn(format!("would violate PodSecurity \"{level}:{version}\": {text}"));
    }
    Ok(())
}

fn text(level: &str, template: &Value) -> Option<String> {
    let spec = template.at(&["spec"])?;
    let metadata = template.at(&["metadata"]);
    let breaches = match level {
        "restricted" => restricted::breaches(metadata, spec),
        _ => baseline::breaches(metadata, spec),
    };
    if breaches.is_empty() {
        return None;
    }
    let parts = breaches.iter().map(|breach| format!("{} ({})", breach.reason, breach.detail));
    Some(parts.collect::<Vec<_>>().join(", "))
}
