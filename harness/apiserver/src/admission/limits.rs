//! Limit ranges: default resources and bounds (kubernetes `LimitRanger`).

use client::Status;
use objects::{GroupKind, Object, Value};

use super::Operation;
use crate::quantity::Quantity;
use crate::refusal;
use crate::state::State;

fn ranges(state: &State, namespace: &str) -> Vec<Object> {
    let kind = GroupKind { group: String::new(), kind: "LimitRange".to_owned() };
    state.storage.list(&kind, Some(namespace)).cloned().collect()
}

fn limits<'a>(ranges: &'a [Object], of: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = ranges.iter().flat_map(|range| range.list_at(&["spec", "limits"]));
    all.filter(move |limit| limit.str_at(&["type"]) == Some(of))
}

/// Gives containers of a new pod the default requests and limits of its namespace.
pub(crate) fn default(state: &State, operation: &Operation<'_>, pod: &mut Object) {
    if !operation.creates("Pod") {
        return;
    }
    let ranges = ranges(state, pod.namespace());
    if ranges.is_empty() {
        return;
    }
    for range in &ranges {
        let mut notes = Vec::new();
        for (list, word) in [("containers", "container"), ("initContainers", "init container")] {
            let mut containers = pod.list_at(&["spec", list]).to_vec();
            for container in &mut containers {
                notes.extend(default_container(range, container, word));
            }
            if !containers.is_empty() {
                pod.set(&["spec", list], containers);
            }
        }
        if !notes.is_empty() {
            let text = format!("LimitRanger plugin set: {}", notes.join("; "));
            pod.set(&["metadata", "annotations", "kubernetes.io/limit-ranger"], text);
        }
    }
}

fn default_container(range: &Object, container: &mut Value, word: &str) -> Vec<String> {
    let mut notes = Vec::new();
    let name = container.str_at(&["name"]).unwrap_or_default().to_owned();
    for (side, source, label) in
        [("requests", "defaultRequest", "request"), ("limits", "default", "limit")]
    {
        let mut set = Vec::new();
        for limit in limits(std::slice::from_ref(range), "Container") {
            let Some(defaults) = limit.at(&[source]).and_then(Value::as_map) else { continue };
            for (resource, value) in defaults {
                if container.at(&["resources", side, resource]).is_none() {
                    container.set(&["resources", side, resource], value.clone());
                    set.push(resource.to_string());
                }
            }
        }
        if !set.is_empty() {
            set.sort();
            notes.push(format!("{} {label} for {word} {name}", set.join(", ")));
        }
    }
    notes
}

/// Refuses pods and claims outside the bounds of their namespace.
pub(crate) fn check(
    state: &State,
    operation: &Operation<'_>,
    object: &Object,
) -> Result<(), Status> {
    if !operation.kind.gvk.group.is_empty() || !operation.is_create() {
        return Ok(());
    }
    let problems = match operation.kind.gvk.kind.as_str() {
        "Pod" => pod_problems(&ranges(state, object.namespace()), object),
        "PersistentVolumeClaim" => claim_problems(&ranges(state, object.namespace()), object),
        _ => return Ok(()),
    };
    match problems.as_slice() {
        [] => Ok(()),
        [one] => Err(refusal::forbidden(operation.kind, object.name(), one)),
        many => {
            let text = format!("[{}]", many.join(", "));
            Err(refusal::forbidden(operation.kind, object.name(), &text))
        }
    }
}

fn pod_problems(ranges: &[Object], pod: &Object) -> Vec<String> {
    let mut problems = Vec::new();
    for limit in limits(ranges, "Container") {
        for container in pod.list_at(&["spec", "containers"]) {
            let part = |side: &str, name: &str| container.at(&["resources", side, name]).cloned();
            problems.extend(bounds(limit, "Container", &part));
        }
    }
    for limit in limits(ranges, "Pod") {
        let sum = |side: &str, name: &str| -> Option<Value> {
            let containers = pod.list_at(&["spec", "containers"]);
            let parts: Vec<Quantity> = containers
                .iter()
                .filter_map(|c| Quantity::of(c.at(&["resources", side, name])?))
                .collect();
            (!parts.is_empty()).then(|| {
                parts.into_iter().fold(Quantity::default(), Quantity::plus).to_string().into()
            })
        };
        problems.extend(bounds(limit, "Pod", &sum));
    }
    problems
}

