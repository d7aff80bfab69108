//! How an action waits: for objects to be ready, for hooks to end, for objects to go.
//!
//! Rules from fluxcd/helm-controller: internal/action/wait, and for the legacy strategy from
//! helm/helm: pkg/kube/wait.

use std::time::Duration;

use health::Status;
use objects::{Gvk, ObjectId};

use super::{Actions, Problem, Resource, Strategy, Waits};
use crate::wait::{Readers, Waiter, Watched, until_gone};

/// How often Helm 3's waiter looks.
const LEGACY_POLL: Duration = Duration::from_secs(2);

impl Actions {
    /// Waits until resources are ready.
    ///
    /// # Errors
    /// What the waiter says of those that are not.
    pub(super) async fn wait(&self, resources: &[Resource], waits: &Waits) -> Result<(), Problem> {
        let readers = if waits.jobs { Readers::Jobs } else { Readers::Plain };
        let waited = match waits.strategy {
            Strategy::HookOnly => Ok(()),
            Strategy::Poller => self.poll(resources, readers, true, waits.timeout).await,
            Strategy::Legacy => self.legacy(resources, readers, waits.timeout).await,
        };
        waited.map_err(Problem::Failed)
    }

    /// Waits until what a hook made has ended.
    pub(super) async fn wait_for_hook(
        &self,
        resources: &[Resource],
        waits: &Waits,
    ) -> Result<(), String> {
        self.poll(resources, Readers::Hooks, false, waits.timeout).await
    }

    /// Waits until resources are gone.
    pub(super) async fn wait_for_deletion(
        &self,
        resources: &[Resource],
        waits: &Waits,
    ) -> Result<(), String> {
        if waits.strategy == Strategy::HookOnly {
            return Ok(());
        }
        let objects: Vec<(Gvk, ObjectId)> =
            resources.iter().map(|resource| (resource.gvk.clone(), resource.id())).collect();
        until_gone(&self.world, &self.client, &objects, waits.timeout).await
    }

    async fn poll(
        &self,
        resources: &[Resource],
        readers: Readers,
        fails_fast: bool,
        limit: Duration,
    ) -> Result<(), String> {
        let mut watched: Vec<Watched> =
            resources.iter().filter(|resource| !is_paused(resource)).map(watch).collect();
        if resources.iter().any(is_job) {
            self.world.work(self.world.settings.costs.apply).await;
        }
        self.waiter(readers, fails_fast).wait(&mut watched, limit).await
    }

    fn waiter(&self, readers: Readers, fails_fast: bool) -> Waiter<'_> {
        let (world, client, checks) = (&*self.world, &self.client, &*self.checks);
        Waiter { world, client, checks, readers, fails_fast }
    }

    async fn legacy(
        &self,
        resources: &[Resource],
        readers: Readers,
        limit: Duration,
    ) -> Result<(), String> {
        let clock = &self.world.clock;
        let deadline = clock.now() + limit;
        let waiter = self.waiter(readers, false);
        let mut watched: Vec<Watched> =
            resources.iter().filter(|resource| !is_paused(resource)).map(watch).collect();
        loop {
            waiter.look_at(&mut watched).await;
            if watched.iter().all(|object| object.is(Status::Current)) {
                return Ok(());
            }
            if clock.now() + LEGACY_POLL > deadline {
                clock.sleep_until(deadline).await;
                return Err("context deadline exceeded".to_owned());
            }
            clock.sleep(LEGACY_POLL).await;
        }
    }
}

fn is_paused(resource: &Resource) -> bool {
    resource.gvk == Gvk::new("apps", "v1", "Deployment")
        && resource.object.bool_at(&["spec", "paused"]) == Some(true)
}

fn is_job(resource: &Resource) -> bool {
    resource.gvk == Gvk::new("batch", "v1", "Job")
}

fn watch(resource: &Resource) -> Watched {
    let vanishes = resource.object.int_at(&["spec", "ttlSecondsAfterFinished"]).is_some();
    Watched::new(resource.gvk.clone(), resource.id(), is_job(resource) && vanishes)
}
