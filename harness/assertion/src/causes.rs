//! From red to cause: from a Flux object that is not Ready down to the workload, the
//! Pod or the file behind it.
//!
//! What an object says of itself leads on: objects that its message names, its
//! dependencies and source, what it owns. Start at [`causes`].

use std::collections::BTreeSet;

use events::{Cause, Source};
use objects::{Object, ObjectId, Value};

use crate::place::Place;
use crate::revision;

/// Longest chain that is followed.
const DEEPEST: usize = 12;

/// The chain from an object down to what is behind its state, nearest first; empty
/// where nothing is behind it.
#[must_use]
pub(crate) fn causes(place: &Place<'_>, id: &ObjectId) -> Vec<Cause> {
    let mut chain = Vec::new();
    let mut seen = BTreeSet::from([id.clone()]);
    let mut at = id.clone();
    while chain.len() < DEEPEST {
        let Some(object) = place.view.objects.get(&at) else { break };
        let next = behind(place, object).into_iter().find(|next| !seen.contains(next));
        let Some(next) = next else {
            chain.extend(last_link(place, object));
            break;
        };
        seen.insert(next.clone());
        chain.push(link(place, &next));
        at = next;
    }
    chain
}

/// Whether an object is one of Flux's and not Ready.
pub(crate) fn is_red_flux(id: &ObjectId, object: &Object) -> bool {
    id.kind.group.ends_with("toolkit.fluxcd.io") && says(object).is_some()
}

/// What may be behind an object that does not exist: the first Flux object that is red,
/// and the chain below it; sources first, since all others wait for them.
pub(crate) fn of_the_missing(place: &Place<'_>) -> Vec<Cause> {
    let mut red: Vec<&ObjectId> = place
        .view
        .objects
        .iter()
        .filter(|(id, object)| is_red_flux(id, object) && !waits(object))
        .map(|(id, _)| id)
        .collect();
    red.sort_by_key(|id| rank(place, id));
    let Some(first) = red.first() else { return Vec::new() };
    std::iter::once(link(place, first)).chain(causes(place, first)).collect()
}

/// Sources first, then what could not be built or applied, then all others.
fn rank(place: &Place<'_>, id: &ObjectId) -> usize {
    let ready = place.view.objects.get(id).and_then(|object| object.condition("Ready"));
    let reason = ready.and_then(|ready| ready.str_at(&["reason"])).unwrap_or_default();
    let applied = ["HealthCheckFailed", "Progressing"].contains(&reason);
    match id.kind.group.split('.').next() {
        Some("source") => 0,
        Some("kustomize") if !applied => 1,
        Some("helm") => 2,
        _ => 3,
    }
}

/// Whether an object only waits for another.
fn waits(object: &Object) -> bool {
    let reason = object.condition("Ready").and_then(|ready| ready.str_at(&["reason"]));
    reason == Some("DependencyNotReady")
}

fn link(place: &Place<'_>, id: &ObjectId) -> Cause {
    let object = place.view.objects.get(id);
    let what = match object {
        None => "does not exist".to_owned(),
        Some(object) => says(object).unwrap_or_else(|| "is not ready".to_owned()),
    };
    let what = match place.view.notes.get(id) {
        Some(note) => format!("{what}\n{note}"),
        None => what,
    };
    Cause { object: Some(id.clone()), what, source: None }
}

/// What an object says of why it is not well; `None` where it is.
fn says(object: &Object) -> Option<String> {
    if object.kind() == "Pod" {
        return pod_says(object);
    }
    let conditions = object.list_at(&["status", "conditions"]);
    let text = |condition: &Value, key| condition.str_at(&[key]).unwrap_or_default().to_owned();
    let bad = |kind: &str, status: &str| {
        let found =
            conditions.iter().find(|c| text(c, "type") == kind && text(c, "status") == status);
        found.map(|c| format!("{}: {}", text(c, "reason"), text(c, "message")))
    };
    bad("Stalled", "True")
        .or_else(|| bad("Ready", "False"))
        .or_else(|| bad("Failed", "True"))
        .or_else(|| bad("Progressing", "False"))
        .or_else(|| bad("Available", "False"))
        .or_else(|| bad("ReplicaFailure", "True"))
        .or_else(|| bad("Ready", "Unknown"))
        .map(|words| words.trim_end().trim_end_matches([':', ' ']).to_owned())
}

