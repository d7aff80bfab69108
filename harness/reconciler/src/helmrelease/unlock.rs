//! A release that another action left pending is unlocked (fluxcd/helm-controller: reconcile/unlock).

use flux::parts::{Snapshot, State};

use super::names::shorten;
use super::observe::snapshot;
use super::reconcile::Run;
use crate::action::Problem;

const REASON: &str = "PendingRelease";

impl Run {
    pub(super) async fn unlock(&mut self) -> Result<(), String> {
        let result = self.try_unlock().await;
        self.summarize();
        result
    }

    async fn try_unlock(&mut self) -> Result<(), String> {
        let storage = self.hr.storage_namespace().to_owned();
        let actions = self.actions(&storage);
        let mut release = match actions.storage.last(&shorten(&self.hr.release_name())).await {
            Ok(release) => release,
            Err(Problem::NotFound(_)) => return Ok(()),
            Err(problem) => return Err(problem.to_string()),
        };
        if !release.is_pending() {
            return Ok(());
        }
        let mut history = self.hr.history();
        let known = history.of(&release.name, &release.namespace, release.version);
        let oci = known.map(|known| known.oci_digest.clone()).unwrap_or_default();
        let current = snapshot(&release, "", &oci);
        let status = release.info.status.clone();
        release.set_status("failed", format!("Release unlocked from stale '{status}' state"));
        let updated = actions.storage.update(&release).await;
        self.record_all(&actions.storage.take_written(), None, false);
        self.say_unlocked(&current, &status, updated).await
    }

    async fn say_unlocked(
        &mut self,
        current: &Snapshot,
        status: &str,
        updated: Result<(), Problem>,
    ) -> Result<(), String> {
        let (release, chart) = (current.full_name(), current.chart());
        let metadata = Self::metadata(current);
        match updated {
            Ok(()) => {
                let message =
                    format!("Unlocked Helm release {release} with chart {chart} in {status} state");
                self.stamped().set("Released", State::False, REASON, &message);
                self.event(false, REASON, &message, metadata).await;
                Ok(())
            }
            Err(problem) => {
                let message = format!(
                    "Unlock of Helm release {release} with chart {chart} in {status} state failed: \
                     {problem}"
                );
                self.hr.count_up("failures");
                self.stamped().set("Released", State::False, REASON, &message);
                self.event(true, REASON, &message, metadata).await;
                Err(problem.to_string())
            }
        }
    }
}
