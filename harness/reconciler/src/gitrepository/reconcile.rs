//! One reconciliation of a GitRepository, from its object to its outcome.

use std::rc::Rc;

use flux::GitRepository;

use super::source::Checkout;
use crate::queue::{Name, Outcome};
use crate::source::{End, Failure, Notice};
use crate::world::World;

pub(super) type Run = crate::source::Run<GitRepository>;

pub(crate) async fn reconcile(world: Rc<World>, name: Name) -> Outcome {
    let Some(mut run) = Run::open(world, &name) else { return Outcome::Done };
    let mut checkout = None;
    let end = run.phases(&mut checkout).await;
    let subject = checkout.as_ref().and_then(Checkout::subject);
    let revision = run.repo.artifact().map(|artifact| artifact.revision);
    let stored = subject.or(revision).unwrap_or_default();
    run.finish(end, Some(Notice::of(format!("stored artifact for commit '{stored}'")))).await
}

impl Run {
    async fn phases(&mut self, checkout: &mut Option<Checkout>) -> Result<End, Failure> {
        if let Some(end) = self.prepare().await {
            return Ok(end);
        }
        self.reconcile_source(checkout).await?;
        let Some(checkout) = checkout else { return Ok(End::Success) };
        self.reconcile_include(checkout)?;
        self.reconcile_artifact(checkout).await;
        Ok(End::Success)
    }
}
