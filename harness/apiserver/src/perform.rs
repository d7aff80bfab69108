//! One operation, whoever asks: the core that `handle` and `call` share.
//!
//! Order: fault, permission, then the verb. Start at [`perform`].

mod review;
mod scale;
mod sub;

use std::sync::Arc;

use client::{Patch, Status, Verb};
use objects::{Object, Value};

use crate::catalogue::Kind;
use crate::context::Context;
use crate::delete::{self, Options};
use crate::read::{self, ListOptions};
use crate::state::State;
use crate::words::verb_word;
use crate::write::{self, PatchBody, Written};
use crate::{rbac, refusal};

/// What is asked.
#[derive(Debug, Clone)]
pub(crate) struct Act {
    pub(crate) verb: Verb,
    pub(crate) kind: Arc<Kind>,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) sub: String,
    pub(crate) body: Option<Value>,
    pub(crate) force: bool,
    pub(crate) delete: Options,
    pub(crate) list: ListOptions,
    /// Container that logs are asked of.
    pub(crate) container: String,
}

impl Act {
    pub(crate) fn new(verb: Verb, kind: Arc<Kind>, namespace: &str, name: &str, sub: &str) -> Self {
        Self {
            verb,
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            sub: sub.to_owned(),
            body: None,
            force: false,
            delete: Options::default(),
            list: ListOptions::default(),
            container: String::new(),
        }
    }

    pub(crate) fn at(&self) -> (&str, &str) {
        (&self.namespace, &self.name)
    }

    /// The namespace to list; `None` for all.
    pub(crate) fn scope(&self) -> Option<&str> {
        (!self.namespace.is_empty()).then_some(self.namespace.as_str())
    }

    fn body(&self) -> Value {
        self.body.clone().unwrap_or_default()
    }
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// One object, or what a subresource answers with.
    One { code: u16, object: Object },
    /// A list.
    Many { metadata: Value, items: Vec<Object> },
    /// A Status of success.
    Done { code: u16, status: Value },
    /// Plain text.
    Text(String),
}

/// Does it.
pub(crate) fn perform(
    state: &mut State,
    context: &mut Context,
    act: &Act,
) -> Result<Outcome, Status> {
    let group_kind = &act.kind.store;
    if let Some(status) = state.faults.strike(act.verb, group_kind, &act.namespace, &act.name) {
        return Err(status);
    }
    let named = act.list.selection.name().unwrap_or(act.name.as_str());
    rbac::authorize(state, context, act.verb, &act.kind, (&act.namespace, named), &act.sub)?;
    rbac_for_apply(state, context, act)?;
    warn_deprecated(context, state, act);
    if !act.sub.is_empty() {
        return sub::perform(state, context, act);
    }
    if !act.kind.is_stored() {
        return review::perform(state, context, act);
    }
    match act.verb {
        Verb::Get => {
            check_version(state, &act.list.version)?;
            let object = read::get(state, &act.kind, &act.namespace, &act.name)?;
            Ok(Outcome::One { code: 200, object })
        }
        Verb::List => {
            let (metadata, items) = read::list(state, &act.kind, act.scope(), &act.list)?;
            Ok(Outcome::Many { metadata, items })
        }
        Verb::Create => {
            let body = act.body();
            written(write::create(state, context, &act.kind, &act.namespace, body)?)
        }
        Verb::Update => {
            written(write::update(state, context, &act.kind, act.at(), "", act.body())?)
        }
        Verb::Patch(form) => written(patch(state, context, act, form, "")?),
        Verb::Delete => delete_one(state, context, act),
        Verb::DeleteCollection => delete_many(state, context, act),
    }
}

fn check_version(state: &State, version: &str) -> Result<(), Status> {
    match version.parse::<u64>() {
        Ok(version) => read::check_future(state, version),
        Err(_) if version.is_empty() => Ok(()),
        Err(_) => Err(refusal::plain(format!(
            "resourceVersion: Invalid value: \"{version}\": strconv.ParseUint: parsing \"{version}\": invalid syntax"
        ))),
    }
}

/// An apply may create, so it needs that permission too where nothing is there yet.
fn rbac_for_apply(state: &State, context: &Context, act: &Act) -> Result<(), Status> {
    let creates = act.verb == Verb::Patch(Patch::Apply)
        && act.sub.is_empty()
        && state.get(&act.kind, &act.namespace, &act.name).is_none();
    if creates {
        rbac::authorize(state, context, Verb::Create, &act.kind, act.at(), "")?;
    }
    Ok(())
}

fn warn_deprecated(context: &mut Context, state: &State, act: &Act) {
    if let Some(warning) = act.kind.custom.as_ref().and_then(|custom| custom.deprecation.clone()) {
        context.warn(warning);
    }
    if let Some(warning) = crate::deprecation::warning(&act.kind.gvk, state.minor) {
        context.warn(warning);
    }
}

pub(crate) fn patch(
    state: &mut State,
    context: &mut Context,
    act: &Act,
    form: Patch,
    sub: &str,
) -> Result<Written, Status> {
    let body = PatchBody { form, value: act.body(), force: act.force };
    write::patch(state, context, &act.kind, act.at(), sub, body)
}

pub(crate) fn written(written: Written) -> Result<Outcome, Status> {
    let code = if written.created { 201 } else { 200 };
    Ok(Outcome::One { code, object: written.object })
}

fn delete_one(state: &mut State, context: &mut Context, act: &Act) -> Result<Outcome, Status> {
    let deleted = delete::delete(state, context, &act.kind, act.at(), &act.delete)?;
    if deleted.gone && !act.kind.rules.delete_returns_object {
        let status = delete::success(&act.kind, &deleted.object);
        return Ok(Outcome::Done { code: 200, status });
    }
    Ok(Outcome::One { code: 200, object: deleted.object })
}

fn delete_many(state: &mut State, context: &mut Context, act: &Act) -> Result<Outcome, Status> {
    let (metadata, items) = read::list(state, &act.kind, act.scope(), &act.list)?;
    for item in &items {
        let at = (item.namespace(), item.name());
        match delete::delete(state, context, &act.kind, at, &act.delete) {
            Err(status) if !status.is_not_found() => return Err(status),
            _ => {}
        }
    }
    Ok(Outcome::Many { metadata, items })
}

/// Refuses a verb that a resource does not have.
pub(crate) fn check_verb(act: &Act) -> Result<(), Status> {
    let word = verb_word(act.verb);
    let allowed = match act.sub.as_str() {
        "" => act.kind.allows(word),
        sub => match act.kind.sub(sub) {
            Some(sub) => sub.verbs.iter().any(|verb| verb.as_ref() == word),
            None if act.kind.is_custom() => {
                return Err(refusal::not_found(&act.kind, &act.name));
            }
            None => return Err(refusal::no_resource()),
        },
    };
    if allowed { Ok(()) } else { Err(refusal::not_allowed()) }
}
