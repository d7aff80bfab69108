//! Phase health: waiting until what was applied works.
//!
//! Rules from fluxcd/kustomize-controller (checkHealth) and fluxcd/pkg: ssa/manager_wait.

use std::time::Duration;

use client::Target;
use flux::parts::{Entry, State};
use flux::{FluxKind, reason};
use health::{HealthChecks, Status};
use objects::{Gvk, ObjectId};

use super::change::{Action, ChangeSet};
use super::failure::Failure;
use super::reconcile::Run;
use crate::caller::Client;
use crate::checks::compile;
use crate::wait::{Readers, SHORT_POLL, Waiter, Watched, timeout};

/// The compiled expressions of `spec.healthCheckExprs`.
pub(super) struct Checks(HealthChecks);

impl Run {
    pub(super) fn checks(&self) -> Result<Checks, String> {
        compile(self.ks.health_expressions()).map(Checks)
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
            watched.push(Watched::new(gvk, id, may_vanish));
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
        self.waiter(client, &checks.0).wait(watched, self.timeout()).await
    }

    fn waiter<'a>(&'a self, client: &'a Client, checks: &'a HealthChecks) -> Waiter<'a> {
        let world = &*self.world;
        Waiter { world, client, checks, readers: Readers::Jobs, fails_fast: true }
    }

    /// Waits until objects of an early stage are current: every two seconds, a minute at most.
    pub(super) async fn stage_is_current(
        &self,
        client: &Client,
        applied: &[Entry],
    ) -> Result<(), String> {
        let new = |entry: &Entry| Watched::new(entry.gvk(), entry.object.clone(), false);
        let mut watched: Vec<Watched> = applied.iter().map(new).collect();
        let none = HealthChecks::default();
        let waiter = self.waiter(client, &none);
        let deadline = self.world.clock.now() + Duration::from_secs(60);
        loop {
            waiter.look_at(&mut watched).await;
            if watched.iter().all(|object| object.is(Status::Current)) {
                return Ok(());
            }
            if self.world.clock.now() >= deadline {
                return Err(timeout(&watched));
            }
            self.world.clock.sleep(SHORT_POLL).await;
        }
    }
}
