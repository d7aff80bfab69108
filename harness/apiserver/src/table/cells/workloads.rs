//! Cells of workloads.

use clock::Moment;
use objects::{Object, Value};

use super::{age, containers, human, number, selector};
use crate::catalogue::Kind;

/// The cells, for a workload kind.
pub(crate) fn cells(now: Moment, kind: &Kind, object: &Object) -> Option<Vec<Value>> {
    match (kind.gvk.group.as_str(), kind.gvk.kind.as_str()) {
        ("apps", "Deployment") => Some(deployment(now, object)),
        ("apps", "StatefulSet") => Some(stateful_set(now, object)),
        ("apps", "DaemonSet") => Some(daemon_set(now, object)),
        ("apps", "ReplicaSet") | ("", "ReplicationController") => Some(replica_set(now, object)),
        ("apps", "ControllerRevision") => Some(revision(now, object)),
        ("batch", "Job") => Some(job(now, object)),
        ("batch", "CronJob") => Some(cron_job(now, object)),
        ("", "Pod") => Some(super::core::pod(now, object)),
        _ => None,
    }
}

fn made(now: Moment, object: &Object) -> Value {
    age(now, object.str_at(&["metadata", "creationTimestamp"]))
}

const TEMPLATE: [&str; 3] = ["spec", "template", "spec"];

fn deployment(now: Moment, object: &Object) -> Vec<Value> {
    let (names, images) = containers(object.at(&TEMPLATE));
    let ready = number(object, &["status", "readyReplicas"]);
    let wanted = number(object, &["spec", "replicas"]);
    vec![
        object.name().into(),
        format!("{ready}/{wanted}").into(),
        number(object, &["status", "updatedReplicas"]).into(),
        number(object, &["status", "availableReplicas"]).into(),
        made(now, object),
        names,
        images,
        selector(object.at(&["spec", "selector"])).into(),
    ]
}

fn stateful_set(now: Moment, object: &Object) -> Vec<Value> {
    let (names, images) = containers(object.at(&TEMPLATE));
    let ready = number(object, &["status", "readyReplicas"]);
    let wanted = number(object, &["spec", "replicas"]);
    let ready = format!("{ready}/{wanted}").into();
    vec![object.name().into(), ready, made(now, object), names, images]
}

fn daemon_set(now: Moment, object: &Object) -> Vec<Value> {
    let (names, images) = containers(object.at(&TEMPLATE));
    let status = |key: &str| Value::Int(number(object, &["status", key]));
    vec![
        object.name().into(),
        status("desiredNumberScheduled"),
        status("currentNumberScheduled"),
        status("numberReady"),
        status("updatedNumberScheduled"),
        status("numberAvailable"),
        super::labels(object.at(&["spec", "template", "spec", "nodeSelector"])).into(),
        made(now, object),
        names,
        images,
        selector(object.at(&["spec", "selector"])).into(),
    ]
}

fn replica_set(now: Moment, object: &Object) -> Vec<Value> {
    let (names, images) = containers(object.at(&TEMPLATE));
    let plain = object.kind() == "ReplicationController";
    let chosen = object.at(&["spec", "selector"]);
    vec![
        object.name().into(),
        number(object, &["spec", "replicas"]).into(),
        number(object, &["status", "replicas"]).into(),
        number(object, &["status", "readyReplicas"]).into(),
        made(now, object),
        names,
        images,
        if plain { super::labels(chosen).into() } else { selector(chosen).into() },
    ]
}

fn revision(now: Moment, object: &Object) -> Vec<Value> {
    let owner = object
        .list_at(&["metadata", "ownerReferences"])
        .iter()
        .find(|owner| owner.bool_at(&["controller"]) == Some(true));
    let owner = owner.map_or_else(
        || "<none>".to_owned(),
        |owner| {
            let kind = owner.str_at(&["kind"]).unwrap_or_default().to_lowercase();
            let version = owner.str_at(&["apiVersion"]).unwrap_or_default();
            let group = version.split_once('/').map(|(group, _)| format!(".{group}"));
            let name = owner.str_at(&["name"]).unwrap_or_default();
            format!("{kind}{}/{name}", group.unwrap_or_default())
        },
    );
    let number = number(object, &["revision"]).into();
    vec![object.name().into(), owner.into(), number, made(now, object)]
}

fn job(now: Moment, object: &Object) -> Vec<Value> {
    let (names, images) = containers(object.at(&TEMPLATE));
    let done = number(object, &["status", "succeeded"]);
    let completions = match object.int_at(&["spec", "completions"]) {
        Some(wanted) => format!("{done}/{wanted}"),
        None => match number(object, &["spec", "parallelism"]) {
            parallel if parallel > 1 => format!("{done}/1 of {parallel}"),
            _ => format!("{done}/1"),
        },
    };
    let start = object.str_at(&["status", "startTime"]).and_then(Moment::parse);
    let end = object.str_at(&["status", "completionTime"]).and_then(Moment::parse);
    let duration = match (start, end) {
        (Some(start), Some(end)) => human(end.since(start).as_secs()),
        (Some(start), None) => human(now.since(start).as_secs()),
        (None, _) => String::new(),
    };
    let is =
        |kind: &str| object.condition(kind).is_some_and(|c| c.str_at(&["status"]) == Some("True"));
    let status = if is("Complete") {
        "Complete"
    } else if is("Failed") {
        "Failed"
    } else if object.is_deleting() {
        "Terminating"
    } else if is("Suspended") {
        "Suspended"
    } else if is("FailureTarget") {
        "FailureTarget"
    } else if is("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    };
    vec![
        object.name().into(),
        status.into(),
        completions.into(),
        duration.into(),
        made(now, object),
        names,
        images,
        selector(object.at(&["spec", "selector"])).into(),
    ]
}

fn cron_job(now: Moment, object: &Object) -> Vec<Value> {
    let spec = object.at(&["spec", "jobTemplate", "spec", "template", "spec"]);
    let (names, images) = containers(spec);
    let last = object.str_at(&["status", "lastScheduleTime"]);
    let last = last.map_or_else(|| Value::from("<none>"), |time| age(now, Some(time)));
    let suspended = object.bool_at(&["spec", "suspend"]).unwrap_or(false);
    vec![
        object.name().into(),
        object.str_at(&["spec", "schedule"]).unwrap_or_default().into(),
        object.str_at(&["spec", "timeZone"]).unwrap_or("<none>").into(),
        if suspended { "True" } else { "False" }.into(),
        (object.list_at(&["status", "active"]).len() as i64).into(),
        last,
        made(now, object),
        names,
        images,
        "<none>".into(),
    ]
}
