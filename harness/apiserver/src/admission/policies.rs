//! ValidatingAdmissionPolicies and their bindings.
//!
//! Source: kubernetes apiserver `plugin/policy/validating`. Not here: audit
//! annotations, `authorizer` and type checks of expressions.

use client::Status;
use objects::{GroupKind, Object, Value};
use schema::crd::{Evaluated, evaluate};

use super::Operation;
use super::matching::{Write, borrowed};
use crate::context::Context;
use crate::refusal;
use crate::state::State;

const GROUP: &str = "admissionregistration.k8s.io";

fn kind(name: &str) -> GroupKind {
    GroupKind { group: GROUP.to_owned(), kind: name.to_owned() }
}

/// Refuses, or warns of, what bound policies deny.
pub(crate) fn check(
    state: &State,
    context: &mut Context,
    operation: &Operation<'_>,
    object: &Object,
) -> Result<(), Status> {
    if operation.kind.gvk.group == GROUP {
        return Ok(());
    }
    let mut warnings = Vec::new();
    let mut denied = None;
    let write = Write { state, context, operation, object };
    for binding in state.storage.list(&kind("ValidatingAdmissionPolicyBinding"), None) {
        let named = binding.str_at(&["spec", "policyName"]).unwrap_or_default();
        let policy = state.storage.get(&kind("ValidatingAdmissionPolicy"), "", named);
        let Some(policy) = policy.filter(|policy| applies(&write, policy, binding)) else {
            continue;
        };
        let actions = binding.list_at(&["spec", "validationActions"]);
        let acts = |name: &str| actions.iter().any(|action| action.as_str() == Some(name));
        for denial in judge(&write, policy, binding) {
            let frame = format!(
                "ValidatingAdmissionPolicy '{}' with binding '{}'",
                policy.name(),
                binding.name()
            );
            if acts("Warn") {
                warnings.push(format!("Validation failed for {frame}: {}", denial.message));
            }
            if acts("Deny") && denied.is_none() {
                denied = Some((format!("{frame} denied request: {}", denial.message), denial));
            }
        }
    }
    warnings.into_iter().for_each(|text| context.warn(text));
    denied.map_or(Ok(()), |(text, denial)| Err(refuse(operation, object, &text, &denial.reason)))
}

fn refuse(operation: &Operation<'_>, object: &Object, text: &str, reason: &str) -> Status {
    let mut status = refusal::forbidden(operation.kind, object.name(), text);
    status.reason = if reason.is_empty() { "Invalid" } else { reason }.to_owned();
    status.code = match status.reason.as_str() {
        "Forbidden" => 403,
        "Unauthorized" => 401,
        "RequestEntityTooLarge" => 413,
        _ => 422,
    };
    status.details.set(&["causes"], vec![Value::from([("message", text)])]);
    status
}

fn applies(write: &Write<'_>, policy: &Object, binding: &Object) -> bool {
    let constraints = policy.at(&["spec", "matchConstraints"]);
    let fits = |holder: Option<&Value>, rules_needed: bool| {
        let Some(holder) = holder else { return !rules_needed };
        let rules = holder.list_at(&["resourceRules"]);
        let excluded = holder.list_at(&["excludeResourceRules"]);
        let named =
            (rules.is_empty() && !rules_needed) || rules.iter().any(|rule| write.fits_rule(rule));
        named && !excluded.iter().any(|rule| write.fits_rule(rule)) && write.fits_selectors(holder)
    };
    fits(constraints, true) && fits(binding.at(&["spec", "matchResources"]), false)
}

/// One validation that does not hold.
#[derive(Debug)]
struct Denial {
    message: String,
    reason: String,
}

fn judge(write: &Write<'_>, policy: &Object, binding: &Object) -> Vec<Denial> {
    let fails = policy.str_at(&["spec", "failurePolicy"]) != Some("Ignore");
    let broken = |expression: &str, text: &str| {
        fails.then(|| Denial {
            message: format!("expression '{expression}' resulted in error: {text}"),
            reason: String::new(),
        })
    };
    let mut variables = write.variables();
    variables.push(("params", parameters(write, policy, binding)));
    let empty = Value::Null;
    let spec = policy.get("spec").unwrap_or(&empty);
    match write.fits_conditions(spec, &borrowed(&variables)) {
        Ok(true) => {}
        Ok(false) => return Vec::new(),
        Err(text) => {
            let first = spec.list_at(&["matchConditions"]).first();
            let first = first.and_then(|found| found.str_at(&["expression"]));
            return broken(first.unwrap_or_default(), &text).into_iter().collect();
        }
    }
    variables.push(("variables", composed(spec, &variables)));
    let variables = borrowed(&variables);
    let validations = spec.list_at(&["validations"]).iter();
    validations
        .filter_map(|validation| {
            let text = |key: &str| validation.str_at(&[key]).unwrap_or_default();
            let expression = text("expression");
            match evaluate(expression, &variables) {
                Ok(Evaluated::Bool(true)) => None,
                Ok(_) => Some(Denial {
                    message: message(validation, expression, &variables),
                    reason: text("reason").to_owned(),
                }),
                Err(problem) => broken(expression, &problem),
            }
        })
        .collect()
}

fn message(validation: &Value, expression: &str, variables: &[(&str, &Value)]) -> String {
    let text = |key: &str| validation.str_at(&[key]).unwrap_or_default().trim().to_owned();
    let made = match text("messageExpression") {
        none if none.is_empty() => None,
        made => match evaluate(&made, variables) {
            Ok(Evaluated::Text(text)) => Some(text.trim().to_owned()),
            _ => None,
        },
    };
    match (made.filter(|made| !made.is_empty() && !made.contains('\n')), text("message")) {
        (Some(made), _) => made,
        (None, fixed) if !fixed.is_empty() => fixed,
        _ => format!("failed expression: {}", expression.trim()),
    }
}

/// The policy's own variables, each seeing those before it.
fn composed(spec: &Value, variables: &[(&'static str, Value)]) -> Value {
    let mut all = Value::map();
    for variable in spec.list_at(&["variables"]) {
        let text = |key: &str| variable.str_at(&[key]).unwrap_or_default();
        let mut known = borrowed(variables);
        known.push(("variables", &all));
        let value = match evaluate(text("expression"), &known) {
            Ok(Evaluated::Bool(flag)) => flag.into(),
            Ok(Evaluated::Text(text)) => text.into(),
            Ok(Evaluated::Other(value)) => value,
            // What reads it fails as one without such a key.
            Err(_) => continue,
        };
        all.set(&[text("name")], value);
    }
    all
}

/// The object that a binding hands to its policy.
fn parameters(write: &Write<'_>, policy: &Object, binding: &Object) -> Value {
    let text = |path: &[&str]| policy.str_at(path).unwrap_or_default().to_owned();
    let gvk = objects::Gvk::from_api_version(
        &text(&["spec", "paramKind", "apiVersion"]),
        &text(&["spec", "paramKind", "kind"]),
    );
    let Some(kind) = write.state.catalogue.by_kind(&gvk) else { return Value::Null };
    let named = |key: &str| binding.str_at(&["spec", "paramRef", key]).unwrap_or_default();
    let namespace = match (kind.namespaced, named("namespace")) {
        (false, _) => "",
        (true, "") => write.object.namespace(),
        (true, given) => given,
    };
    let found = write.state.get(kind, namespace, named("name"));
    found.map(|found| found.0.clone()).unwrap_or_default()
}
