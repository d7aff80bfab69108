//! Subresources: status, scale, eviction, binding, finalize, token, approval, log.

use client::{Status, Verb};
use objects::{Object, Value};

use super::{Act, Outcome, patch, scale, written};
use crate::context::Context;
use crate::delete::{self, Options};
use crate::state::State;
use crate::write::{self, Change};
use crate::{read, refusal, typed};

/// Does what a subresource does.
pub(crate) fn perform(
    state: &mut State,
    context: &mut Context,
    act: &Act,
) -> Result<Outcome, Status> {
    match act.sub.as_str() {
        "scale" => scale::perform(state, context, act),
        "eviction" => evict(state, context, act),
        "binding" => bind(state, context, act),
        "token" => token(state, context, act),
        "finalize" => finalize(state, context, act),
        "log" => log(state, act),
        "status" | "approval" | "resize" | "ephemeralcontainers" => plain(state, context, act),
        "exec" | "attach" | "portforward" => {
            let pod = read::get(state, &act.kind, &act.namespace, &act.name)?;
            let node = pod.str_at(&["spec", "nodeName"]).unwrap_or_default();
            if node.is_empty() {
                let text = format!("pod {} does not have a host assigned", act.name);
                return Err(refusal::bad_request(text));
            }
            let text = "nothing runs in the containers of an embedded cluster";
            Err(Status::new(501, "NotImplemented", text))
        }
        "proxy" => proxy_of(state, act),
        other => Err(Status::new(
            501,
            "NotImplemented",
            format!("the embedded API does not serve the subresource {other:?}"),
        )),
    }
}

/// Nothing listens behind the addresses of the embedded world.
fn proxy_of(state: &State, act: &Act) -> Result<Outcome, Status> {
    let object = read::get(state, &act.kind, &act.namespace, &act.name)?;
    let address = object.str_at(&["status", "podIP"]).unwrap_or_default();
    Err(match act.kind.gvk.kind.as_str() {
        "Pod" if address.is_empty() => refusal::bad_request("address not allowed"),
        "Service" => {
            let text = format!("no endpoints available for service \"{}\"", act.name);
            Status::new(503, "ServiceUnavailable", text)
        }
        _ => {
            let text = "error trying to reach service: nothing listens in the containers of an embedded cluster";
            Status::new(503, "ServiceUnavailable", text)
        }
    })
}

/// Subresources that read and write the object itself.
fn plain(state: &mut State, context: &mut Context, act: &Act) -> Result<Outcome, Status> {
    let sub = act.sub.as_str();
    match act.verb {
        Verb::Get => {
            let object = read::get(state, &act.kind, &act.namespace, &act.name)?;
            Ok(Outcome::One { code: 200, object })
        }
        Verb::Update => {
            written(write::update(state, context, &act.kind, act.at(), sub, act.body())?)
        }
        Verb::Patch(form) => written(patch(state, context, act, form, sub)?),
        _ => Err(refusal::not_allowed()),
    }
}

/// The end of a namespace's own finalizers.
fn finalize(state: &mut State, context: &mut Context, act: &Act) -> Result<Outcome, Status> {
    let live = read::get(state, &act.kind, "", &act.name)?;
    let mut body = act.body();
    write::check_kind(&act.kind, &mut body)?;
    typed::read(context, &act.kind, None, &mut body)?;
    let mut new = Object(body);
    write::place(&act.kind, "", &mut new)?;
    new.set(&["status"], live.get("status").cloned().unwrap_or_default());
    let change = Change { sub: "finalize", owned: false };
    written(write::store_changed(state, context, &act.kind, &live, new, change)?)
}

/// A delete that disruption budgets may forbid.
fn evict(state: &mut State, context: &mut Context, act: &Act) -> Result<Outcome, Status> {
    let body = act.body();
    let given = body.str_at(&["metadata", "name"]).unwrap_or_default();
    if !given.is_empty() && given != act.name {
        return Err(refusal::bad_request("name in URL does not match name in Eviction object"));
    }
    let pod = read::get(state, &act.kind, &act.namespace, &act.name)?;
    let budget = check_budgets(state, &pod)?;
    let options = Options {
        grace: body.int_at(&["deleteOptions", "gracePeriodSeconds"]),
        uid: body.str_at(&["deleteOptions", "preconditions", "uid"]).map(str::to_owned),
        ..Options::default()
    };
    context.dry_run |= !body.list_at(&["deleteOptions", "dryRun"]).is_empty();
    if let Some(budget) = budget.filter(|_| !context.dry_run) {
        spend(state, context, budget, &act.name);
    }
    delete::delete(state, context, &act.kind, act.at(), &options)?;
    let status = Value::from([
        ("apiVersion", Value::from("v1")),
        ("kind", "Status".into()),
        ("metadata", Value::map()),
        ("status", "Success".into()),
        ("code", 201.into()),
    ]);
    Ok(Outcome::Done { code: 201, status })
}

/// Takes one disruption from a budget.
fn spend(state: &mut State, context: &Context, budget: Object, pod: &str) {
    let Some(kind) = state.kind("policy", "PodDisruptionBudget") else { return };
    let mut next = budget.clone();
    let left = budget.int_at(&["status", "disruptionsAllowed"]).unwrap_or(0) - 1;
    next.set(&["status", "disruptionsAllowed"], left);
    next.set(&["status", "disruptedPods", pod], context.time());
    let next = typed::own(&state.catalogue, context, &kind, "status", Some(&budget), &next);
    state.commit(&kind, next);
}

