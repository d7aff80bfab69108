//! Cron jobs: a job at every moment of a schedule.
//!
//! Source: kubernetes `pkg/controller/cronjob/cronjob_controllerv2.go`.

use std::time::Duration;

use clock::Moment;
use objects::{Object, Value};

use crate::control::schedule::{self, Schedule};
use crate::kind::{Key, Kind};
use crate::meta::{self, int, moment_at};
use crate::recorder::reference;
use crate::work::{Controller, Work};
use crate::world::{Done, World};

/// After how many missed moments a cron job is given up (kubernetes: 100).
const MOST_MISSED: usize = 100;

/// One look at a cron job.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(mut cron) = world.get(Kind::CronJob, &key.namespace, &key.name) else {
        return Ok(());
    };
    if cron.is_deleting() {
        return Ok(());
    }
    let before = cron.clone();
    let jobs: Vec<Object> =
        world.mirror.owned(cron.uid(), Kind::Job).into_iter().cloned().collect();
    note_finished(world, &mut cron, &jobs);
    clean_up(world, &cron, &jobs)?;
    if cron != before {
        cron = world.update_status(&cron)?;
    }
    if cron.bool_at(&["spec", "suspend"]) == Some(true) {
        return Ok(());
    }
    let text = cron.str_at(&["spec", "schedule"]).unwrap_or_default().to_owned();
    let zone = cron.str_at(&["spec", "timeZone"]).unwrap_or("UTC");
    if !matches!(zone, "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT") {
        let message = format!("invalid timeZone: \"{zone}\": only UTC is simulated");
        world.warn(&cron, "UnknownTimeZone", message);
        return Ok(());
    }
    let Some(schedule) = schedule::parse(&text) else {
        world.warn(&cron, "UnparseableSchedule", format!("unparseable schedule: \"{text}\""));
        return Ok(());
    };
    let outcome = run_due(world, &mut cron, &schedule);
    if let Some(next) = schedule.next(world.now) {
        world.at(next + Duration::from_millis(100), Work::on(Controller::CronJob, &cron));
    }
    outcome
}

fn finish_of(job: &Object) -> Option<&'static str> {
    ["Complete", "Failed"].into_iter().find(|kind| meta::condition_is(job, kind, "True"))
}

/// Finished and vanished jobs leave the active list.
fn note_finished(world: &mut World<'_>, cron: &mut Object, jobs: &[Object]) {
    let mut active = cron.list_at(&["status", "active"]).to_vec();
    let mut last = moment_at(cron, &["status", "lastSuccessfulTime"]);
    for job in jobs {
        let Some(finish) = finish_of(job) else { continue };
        let known = active.iter().position(|one| one.str_at(&["uid"]) == Some(job.uid()));
        if let Some(at) = known {
            active.remove(at);
            let message = format!("Saw completed job: {}, condition: {finish}", job.name());
            world.event(cron, "SawCompletedJob", message);
        }
        if finish == "Complete" {
            last = last.max(moment_at(job, &["status", "completionTime"]));
        }
    }
    active.retain(|one| jobs.iter().any(|job| one.str_at(&["uid"]) == Some(job.uid())));
    set_active(cron, active);
    if let Some(last) = last {
        cron.set(&["status", "lastSuccessfulTime"], last.rfc3339());
    }
}

fn set_active(cron: &mut Object, active: Vec<Value>) {
    if active.is_empty() {
        cron.remove(&["status", "active"]);
    } else {
        cron.set(&["status", "active"], active);
    }
}

