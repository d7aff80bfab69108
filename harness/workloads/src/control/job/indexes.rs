//! Indexed jobs: which indexes are done, lost, or to be started.

use std::collections::BTreeSet;

use objects::{Object, Value};

use super::tally::Tally;
use crate::meta::{self, int, pod};

const INDEX: &str = "batch.kubernetes.io/job-completion-index";

/// Whether a job's pods have indexes.
pub(super) fn is_indexed(job: &Object) -> bool {
    job.str_at(&["spec", "completionMode"]) == Some("Indexed")
}

/// The index of a pod.
pub(super) fn of(one: &Object) -> Option<i64> {
    one.annotation(INDEX)?.parse().ok()
}

/// Indexes with a pod that succeeded.
pub(super) fn done(job: &Object, pods: &[Object]) -> Vec<i64> {
    let mut done: BTreeSet<i64> = parse(job.str_at(&["status", "completedIndexes"]));
    done.extend(pods.iter().filter(|one| pod::phase(one) == "Succeeded").filter_map(of));
    done.into_iter().collect()
}

/// Indexes that have failed too often (`backoffLimitPerIndex`).
pub(super) fn lost(job: &Object, pods: &[Object], done: &[i64]) -> Vec<i64> {
    let Some(limit) = job.int_at(&["spec", "backoffLimitPerIndex"]) else { return Vec::new() };
    let mut lost: BTreeSet<i64> = parse(job.str_at(&["status", "failedIndexes"]));
    for one in pods.iter().filter(|one| pod::phase(one) == "Failed") {
        let Some(index) = of(one) else { continue };
        if failures(one) >= limit && !done.contains(&index) {
            lost.insert(index);
        }
    }
    lost.into_iter().collect()
}

/// How often an index had failed before this pod.
fn failures(one: &Object) -> i64 {
    let noted = one.annotation("batch.kubernetes.io/job-index-failure-count");
    noted.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// The next indexes to start.
pub(super) fn missing(job: &Object, tally: &Tally, count: i64) -> Vec<i64> {
    let total = int(job, &["spec", "completions"], 0);
    let busy: BTreeSet<i64> = tally.active.iter().filter_map(of).collect();
    let free = |index: &i64| {
        !busy.contains(index) && !tally.done.contains(index) && !tally.lost.contains(index)
    };
    (0..total).filter(free).take(usize::try_from(count).unwrap_or(0)).collect()
}

/// Marks a pod with its index.
pub(super) fn mark(job: &Object, one: &mut Object, index: i64, tally: &Tally) {
    let text = index.to_string();
    one.set(&["metadata", "annotations", INDEX], text.as_str());
    one.set(&["metadata", "labels", INDEX], text.as_str());
    one.set(&["metadata", "generateName"], format!("{}-{index}-", job.name()));
    one.set(&["spec", "hostname"], format!("{}-{index}", job.name()));
    if job.at(&["spec", "backoffLimitPerIndex"]).is_some() {
        let failed = tally.failures.iter().filter(|pod| of(pod) == Some(index)).count();
        let key = "batch.kubernetes.io/job-index-failure-count";
        one.set(&["metadata", "annotations", key], failed.to_string());
    }
    for list in ["initContainers", "containers"] {
        let mut containers = one.list_at(&["spec", list]).to_vec();
        for container in &mut containers {
            with_variable(container);
        }
        if !containers.is_empty() {
            one.set(&["spec", list], containers);
        }
    }
}

fn with_variable(container: &mut Value) {
    let name = "JOB_COMPLETION_INDEX";
    let mut env = container.list_at(&["env"]).to_vec();
    if env.iter().any(|one| one.str_at(&["name"]) == Some(name)) {
        return;
    }
    let mut variable = Value::from([("name", name)]);
    let path = format!("metadata.labels['{INDEX}']");
    variable.set(&["valueFrom", "fieldRef", "fieldPath"], path);
    env.push(variable);
    container.set(&["env"], env);
}

/// Writes the indexes into the status.
pub(super) fn write(job: &Object, status: &mut Value, tally: &Tally) {
    let text = format(&tally.done);
    if text.is_empty() {
        status.remove(&["completedIndexes"]);
    } else {
        status.set(&["completedIndexes"], text);
    }
    meta::set_count(status, "succeeded", tally.done.len() as i64);
    if job.at(&["spec", "backoffLimitPerIndex"]).is_some() {
        status.set(&["failedIndexes"], format(&tally.lost));
    }
}

fn parse(text: Option<&str>) -> BTreeSet<i64> {
    let mut indexes = BTreeSet::new();
    for part in text.unwrap_or_default().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.parse::<i64>(), last.parse::<i64>()) {
            indexes.extend(first..=last.min(first.saturating_add(100_000)));
        }
    }
    indexes
}

/// As Kubernetes writes indexes: `0-2,4,6-7` (two in a row with a comma).
fn format(indexes: &[i64]) -> String {
    let mut parts = Vec::new();
    let mut at = 0;
    while at < indexes.len() {
        let mut end = at;
        while end + 1 < indexes.len() && indexes[end + 1] == indexes[end] + 1 {
            end += 1;
        }
        match end - at {
            0 => parts.push(indexes[at].to_string()),
            1 => parts.push(format!("{},{}", indexes[at], indexes[end])),
            _ => parts.push(format!("{}-{}", indexes[at], indexes[end])),
        }
        at = end + 1;
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use super::{format, parse};

    #[test]
    fn indexes_are_written_as_ranges_of_three_or_more() {
        for text in ["", "0", "0,1", "0-2", "0-2,4,6,7", "3,5-9"] {
            let indexes: Vec<i64> = parse(Some(text)).into_iter().collect();
            assert_eq!(format(&indexes), text);
        }
    }
}
