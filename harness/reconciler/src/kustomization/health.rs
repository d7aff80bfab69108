//! Phase health: waiting until what was applied works.
//!
//! Rules from fluxcd/kustomize-controller (checkHealth) and fluxcd/pkg: ssa/manager_wait.

use std::time::Duration;

use client::{Options, Target, Verb};
use flux::parts::{Entry, State};
use flux::{FluxKind, reason};
use health::{CheckExpressions, HealthChecks, Polled, Status};
use objects::{Gvk, Object, ObjectId};

use super::change::{Action, ChangeSet};
use super::failure::Failure;
use super::reconcile::Run;
use super::target::Client;

/// How often the objects are looked at.
const POLL: Duration = Duration::from_secs(5);

/// The compiled expressions of `spec.healthCheckExprs`.
pub(super) struct Checks(HealthChecks);

/// One object to look at, and what was last seen of it.
pub(super) struct Watched {
    gvk: Gvk,
    id: ObjectId,
    seen: Option<(Status, String)>,
    may_vanish: bool,
}

impl Run {
    pub(super) fn checks(&self) -> Result<Checks, String> {
        let expressions = self.ks.health_expressions().into_iter();
        let written: Vec<CheckExpressions> = expressions
            .map(|check| CheckExpressions {
                api_version: check.api_version,
                kind: check.kind,
                current: check.current,
                failed: check.failed,
                in_progress: check.in_progress,
            })
            .collect();
        HealthChecks::compile(&written).map(Checks).map_err(|problem| problem.to_string())
    }

    pub(super) async fn check_health(
        &mut self,
        client: &Client,
        changes: &ChangeSet,
        checks: &Checks,
    ) -> Result<(), Failure> {
        let mut watched = self.to_watch(client, changes).await;
        if watched.is_empty() {
            self.conditions.delete("Healthy");
            return Ok(());
        }
        let was_healthy = self.conditions.is_true("Healthy");
        let message = self.progress_text("Running health checks");
        self.stamped().set("Healthy", State::Unknown, reason::PROGRESSING, &message);
        self.progress("Running health checks").await;
        let began = self.world.clock.now();
        let waited = self.wait(client, &mut watched, checks).await;
        let elapsed = self.world.measured(began);
        if let Err(problem) = waited {
            self.stamped().set("Healthy", State::False, reason::HEALTH_CHECK_FAILED, &problem);
            return Err(Failure::health(format!("health check failed after {elapsed}: {problem}")));
        }
        let message = format!("Health check passed in {elapsed}");
        let is_new = self.ks.status_text("lastAppliedRevision") != Some(&self.revision);
        if !was_healthy || (is_new && !changes.written().is_empty()) {
            self.event(false, &message).await;
        }
        self.stamped().set("Healthy", State::True, reason::SUCCEEDED, &message);
        self.save().await;
        Ok(())
    }

    /// Everything applied with `wait`, else what `healthChecks` lists; never the Kustomization itself.
    async fn to_watch(&self, client: &Client, changes: &ChangeSet) -> Vec<Watched> {
        let listed: Vec<(Gvk, ObjectId)> = if self.ks.waits() {
            let applied = changes.0.iter().filter(|change| change.action != Action::Skipped);
            applied.map(|change| (change.entry.gvk(), change.entry.object.clone())).collect()
        } else {
            let checks = self.ks.health_checks().into_iter();
            checks
                .map(|check| {
                    (Gvk::from_api_version(&check.api_version, &check.id.kind.kind), check.id)
                })
                .collect()
        };
        let own = self.ks.0.id();
        let mut watched = Vec::with_capacity(listed.len());
        for (gvk, id) in listed.into_iter().filter(|(_, id)| *id != own) {
            let may_vanish = id.kind.kind == "Job" && self.has_ttl(client, &gvk, &id).await;
            self.note_standing(&gvk, &id);
            watched.push(Watched { gvk, id, seen: None, may_vanish });
        }
        watched
    }

    async fn has_ttl(&self, client: &Client, gvk: &Gvk, id: &ObjectId) -> bool {
        let target = Target::new(gvk.clone(), &id.namespace, &id.name);
        let job = client.get(target).await.ok();
        job.is_some_and(|job| job.int_at(&["spec", "ttlSecondsAfterFinished"]).is_some())
    }

    /// What waits for an object whose controller is not built cannot be known either.
    fn note_standing(&self, gvk: &Gvk, id: &ObjectId) {
        let kind = FluxKind::of_gvk(gvk);
        if kind.is_some() && self.world.notes.borrow().contains(id) {
            self.world.note(self.ks.0.id(), format!("it waits for {id}, whose state is unknown"));
        }
    }

