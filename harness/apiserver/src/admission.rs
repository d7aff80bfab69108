//! What may change or refuse a write before it is stored.
//!
//! One file a rule; the order below is the server's. Rules look at state and
//! object and never store anything.

mod account;
mod escalation;
mod image;
mod limits;
mod matching;
mod namespace;
mod policies;
mod priority;
pub(crate) mod quota;
mod runtime;
mod security;
mod service;
mod warnings;
mod webhooks;

use client::Status;
use objects::Object;

use crate::catalogue::Kind;
use crate::context::Context;
use crate::state::State;

/// The write that is looked at.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) sub: &'a str,
    /// The object before it; `None` for a creation.
    pub(crate) old: Option<&'a Object>,
}

impl Operation<'_> {
    pub(crate) fn is_create(&self) -> bool {
        self.old.is_none() && self.sub.is_empty()
    }

    /// Whether it makes an object of a core kind.
    pub(crate) fn creates(&self, kind: &str) -> bool {
        self.is_create() && self.kind.gvk.group.is_empty() && self.kind.gvk.kind == kind
    }
}

/// Rules that change objects.
pub(crate) fn mutate(
    state: &mut State,
    context: &mut Context,
    operation: &Operation<'_>,
    object: &mut Object,
) -> Result<(), Status> {
    namespace::check(state, operation, object)?;
    image::replace(state, context, operation, object);
    limits::default(state, operation, object);
    account::mutate(state, operation, object)?;
    runtime::mutate(state, operation, object)?;
    priority::mutate(state, operation, object)?;
    escalation::check(state, context, operation, object)?;
    webhooks::check(state, context, operation, object, "MutatingWebhookConfiguration")
}

/// Rules that only refuse.
pub(crate) fn validate(
    state: &State,
    context: &mut Context,
    operation: &Operation<'_>,
    object: &Object,
) -> Result<(), Status> {
    service::warn(context, operation, object);
    service::warn_name(context, operation, object);
    warnings::warn(context, operation, object);
    limits::check(state, operation, object)?;
    security::check(state, context, operation, object)?;
    policies::check(state, context, operation, object)?;
    webhooks::check(state, context, operation, object, "ValidatingWebhookConfiguration")?;
    quota::check(state, operation, object)
}
