//! Waiting until objects are as they should be, or gone.
//!
//! Rules from fluxcd/pkg: ssa/manager_wait and fluxcd/cli-utils: kstatus/polling. The poller
//! looks at once and then every five seconds; what is deleted is looked at every two.

use std::time::Duration;

use client::{Options, Target};
use health::{HealthChecks, Polled, Status};
use objects::{Gvk, Object, ObjectId};

use crate::caller::Client;
use crate::world::World;

/// How often the objects are looked at.
const POLL: Duration = Duration::from_secs(5);
/// How often a deletion is looked at.
pub(crate) const SHORT_POLL: Duration = Duration::from_secs(2);

/// Who says how a kind is, besides the expressions of the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// kstatus' own rules.
    Plain,
    /// A Job is current once it is complete.
    Jobs,
    /// Jobs and Pods are current once they are complete; everything else always is.
    Hooks,
}

/// One object to look at, and what was last seen of it.
pub(crate) struct Watched {
    pub(crate) gvk: Gvk,
    pub(crate) id: ObjectId,
    pub(crate) may_vanish: bool,
    seen: Option<(Status, String)>,
}

impl Watched {
    pub(crate) fn new(gvk: Gvk, id: ObjectId, may_vanish: bool) -> Self {
        Self { gvk, id, may_vanish, seen: None }
    }

    pub(crate) fn is(&self, status: Status) -> bool {
        self.seen.as_ref().is_some_and(|(seen, _)| *seen == status)
    }
}

/// A client that waits.
pub(crate) struct Waiter<'a> {
    pub(crate) world: &'a World,
    pub(crate) client: &'a Client,
    pub(crate) checks: &'a HealthChecks,
    pub(crate) readers: Readers,
    /// Whether the first failure ends the wait.
    pub(crate) fails_fast: bool,
}

impl Waiter<'_> {
    /// Polls until all is well, something failed for good, or the time is over.
    pub(crate) async fn wait(
        &self,
        watched: &mut [Watched],
        limit: Duration,
    ) -> Result<(), String> {
        let clock = &self.world.clock;
        let deadline = clock.now() + limit;
        loop {
            self.look_at(watched).await;
            if watched.iter().all(|object| object.is(Status::Current)) {
                return Ok(());
            }
            let failed = watched.iter().filter(|object| object.is(Status::Failed)).count();
            let done = |object: &Watched| object.is(Status::Failed) || object.is(Status::Current);
            if failed > 0 && (self.fails_fast || watched.iter().all(done)) {
                let failed = watched.iter().filter(|object| object.is(Status::Failed));
                return Err(format!("failed early due to stalled resources: [{}]", items(failed)));
            }
            let next = clock.now() + POLL;
            clock.sleep_until(next.min(deadline)).await;
            if clock.now() >= deadline {
                return Err(timeout(watched));
            }
        }
    }

    pub(crate) async fn look_at(&self, watched: &mut [Watched]) {
        for object in watched {
            let seen = self.look(object).await;
            object.seen = Some(seen);
        }
    }

    async fn look(&self, object: &Watched) -> (Status, String) {
        let Watched { gvk, id, may_vanish, .. } = object;
        if self.client.resource(gvk).await.is_err() {
            let problem = format!("no matches for kind {:?} in group {:?}", gvk.kind, gvk.group);
            return (Status::Unknown, problem);
        }
        let target = Target::new(gvk.clone(), &id.namespace, &id.name);
        let live = match self.client.get(target).await {
            Ok(live) => live,
            Err(status) if status.is_not_found() && *may_vanish => {
                return (Status::Current, String::new());
            }
            Err(status) if status.is_not_found() => return (Status::NotFound, String::new()),
            Err(status) => return (Status::Unknown, status.to_string()),
        };
        self.judge(&live).await
    }

    async fn judge(&self, live: &Object) -> (Status, String) {
        let kind = live.gvk().group_kind();
        if let Some(expressions) = self.checks.for_kind(&kind) {
            return match expressions.evaluate(live) {
                Ok(health) => (health.status, String::new()),
                Err(problem) => (Status::Unknown, problem.to_string()),
            };
        }
        let is_job = kind.group == "batch" && kind.kind == "Job";
        if is_job && self.readers != Readers::Plain {
            return (health::job_reader(live).status, String::new());
        }
        if self.readers == Readers::Hooks {
            let is_pod = kind.group.is_empty() && kind.kind == "Pod";
            let status = if is_pod { hook_pod(live) } else { Status::Current };
            return (status, String::new());
        }
        let now = self.world.clock.now();
        let mut related = Vec::new();
        // A Deployment is judged by its own status, whatever its pods do.
        let by_pods = kind.kind != "Deployment"
            && !matches!(health::compute(live, now), Ok(health) if health.status == Status::Current);
        if by_pods {
            for gvk in health::related_kinds(live) {
                let options = Options::default();
                let list = self.client.list(&gvk, live.namespace(), options).await;
                related.extend(list.unwrap_or_default());
            }
        }
        let Polled { health, error, .. } = health::poll(live, &related, now);
        (health.status, error.map(|error| error.to_string()).unwrap_or_default())
    }
}

/// A Pod of a hook is done once it has ended (fluxcd/helm-controller: `pod_status_reader`).
fn hook_pod(pod: &Object) -> Status {
    match pod.str_at(&["status", "phase"]) {
        Some("Succeeded") => Status::Current,
        Some("Failed") => Status::Failed,
        _ => Status::InProgress,
    }
}

/// What a wait says when its time is over.
pub(crate) fn timeout(watched: &[Watched]) -> String {
    let late = watched.iter().filter(|object| !object.is(Status::Current));
    format!("timeout waiting for: [{}]", items(late))
}

fn items<'a>(watched: impl Iterator<Item = &'a Watched>) -> String {
    let item = |object: &Watched| match &object.seen {
        None => format!("can't determine status for {}", object.id),
        Some((status, error)) if error.is_empty() => format!("{} status: '{status}'", object.id),
        Some((status, error)) => format!("{} status: '{status}': {error}", object.id),
    };
    let mut items: Vec<String> = watched.map(item).collect();
    items.sort();
    items.join(", ")
}

/// Waits until objects are gone, one after the other; the first that stays too long is the problem.
pub(crate) async fn until_gone(
    world: &World,
    client: &Client,
    objects: &[(Gvk, ObjectId)],
    limit: Duration,
) -> Result<(), String> {
    let deadline = world.clock.now() + limit;
    for (gvk, id) in objects {
        let target = Target::new(gvk.clone(), &id.namespace, &id.name);
        while client.get(target.clone()).await.is_ok() {
            let next = world.clock.now() + SHORT_POLL;
            world.clock.sleep_until(next.min(deadline)).await;
            if world.clock.now() >= deadline {
                return Err(format!("{id} termination timeout: context deadline exceeded"));
            }
        }
    }
    Ok(())
}
