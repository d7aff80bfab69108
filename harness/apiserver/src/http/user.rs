//! Who a request is made for: the administrator, or whom it impersonates.

use client::Status;

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
    may_impersonate(state, &caller, name)?;
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

fn may_impersonate(state: &State, caller: &User, name: &str) -> Result<(), Status> {
    let question = rbac::Question {
        verb: "impersonate".to_owned(),
        resource: "users".to_owned(),
        name: name.to_owned(),
        ..rbac::Question::default()
    };
    match rbac::allowed(state, caller, &question) {
        Some(_) => Ok(()),
        None => Err(rbac::refuse(caller, &question)),
    }
    .map_err(|status| if status.code == 403 { status } else { refusal::plain(status.message) })
}
