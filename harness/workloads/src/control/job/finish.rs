//! When a job is over, and what is said of it then.

use std::time::Duration;

use client::{Call, Options, Propagation, Target, Verb};
use objects::{Object, Value};

use super::tally::Tally;
use super::{again, manage};
use crate::meta::{self, int, moment_at};
use crate::world::{Done, World};

/// How a job ends.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub(super) failed: bool,
    reason: &'static str,
    message: String,
}

impl Verdict {
    fn failed(reason: &'static str, message: impl Into<String>) -> Option<Self> {
        Some(Self { failed: true, reason, message: message.into() })
    }

    fn complete(reason: &'static str, message: impl Into<String>) -> Option<Self> {
        Some(Self { failed: false, reason, message: message.into() })
    }
}

/// Whether a job is over, and why.
pub(super) fn judge(
    world: &mut World<'_>,
    job: &Object,
    pods: &[Object],
    tally: &Tally,
) -> Option<Verdict> {
    for (kind, failed) in [("FailureTarget", true), ("SuccessCriteriaMet", false)] {
        if let Some(known) = job.condition(kind).filter(|_| meta::condition_is(job, kind, "True")) {
            let reason = known.str_at(&["reason"]).map_or("", reason_of);
            let message = known.str_at(&["message"]).unwrap_or_default().to_owned();
            return Some(Verdict { failed, reason, message });
        }
    }
    failed_by_policy(job, pods)
        .or_else(|| past_deadline(world, job))
        .or_else(|| too_many_failures(job, tally))
        .or_else(|| failed_indexes(job, tally))
        .or_else(|| success_policy(job, tally))
        .or_else(|| complete(job, tally))
}

fn reason_of(text: &str) -> &'static str {
    const KNOWN: [&str; 8] = [
        "PodFailurePolicy",
        "DeadlineExceeded",
        "BackoffLimitExceeded",
        "FailedIndexes",
        "MaxFailedIndexesExceeded",
        "SuccessPolicy",
        "CompletionsReached",
        "FailJob",
    ];
    KNOWN.into_iter().find(|known| *known == text).unwrap_or("")
}

fn failed_by_policy(job: &Object, pods: &[Object]) -> Option<Verdict> {
    let failed = pods.iter().filter(|one| meta::pod::phase(one) == "Failed");
    let rules = failed.filter_map(|one| manage::failure_rule(job, one));
    let (_, _, message) = rules.into_iter().find(|(_, action, _)| action == "FailJob")?;
    Verdict::failed("PodFailurePolicy", message)
}

fn past_deadline(world: &mut World<'_>, job: &Object) -> Option<Verdict> {
    let seconds = u64::try_from(job.int_at(&["spec", "activeDeadlineSeconds"])?).ok()?;
    if super::is_suspended(job) {
        return None;
    }
    let start = moment_at(job, &["status", "startTime"]).unwrap_or(world.now);
    let due = start + Duration::from_secs(seconds);
    if due > world.now {
        world.at(due, again(job));
        return None;
    }
    Verdict::failed("DeadlineExceeded", "Job was active longer than specified deadline")
}

fn too_many_failures(job: &Object, tally: &Tally) -> Option<Verdict> {
    let per_index = job.at(&["spec", "backoffLimitPerIndex"]).is_some();
    let limit =
        int(job, &["spec", "backoffLimit"], if per_index { i64::from(i32::MAX) } else { 6 });
    let restarts: i64 = match job.str_at(&["spec", "template", "spec", "restartPolicy"]) {
        Some("OnFailure") => tally.active.iter().map(restarts).sum(),
        _ => 0,
    };
    let restarted = if limit == 0 { restarts > 0 } else { restarts >= limit };
    if tally.failed > limit || restarted {
        let message = "Job has reached the specified backoff limit";
        return Verdict::failed("BackoffLimitExceeded", message);
    }
    None
}

fn restarts(one: &Object) -> i64 {
    let containers = one.list_at(&["status", "containerStatuses"]).iter();
    containers.map(|c| int(c, &["restartCount"], 0)).sum()
}

fn failed_indexes(job: &Object, tally: &Tally) -> Option<Verdict> {
    if let Some(most) = job.int_at(&["spec", "maxFailedIndexes"])
        && tally.lost.len() as i64 > most
    {
        let message = "Job has exceeded the specified maximal number of failed indexes";
        return Verdict::failed("MaxFailedIndexesExceeded", message);
    }
    let total = int(job, &["spec", "completions"], 0);
    let over = (tally.lost.len() + tally.done.len()) as i64 >= total;
    if !tally.lost.is_empty() && over {
        return Verdict::failed("FailedIndexes", "Job has failed indexes");
    }
    None
}

