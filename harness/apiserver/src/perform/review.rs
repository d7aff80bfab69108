//! Reviews: kinds that are asked and never stored.

use client::{Status, Verb};
use objects::{Object, Value};
use schema::Cause;

use super::{Act, Outcome};
use crate::context::Context;
use crate::rbac::{self, Question};
use crate::state::State;
use crate::user::User;
use crate::{refusal, token, typed, write};

/// Answers a review.
pub(crate) fn perform(
    state: &mut State,
    context: &mut Context,
    act: &Act,
) -> Result<Outcome, Status> {
    if act.verb != Verb::Create {
        return Err(refusal::not_allowed());
    }
    let mut body = act.body();
    write::check_kind(&act.kind, &mut body)?;
    typed::read(context, &act.kind, None, &mut body)?;
    let mut object = Object(body);
    let sent = object.get("spec").cloned().unwrap_or_else(Value::map);
    match act.kind.gvk.kind.as_str() {
        "SelfSubjectAccessReview" => access(state, &context.user, act, &mut object)?,
        "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            let user = reviewed(&object);
            access(state, &user, act, &mut object)?;
        }
        "SelfSubjectRulesReview" => {
            if object.str_at(&["spec", "namespace"]).unwrap_or_default().is_empty() {
                return Err(refusal::bad_request("no namespace on request"));
            }
            rules(state, &context.user, &mut object);
        }
        "SelfSubjectReview" => myself(&context.user, &mut object),
        "TokenReview" => token_review(state, &mut object),
        other => {
            let text = format!("the embedded API does not answer {other}");
            return Err(Status::new(501, "NotImplemented", text));
        }
    }
    let spec = Object(Value::from([
        ("apiVersion", object.get("apiVersion").cloned().unwrap_or_default()),
        ("kind", object.get("kind").cloned().unwrap_or_default()),
        ("spec", sent.clone()),
    ]));
    let asks = sent.as_map().is_some_and(|map| !map.is_empty());
    let owned = typed::own(&state.catalogue, context, &act.kind, "", None, &spec);
    if let Some(managed) = owned.at(&["metadata", "managedFields"]).filter(|_| asks) {
        object.set(&["metadata", "managedFields"], managed.clone());
    }
    if object.at(&["metadata"]).is_none() {
        object.set(&["metadata"], Value::map());
    }
    if act.kind.gvk.kind == "SelfSubjectReview" {
        object.set(&["metadata", "creationTimestamp"], context.time());
    }
    Ok(Outcome::One { code: 201, object })
}

fn reviewed(object: &Object) -> User {
    let groups = object.list_at(&["spec", "groups"]).iter().filter_map(Value::as_str);
    User {
        name: object.str_at(&["spec", "user"]).unwrap_or_default().to_owned(),
        groups: groups.map(str::to_owned).collect(),
        uid: String::new(),
        extra: Vec::new(),
    }
}

fn access(state: &State, user: &User, act: &Act, object: &mut Object) -> Result<(), Status> {
    if let Some(cause) = problem(act, object) {
        let named = ".authorization.k8s.io";
        return Err(refusal::invalid_named("authorization.k8s.io", "", named, "", &[cause]));
    }
    let question = match object.at(&["spec", "resourceAttributes"]) {
        Some(asked) => Question::of_resource(asked),
        None => {
            let asked = object.at(&["spec", "nonResourceAttributes"]);
            Question::of_path(asked.unwrap_or(&Value::Null))
        }
    };
    let reason = rbac::allowed(state, user, &question);
    let allowed = reason.is_some();
    let mut status = Value::from([("allowed", allowed)]);
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        status.set(&["reason"], reason);
    }
    object.set(&["status"], status);
    Ok(())
}

/// What is wrong with a review (kubernetes `pkg/apis/authorization/validation`).
fn problem(act: &Act, object: &Object) -> Option<Cause> {
    let resource = object.at(&["spec", "resourceAttributes"]);
    let path = object.at(&["spec", "nonResourceAttributes"]);
    if let (Some(_), Some(path)) = (resource, path) {
        let text = |key: &str| path.str_at(&[key]).unwrap_or_default();
        let shown = format!("{{\"Path\":{:?},\"Verb\":{:?}}}", text("path"), text("verb"));
        let why = "cannot be specified in combination with resourceAttributes";
        return Some(Cause::invalid_shown("spec.nonResourceAttributes", &shown, why));
    }
    if resource.is_none() && path.is_none() {
        let why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
        return Some(Cause::invalid("spec.resourceAttributes", &Value::Null, why));
    }
    if act.kind.gvk.kind == "SelfSubjectAccessReview" {
        return None;
    }
    let named = object.str_at(&["spec", "user"]).is_some_and(|user| !user.is_empty());
    if !named && object.list_at(&["spec", "groups"]).is_empty() {
        let why = "at least one of user or group must be specified";
        return Some(Cause::invalid("spec.user", &"".into(), why));
    }
    let asked = object.str_at(&["spec", "resourceAttributes", "namespace"]).unwrap_or_default();
    if act.kind.gvk.kind == "LocalSubjectAccessReview" && asked != act.namespace {
        let why = "must match metadata.namespace";
        return Some(Cause::invalid("spec.resourceAttributes.namespace", &asked.into(), why));
    }
    None
}

fn rules(state: &State, user: &User, object: &mut Object) {
    let namespace = object.str_at(&["spec", "namespace"]).unwrap_or_default().to_owned();
    let (resources, paths) = rbac::rules_of(state, user, &namespace);
    object.set(&["spec"], Value::map());
    object.set(&["status", "resourceRules"], resources);
    object.set(&["status", "nonResourceRules"], paths);
    object.set(&["status", "incomplete"], false);
}

fn info(user: &User) -> Value {
    let groups: Value = user.groups.iter().map(|group| Value::from(group.as_str())).collect();
    let mut info = Value::from([("username", Value::from(user.name.as_str())), ("groups", groups)]);
    if !user.uid.is_empty() {
        info.set(&["uid"], user.uid.as_str());
    }
    for (key, values) in &user.extra {
        let values: Value = values.iter().map(|value| Value::from(value.as_str())).collect();
        info.set(&["extra", key], values);
    }
    info
}

fn myself(user: &User, object: &mut Object) {
    object.set(&["status", "userInfo"], info(user));
}

fn token_review(state: &State, object: &mut Object) {
    let given = object.str_at(&["spec", "token"]).unwrap_or_default().to_owned();
    let known =
        state.issued.get(&given).and_then(|token| token::read(token)).and_then(|(name, uid, _)| {
            state.owners.lives(&uid)?;
            let mut user = User::named(&name, &[]);
            user.uid = uid;
            Some(user)
        });
    match known {
        Some(user) => {
            let audience = Value::from("https://kubernetes.default.svc.cluster.local");
            object.set(&["status", "authenticated"], true);
            object.set(&["status", "user"], info(&user));
            object.set(&["status", "audiences"], vec![audience]);
        }
        None => {
            object.set(&["status", "user"], Value::map());
            object.set(&["status", "error"], "[invalid bearer token]");
        }
    }
}