fn pod_says(pod: &Object) -> Option<String> {
    let lists = ["initContainerStatuses", "containerStatuses"];
    let statuses = lists.iter().flat_map(|list| pod.list_at(&["status", list]));
    for status in statuses {
        let name = status.str_at(&["name"]).unwrap_or_default();
        let state =
            status.at(&["state", "waiting"]).or_else(|| status.at(&["state", "terminated"]));
        let ended_well = state.and_then(|state| state.int_at(&["exitCode"])) == Some(0);
        if let Some(state) = state
            && !ended_well
        {
            let text = |key| state.str_at(&[key]).unwrap_or_default();
            let words = format!("container {name}: {}: {}", text("reason"), text("message"));
            return Some(words.trim_end_matches([':', ' ']).to_owned());
        }
    }
    let scheduled =
        pod.condition("PodScheduled").filter(|c| c.str_at(&["status"]) == Some("False"));
    scheduled.map(|c| {
        let text = |key| c.str_at(&[key]).unwrap_or_default();
        format!("{}: {}", text("reason"), text("message"))
    })
}

/// The last link of a chain: a file that the message of an object names.
fn last_link(place: &Place<'_>, object: &Object) -> Option<Cause> {
    let message = object.condition("Ready")?.str_at(&["message"])?;
    let (file, line) = file_in(message)?;
    let revision = object
        .str_at(&["status", "lastAttemptedRevision"])
        .or_else(|| object.str_at(&["status", "artifact", "revision"]))
        .unwrap_or_default();
    let commit = revision.rsplit([':', '/']).next().unwrap_or_default().to_owned();
    let (repository, message) = match place.git.resolve(&commit) {
        Some((repository, id)) => {
            let words = place.git.commit(&repository, &id).map(|c| c.message).unwrap_or_default();
            (repository, words.lines().next().unwrap_or_default().to_owned())
        }
        None => (String::new(), String::new()),
    };
    let source = Source { repository, file, line, commit, message };
    Some(Cause { object: None, what: "comes from a file".to_owned(), source: Some(source) })
}

/// A file of YAML that a message names, and its line (0 where it names none).
fn file_in(message: &str) -> Option<(String, usize)> {
    let of_name = |c: char| c.is_alphanumeric() || "-_./".contains(c);
    let mut rest = message;
    while let Some(at) = rest.find(".yaml").or_else(|| rest.find(".yml")) {
        let end = at + if rest[at..].starts_with(".yaml") { 5 } else { 4 };
        let begin = rest[..at]
            .rfind(|c| !of_name(c))
            .map_or(0, |at| at + rest[at..].chars().next().map_or(1, char::len_utf8));
        let name = rest[begin..end].trim_start_matches("./");
        let after = &rest[end..];
        if !name.starts_with('.') && begin < at && !after.starts_with(of_name) {
            return Some((inside_the_tree(name).to_owned(), line_in(after)));
        }
        rest = after;
    }
    None
}

/// A path without the controller's temporary folder before it.
fn inside_the_tree(path: &str) -> &str {
    match path.split_once("/tmp/").and_then(|(_, rest)| rest.split_once('/')) {
        Some((_, inside)) => inside,
        None => path,
    }
}

fn line_in(after: &str) -> usize {
    let number = |text: &str| {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        text[..digits].parse().ok()
    };
    let direct = after.strip_prefix(':').and_then(number);
    let worded = after.split_once("line ").and_then(|(_, rest)| number(rest));
    direct.or(worded).unwrap_or(0)
}

/// What may be behind the state of an object, the likeliest first.
fn behind(place: &Place<'_>, object: &Object) -> Vec<ObjectId> {
    let Some(words) = says(object) else { return owned(place, object) };
    match object.kind() {
        "Kustomization" | "HelmRelease" | "HelmChart" => of_flux(place, object, &words),
        "Pod" => Vec::new(),
        _ => owned(place, object),
    }
}

fn of_flux(place: &Place<'_>, object: &Object, words: &str) -> Vec<ObjectId> {
    let mut found = named(place, words, object);
    if words.contains("dependency") {
        found.extend(dependencies(place, object));
    }
    if words.contains("not ready") || words.contains("ource") || words.contains("rtifact") {
        found.extend(source(place, object));
    }
    if object.kind() == "Kustomization" {
        let kept = crate::look::inventory(object).into_iter();
        found.extend(kept.filter(|id| is_unwell(place, id)));
    }
    if object.kind() == "HelmRelease" {
        found.extend(of_release(place, object));
    }
    found
}

fn is_unwell(place: &Place<'_>, id: &ObjectId) -> bool {
    place.view.objects.get(id).is_some_and(|object| says(object).is_some())
}

