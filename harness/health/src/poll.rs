//! Objects as Flux polls them: some kinds are judged together with what they made.
//!
//! Source: fluxcd/cli-utils `pkg/kstatus/polling/statusreaders`. The caller
//! lists what [`related_kinds`] names; nothing is read from here.

use clock::Moment;
use objects::{Gvk, Object};

use crate::selector::Selector;
use crate::{Health, HealthError, Status, compute, pod};

/// What polling says of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Polled {
    /// The object.
    pub object: Object,
    /// The verdict; `Unknown` with an empty message where reading failed.
    pub health: Health,
    /// Why reading failed.
    pub error: Option<HealthError>,
    /// What is known of the objects it made, by name.
    pub generated: Vec<Polled>,
}

impl Polled {
    fn new(object: &Object, verdict: Result<Health, HealthError>, generated: Vec<Self>) -> Self {
        let (health, error) = match verdict {
            Ok(health) => (health, None),
            Err(error) => (Health::plain(Status::Unknown, ""), Some(error)),
        };
        Self { object: object.clone(), health, error, generated }
    }
}

/// The kinds whose objects in the same namespace [`poll`] wants to see; empty for most kinds.
#[must_use]
pub fn related_kinds(object: &Object) -> Vec<Gvk> {
    let pods = Gvk::new("", "v1", "Pod");
    match reader(object) {
        Reader::Deployment => vec![Gvk::new("apps", "v1", "ReplicaSet"), pods],
        Reader::Pods => vec![pods],
        Reader::Plain => Vec::new(),
    }
}

/// The verdict on an object as the poller's reader for its kind gives it.
///
/// `related` may hold more than the object's own ReplicaSets and pods;
/// namespace and selector decide.
#[must_use]
pub fn poll(object: &Object, related: &[Object], now: Moment) -> Polled {
    match reader(object) {
        Reader::Deployment => deployment(object, related, now),
        Reader::Pods => with_pods(object, related, now),
        Reader::Plain => Polled::new(object, compute(object, now), Vec::new()),
    }
}

enum Reader {
    Deployment,
    Pods,
    Plain,
}

fn reader(object: &Object) -> Reader {
    let group = object.api_version().split_once('/').map_or("", |(group, _)| group);
    match (group, object.kind()) {
        ("apps", "Deployment") => Reader::Deployment,
        ("apps", "StatefulSet" | "ReplicaSet") => Reader::Pods,
        _ => Reader::Plain,
    }
}

/// The ReplicaSets are looked at, but only the Deployment's own status counts.
fn deployment(object: &Object, related: &[Object], now: Moment) -> Polled {
    let sets = match selected(object, related, "ReplicaSet") {
        Ok(sets) => sets,
        Err(error) => return Polled::new(object, Err(error), Vec::new()),
    };
    let generated = sets.into_iter().map(|set| with_pods(set, related, now)).collect();
    Polled::new(object, compute(object, now), generated)
}

/// In progress with a failed pod is failed; pods that found no node do not count.
fn with_pods(object: &Object, related: &[Object], now: Moment) -> Polled {
    let pods = match selected(object, related, "Pod") {
        Ok(pods) => pods,
        Err(error) => return Polled::new(object, Err(error), Vec::new()),
    };
    let judge = |pod: &Object| Polled::new(pod, compute(pod, now), Vec::new());
    let generated: Vec<Polled> = pods.into_iter().map(judge).collect();
    let failed = generated
        .iter()
        .filter(|pod| pod.health.status == Status::Failed && !pod::unschedulable(&pod.object));
    let failed = failed.count();
    let verdict = compute(object, now).map(|health| match health.status {
        Status::InProgress if failed > 0 => {
            Health::plain(Status::Failed, format!("{failed} pods have failed"))
        }
        _ => health,
    });
    Polled::new(object, verdict, generated)
}

fn selected<'a>(
    object: &Object,
    related: &'a [Object],
    kind: &str,
) -> Result<Vec<&'a Object>, HealthError> {
    let selector = Selector::of(object)?;
    let fits = |other: &&Object| {
        other.kind() == kind && other.namespace() == object.namespace() && selector.matches(other)
    };
    let mut found: Vec<_> = related.iter().filter(fits).collect();
    found.sort_by(|a, b| a.name().cmp(b.name()));
    Ok(found)
}
