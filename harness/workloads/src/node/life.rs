//! The stages of a pod's life, by what it shows and how it is to behave.
//!
//! A stage is found from the status alone, so that a pod whose behaviour
//! changes goes on from where it stands.

use std::time::Duration;

use clock::Moment;
use objects::{Object, Value};

use crate::behaviour::PodLife;
use crate::meta::{int, pod};

/// From running to readiness or the next failure, where a behaviour has its own pace.
const CRASH_AFTER: Duration = Duration::from_secs(2);
const BACK_OFFS: [u64; 2] = [3, 5];
/// kubernetes: `--max-container-restart-period` and its beginning.
const BACK_OFF: Duration = Duration::from_secs(10);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(300);
const PULL_BACK_OFF: Duration = Duration::from_secs(2);

/// What a pod's containers show next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stage {
    /// The kubelet has seen the pod.
    Start,
    /// Running and ready.
    Ready,
    /// Running, not ready.
    Running,
    /// Waiting for a reason, with a message.
    Waiting(&'static str, String),
    /// Ended with this code and reason, and back in the queue.
    BackOff(i64, &'static str),
    /// Ended for good.
    Ended(i64, &'static str),
    /// Its node is gone; shows nothing.
    Homeless,
}

/// The next stage, and how long until then; `None` where the pod stays as it is.
pub(super) fn next(one: &Object, life: &PodLife, pause: Duration) -> Option<(Stage, Duration)> {
    if one.at(&["status", "startTime"]).is_none() {
        return Some((Stage::Start, Duration::ZERO));
    }
    if pod::is_finished(one) {
        return None;
    }
    let waiting = state(one, "waiting").and_then(|s| s.str_at(&["reason"]));
    match waiting {
        Some("ContainerCreating") => Some(first(life, pause)),
        Some(reason) => after_wait(one, life, reason, pause),
        None => running(one, life),
    }
}

fn state<'a>(one: &'a Object, kind: &str) -> Option<&'a Value> {
    one.list_at(&["status", "containerStatuses"]).first()?.at(&["state", kind])
}

fn first(life: &PodLife, pause: Duration) -> (Stage, Duration) {
    match life {
        PodLife::Ready(after) => (Stage::Ready, *after),
        PodLife::LateReady(_) | PodLife::NeverReady => (Stage::Running, pause),
        PodLife::ImagePull(message) => (Stage::Waiting("ErrImagePull", message.clone()), pause),
        PodLife::InvalidImage(message) => {
            (Stage::Waiting("InvalidImageName", message.clone()), pause)
        }
        PodLife::ConfigError(message) => {
            (Stage::Waiting("CreateContainerConfigError", message.clone()), pause)
        }
        _ => (Stage::Ready, pause),
    }
}

fn after_wait(
    one: &Object,
    life: &PodLife,
    reason: &str,
    pause: Duration,
) -> Option<(Stage, Duration)> {
    match (life, reason) {
        (PodLife::ImagePull(_), "ErrImagePull") => {
            let message = "Back-off pulling image".to_owned();
            Some((Stage::Waiting("ImagePullBackOff", message), PULL_BACK_OFF))
        }
        (PodLife::ImagePull(_), "ImagePullBackOff")
        | (PodLife::ConfigError(_), "CreateContainerConfigError")
        | (PodLife::InvalidImage(_), "InvalidImageName")
        | (PodLife::OutOfMemory, "CrashLoopBackOff") => None,
        (PodLife::Crash(..), "CrashLoopBackOff") => {
            let doublings = u32::try_from(restarts(one) - 1).unwrap_or(0).min(5);
            Some((Stage::Ready, (BACK_OFF * 2_u32.pow(doublings)).min(LONGEST_BACK_OFF)))
        }
        (PodLife::CrashLoop, "CrashLoopBackOff") => {
            let count = usize::try_from(restarts(one) - 1).unwrap_or(0);
            let wait = BACK_OFFS.get(count)?;
            Some((Stage::Ready, Duration::from_secs(*wait)))
        }
        // The behaviour has changed: the next try goes as it says.
        _ => Some(first(life, pause)),
    }
}

