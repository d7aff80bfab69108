//! What a path names.

use std::sync::Arc;

use crate::catalogue::Kind;
use crate::state::State;

/// What stands at a path.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    /// Discovery, OpenAPI, health, version.
    Document,
    /// Objects of a kind.
    Resource { kind: Arc<Kind>, namespace: String, name: String, sub: String },
    /// A known group without such a version or resource: a Status.
    Missing,
    /// Nothing at all: plain text.
    Nothing,
}

/// Finds it.
pub(crate) fn parse(state: &State, path: &str) -> Place {
    let trimmed = path.strip_prefix('/').unwrap_or(path);
    let trimmed = trimmed.strip_suffix('/').unwrap_or(trimmed);
    let parts: Vec<&str> = trimmed.split('/').collect();
    if parts.len() > 1 && parts.iter().any(|part| part.is_empty()) {
        return Place::Nothing;
    }
    match parts.as_slice() {
        ["api"] | ["apis"] => Place::Document,
        ["api", version] => core_version(state, version),
        ["api", version, rest @ ..] => resource(state, "", version, rest),
        ["apis", group] => match state.catalogue.group(group) {
            Some(_) => Place::Document,
            None => Place::Nothing,
        },
        ["apis", group, version] => group_version(state, group, version),
        ["apis", group, version, rest @ ..] => resource(state, group, version, rest),
        _ => Place::Document,
    }
}

fn core_version(state: &State, version: &str) -> Place {
    match state.catalogue.version("", version) {
        Some(_) => Place::Document,
        None => Place::Missing,
    }
}

fn group_version(state: &State, group: &str, version: &str) -> Place {
    match (state.catalogue.version(group, version), state.catalogue.group(group)) {
        (Some(_), _) => Place::Document,
        (None, Some(known)) if !known.custom => Place::Missing,
        _ => Place::Nothing,
    }
}

fn resource(state: &State, group: &str, version: &str, rest: &[&str]) -> Place {
    let Some(known) = state.catalogue.group(group) else {
        return Place::Nothing;
    };
    let Some(version) = known.versions.get(version) else {
        return if known.custom { Place::Nothing } else { Place::Missing };
    };
    let missing = if known.custom { Place::Nothing } else { Place::Missing };
    let find = |plural: &str| version.plural(plural).cloned();
    let place = |kind: Arc<Kind>, namespace: &str, name: &str, sub: &[&str]| Place::Resource {
        kind,
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        // What stands behind a proxy's path is for what it leads to.
        sub: if sub.first() == Some(&"proxy") { "proxy".to_owned() } else { sub.join("/") },
    };
    match rest {
        ["namespaces", namespace, plural, rest @ ..]
            if !(group.is_empty()
                && matches!(*plural, "status" | "finalize")
                && rest.is_empty()) =>
        {
            match find(plural) {
                Some(kind) if kind.namespaced => match rest {
                    [] => place(kind, namespace, "", &[]),
                    [name, sub @ ..] => place(kind, namespace, name, sub),
                },
                _ => missing,
            }
        }
        [plural] => find(plural).map_or(missing, |kind| place(kind, "", "", &[])),
        [plural, name, sub @ ..] => match find(plural) {
            Some(kind) if !kind.namespaced => place(kind, "", name, sub),
            _ => missing,
        },
        [] => missing,
    }
}
