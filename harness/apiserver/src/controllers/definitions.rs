//! CustomResourceDefinitions: names, conditions, what is served, their end.
//!
//! Source: kubernetes `apiextensions-apiserver/pkg/controller`.

use clock::Moment;
use objects::{Object, Value};

use crate::catalogue::{Kind, custom_kinds};
use crate::context::Context;
use crate::delete::{self, Options};
use crate::state::State;

const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Brings a definition on, and serves what it says.
pub(crate) fn look(state: &mut State, now: Moment, name: &str) {
    let Some(kind) = state.kind("apiextensions.k8s.io", "CustomResourceDefinition") else { return };
    let Some(definition) = state.get(&kind, "", name).cloned() else {
        forget(state, name);
        return;
    };
    if definition.is_deleting() {
        end(state, now, &kind, definition);
        return;
    }
    let next = with_status(state, now, definition.clone());
    let served = if next == definition { next } else { state.commit(&kind, next) };
    serve(state, &served);
}

fn forget(state: &mut State, name: &str) {
    if let Some((_, group)) = name.split_once('.') {
        state.catalogue.remove_custom(group, name);
    }
}

fn serve(state: &mut State, definition: &Object) {
    let group = definition.str_at(&["spec", "group"]).unwrap_or_default();
    state.catalogue.remove_custom(group, definition.name());
    let is = |kind: &str| {
        definition.condition(kind).is_some_and(|found| found.str_at(&["status"]) == Some("True"))
    };
    if is("Established") {
        let since = state.storage.revision();
        for kind in custom_kinds(definition, since) {
            state.catalogue.add(kind, true);
        }
    }
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    Value::from([
        ("type", Value::from(kind)),
        ("status", status.into()),
        ("reason", reason.into()),
        ("message", message.into()),
    ])
}

fn with_status(state: &State, now: Moment, mut definition: Object) -> Object {
    let mut names = definition.at(&["spec", "names"]).cloned().unwrap_or_default();
    let taken = conflicts(state, &definition, &names);
    let old = definition.at(&["status", "acceptedNames"]).cloned().unwrap_or_default();
    let accepted = match &taken {
        Some((_, _, bad)) => {
            for field in bad {
                match old.get(field) {
                    Some(value) => names.set(&[field], value.clone()),
                    None => drop(names.remove(&[field])),
                }
            }
            for field in ["kind", "plural"] {
                if names.get(field).is_none() {
                    names.set(&[field], "");
                }
            }
            names
        }
        None => names,
    };
    definition.set(&["status", "acceptedNames"], accepted);
    let was =
        definition.condition("Established").and_then(|c| c.str_at(&["status"])) == Some("True");
    let names = match &taken {
        None => condition("NamesAccepted", "True", "NoConflicts", "no conflicts found"),
        Some((reason, message, _)) => condition("NamesAccepted", "False", reason, message),
    };
    let established = if taken.is_none() || was {
        condition(
            "Established",
            "True",
            "InitialNamesAccepted",
            "the initial names have been accepted",
        )
    } else {
        condition("Established", "False", "NotAccepted", "not all names are accepted")
    };
    let mut wanted = vec![names, established];
    if is_protected_without_approval(&definition) {
        let text = "protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111";
        wanted.push(condition(
            "KubernetesAPIApprovalPolicyConformant",
            "False",
            "MissingAnnotation",
            text,
        ));
    }
    merge(now, &mut definition, wanted);
    definition
}

fn is_protected_without_approval(definition: &Object) -> bool {
    let group = definition.str_at(&["spec", "group"]).unwrap_or_default();
    let protected = group == "k8s.io"
        || group.ends_with(".k8s.io")
        || group == "kubernetes.io"
        || group.ends_with(".kubernetes.io");
    protected && definition.annotation("api-approved.kubernetes.io").is_none()
}

/// Replaces conditions by type; the time of change stays where nothing changed.
fn merge(now: Moment, definition: &mut Object, wanted: Vec<Value>) {
    let mut conditions = definition.list_at(&["status", "conditions"]).to_vec();
    for mut fresh in wanted {
        let known = conditions.iter_mut().find(|known| known.get("type") == fresh.get("type"));
        match known {
            Some(known) => {
                let same = known.get("status") == fresh.get("status");
                let since = known.get("lastTransitionTime").cloned().filter(|_| same);
                fresh.set(&["lastTransitionTime"], since.unwrap_or_else(|| now.rfc3339().into()));
                if known.get("observedGeneration").is_some()
                    && let Some(observed) = known.get("observedGeneration").cloned()
                {
                    fresh.set(&["observedGeneration"], observed);
                }
                *known = fresh;
            }
            None => {
                fresh.set(&["lastTransitionTime"], now.rfc3339());
                conditions.push(fresh);
            }
        }
    }
    definition.set(&["status", "conditions"], conditions);
}