fn running(one: &Object, life: &PodLife) -> Option<(Stage, Duration)> {
    let ready = pod::is_ready(one);
    match life {
        PodLife::Ready(_) if !ready => Some((Stage::Ready, Duration::ZERO)),
        PodLife::LateReady(after) if !ready => Some((Stage::Ready, *after)),
        PodLife::NeverReady if ready => Some((Stage::Running, Duration::ZERO)),
        PodLife::Ready(_) | PodLife::LateReady(_) | PodLife::NeverReady => None,
        // An image or configuration matters to containers that start, not to running ones.
        PodLife::ImagePull(_) | PodLife::ConfigError(_) | PodLife::InvalidImage(_) => None,
        PodLife::Crash(times, ..) if restarts(one) >= i64::from(*times) => {
            (!ready).then_some((Stage::Ready, Duration::ZERO))
        }
        PodLife::Crash(_, code, after) => Some((Stage::BackOff(*code, "Error"), *after)),
        PodLife::CrashLoop => Some((Stage::BackOff(1, "Error"), CRASH_AFTER)),
        PodLife::OutOfMemory => Some(match one.str_at(&["spec", "restartPolicy"]) {
            Some("Never") => (Stage::Ended(137, "OOMKilled"), CRASH_AFTER),
            _ => (Stage::BackOff(137, "OOMKilled"), CRASH_AFTER),
        }),
        PodLife::Complete(after) => Some((Stage::Ended(0, "Completed"), *after)),
        PodLife::Fail(code, after) => Some((Stage::Ended(*code, "Error"), *after)),
        PodLife::Flap(period) => Some((if ready { Stage::Running } else { Stage::Ready }, *period)),
    }
}

fn restarts(one: &Object) -> i64 {
    let first = one.list_at(&["status", "containerStatuses"]).first();
    first.map_or(0, |status| int(status, &["restartCount"], 0))
}

/// The status that a stage gives a pod.
pub(super) fn status(one: &Object, stage: &Stage, now: Moment, addresses: &Addresses) -> Value {
    let mut status = one.at(&["status"]).cloned().unwrap_or_else(Value::map);
    let known = one.list_at(&["status", "containerStatuses"]).to_vec();
    let containers = one.list_at(&["spec", "containers"]).iter().enumerate();
    let containers: Vec<Value> = containers
        .map(|(at, container)| container_status(container, known.get(at), stage, now))
        .collect();
    status.set(&["containerStatuses"], containers);
    status.set(&["conditions"], conditions(one, stage, now));
    let phase = match stage {
        Stage::Start | Stage::Waiting(..) => "Pending",
        Stage::Ready | Stage::Running | Stage::BackOff(..) => "Running",
        Stage::Ended(0, _) => "Succeeded",
        Stage::Ended(..) | Stage::Homeless => "Failed",
    };
    status.set(&["phase"], phase);
    if *stage == Stage::Start {
        status.set(&["startTime"], now.rfc3339());
        if let Some(ip) = &addresses.host {
            status.set(&["hostIP"], ip.as_str());
            status.set(&["hostIPs"], vec![Value::from([("ip", ip.as_str())])]);
        }
    } else if status.at(&["podIP"]).is_none() {
        status.set(&["podIP"], addresses.pod.as_str());
        status.set(&["podIPs"], vec![Value::from([("ip", addresses.pod.as_str())])]);
    }
    status
}

/// Addresses of a pod and its node.
pub(super) struct Addresses {
    pub(super) host: Option<String>,
    pub(super) pod: String,
}

