//! The general rules, in kstatus' order; rules of a kind come between them.
//!
//! Source: fluxcd/cli-utils `pkg/kstatus/status/{generic,status}.go`.

use clock::Moment;
use objects::Object;

use crate::access::{self, BasicCondition};
use crate::{Health, HealthError, Status, builtin};

/// The readiness of one object, judged by itself alone at a moment (only
/// unschedulable pods depend on it).
///
/// # Errors
/// If a field that matters has a wrong type or a pod's phase is unknown.
pub fn compute(object: &Object, now: Moment) -> Result<Health, HealthError> {
    if let Some(health) = generic(object)? {
        return Ok(health);
    }
    if let Some(health) = builtin::by_kind(object, now)? {
        return Ok(health);
    }
    let ready = access::conditions(object)?.into_iter().filter(|c| c.kind == "Ready");
    let verdict = ready.filter_map(|c| match c.status.as_str() {
        "True" => Some(Health::current("Resource is Ready")),
        "False" | "Unknown" => Some(Health::in_progress(&c.reason, c.message)),
        _ => None,
    });
    Ok(verdict.into_iter().next().unwrap_or_else(|| Health::current("Resource is current")))
}

/// Deletion, unseen generations, and the standard conditions.
fn generic(object: &Object) -> Result<Option<Health>, HealthError> {
    let deletion = access::nested_string(object, &["metadata", "deletionTimestamp"])
        .map_err(|error| access::looking_up("metadata.deletionTimestamp", &error))?;
    if deletion.is_some_and(|time| !time.is_empty()) {
        let message = "Resource scheduled for deletion";
        return Ok(Some(Health::plain(Status::Terminating, message)));
    }
    if let Some(health) = generation(object)? {
        return Ok(Some(health));
    }
    Ok(access::conditions(object)?.into_iter().find_map(standard))
}

fn standard(condition: BasicCondition) -> Option<Health> {
    match (condition.kind.as_str(), condition.status.as_str()) {
        ("Reconciling", "True") => Some(Health::in_progress(&condition.reason, condition.message)),
        ("Stalled", "True") => Some(Health::failed(&condition.reason, condition.message)),
        _ => None,
    }
}

fn generation(object: &Object) -> Result<Option<Health>, HealthError> {
    let Some(observed) = access::observed_generation(object)? else { return Ok(None) };
    let Some(wanted) = access::wanted_generation(object)? else { return Ok(None) };
    if observed == wanted {
        return Ok(None);
    }
    let kind = object.kind();
    let message =
        format!("{kind} generation is {wanted}, but latest observed generation is {observed}");
    Ok(Some(Health::in_progress("LatestGenerationNotObserved", message)))
}
