//! Resource quotas: what is used, and what would be too much.
//!
//! Source: kubernetes `pkg/quota/v1` and `plugin/pkg/admission/resourcequota`.

use client::Status;
use objects::{GroupKind, Map, Object, Value};

use super::Operation;
use crate::catalogue::Kind;
use crate::quantity::Quantity;
use crate::refusal;
use crate::state::State;

/// Refuses a creation that a quota has no room for.
pub(crate) fn check(
    state: &State,
    operation: &Operation<'_>,
    object: &Object,
) -> Result<(), Status> {
    if !operation.kind.namespaced || !operation.is_create() {
        return Ok(());
    }
    let quotas = GroupKind { group: String::new(), kind: "ResourceQuota".to_owned() };
    for quota in state.storage.list(&quotas, Some(object.namespace())) {
        if let Some(why) = problem(state, operation.kind, quota, object) {
            return Err(refusal::forbidden(operation.kind, object.name(), &why));
        }
    }
    Ok(())
}

fn problem(state: &State, kind: &Kind, quota: &Object, object: &Object) -> Option<String> {
    let hard = quota.at(&["spec", "hard"]).and_then(Value::as_map)?;
    if !in_scope(quota, kind, object) {
        return None;
    }
    let used = usage(state, quota);
    let name = quota.name();
    let mut missing = Vec::new();
    let mut exceeded: Vec<(String, String, String, String)> = Vec::new();
    for (resource, limit) in hard {
        let Some(asked) = cost(kind, object, resource) else {
            if kind.gvk.kind == "Pod" && is_compute(resource) {
                missing.push(resource.to_string());
            }
            continue;
        };
        if asked == Quantity::default() {
            continue;
        }
        let limit = Quantity::of(limit)?;
        let so_far = used.at(&[resource]).and_then(Quantity::of).unwrap_or_default();
        if so_far.plus(asked) > limit {
            let texts =
                (resource.to_string(), asked.to_string(), so_far.to_string(), limit.to_string());
            exceeded.push(texts);
        }
    }
    if !missing.is_empty() {
        let all: Vec<String> = missing
            .into_iter()
            .map(|resource| {
                let lacking = object.list_at(&["spec", "containers"]).iter();
                let names: Vec<&str> = lacking
                    .filter(|container| container_amount(container, &resource).is_none())
                    .filter_map(|container| container.str_at(&["name"]))
                    .collect();
                format!("{resource} for: {}", names.join(","))
            })
            .collect();
        return Some(format!("failed quota: {name}: must specify {}", all.join("; ")));
    }
    if exceeded.is_empty() {
        return None;
    }
    let join = |pick: fn(&(String, String, String, String)) -> &String| {
        exceeded.iter().map(|row| format!("{}={}", row.0, pick(row))).collect::<Vec<_>>().join(",")
    };
    Some(format!(
        "exceeded quota: {name}, requested: {}, used: {}, limited: {}",
        join(|row| &row.1),
        join(|row| &row.2),
        join(|row| &row.3)
    ))
}

fn is_compute(resource: &str) -> bool {
    matches!(
        resource,
        "cpu" | "memory" | "requests.cpu" | "requests.memory" | "limits.cpu" | "limits.memory"
    )
}

/// What a quota's namespace uses of each thing it bounds.
pub(crate) fn usage(state: &State, quota: &Object) -> Value {
    let mut used = Value::map();
    let hard = quota.at(&["spec", "hard"]).and_then(Value::as_map);
    for resource in hard.into_iter().flat_map(Map::keys) {
        let mut sum = Quantity::default();
        for kind in state.catalogue.stored_kinds() {
            if !kind.namespaced || !concerns(&kind, resource) {
                continue;
            }
            for object in state.storage.list(&kind.store, Some(quota.namespace())) {
                let ended =
                    matches!(object.str_at(&["status", "phase"]), Some("Succeeded" | "Failed"));
                if kind.gvk.kind == "Pod" && ended || !in_scope(quota, &kind, object) {
                    continue;
                }
                if let Some(amount) = cost(&kind, object, resource) {
                    sum = sum.plus(amount);
                }
            }
        }
        used.set(&[resource], sum.to_string());
    }
    used
}

