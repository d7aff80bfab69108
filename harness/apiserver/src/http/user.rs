//! Who a request is made for: the administrator, or whom it impersonates.

use client::Status;

use super::path::Place;
use crate::state::State;
use crate::user::User;
use crate::{Request, rbac, refusal, token};

/// The user of a request.
pub(crate) fn of(state: &State, request: &Request) -> Result<User, Status> {
    let caller = caller(state, request)?;
    let values = |name: &str| -> Vec<String> {
        let named = request.headers.iter().filter(|(key, _)| key == name);
        named.map(|(_, value)| value.clone()).collect()
    };
    let groups = values("impersonate-group");
    let Some(name) = request.header("impersonate-user") else {
        let uid = request.header("impersonate-uid").unwrap_or_default();
        let mut extra: Vec<String> = Vec::new();
        for (key, value) in &request.headers {
            if let Some(key) = key.strip_prefix("impersonate-extra-") {
                extra.push(format!("{key:?}:[]string{{{value:?}}}"));
            }
        }
        if groups.is_empty() && uid.is_empty() && extra.is_empty() {
            return Ok(caller);
        }
        let groups: Vec<String> = groups.iter().map(|group| format!("{group:?}")).collect();
        let groups = match groups.as_slice() {
            [] => "(nil)".to_owned(),
            some => format!("{{{}}}", some.join(", ")),
        };
        let extra = match extra.as_slice() {
            [] => "(nil)".to_owned(),
            some => format!("{{{}}}", some.join(", ")),
        };
        return Err(refusal::bad_request(format!(
            "requested &user.DefaultInfo{{Name:\"\", UID:{uid:?}, Groups:[]string{groups}, Extra:map[string][]string{extra}}} without impersonating a user name"
        )));
    };
    may_impersonate(state, &caller, name, &groups, request)?;
    let mut user = User::named(name, &groups);
    user.uid = request.header("impersonate-uid").unwrap_or_default().to_owned();
    for (key, value) in &request.headers {
        let Some(extra) = key.strip_prefix("impersonate-extra-") else { continue };
        match user.extra.iter_mut().find(|(known, _)| known == extra) {
            Some((_, values)) => values.push(value.clone()),
            None => user.extra.push((extra.to_owned(), vec![value.clone()])),
        }
    }
    Ok(user)
}

fn caller(state: &State, request: &Request) -> Result<User, Status> {
    let bearer = request.header("authorization").and_then(|text| text.strip_prefix("Bearer "));
    let issued = bearer.filter(|token| state.issued.contains(*token));
    match issued.and_then(token::read) {
        Some((name, uid, id)) => {
            if state.owners.lives(&uid).is_none() {
                return Err(Status::new(401, "Unauthorized", "Unauthorized"));
            }
            let mut user = User::named(&name, &[]);
            user.uid = uid;
            let key = "authentication.kubernetes.io/credential-id".to_owned();
            user.extra.push((key, vec![format!("JTI={id}")]));
            Ok(user)
        }
        None => Ok(User::admin()),
    }
}

/// What an impersonated request asks for, as its refusal names it.
fn asked(state: &State, request: &Request) -> rbac::Question {
    let watches = request.query("watch").is_some_and(|text| !matches!(text, "" | "0" | "false"));
    let verb = |named: bool| match (request.method.as_str(), named) {
        ("GET", false) if watches => "watch",
        ("GET", false) => "list",
        ("GET", true) => "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", false) => "deletecollection",
        _ => "delete",
    };
    match super::path::parse(state, &request.path) {
        Place::Resource { kind, namespace, name, sub } => rbac::Question {
            verb: verb(!name.is_empty()).to_owned(),
            group: kind.gvk.group.clone(),
            resource: kind.plural.to_string(),
            sub,
            name,
            namespace,
            path: None,
        },
        _ => rbac::Question {
            verb: request.method.to_lowercase(),
            path: Some(request.path.clone()),
            ..rbac::Question::default()
        },
    }
}

/// Whether the caller may act as a user; the refusal names the constrained mode that was tried last
/// (kubernetes apiserver: `filters/impersonation`).
fn may_impersonate(
    state: &State,
    caller: &User,
    name: &str,
    groups: &[String],
    request: &Request,
) -> Result<(), Status> {
    let account = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
    let ask = |group: &str, resource: &str, namespace: &str, name: &str| {
        let question = rbac::Question {
            verb: "impersonate".to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            ..rbac::Question::default()
        };
        rbac::allowed(state, caller, &question).is_some()
    };
    let user = match account {
        Some((namespace, name)) => ask("", "serviceaccounts", namespace, name),
        None => ask("", "users", "", name),
    };
    let uid = request.header("impersonate-uid");
    let extras = request
        .headers
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix("impersonate-extra-")?, value.as_str())));
    let allowed = user
        && groups.iter().all(|group| ask("", "groups", "", group))
        && uid.is_none_or(|uid| ask("authentication.k8s.io", "uids", "", uid))
        && extras.into_iter().all(|(key, value)| {
            ask("authentication.k8s.io", &format!("userextras/{key}"), "", value)
        });
    if allowed {
        return Ok(());
    }
    let mode = match account {
        Some(_) => "serviceaccount",
        None if name.starts_with("system:node:") => "arbitrary-node",
        None => "user-info",
    };
    let mut question = asked(state, request);
    question.verb = format!("impersonate-on:{mode}:{}", question.verb);
    Err(rbac::refuse(caller, &question))
}