    /// Polls until all is well, something failed for good, or the time is over.
    async fn wait(
        &self,
        client: &Client,
        watched: &mut [Watched],
        checks: &Checks,
    ) -> Result<(), String> {
        for object in watched.iter() {
            let resource = client.resource(&object.gvk).await;
            if resource.is_ok_and(|r| r.namespaced) && object.id.namespace.is_empty() {
                let (kind, name) = (&object.id.kind, &object.id.name);
                return Err(format!(
                    "resource {kind} {name} is namespace scoped, but namespace is not set"
                ));
            }
        }
        let deadline = self.world.clock.now() + self.timeout();
        loop {
            for object in watched.iter_mut() {
                let (status, error) = self.look(client, object, checks).await;
                object.seen = Some((status, error));
            }
            let failed = watched.iter().any(|object| object.is(Status::Failed));
            let current = watched.iter().all(|object| object.is(Status::Current));
            if current {
                return Ok(());
            }
            if failed {
                let failed = watched.iter().filter(|object| object.is(Status::Failed));
                return Err(format!("failed early due to stalled resources: [{}]", items(failed)));
            }
            let next = self.world.clock.now() + POLL;
            self.world.clock.sleep_until(next.min(deadline)).await;
            if self.world.clock.now() >= deadline {
                let late = watched.iter().filter(|object| !object.is(Status::Current));
                return Err(format!("timeout waiting for: [{}]", items(late)));
            }
        }
    }

    async fn look(&self, client: &Client, object: &Watched, checks: &Checks) -> (Status, String) {
        let Watched { gvk, id, may_vanish, .. } = object;
        if client.resource(gvk).await.is_err() {
            let problem = format!("no matches for kind {:?} in group {:?}", gvk.kind, gvk.group);
            return (Status::Unknown, problem);
        }
        let target = Target::new(gvk.clone(), &id.namespace, &id.name);
        let live = match client.get(target).await {
            Ok(live) => live,
            Err(status) if status.is_not_found() && *may_vanish => {
                return (Status::Current, String::new());
            }
            Err(status) if status.is_not_found() => return (Status::NotFound, String::new()),
            Err(status) => return (Status::Unknown, status.to_string()),
        };
        self.judge(client, &live, checks).await
    }

    async fn judge(&self, client: &Client, live: &Object, checks: &Checks) -> (Status, String) {
        let kind = live.gvk().group_kind();
        let custom = checks.0.for_kind(&kind);
        let is_job = kind.group == "batch" && kind.kind == "Job";
        if let Some(expressions) = custom {
            return match expressions.evaluate(live) {
                Ok(health) => (health.status, String::new()),
                Err(problem) => (Status::Unknown, problem.to_string()),
            };
        }
        if is_job {
            return (health::job_reader(live).status, String::new());
        }
        let mut related = Vec::new();
        if !matches!(health::compute(live, self.world.clock.now()), Ok(health) if health.status == Status::Current)
        {
            for gvk in health::related_kinds(live) {
                related.extend(list(client, gvk, live.namespace()).await);
            }
        }
        let Polled { health, error, .. } = health::poll(live, &related, self.world.clock.now());
        (health.status, error.map(|error| error.to_string()).unwrap_or_default())
    }

    /// Waits until objects of an early stage are current: every two seconds, a minute at most.
    pub(super) async fn stage_is_current(
        &self,
        client: &Client,
        applied: &[Entry],
    ) -> Result<(), String> {
        let mut watched: Vec<Watched> = applied
            .iter()
            .map(|entry| Watched {
                gvk: entry.gvk(),
                id: entry.object.clone(),
                seen: None,
                may_vanish: false,
            })
            .collect();
        let none = Checks(HealthChecks::default());
        let deadline = self.world.clock.now() + Duration::from_secs(60);
        loop {
            for object in &mut watched {
                let (status, error) = self.look(client, object, &none).await;
                object.seen = Some((status, error));
            }
            if watched.iter().all(|object| object.is(Status::Current)) {
                return Ok(());
            }
            if self.world.clock.now() >= deadline {
                let late = watched.iter().filter(|object| !object.is(Status::Current));
                return Err(format!("timeout waiting for: [{}]", items(late)));
            }
            self.world.clock.sleep(super::reconcile::SHORT_POLL).await;
        }
    }
}

impl Watched {
    fn is(&self, status: Status) -> bool {
        self.seen.as_ref().is_some_and(|(seen, _)| *seen == status)
    }
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

async fn list(client: &Client, gvk: Gvk, namespace: &str) -> Vec<Object> {
    let target = Target::list(gvk.clone(), Some(namespace));
    let answer = client.call(Verb::List, target, None, Options::default()).await;
    let list = answer.map(|list| list.list_at(&["items"]).to_vec()).unwrap_or_default();
    let complete = |item: objects::Value| {
        let mut object = Object(item);
        object.set(&["apiVersion"], gvk.api_version());
        object.set(&["kind"], gvk.kind.as_str());
        object
    };
    list.into_iter().map(complete).collect()
}