fn claim_problems(ranges: &[Object], claim: &Object) -> Vec<String> {
    let part = |side: &str, name: &str| match side {
        "requests" => claim.at(&["spec", "resources", "requests", name]).cloned(),
        _ => None,
    };
    limits(ranges, "PersistentVolumeClaim")
        .flat_map(|limit| {
            let mut problems = Vec::new();
            problems.extend(minimum(limit, "PersistentVolumeClaim", &part, false));
            problems.extend(maximum(limit, "PersistentVolumeClaim", &part, false));
            problems
        })
        .collect()
}

type Part<'a> = &'a dyn Fn(&str, &str) -> Option<Value>;

fn bounds(limit: &Value, of: &str, part: Part<'_>) -> Vec<String> {
    let mut problems = minimum(limit, of, part, true);
    problems.extend(maximum(limit, of, part, true));
    problems.extend(ratio(limit, of, part));
    problems
}

fn entries(limit: &Value, key: &str) -> Vec<(String, Quantity, String)> {
    let map = limit.at(&[key]).and_then(Value::as_map);
    let entries = map.into_iter().flat_map(objects::Map::iter);
    entries
        .filter_map(|(name, value)| {
            let text = value.as_str().map_or_else(|| objects::to_json(value), str::to_owned);
            Some((name.to_string(), Quantity::of(value)?, text))
        })
        .collect()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| objects::to_json(value), str::to_owned)
}

fn minimum(limit: &Value, of: &str, part: Part<'_>, limits_too: bool) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, bound, text) in entries(limit, "min") {
        let request = part("requests", &name);
        let top = part("limits", &name);
        let told = request.as_ref().and_then(Quantity::of).is_some_and(|value| value < bound);
        match request.as_ref().and_then(Quantity::of) {
            None => problems
                .push(format!("minimum {name} usage per {of} is {text}.  No request is specified")),
            Some(value) if value < bound => {
                let given = request.as_ref().map(shown).unwrap_or_default();
                problems.push(format!(
                    "minimum {name} usage per {of} is {text}, but request is {given}"
                ));
            }
            Some(_) => {}
        }
        if limits_too
            && !told
            && let Some(top) = top
            && Quantity::of(&top).is_some_and(|value| value < bound)
        {
            problems.push(format!(
                "minimum {name} usage per {of} is {text}, but limit is {}",
                shown(&top)
            ));
        }
    }
    problems
}

fn maximum(limit: &Value, of: &str, part: Part<'_>, limits_too: bool) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, bound, text) in entries(limit, "max") {
        let request = part("requests", &name);
        let top = part("limits", &name);
        if limits_too {
            match top.as_ref().and_then(Quantity::of) {
                None => problems.push(format!(
                    "maximum {name} usage per {of} is {text}.  No limit is specified"
                )),
                Some(value) if value > bound => {
                    let given = top.as_ref().map(shown).unwrap_or_default();
                    problems.push(format!(
                        "maximum {name} usage per {of} is {text}, but limit is {given}"
                    ));
                }
                Some(_) => {}
            }
        }
        let told =
            limits_too && top.as_ref().and_then(Quantity::of).is_some_and(|value| value > bound);
        if let Some(request) = request
            && !told
            && Quantity::of(&request).is_some_and(|value| value > bound)
        {
            problems.push(format!(
                "maximum {name} usage per {of} is {text}, but request is {}",
                shown(&request)
            ));
        }
    }
    problems
}

fn ratio(limit: &Value, of: &str, part: Part<'_>) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, bound, text) in entries(limit, "maxLimitRequestRatio") {
        let request = part("requests", &name).and_then(|value| Quantity::of(&value));
        let top = part("limits", &name).and_then(|value| Quantity::of(&value));
        let (Some(request), Some(top)) = (request, top) else {
            problems.push(format!("{name} max limit to request ratio per {of} is {text}, but no request is specified or request is 0"));
            continue;
        };
        let ratio = top.as_f64() / request.as_f64();
        if ratio > bound.as_f64() {
            problems.push(format!("{name} max limit to request ratio per {of} is {text}, but provided ratio is {ratio:.6}"));
        }
    }
    problems
}
