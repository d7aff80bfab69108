//! The pods of a job, and how many ended how.

use objects::{Object, Value};

use super::{has_finalizer, indexes};
use crate::meta::{self, int, pod};

/// Pods by what became of them.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Neither ended nor leaving.
    pub(super) active: Vec<Object>,
    /// Of the active ones, those that are ready.
    pub(super) ready: i64,
    /// Being deleted, not ended.
    pub(super) leaving: i64,
    /// Ended and not yet counted: they still hold the finalizer.
    pub(super) ended: Vec<Object>,
    new_succeeded: Vec<String>,
    new_failed: Vec<String>,
    /// All that succeeded or failed, with those counted before.
    pub(super) succeeded: i64,
    pub(super) failed: i64,
    /// Failed pods, for back-off.
    pub(super) failures: Vec<Object>,
    /// Indexes that succeeded, and that failed for good.
    pub(super) done: Vec<i64>,
    pub(super) lost: Vec<i64>,
}

impl Tally {
    /// Sorts a job's pods.
    pub(super) fn of(job: &Object, pods: &[Object]) -> Self {
        let mut tally = Self {
            succeeded: int(job, &["status", "succeeded"], 0),
            failed: int(job, &["status", "failed"], 0),
            ..Self::default()
        };
        for one in pods {
            tally.add(job, one);
        }
        if indexes::is_indexed(job) {
            tally.done = indexes::done(job, pods);
            tally.lost = indexes::lost(job, pods, &tally.done);
            tally.succeeded = tally.done.len() as i64;
        }
        tally
    }

    fn add(&mut self, job: &Object, one: &Object) {
        let counted = !has_finalizer(one);
        let replaces_late = job.str_at(&["spec", "podReplacementPolicy"]) == Some("Failed");
        let failed = pod::phase(one) == "Failed"
            || (one.is_deleting() && !pod::is_finished(one) && !replaces_late);
        if one.is_deleting() && !pod::is_finished(one) {
            self.leaving += 1;
        } else if pod::is_active(one) {
            self.ready += i64::from(pod::is_ready(one));
            self.active.push(one.clone());
        }
        if pod::phase(one) == "Failed" {
            self.failures.push(one.clone());
        }
        if counted || (!failed && pod::phase(one) != "Succeeded") {
            return;
        }
        self.ended.push(one.clone());
        if !failed {
            self.succeeded += 1;
            self.new_succeeded.push(one.uid().to_owned());
        } else if !super::manage::is_ignored(job, one) {
            self.failed += 1;
            self.new_failed.push(one.uid().to_owned());
        }
    }

    /// Whether pods ended since the last count.
    pub(super) fn has_news(&self) -> bool {
        !self.ended.is_empty()
    }

    /// Lists the pods that are about to be counted.
    pub(super) fn note_uncounted(&self, status: &mut Value, indexed: bool) {
        let mut uncounted = Value::map();
        let list = |ids: &[String]| -> Value { ids.iter().map(|id| id.as_str().into()).collect() };
        if !self.new_succeeded.is_empty() && !indexed {
            uncounted.set(&["succeeded"], list(&self.new_succeeded));
        }
        if !self.new_failed.is_empty() {
            uncounted.set(&["failed"], list(&self.new_failed));
        }
        status.set(&["uncountedTerminatedPods"], uncounted);
    }

    /// Counts them.
    pub(super) fn count(&self, status: &mut Value, indexed: bool) {
        status.set(&["uncountedTerminatedPods"], Value::map());
        if !indexed {
            meta::set_count(status, "succeeded", self.succeeded);
        }
        meta::set_count(status, "failed", self.failed);
    }
}
