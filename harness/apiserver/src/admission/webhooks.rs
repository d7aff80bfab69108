//! Webhooks: nothing outside can be called from an embedded cluster.
//!
//! A webhook behind a Service that exists counts as one that allows; one that
//! names an address, or a Service that is not there, fails as the real server's
//! call does. Source: kubernetes apiserver `plugin/webhook`.

use client::Status;
use objects::{GroupKind, Object, Value};

use super::Operation;
use super::matching::{Write, borrowed};
use crate::context::Context;
use crate::refusal;
use crate::state::State;

const GROUP: &str = "admissionregistration.k8s.io";

/// Refuses a write that a webhook with `failurePolicy: Fail` would have to judge and cannot.
pub(crate) fn check(
    state: &State,
    context: &Context,
    operation: &Operation<'_>,
    object: &Object,
    configuration: &str,
) -> Result<(), Status> {
    let kind = GroupKind { group: GROUP.to_owned(), kind: configuration.to_owned() };
    if operation.kind.gvk.group == GROUP {
        return Ok(());
    }
    let write = Write { state, context, operation, object };
    for configuration in state.storage.list(&kind, None) {
        for webhook in configuration.list_at(&["webhooks"]) {
            call(&write, webhook)?;
        }
    }
    Ok(())
}

fn call(write: &Write<'_>, webhook: &Value) -> Result<(), Status> {
    let rules = webhook.list_at(&["rules"]);
    if !rules.iter().any(|rule| write.fits_rule(rule)) || !write.fits_selectors(webhook) {
        return Ok(());
    }
    let name = webhook.str_at(&["name"]).unwrap_or_default();
    let ignores = webhook.str_at(&["failurePolicy"]) == Some("Ignore");
    let variables = write.variables();
    match write.fits_conditions(webhook, &borrowed(&variables)) {
        Ok(true) => {}
        Ok(false) => return Ok(()),
        Err(_) if ignores => return Ok(()),
        Err(text) => {
            let kind = write.operation.kind;
            let condition = webhook.list_at(&["matchConditions"]).first();
            let condition = condition.and_then(|found| found.str_at(&["expression"]));
            let text =
                format!("expression '{}' resulted in error: {text}", condition.unwrap_or_default());
            return Err(refusal::forbidden(kind, write.object.name(), &text));
        }
    }
    let effects = webhook.str_at(&["sideEffects"]).unwrap_or_default();
    if write.context.dry_run && matches!(effects, "Some" | "Unknown") {
        let text = format!("admission webhook {name:?} does not support dry run");
        return Err(refusal::bad_request(text));
    }
    match unreachable(write.state, webhook) {
        Some(problem) if !ignores => {
            let text =
                format!("failed calling webhook {name:?}: failed to call webhook: {problem}");
            Err(internal(&text))
        }
        _ => Ok(()),
    }
}

/// Why a webhook cannot be called; `None` where its Service is there.
fn unreachable(state: &State, webhook: &Value) -> Option<String> {
    let seconds = webhook.int_at(&["timeoutSeconds"]).unwrap_or(10);
    if let Some(url) = webhook.str_at(&["clientConfig", "url"]) {
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let host = rest.split('/').next().unwrap_or_default();
        let address = if host.contains(':') { host.to_owned() } else { format!("{host}:443") };
        return Some(format!(
            "Post \"{url}?timeout={seconds}s\": dial tcp {address}: connect: connection refused"
        ));
    }
    let text = |key: &str| webhook.str_at(&["clientConfig", "service", key]).unwrap_or_default();
    let (namespace, name) = (text("namespace"), text("name"));
    if state.core("Service", namespace, name).is_some() {
        return None;
    }
    let port = webhook.int_at(&["clientConfig", "service", "port"]).unwrap_or(443);
    let path = text("path");
    let path = if path.is_empty() { "/" } else { path };
    Some(format!(
        "Post \"https://{name}.{namespace}.svc:{port}{path}?timeout={seconds}s\": service {name:?} not found"
    ))
}

/// 500 in the frame of internal errors.
fn internal(text: &str) -> Status {
    let mut status = Status::new(500, "InternalError", format!("Internal error occurred: {text}"));
    let cause = Value::from([("message", text)]);
    status.details = Value::from([("causes", vec![cause])]);
    status
}