fn success_policy(job: &Object, tally: &Tally) -> Option<Verdict> {
    let rules = job.list_at(&["spec", "successPolicy", "rules"]);
    for (at, rule) in rules.iter().enumerate() {
        let named = rule.str_at(&["succeededIndexes"]);
        let done = match named {
            Some(text) => {
                let wanted = indexes_in(text);
                let hits = tally.done.iter().filter(|index| wanted.contains(index)).count();
                let enough = rule.int_at(&["succeededCount"]).unwrap_or(wanted.len() as i64);
                hits as i64 >= enough
            }
            None => {
                let enough = rule.int_at(&["succeededCount"]).unwrap_or(i64::MAX);
                tally.done.len() as i64 >= enough
            }
        };
        if done {
            return Verdict::complete("SuccessPolicy", format!("Matched rules at index {at}"));
        }
    }
    None
}

fn indexes_in(text: &str) -> Vec<i64> {
    let parts = text.split(',').filter_map(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse::<i64>().ok()?..=last.parse::<i64>().ok()?)
    });
    parts.flatten().take(100_000).collect()
}

fn complete(job: &Object, tally: &Tally) -> Option<Verdict> {
    let done = match job.int_at(&["spec", "completions"]) {
        None => tally.succeeded > 0 && tally.active.is_empty() && tally.leaving == 0,
        Some(total) => tally.succeeded >= total,
    };
    let reached = "Reached expected number of succeeded pods";
    done.then(|| Verdict::complete("CompletionsReached", reached)).flatten()
}

fn put(
    world: &World<'_>,
    status: &mut Value,
    kind: &str,
    value: &str,
    reason: &str,
    message: &str,
) {
    let mut conditions = status.list_at(&["conditions"]).to_vec();
    let known = conditions.iter().find(|one| one.str_at(&["type"]) == Some(kind));
    if known.is_some_and(|one| one.str_at(&["status"]) == Some(value)) {
        return;
    }
    let condition = Value::from([
        ("type", Value::from(kind)),
        ("status", value.into()),
        ("reason", reason.into()),
        ("message", message.into()),
        ("lastProbeTime", world.stamp()),
        ("lastTransitionTime", world.stamp()),
    ]);
    meta::set_condition(&mut conditions, condition);
    status.set(&["conditions"], conditions);
}

/// Notes that the end is decided, while pods may still leave.
pub(super) fn announce(world: &World<'_>, status: &mut Value, verdict: &Verdict) {
    let kind = if verdict.failed { "FailureTarget" } else { "SuccessCriteriaMet" };
    put(world, status, kind, "True", verdict.reason, &verdict.message);
}

/// Ends the job.
pub(super) fn conclude(world: &mut World<'_>, job: &Object, status: &mut Value, verdict: &Verdict) {
    let kind = if verdict.failed { "Failed" } else { "Complete" };
    put(world, status, kind, "True", verdict.reason, &verdict.message);
    if verdict.failed {
        world.warn(job, verdict.reason, &verdict.message);
    } else {
        status.set(&["completionTime"], world.stamp());
        world.event(job, "Completed", "Job completed");
    }
}

/// Notes suspension and resumption.
pub(super) fn note_suspension(
    world: &mut World<'_>,
    job: &Object,
    status: &mut Value,
    suspended: bool,
) {
    let known = meta::condition_is(job, "Suspended", "True");
    if suspended && !known {
        put(world, status, "Suspended", "True", "JobSuspended", "Job suspended");
        status.remove(&["startTime"]);
        world.event(job, "Suspended", "Job suspended");
    } else if !suspended && known {
        put(world, status, "Suspended", "False", "JobResumed", "Job resumed");
        status.set(&["startTime"], world.stamp());
        world.event(job, "Resumed", "Job resumed");
    }
}

/// Deletes a finished job when its time to live is over.
pub(super) fn expire(world: &mut World<'_>, job: &Object) -> Done {
    let Some(seconds) = job.int_at(&["spec", "ttlSecondsAfterFinished"]) else { return Ok(()) };
    if job.is_deleting() {
        return Ok(());
    }
    let ends = ["Complete", "Failed"].into_iter().filter_map(|kind| job.condition(kind));
    let ends = ends.filter_map(|one| moment_at(one, &["lastTransitionTime"]));
    let Some(end) = ends.max() else { return Ok(()) };
    let due = end + Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    if due > world.now {
        world.at(due, again(job));
        return Ok(());
    }
    let options = Options {
        manager: "ttl-after-finished-controller".to_owned(),
        propagation: Some(Propagation::Foreground),
        uid: Some(job.uid().to_owned()),
        ..Options::default()
    };
    let call = Call { options, ..Call::new(Verb::Delete, Target::of(job)) };
    match world.cluster.call(&call) {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