/// The budget that a pod's eviction uses up, if any; refuses where none is left.
fn check_budgets(state: &State, pod: &Object) -> Result<Option<Object>, Status> {
    let ended =
        matches!(pod.str_at(&["status", "phase"]), Some("Failed" | "Succeeded" | "Pending"));
    if ended || pod.is_deleting() {
        return Ok(None);
    }
    let Some(kind) = state.kind("policy", "PodDisruptionBudget") else { return Ok(None) };
    let labels = pod.at(&["metadata", "labels"]);
    let mut budgets = state.storage.list(&kind.store, Some(pod.namespace()));
    let fits = |budget: &&Object| {
        budget
            .at(&["spec", "selector"])
            .is_some_and(|selector| crate::selector::label_selector_matches(selector, labels))
    };
    if let Some(budget) = budgets.find(fits) {
        let allowed = budget.int_at(&["status", "disruptionsAllowed"]).unwrap_or(0);
        if allowed > 0 {
            return Ok(Some(budget.clone()));
        }
        let name = budget.name();
        let needs = budget.int_at(&["status", "desiredHealthy"]).unwrap_or(0);
        let has = budget.int_at(&["status", "currentHealthy"]).unwrap_or(0);
        let cause = Value::from([
            (
                "message",
                Value::from(format!(
                    "The disruption budget {name} needs {needs} healthy pods and has {has} currently"
                )),
            ),
            ("reason", "DisruptionBudget".into()),
        ]);
        let details = Value::from([("causes", Value::from(vec![cause]))]);
        return Err(Status {
            code: 429,
            reason: "TooManyRequests".to_owned(),
            message: "Cannot evict pod as it would violate the pod's disruption budget.".to_owned(),
            details,
        });
    }
    Ok(None)
}

/// A pod gets its node.
fn bind(state: &mut State, context: &mut Context, act: &Act) -> Result<Outcome, Status> {
    let pod = read::get(state, &act.kind, &act.namespace, &act.name)?;
    if let Some(node) = pod.str_at(&["spec", "nodeName"]).filter(|node| !node.is_empty()) {
        let why = format!("pod {} is already assigned to node \"{node}\"", act.name);
        return Err(refusal::conflict(&act.kind, &act.name, &why));
    }
    let body = act.body();
    let mut new = pod.clone();
    new.set(&["spec", "nodeName"], body.str_at(&["target", "name"]).unwrap_or_default());
    let mut conditions = pod.list_at(&["status", "conditions"]).to_vec();
    conditions.retain(|condition| condition.str_at(&["type"]) != Some("PodScheduled"));
    conditions.push(Value::from([
        ("lastProbeTime", Value::Null),
        ("lastTransitionTime", context.time().into()),
        ("status", "True".into()),
        ("type", "PodScheduled".into()),
    ]));
    new.set(&["status", "conditions"], conditions);
    if !context.dry_run {
        state.commit(&act.kind, new);
    }
    let status = Value::from([
        ("apiVersion", Value::from("v1")),
        ("kind", "Status".into()),
        ("metadata", Value::map()),
        ("status", "Success".into()),
        ("code", 201.into()),
    ]);
    Ok(Outcome::Done { code: 201, status })
}

/// A token in the right form; it opens the embedded API's door to nobody.
fn token(state: &mut State, context: &mut Context, act: &Act) -> Result<Outcome, Status> {
    let account = read::get(state, &act.kind, &act.namespace, &act.name)?;
    let mut object = Object(act.body());
    object.set(&["apiVersion"], "authentication.k8s.io/v1");
    object.set(&["kind"], "TokenRequest");
    object.set(&["metadata", "name"], act.name.as_str());
    object.set(&["metadata", "namespace"], act.namespace.as_str());
    object.set(&["metadata", "creationTimestamp"], context.time());
    let seconds = object.int_at(&["spec", "expirationSeconds"]).unwrap_or(3600);
    object.set(&["spec", "expirationSeconds"], seconds);
    if object.list_at(&["spec", "audiences"]).is_empty() {
        let audience = "https://kubernetes.default.svc.cluster.local";
        object.set(&["spec", "audiences"], vec![Value::from(audience)]);
    }
    if object.at(&["spec", "boundObjectRef"]).is_none() {
        object.set(&["spec", "boundObjectRef"], Value::Null);
    }
    let expires = context.now + std::time::Duration::from_secs(seconds.unsigned_abs());
    object.set(&["status", "expirationTimestamp"], expires.rfc3339());
    let token = crate::token::make(&account, state.uids.next_u64());
    state.issued.insert(token.clone());
    object.set(&["status", "token"], token);
    Ok(Outcome::One { code: 201, object })
}

/// Containers of the embedded world say that they say nothing.
fn log(state: &State, act: &Act) -> Result<Outcome, Status> {
    let pod = read::get(state, &act.kind, &act.namespace, &act.name)?;
    let known = ["containers", "initContainers", "ephemeralContainers"];
    let mut known = known.iter().flat_map(|list| pod.list_at(&["spec", list]));
    let there = known.any(|container| container.str_at(&["name"]) == Some(&act.container));
    if !act.container.is_empty() && !there {
        return Err(refusal::bad_request(format!(
            "container {} is not valid for pod {}",
            act.container, act.name
        )));
    }
    if pod.str_at(&["status", "phase"]).is_none_or(|phase| phase == "Pending") {
        return Ok(Outcome::Text(String::new()));
    }
    let text =
        "fluxrig: nothing runs in the containers of an embedded cluster, so they log nothing\n";
    Ok(Outcome::Text(text.to_owned()))
}
