//! Jobs: kstatus' own rule, and the reader that Flux puts before it.

use objects::Object;

use crate::access::{self, int_or, str_or};
use crate::{Health, HealthError, Status};

struct Counts {
    parallelism: i64,
    completions: i64,
    succeeded: i64,
    active: i64,
    failed: i64,
}

impl Counts {
    fn of(object: &Object) -> Self {
        let parallelism = int_or(object, &["spec", "parallelism"], 1);
        Self {
            parallelism,
            completions: int_or(object, &["spec", "completions"], parallelism),
            succeeded: int_or(object, &["status", "succeeded"], 0),
            active: int_or(object, &["status", "active"], 0),
            failed: int_or(object, &["status", "failed"], 0),
        }
    }

    fn progress(&self) -> String {
        let Self { succeeded, active, failed, .. } = self;
        format!("Job in progress. success:{succeeded}, active: {active}, failed: {failed}")
    }
}

/// kstatus' rule: a job that runs is already `Current`.
pub(crate) fn job(object: &Object) -> Result<Health, HealthError> {
    let counts = Counts::of(object);
    if let Some(health) = finished(object, &counts)? {
        return Ok(health);
    }
    if str_or(object, &["status", "startTime"], "").is_empty() {
        return Ok(Health::in_progress("JobNotStarted", "Job not started"));
    }
    Ok(Health::current(counts.progress()))
}

/// A job as Flux reads it: `Current` only when done or suspended.
///
/// Looks neither at deletion nor at generations nor at standard conditions
/// (fluxcd/pkg: `runtime/statusreaders/job.go`). What cannot be read is `Unknown`.
#[must_use]
pub fn job_reader(object: &Object) -> Health {
    let counts = Counts::of(object);
    if object.bool_at(&["spec", "suspend"]) == Some(true) {
        return Health::current("Job is suspended");
    }
    match finished(object, &counts) {
        Err(error) => {
            return Health::plain(
                Status::Unknown,
                format!("Failed to compute job status: {error}"),
            );
        }
        Ok(Some(health)) => return health,
        Ok(None) => {}
    }
    if str_or(object, &["status", "startTime"], "").is_empty() {
        let Counts { active, parallelism, .. } = counts;
        let message = format!("Job not started. active: {active}/{parallelism}");
        return Health::in_progress("JobNotStarted", message);
    }
    Health::in_progress("JobInProgress", counts.progress())
}

fn finished(object: &Object, counts: &Counts) -> Result<Option<Health>, HealthError> {
    let Counts { completions, succeeded, failed, .. } = counts;
    for condition in access::conditions(object)? {
        match (condition.kind.as_str(), condition.status.as_str()) {
            ("Complete", "True") => {
                let message = format!("Job Completed. succeeded: {succeeded}/{completions}");
                return Ok(Some(Health::current(message)));
            }
            ("Failed", "True") => {
                let message = format!("Job Failed. failed: {failed}/{completions}");
                return Ok(Some(Health::failed("JobFailed", message)));
            }
            _ => {}
        }
    }
    Ok(None)
}
