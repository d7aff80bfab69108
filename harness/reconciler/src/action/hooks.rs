//! Hooks: objects that are made at an event, run to their end, and go by their policies.
//!
//! Rules from helm/helm: pkg/action/hooks.

use client::Propagation;

use super::kube::Writing;
use super::{Actions, Release, Waits};

const BEFORE: &str = "before-hook-creation";
const SUCCEEDED: &str = "hook-succeeded";
const FAILED: &str = "hook-failed";

/// What goes once the hooks have ended: hook and policy, in order.
pub(super) struct Remains(Vec<(usize, &'static str)>);

impl Actions {
    /// Runs the hooks of an event and removes what their policies say.
    ///
    /// # Errors
    /// The first problem.
    pub(super) async fn run_hooks(
        &self,
        release: &mut Release,
        event: &str,
        waits: &Waits,
        server_side: bool,
    ) -> Result<(), String> {
        let (remains, result) = self.begin_hooks(release, event, waits, server_side).await;
        let removed = self.end_hooks(release, remains, waits).await;
        result.and(removed)
    }

    /// Runs the hooks of an event; what is to be removed comes back.
    pub(super) async fn begin_hooks(
        &self,
        release: &mut Release,
        event: &str,
        waits: &Waits,
        server_side: bool,
    ) -> (Remains, Result<(), String>) {
        let order = in_order(release, event);
        for (number, at) in order.iter().enumerate() {
            match self.run_hook(release, *at, event, waits, server_side).await {
                Ok(()) => {}
                Err(Ended::Before(problem)) => return (Remains(Vec::new()), Err(problem)),
                Err(Ended::Failed(problem)) => {
                    let earlier = order[..number].iter().map(|at| (*at, SUCCEEDED));
                    let remains = [(*at, FAILED)].into_iter().chain(earlier).collect();
                    return (Remains(remains), Err(problem));
                }
            }
        }
        let all = order.iter().rev().map(|at| (*at, SUCCEEDED)).collect();
        (Remains(all), Ok(()))
    }

    /// Removes what is to be removed.
    pub(super) async fn end_hooks(
        &self,
        release: &Release,
        remains: Remains,
        waits: &Waits,
    ) -> Result<(), String> {
        for (at, policy) in remains.0 {
            self.remove_hook(release, at, policy, waits).await?;
        }
        Ok(())
    }

    async fn run_hook(
        &self,
        release: &mut Release,
        at: usize,
        event: &str,
        waits: &Waits,
        server_side: bool,
    ) -> Result<(), Ended> {
        if release.hooks[at].delete_policies.is_empty() {
            release.hooks[at].delete_policies.push(BEFORE.to_owned());
        }
        self.remove_hook(release, at, BEFORE, waits).await.map_err(Ended::Before)?;
        let path = release.hooks[at].path.clone();
        let built = self.build(&release.hooks[at].manifest).await.map_err(|problem| {
            Ended::Before(format!(
                "unable to build kubernetes object for {event} hook {path}: {problem}"
            ))
        })?;
        let clock = &self.world.clock;
        let hook = &mut release.hooks[at];
        hook.started = Some(clock.now());
        hook.completed = None;
        "Running".clone_into(&mut hook.phase);
        let _ = self.storage.update(release).await;
        let hook = &mut release.hooks[at];
        "Unknown".clone_into(&mut hook.phase);
        let created = self.create(&built, Writing { server_side, force: false }).await;
        if let Err(problem) = created {
            hook.completed = Some(clock.now());
            "Failed".clone_into(&mut hook.phase);
            return Err(Ended::Before(format!("warning: Hook {event} {path} failed: {problem}")));
        }
        let waited = self.wait_for_hook(&built, waits).await;
        hook.completed = Some(clock.now());
        let phase = if waited.is_ok() { "Succeeded" } else { "Failed" };
        phase.clone_into(&mut hook.phase);
        waited.map_err(Ended::Failed)
    }

    /// Deletes a hook's objects if it has the policy; definitions always stay.
    async fn remove_hook(
        &self,
        release: &Release,
        at: usize,
        policy: &str,
        waits: &Waits,
    ) -> Result<(), String> {
        let hook = &release.hooks[at];
        let has_policy = hook.delete_policies.iter().any(|known| known == policy);
        if !has_policy || hook.kind == "CustomResourceDefinition" {
            return Ok(());
        }
        let built = self.build(&hook.manifest).await.map_err(|problem| {
            let path = &hook.path;
            format!("unable to build kubernetes object for deleting hook {path}: {problem}")
        })?;
        let problems = self.delete(&built, Propagation::Background).await;
        if !problems.is_empty() {
            return Err(problems.join("; "));
        }
        self.wait_for_deletion(&built, waits).await
    }
}

/// How a hook did not succeed.
enum Ended {
    /// It never ran: nothing is removed.
    Before(String),
    /// It ran and failed.
    Failed(String),
}

/// The hooks of an event by weight, then name.
fn in_order(release: &Release, event: &str) -> Vec<usize> {
    let mut order: Vec<usize> = (0..release.hooks.len())
        .flat_map(|at| {
            let events = release.hooks[at].events.iter();
            events.filter(|known| *known == event).map(move |_| at)
        })
        .collect();
    order.sort_by_key(|at| (release.hooks[*at].weight, release.hooks[*at].name.clone()));
    order
}
