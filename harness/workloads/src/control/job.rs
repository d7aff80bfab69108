//! Jobs: pods that run to their end, counted once each.
//!
//! Source: kubernetes `pkg/controller/job/job_controller.go`.

mod finish;
mod indexes;
mod manage;
mod tally;

use objects::{Object, Value};

use crate::control::pods;
use crate::kind::{Key, Kind};
use crate::meta::{self, int, pod};
use crate::work::{Controller, Work};
use crate::world::{Done, World};

use finish::Verdict;
use tally::Tally;

const FINALIZER: &str = "batch.kubernetes.io/job-tracking";

/// One look at a job.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(job) = world.get(Kind::Job, &key.namespace, &key.name) else {
        return free_orphans(world, key);
    };
    let own: Vec<Object> = world.mirror.owned(job.uid(), Kind::Pod).into_iter().cloned().collect();
    if is_finished(&job) {
        for one in own.iter().filter(|one| has_finalizer(one)) {
            drop_finalizer(world, one)?;
        }
        return finish::expire(world, &job);
    }
    if job.is_deleting() {
        for one in own.iter().filter(|one| has_finalizer(one) && pod::is_finished(one)) {
            drop_finalizer(world, one)?;
        }
        return Ok(());
    }
    let mut status = start(world, &job);
    let tally = Tally::of(&job, &own);
    let verdict = finish::judge(world, &job, &own, &tally);
    let suspended = is_suspended(&job);
    let mut outcome = Ok(());
    let mut active = tally.active.len() as i64;
    let mut leaving = tally.leaving;
    if verdict.is_some() || suspended {
        for one in &tally.active {
            match verdict {
                Some(_) => pods::delete(world, &job, one)?,
                None => manage::remove(world, &job, one)?,
            }
        }
        leaving += active;
        active = 0;
    } else {
        (active, outcome) = manage::manage(world, &job, &tally);
        leaving += (tally.active.len() as i64 - active).max(0);
    }
    finish::note_suspension(world, &job, &mut status, suspended);
    meta::set_count(&mut status, "active", active);
    let ready = if active == 0 { 0 } else { tally.ready };
    status.set(&["ready"], ready);
    status.set(&["terminating"], leaving);
    settle(world, &job, status, &tally, verdict, leaving)?;
    outcome
}

/// Pods of a job that is gone no longer wait to be counted.
fn free_orphans(world: &mut World<'_>, key: &Key) -> Done {
    for one in world.mirror.list(Kind::Pod, &key.namespace) {
        let of_it = meta::controller(one).is_some_and(|o| o.kind == "Job" && o.name == &*key.name);
        if of_it && has_finalizer(one) {
            drop_finalizer(world, one)?;
        }
    }
    Ok(())
}

/// The status to begin with: the known one, started if it has not.
fn start(world: &World<'_>, job: &Object) -> Value {
    let mut status = job.at(&["status"]).cloned().unwrap_or_else(Value::map);
    status.remove(&["active"]);
    if status.at(&["startTime"]).is_none() && !is_suspended(job) {
        status.set(&["startTime"], world.stamp());
    }
    if status.at(&["uncountedTerminatedPods"]).is_none() {
        status.set(&["uncountedTerminatedPods"], Value::map());
    }
    status
}

/// Writes the status twice where pods ended: first that they will be counted,
/// then, when their finalizers are gone, the counts.
fn settle(
    world: &mut World<'_>,
    job: &Object,
    mut status: Value,
    tally: &Tally,
    verdict: Option<Verdict>,
    leaving: i64,
) -> Done {
    if let Some(verdict) = &verdict {
        finish::announce(world, &mut status, verdict);
    }
    let indexed = indexes::is_indexed(job);
    if indexed {
        indexes::write(job, &mut status, tally);
    }
    let mut job = job.clone();
    tally.note_uncounted(&mut status, indexed);
    if tally.has_news() {
        job = write(world, &job, &status)?;
        for one in &tally.ended {
            drop_finalizer(world, one)?;
        }
        status = job.at(&["status"]).cloned().unwrap_or_default();
    }
    tally.count(&mut status, indexed);
    if let Some(verdict) = &verdict
        && leaving == 0
    {
        if tally.has_news() && indexed && !verdict.failed {
            job = write(world, &job, &status)?;
        }
        finish::conclude(world, &job, &mut status, verdict);
    }
    write(world, &job, &status)?;
    Ok(())
}

fn write(world: &mut World<'_>, job: &Object, status: &Value) -> Done<Object> {
    if job.at(&["status"]) == Some(status) {
        return Ok(job.clone());
    }
    let mut copy = job.clone();
    copy.set(&["status"], status.clone());
    world.update_status(&copy)
}

fn is_suspended(job: &Object) -> bool {
    job.bool_at(&["spec", "suspend"]) == Some(true)
}

fn is_finished(job: &Object) -> bool {
    meta::condition_is(job, "Complete", "True") || meta::condition_is(job, "Failed", "True")
}

fn parallelism(job: &Object) -> i64 {
    int(job, &["spec", "parallelism"], 1)
}

fn has_finalizer(one: &Object) -> bool {
    one.list_at(&["metadata", "finalizers"]).iter().any(|f| f.as_str() == Some(FINALIZER))
}

fn drop_finalizer(world: &mut World<'_>, one: &Object) -> Done {
    if !has_finalizer(one) {
        return Ok(());
    }
    let own = one.list_at(&["metadata", "finalizers"]).iter();
    let left: Vec<Value> = own.filter(|f| f.as_str() != Some(FINALIZER)).cloned().collect();
    let mut patch = Value::map();
    let value = if left.is_empty() { Value::Null } else { left.into() };
    patch.set(&["metadata", "finalizers"], value);
    match world.merge(one, patch) {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}

fn again(job: &Object) -> Work {
    Work::on(Controller::Job, job)
}
