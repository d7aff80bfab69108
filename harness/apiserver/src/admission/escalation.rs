//! Nobody grants rights that they do not hold.
//!
//! Source: kubernetes `pkg/registry/rbac/validation` and the policy-based storages.

use std::collections::BTreeMap;

use client::Status;
use objects::{Object, Value};

use super::Operation;
use crate::context::Context;
use crate::rbac::{self, Question};
use crate::refusal;
use crate::state::State;

const GROUP: &str = "rbac.authorization.k8s.io";

/// Refuses roles and bindings that would grant more than the caller has.
pub(crate) fn check(
    state: &State,
    context: &Context,
    operation: &Operation<'_>,
    object: &Object,
) -> Result<(), Status> {
    let kind = operation.kind;
    if kind.gvk.group != GROUP || kind.is_custom() || context.user.is_master() {
        return Ok(());
    }
    let unchanged =
        |field: &str| operation.old.is_some_and(|old| old.get(field) == object.get(field));
    let rules = match kind.gvk.kind.as_str() {
        "Role" | "ClusterRole" => {
            if unchanged("rules") || may(state, context, operation, object, "escalate", None) {
                return Ok(());
            }
            object.list_at(&["rules"]).to_vec()
        }
        _ => {
            let same = unchanged("roleRef") && unchanged("subjects");
            if same || may(state, context, operation, object, "bind", Some("roleRef")) {
                return Ok(());
            }
            bound_rules(state, operation, object)?
        }
    };
    let held: Vec<Value> = rbac::held_rules(state, &context.user, object.namespace());
    let missing: Vec<Atom> = rules
        .iter()
        .flat_map(atoms)
        .filter(|atom| !held.iter().any(|rule| covers(rule, atom)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let groups: Vec<String> =
        context.user.groups.iter().map(|group| format!("{group:?}")).collect();
    let why = format!(
        "user {:?} (groups=[{}]) is attempting to grant RBAC permissions not currently held:\n{}",
        context.user.name,
        groups.join(" "),
        described(missing).join("\n")
    );
    Err(refusal::forbidden(kind, object.name(), &why))
}

/// Whether the caller may do this with the role whatever it grants.
fn may(
    state: &State,
    context: &Context,
    operation: &Operation<'_>,
    object: &Object,
    verb: &str,
    reference: Option<&str>,
) -> bool {
    let text = |key: &str| object.str_at(&["roleRef", key]).unwrap_or_default().to_owned();
    let (resource, name) = match reference {
        None => (operation.kind.plural.to_string(), object.name().to_owned()),
        Some(_) if text("kind") == "ClusterRole" => ("clusterroles".to_owned(), text("name")),
        Some(_) => ("roles".to_owned(), text("name")),
    };
    let question = Question {
        verb: verb.to_owned(),
        group: GROUP.to_owned(),
        resource,
        name,
        namespace: object.namespace().to_owned(),
        ..Question::default()
    };
    rbac::allowed(state, &context.user, &question).is_some()
}

fn bound_rules(
    state: &State,
    operation: &Operation<'_>,
    binding: &Object,
) -> Result<Vec<Value>, Status> {
    let kind = binding.str_at(&["roleRef", "kind"]).unwrap_or_default();
    let name = binding.str_at(&["roleRef", "name"]).unwrap_or_default();
    let Some(role_kind) = state.kind(GROUP, kind) else { return Ok(Vec::new()) };
    let namespace = if role_kind.namespaced { binding.namespace() } else { "" };
    let role = state.get(&role_kind, namespace, name);
    // The server names the binding's resource here.
    let role = role.ok_or_else(|| refusal::not_found(operation.kind, name))?;
    Ok(role.list_at(&["rules"]).to_vec())
}

/// One right: a verb on a resource of a group or on a path.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Atom {
    group: Option<String>,
    resource: String,
    name: Option<String>,
    path: Option<String>,
    verb: String,
}

fn texts(rule: &Value, key: &str) -> Vec<String> {
    rule.list_at(&[key]).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A rule taken apart (kubernetes `BreakdownRule`).
fn atoms(rule: &Value) -> Vec<Atom> {
    let mut found = Vec::new();
    let names = texts(rule, "resourceNames");
    let names: Vec<Option<String>> =
        if names.is_empty() { vec![None] } else { names.into_iter().map(Some).collect() };
    for group in texts(rule, "apiGroups") {
        for resource in texts(rule, "resources") {
            for verb in texts(rule, "verbs") {
                for name in &names {
                    found.push(Atom {
                        group: Some(group.clone()),
                        resource: resource.clone(),
                        name: name.clone(),
                        path: None,
                        verb: verb.clone(),
                    });
                }
            }
        }
    }
    for path in texts(rule, "nonResourceURLs") {
        for verb in texts(rule, "verbs") {
            found.push(Atom {
                group: None,
                resource: String::new(),
                name: None,
                path: Some(path.clone()),
                verb,
            });
        }
    }
    found
}

/// Whether a rule that is held grants a right (kubernetes `ruleCovers`).
fn covers(rule: &Value, atom: &Atom) -> bool {
    let has = |key: &str, wanted: &str| {
        texts(rule, key).iter().any(|known| known == "*" || known == wanted)
    };
    if !has("verbs", &atom.verb) {
        return false;
    }
    if let Some(path) = &atom.path {
        return texts(rule, "nonResourceURLs").iter().any(|known| {
            known == path || known.strip_suffix('*').is_some_and(|start| path.starts_with(start))
        });
    }
    let part = atom.resource.split_once('/').map(|(_, sub)| format!("*/{sub}"));
    let names = texts(rule, "resourceNames");
    has("apiGroups", atom.group.as_deref().unwrap_or_default())
        && (has("resources", &atom.resource) || part.is_some_and(|part| has("resources", &part)))
        && (names.is_empty() || atom.name.as_ref().is_some_and(|name| names.contains(name)))
}

/// Rights put together again by resource, in the words of `CompactString`, sorted.
fn described(missing: Vec<Atom>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut simple: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for atom in missing {
        let head = match (&atom.group, &atom.path) {
            (Some(group), _) => {
                let mut head = format!("APIGroups:[{group:?}], Resources:[{:?}]", atom.resource);
                if let Some(name) = &atom.name {
                    head.push_str(&format!(", ResourceNames:[{name:?}]"));
                }
                head
            }
            (None, path) => {
                let path = path.as_deref().unwrap_or_default();
                lines.push(format!("{{NonResourceURLs:[{path:?}], Verbs:[{:?}]}}", atom.verb));
                continue;
            }
        };
        let verbs = simple.entry(head).or_default();
        let verb = format!("{:?}", atom.verb);
        if !verbs.contains(&verb) {
            verbs.push(verb);
        }
    }
    let simple = simple.into_iter();
    lines.extend(simple.map(|(head, verbs)| format!("{{{head}, Verbs:[{}]}}", verbs.join(" "))));
    lines.sort();
    lines
}