/// Whether objects of a kind can count for a resource at all.
fn concerns(kind: &Kind, resource: &str) -> bool {
    let counted = format!("count/{}", kind.resource_name());
    match kind.gvk.kind.as_str() {
        "Pod" if kind.gvk.group.is_empty() => {
            resource == "pods"
                || resource == counted
                || is_compute(resource)
                || resource.contains("ephemeral-storage")
        }
        "Service" if kind.gvk.group.is_empty() => {
            resource.starts_with("services") || resource == counted
        }
        "PersistentVolumeClaim" => {
            resource.ends_with("persistentvolumeclaims")
                || resource.ends_with("requests.storage")
                || resource == counted
        }
        _ => resource == counted || (kind.gvk.group.is_empty() && resource == kind.plural.as_ref()),
    }
}

/// What one object counts for a resource; `None` where it has no say or does not say.
fn cost(kind: &Kind, object: &Object, resource: &str) -> Option<Quantity> {
    if !concerns(kind, resource) {
        return None;
    }
    let one = Quantity::whole(1);
    match (kind.gvk.kind.as_str(), resource) {
        ("Pod", resource) if resource != "pods" && !resource.starts_with("count/") => {
            let containers = object.list_at(&["spec", "containers"]);
            let amounts: Option<Vec<Quantity>> =
                containers.iter().map(|container| container_amount(container, resource)).collect();
            Some(amounts?.into_iter().fold(Quantity::default(), Quantity::plus))
        }
        ("Service", "services.nodeports") => {
            let ports = object.list_at(&["spec", "ports"]).len() as i64;
            let open =
                matches!(object.str_at(&["spec", "type"]), Some("NodePort" | "LoadBalancer"));
            Some(Quantity::whole(if open { ports } else { 0 }))
        }
        ("Service", "services.loadbalancers") => {
            let balanced = object.str_at(&["spec", "type"]) == Some("LoadBalancer");
            Some(Quantity::whole(i64::from(balanced)))
        }
        ("PersistentVolumeClaim", resource) => claim_cost(object, resource),
        _ => Some(one),
    }
}

fn claim_cost(claim: &Object, resource: &str) -> Option<Quantity> {
    let class = claim.str_at(&["spec", "storageClassName"]).unwrap_or_default();
    if let Some((wanted, rest)) = resource.split_once(".storageclass.storage.k8s.io/") {
        if wanted != class {
            return Some(Quantity::default());
        }
        return claim_cost(claim, rest);
    }
    if resource == "requests.storage" {
        return claim.at(&["spec", "resources", "requests", "storage"]).and_then(Quantity::of);
    }
    Some(Quantity::whole(1))
}

fn container_amount(container: &Value, resource: &str) -> Option<Quantity> {
    let (side, name) = match resource.split_once('.') {
        Some(("limits", name)) => ("limits", name),
        Some(("requests", name)) => ("requests", name),
        _ => ("requests", resource),
    };
    container.at(&["resources", side, name]).and_then(Quantity::of)
}

fn in_scope(quota: &Object, kind: &Kind, object: &Object) -> bool {
    let scopes = quota.list_at(&["spec", "scopes"]);
    let selected = quota.list_at(&["spec", "scopeSelector", "matchExpressions"]);
    if scopes.is_empty() && selected.is_empty() {
        return true;
    }
    if kind.gvk.kind != "Pod" {
        return false;
    }
    let plain = scopes.iter().filter_map(Value::as_str).all(|scope| scope_fits(scope, object));
    plain
        && selected.iter().all(|expression| {
            let scope = expression.str_at(&["scopeName"]).unwrap_or_default();
            if scope != "PriorityClass" {
                return scope_fits(scope, object);
            }
            let class = object.str_at(&["spec", "priorityClassName"]).unwrap_or_default();
            let listed =
                expression.list_at(&["values"]).iter().any(|value| value.as_str() == Some(class));
            match expression.str_at(&["operator"]) {
                Some("In") => listed,
                Some("NotIn") => !listed,
                Some("Exists") => !class.is_empty(),
                _ => class.is_empty(),
            }
        })
}

fn scope_fits(scope: &str, pod: &Object) -> bool {
    let best_effort = pod.str_at(&["status", "qosClass"]) == Some("BestEffort");
    let terminating = pod.at(&["spec", "activeDeadlineSeconds"]).is_some();
    match scope {
        "BestEffort" => best_effort,
        "NotBestEffort" => !best_effort,
        "Terminating" => terminating,
        "NotTerminating" => !terminating,
        _ => true,
    }
}
