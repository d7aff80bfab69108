//! As many pods as a job wants, after the back-off of failed ones.

use std::time::Duration;

use clock::Moment;
use objects::{Object, Value};

use super::tally::Tally;
use super::{FINALIZER, again, indexes, parallelism};
use crate::control::pods;
use crate::meta::{int, moment_at};
use crate::world::{Done, World};

/// Makes and removes pods. How many are active then, and whether the API refused.
pub(super) fn manage(world: &mut World<'_>, job: &Object, tally: &Tally) -> (i64, Done) {
    let active = tally.active.len() as i64;
    let want = wanted(job, tally);
    if active > want {
        let surplus = usize::try_from(active - want).unwrap_or(0);
        let mut ranked: Vec<&Object> = tally.active.iter().collect();
        crate::control::replica_set::rank(&mut ranked);
        for one in ranked.into_iter().take(surplus) {
            if let Err(error) = remove(world, job, one) {
                return (active, Err(error));
            }
        }
        return (want, Ok(()));
    }
    if let Some(moment) = back_off(job, tally)
        && moment > world.now
        && active < want
    {
        world.at(moment, again(job));
        return (active, Ok(()));
    }
    let late = job.str_at(&["spec", "podReplacementPolicy"]) == Some("Failed");
    let missing = want - active - if late { tally.leaving } else { 0 };
    if missing <= 0 {
        return (active, Ok(()));
    }
    let numbers = indexes::is_indexed(job).then(|| indexes::missing(job, tally, missing));
    let count = numbers.as_ref().map_or(missing, |numbers| numbers.len() as i64);
    let make = |at: i64| {
        let mut one = blank(job);
        let index = usize::try_from(at).ok().and_then(|at| numbers.as_ref()?.get(at));
        if let Some(index) = index {
            indexes::mark(job, &mut one, *index, tally);
        }
        one
    };
    let (made, refused) = pods::create_many(world, job, count.min(500), make);
    (active + made, refused.map_or(Ok(()), Err))
}

fn wanted(job: &Object, tally: &Tally) -> i64 {
    let parallel = parallelism(job);
    match job.int_at(&["spec", "completions"]) {
        None if tally.succeeded > 0 => tally.active.len() as i64,
        None => parallel,
        Some(total) => (total - tally.succeeded - tally.lost.len() as i64).clamp(0, parallel),
    }
}

fn blank(job: &Object) -> Object {
    let template = job.at(&["spec", "template"]).cloned().unwrap_or_default();
    let mut one = pods::from_template(job, &template);
    one.set(&["metadata", "generateName"], format!("{}-", job.name()));
    one.set(&["metadata", "finalizers"], vec![Value::from(FINALIZER)]);
    for prefix in ["", "batch.kubernetes.io/"] {
        one.set(&["metadata", "labels", &format!("{prefix}controller-uid")], job.uid());
        one.set(&["metadata", "labels", &format!("{prefix}job-name")], job.name());
    }
    one
}

/// Deletes a pod that is not wanted any more; it will not be counted.
pub(super) fn remove(world: &mut World<'_>, job: &Object, one: &Object) -> Done {
    super::drop_finalizer(world, one)?;
    pods::delete(world, job, one)
}

/// Until when no new pod is made: 10 s after the last failure, doubled for each.
fn back_off(job: &Object, tally: &Tally) -> Option<Moment> {
    if indexes::is_indexed(job) && job.at(&["spec", "backoffLimitPerIndex"]).is_some() {
        return None;
    }
    let last = tally.failures.iter().filter_map(finished_at).max()?;
    let doublings = u32::try_from(tally.failures.len().saturating_sub(1)).unwrap_or(0).min(6);
    Some(last + Duration::from_secs((10 << doublings).min(600)))
}

fn finished_at(one: &Object) -> Option<Moment> {
    let containers = one.list_at(&["status", "containerStatuses"]).iter();
    containers.filter_map(|c| moment_at(c, &["state", "terminated", "finishedAt"])).max()
}

/// The rule of `podFailurePolicy` that a failed pod falls under: its index, action
/// and what matched.
pub(super) fn failure_rule(job: &Object, one: &Object) -> Option<(usize, String, String)> {
    let rules = job.list_at(&["spec", "podFailurePolicy", "rules"]);
    for (at, rule) in rules.iter().enumerate() {
        let action = rule.str_at(&["action"]).unwrap_or_default();
        if let Some(codes) = rule.at(&["onExitCodes"])
            && let Some((container, code)) = exit_code(one, codes)
        {
            let message = format!(
                "Container {container} for pod {}/{} failed with exit code {code} matching \
                 {action} rule at index {at}",
                one.namespace(),
                one.name()
            );
            return Some((at, action.to_owned(), message));
        }
        let conditions = rule.list_at(&["onPodConditions"]);
        let matched = conditions.iter().find(|wanted| {
            let kind = wanted.str_at(&["type"]).unwrap_or_default();
            let status = wanted.str_at(&["status"]).unwrap_or("True");
            crate::meta::condition_is(one, kind, status)
        });
        if let Some(matched) = matched {
            let kind = matched.str_at(&["type"]).unwrap_or_default();
            let message = format!(
                "Pod {}/{} has condition {kind} matching {action} rule at index {at}",
                one.namespace(),
                one.name()
            );
            return Some((at, action.to_owned(), message));
        }
    }
    None
}

fn exit_code<'a>(one: &'a Object, rule: &Value) -> Option<(&'a str, i64)> {
    let values: Vec<i64> = rule.list_at(&["values"]).iter().filter_map(Value::as_int).collect();
    let wanted = rule.str_at(&["containerName"]);
    let inside = rule.str_at(&["operator"]) != Some("NotIn");
    let containers = one.list_at(&["status", "containerStatuses"]).iter();
    containers
        .filter_map(|c| {
            let name = c.str_at(&["name"]).unwrap_or_default();
            let code = int(c, &["state", "terminated", "exitCode"], 0);
            (code != 0 && wanted.is_none_or(|wanted| wanted == name)).then_some((name, code))
        })
        .find(|(_, code)| values.contains(code) == inside)
}

/// Whether a failed pod does not count.
pub(super) fn is_ignored(job: &Object, one: &Object) -> bool {
    failure_rule(job, one).is_some_and(|(_, action, _)| action == "Ignore")
}