fn container_status(container: &Value, known: Option<&Value>, stage: &Stage, now: Moment) -> Value {
    let count = known.map_or(0, |known| int(known, &["restartCount"], 0));
    let last = known.and_then(|known| known.get("lastState")).cloned();
    let stamp = now.rfc3339();
    let ended = |code: i64, reason: &str| {
        Value::from([(
            "terminated",
            Value::from([
                ("exitCode", Value::Int(code)),
                ("reason", reason.into()),
                ("startedAt", stamp.as_str().into()),
                ("finishedAt", stamp.as_str().into()),
            ]),
        )])
    };
    let waiting = |reason: &str, message: &str| {
        let mut state = Value::from([("reason", reason)]);
        if !message.is_empty() {
            state.set(&["message"], message);
        }
        Value::from([("waiting", state)])
    };
    let running = || Value::from([("running", Value::from([("startedAt", stamp.as_str())]))]);
    let (ready, started, state) = match stage {
        Stage::Start => (false, false, waiting("ContainerCreating", "")),
        Stage::Ready => (true, true, running()),
        Stage::Running => (false, true, running()),
        Stage::Waiting(reason, message) => (false, false, waiting(reason, message)),
        Stage::BackOff(..) => {
            (false, false, waiting("CrashLoopBackOff", "back-off restarting failed container"))
        }
        Stage::Ended(code, reason) => (false, false, ended(*code, reason)),
        Stage::Homeless => (false, false, Value::map()),
    };
    let (count, last) = match stage {
        Stage::BackOff(code, reason) => (count + 1, Some(ended(*code, reason))),
        _ => (count, last),
    };
    Value::from([
        ("name", container.get("name").cloned().unwrap_or_default()),
        ("image", container.get("image").cloned().unwrap_or_default()),
        ("imageID", "".into()),
        ("ready", ready.into()),
        ("started", started.into()),
        ("restartCount", count.into()),
        ("state", state),
        ("lastState", last.unwrap_or_else(Value::map)),
    ])
}

const CONDITIONS: [&str; 4] =
    ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady"];

fn conditions(one: &Object, stage: &Stage, now: Moment) -> Vec<Value> {
    let known = one.list_at(&["status", "conditions"]);
    let names: Vec<&str> = one
        .list_at(&["spec", "containers"])
        .iter()
        .filter_map(|container| container.str_at(&["name"]))
        .collect();
    let unready = format!("containers with unready status: [{}]", names.join(" "));
    let mut list: Vec<Value> = CONDITIONS
        .iter()
        .map(|kind| {
            let (status, reason, message) = match (*kind, stage) {
                ("PodReadyToStartContainers", Stage::Start) => ("False", "", ""),
                ("PodReadyToStartContainers" | "Initialized", _) | (_, Stage::Ready) => {
                    ("True", "", "")
                }
                (_, Stage::Ended(0, _)) => ("False", "PodCompleted", ""),
                (_, Stage::Ended(..)) => ("False", "PodFailed", ""),
                _ => ("False", "ContainersNotReady", unready.as_str()),
            };
            condition(one, known, kind, (status, reason, message), now)
        })
        .collect();
    let others =
        known.iter().filter(|c| !CONDITIONS.contains(&c.str_at(&["type"]).unwrap_or_default()));
    list.extend(others.cloned());
    list
}

fn condition(
    one: &Object,
    known: &[Value],
    kind: &str,
    (status, reason, message): (&str, &str, &str),
    now: Moment,
) -> Value {
    let before = known.iter().find(|c| c.str_at(&["type"]) == Some(kind));
    let since = before
        .filter(|c| c.str_at(&["status"]) == Some(status))
        .and_then(|c| c.get("lastTransitionTime").cloned());
    let mut condition = Value::from([
        ("type", Value::from(kind)),
        ("status", status.into()),
        ("lastProbeTime", Value::Null),
        ("lastTransitionTime", since.unwrap_or_else(|| now.rfc3339().into())),
    ]);
    for (key, text) in [("reason", reason), ("message", message)] {
        if !text.is_empty() {
            condition.set(&[key], text);
        }
    }
    if one.generation() != 0 {
        condition.set(&["observedGeneration"], one.generation());
    }
    condition
}