fn clean_up(world: &mut World<'_>, cron: &Object, jobs: &[Object]) -> Done {
    let limits =
        [("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1)];
    for (finish, field, default) in limits {
        let limit = int(cron, &["spec", field], default);
        let mut finished: Vec<&Object> = jobs
            .iter()
            .filter(|job| finish_of(job) == Some(finish) && !job.is_deleting())
            .collect();
        finished
            .sort_by_key(|job| (moment_at(job, &["status", "startTime"]), job.name().to_owned()));
        let surplus = usize::try_from(finished.len() as i64 - limit).unwrap_or(0);
        for job in finished.into_iter().take(surplus) {
            remove(world, cron, job)?;
        }
    }
    Ok(())
}

fn remove(world: &mut World<'_>, cron: &Object, job: &Object) -> Done {
    world.delete(job, None)?;
    world.event(cron, "SuccessfulDelete", format!("Deleted job {}", job.name()));
    Ok(())
}

/// The latest moment of the schedule that is due and was not served.
fn due(world: &mut World<'_>, cron: &Object, schedule: &Schedule) -> Option<Moment> {
    let last = moment_at(cron, &["status", "lastScheduleTime"]);
    let mut from = last.unwrap_or_else(|| meta::created(cron));
    if let Some(seconds) = cron.int_at(&["spec", "startingDeadlineSeconds"]) {
        let earliest = world.now.unix_seconds() - seconds;
        from = from.max(Moment::from_unix_seconds(earliest));
    }
    let mut found = None;
    for _ in 0..=MOST_MISSED {
        match schedule.next(found.unwrap_or(from)) {
            Some(moment) if moment <= world.now => found = Some(moment),
            _ => return found,
        }
    }
    let message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    world.warn(cron, "TooManyMissedTimes", message);
    latest_before(schedule, world.now)
}

/// The last moment of a schedule in the hour, day or month before now.
fn latest_before(schedule: &Schedule, now: Moment) -> Option<Moment> {
    for back in [3600, 86_400, 31 * 86_400] {
        let mut at = Moment::from_unix_seconds(now.unix_seconds() - back);
        let mut found = None;
        while let Some(moment) = schedule.next(at).filter(|moment| *moment <= now) {
            (found, at) = (Some(moment), moment);
        }
        if found.is_some() {
            return found;
        }
    }
    None
}

fn run_due(world: &mut World<'_>, cron: &mut Object, schedule: &Schedule) -> Done {
    let Some(moment) = due(world, cron, schedule) else { return Ok(()) };
    let active = cron.list_at(&["status", "active"]).to_vec();
    match cron.str_at(&["spec", "concurrencyPolicy"]) {
        Some("Forbid") if !active.is_empty() => {
            world.event(cron, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid");
            return Ok(());
        }
        Some("Replace") => {
            for one in &active {
                let name = one.str_at(&["name"]).unwrap_or_default();
                if let Some(job) = world.get(Kind::Job, cron.namespace(), name) {
                    remove(world, cron, &job)?;
                }
            }
            set_active(cron, Vec::new());
        }
        _ => {}
    }
    match world.create(blank(cron, moment).0) {
        Ok(job) => {
            world.event(cron, "SuccessfulCreate", format!("Created job {}", job.name()));
            let mut active = cron.list_at(&["status", "active"]).to_vec();
            active.push(reference(&job));
            set_active(cron, active);
        }
        Err(error) if error.already_exists() => {}
        Err(error) => {
            world.warn(cron, "FailedCreate", format!("Error creating job: {error}"));
            return Err(error);
        }
    }
    cron.set(&["status", "lastScheduleTime"], moment.rfc3339());
    world.update_status(cron).map(|_| ())
}

fn blank(cron: &Object, moment: Moment) -> Object {
    let template = cron.at(&["spec", "jobTemplate"]).cloned().unwrap_or_default();
    let mut job = Object(Value::from([("apiVersion", "batch/v1"), ("kind", "Job")]));
    let minutes = moment.unix_seconds() / 60;
    job.set(&["metadata", "name"], format!("{}-{minutes}", cron.name()));
    job.set(&["metadata", "namespace"], cron.namespace());
    for field in ["labels", "annotations"] {
        if let Some(value) = template.at(&["metadata", field]) {
            job.set(&["metadata", field], value.clone());
        }
    }
    let key = "batch.kubernetes.io/cronjob-scheduled-timestamp";
    job.set(&["metadata", "annotations", key], moment.rfc3339());
    job.set(&["metadata", "ownerReferences"], vec![meta::owner_reference(cron)]);
    job.set(&["spec"], template.at(&["spec"]).cloned().unwrap_or_else(Value::map));
    job
}