/// Names that another definition of the group has already: reason, message and fields.
fn conflicts(
    state: &State,
    definition: &Object,
    names: &Value,
) -> Option<(String, String, Vec<&'static str>)> {
    let group = definition.str_at(&["spec", "group"]).unwrap_or_default();
    let mut resources: Vec<String> = Vec::new();
    let mut kinds: Vec<String> = Vec::new();
    if let Some(kind) = state.kind("apiextensions.k8s.io", "CustomResourceDefinition") {
        for other in state.storage.list(&kind.store, None) {
            if other.name() == definition.name() || other.str_at(&["spec", "group"]) != Some(group)
            {
                continue;
            }
            let accepted = other.at(&["status", "acceptedNames"]).cloned().unwrap_or_default();
            let text = |key: &str| {
                accepted.str_at(&[key]).filter(|text| !text.is_empty()).map(str::to_owned)
            };
            resources.extend(text("plural"));
            resources.extend(text("singular"));
            resources.extend(
                accepted
                    .list_at(&["shortNames"])
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned),
            );
            kinds.extend(text("kind"));
            kinds.extend(text("listKind"));
        }
    }
    let text = |key: &str| names.str_at(&[key]).unwrap_or_default();
    let taken =
        |list: &[String], name: &str| !name.is_empty() && list.iter().any(|known| known == name);
    let mut bad = Vec::new();
    let mut reason = "";
    let mut messages = Vec::new();
    for (field, list, word) in
        [("plural", &resources, "PluralConflict"), ("singular", &resources, "SingularConflict")]
    {
        if taken(list, text(field)) {
            bad.push(field);
            reason = word;
            messages.push(format!("\"{}\" is already in use", text(field)));
        }
    }
    let short: Vec<String> = names
        .list_at(&["shortNames"])
        .iter()
        .filter_map(Value::as_str)
        .filter(|name| taken(&resources, name))
        .map(|name| format!("\"{name}\" is already in use"))
        .collect();
    if !short.is_empty() {
        bad.push("shortNames");
        reason = "ShortNamesConflict";
        messages.push(if short.len() == 1 {
            short.join("")
        } else {
            format!("[{}]", short.join(", "))
        });
    }
    for (field, word) in [("kind", "KindConflict"), ("listKind", "ListKindConflict")] {
        if taken(&kinds, text(field)) {
            bad.push(field);
            reason = word;
            messages.push(format!("\"{}\" is already in use", text(field)));
        }
    }
    let message = messages.last()?.clone();
    Some((reason.to_owned(), message, bad))
}

/// Its objects go first, then the definition.
fn end(state: &mut State, now: Moment, kind: &Kind, definition: Object) {
    let held = definition.list_at(&["metadata", "finalizers"]);
    if !held.iter().any(|item| item.as_str() == Some(CLEANUP)) {
        return;
    }
    let group = definition.str_at(&["spec", "group"]).unwrap_or_default().to_owned();
    let name =
        definition.str_at(&["status", "acceptedNames", "kind"]).unwrap_or_default().to_owned();
    serve(state, &definition);
    if let Some(custom) = state.kind(&group, &name).filter(|found| found.is_custom()) {
        let mut context = Context::controller(now, "kube-apiserver");
        let all: Vec<(String, String)> = state
            .storage
            .list(&custom.store, None)
            .map(|object| (object.namespace().to_owned(), object.name().to_owned()))
            .collect();
        for (namespace, object) in &all {
            let options = Options {
                propagation: Some(client::Propagation::Background),
                ..Options::default()
            };
            let _ = delete::delete(state, &mut context, &custom, (namespace, object), &options);
        }
        if state.storage.list(&custom.store, None).next().is_some() {
            terminating(state, now, kind, definition);
            return;
        }
    }
    super::collector::finish(state, kind, &definition, CLEANUP);
    forget(state, definition.name());
}

fn terminating(state: &mut State, now: Moment, kind: &Kind, definition: Object) {
    let mut next = definition.clone();
    let text = "CustomResource deletion is in progress";
    merge(
        now,
        &mut next,
        vec![condition("Terminating", "True", "InstanceDeletionInProgress", text)],
    );
    if next != definition {
        state.commit(kind, next);
    }
}