/// Objects that a message names as `Kind/namespace/name`, `Kind 'namespace/name'` or
/// `dependency 'namespace/name'`; those that do not exist too.
fn named(place: &Place<'_>, words: &str, object: &Object) -> Vec<ObjectId> {
    let separators = |c: char| c.is_whitespace() || "[](),;'\"".contains(c);
    let tokens: Vec<&str> = words.split(separators).filter(|token| !token.is_empty()).collect();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let token = token.trim_end_matches([':', '.']);
        let parts: Vec<&str> = token.split('/').collect();
        match parts.as_slice() {
            [kind, namespace, name] if is_kind(kind) => {
                found.extend(lookup(place, kind, namespace, name))
            }
            [kind, name] if is_kind(kind) => {
                found.extend(lookup(place, kind, object.namespace(), name))
            }
            [namespace, name] => {
                let kind = at.checked_sub(1).map(|before| tokens[before]).unwrap_or_default();
                let kind = if kind == "dependency" { object.kind() } else { kind };
                if is_kind(kind) {
                    found.extend(lookup(place, kind, namespace, name));
                }
            }
            _ => {}
        }
    }
    found.retain(|id| {
        let object = place.view.objects.get(id);
        object.is_none_or(|object| says(object).is_some() || !owned(place, object).is_empty())
    });
    found
}

fn is_kind(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

/// The object of a kind and name; one that does not exist keeps an empty group.
fn lookup(place: &Place<'_>, kind: &str, namespace: &str, name: &str) -> Option<ObjectId> {
    let is = |id: &&ObjectId| {
        id.kind.kind == kind
            && id.name == name
            && (id.namespace == namespace || id.namespace.is_empty())
    };
    let found = place.view.objects.keys().find(is).cloned();
    found.or_else(|| {
        let kind = objects::GroupKind { group: String::new(), kind: kind.to_owned() };
        Some(ObjectId { kind, namespace: namespace.to_owned(), name: name.to_owned() })
    })
}

fn dependencies(place: &Place<'_>, object: &Object) -> Vec<ObjectId> {
    let listed = object.list_at(&["spec", "dependsOn"]).iter();
    let ids = listed.filter_map(|dependency| {
        let namespace = dependency.str_at(&["namespace"]).unwrap_or_else(|| object.namespace());
        let found = revision::find(place, object.kind(), namespace, dependency.str_at(&["name"])?)?;
        Some(found.id())
    });
    ids.filter(|id| is_unwell(place, id)).collect()
}

/// The source of a Kustomization or chart, or the chart of a release.
fn source(place: &Place<'_>, object: &Object) -> Vec<ObjectId> {
    let chart = object.str_at(&["status", "helmChart"]).and_then(|text| text.split_once('/'));
    let chart =
        chart.and_then(|(namespace, name)| revision::find(place, "HelmChart", namespace, name));
    let source = revision::source_of(place, object);
    chart.or(source).map(Object::id).filter(|id| is_unwell(place, id)).into_iter().collect()
}

/// Objects of a Helm release that are not well.
fn of_release(place: &Place<'_>, release: &Object) -> Vec<ObjectId> {
    let name = release.str_at(&["spec", "releaseName"]).map_or_else(
        || match release.str_at(&["spec", "targetNamespace"]) {
            Some(target) => format!("{target}-{}", release.name()),
            None => release.name().to_owned(),
        },
        str::to_owned,
    );
    let of_it = place.view.objects.iter().filter(|(_, object)| {
        object.annotation("meta.helm.sh/release-name") == Some(name.as_str())
            || object.label("helm.toolkit.fluxcd.io/name") == Some(release.name())
    });
    of_it.filter(|(_, object)| says(object).is_some()).map(|(id, _)| id.clone()).collect()
}

/// What an object owns and is not well: ReplicaSets, Jobs and Pods of a workload.
fn owned(place: &Place<'_>, object: &Object) -> Vec<ObjectId> {
    let of_owner = |uid: &str| {
        let uid = uid.to_owned();
        place.view.objects.iter().filter(move |(_, child)| {
            let owners = child.list_at(&["metadata", "ownerReferences"]);
            owners.iter().any(|owner| owner.str_at(&["uid"]) == Some(uid.as_str()))
        })
    };
    let mut found = Vec::new();
    for (id, child) in of_owner(object.uid()) {
        if says(child).is_some() {
            found.push(id.clone());
        }
        let below = of_owner(child.uid()).filter(|(_, child)| says(child).is_some());
        found.extend(below.map(|(id, _)| id.clone()));
    }
    found.sort_by_key(|id| id.kind.kind != "Pod");
    found
}
