//! What the state of the release is (fluxcd/helm-controller: internal/reconcile/state).

use super::diff::{Change, has_changes};
use super::digest;
use super::names::shorten;
use super::reconcile::Run;
use crate::action::{Problem, Release};
use flux::parts::Snapshot;

/// The state of a release.
pub(super) enum ReleaseState {
    InSync,
    Locked,
    Absent,
    Unmanaged,
    OutOfSync,
    Drifted(Vec<Change>),
    Untested,
    Failed,
}

impl Run {
    /// Compares what is stored, what was seen, what is wanted and what the cluster holds.
    pub(super) async fn determine_state(&mut self) -> Result<ReleaseState, String> {
        let storage = self.hr.storage_namespace().to_owned();
        let stored = self.actions(&storage).storage.last(&shorten(&self.hr.release_name())).await;
        let release = match stored {
            Ok(release) => release,
            Err(Problem::NotFound(_)) => return Ok(ReleaseState::Absent),
            Err(problem) => {
                return Err(format!("failed to retrieve last release from storage: {problem}"));
            }
        };
        if release.is_pending() {
            return Ok(ReleaseState::Locked);
        }
        let history = self.hr.history();
        let status = release.info.status.as_str();
        let Some(latest) = history.latest() else {
            let gone = status == "uninstalled";
            return Ok(if gone { ReleaseState::Absent } else { ReleaseState::Unmanaged });
        };
        if !is_observed(&release, latest) {
            return Ok(ReleaseState::Unmanaged);
        }
        match status {
            "failed" => Ok(ReleaseState::Failed),
            "uninstalled" => Ok(ReleaseState::Absent),
            "deployed" => self.state_of_deployed(&release, latest).await,
            other => Err(format!("unable to determine state for release with status '{other}'")),
        }
    }

    async fn state_of_deployed(
        &self,
        release: &Release,
        latest: &Snapshot,
    ) -> Result<ReleaseState, String> {
        if self.is_out_of_sync(release, latest) {
            return Ok(ReleaseState::OutOfSync);
        }
        if self.hr.tests() {
            if !latest.is_tested() {
                return Ok(ReleaseState::Untested);
            }
            let remediation = self.hr.active_remediation();
            let counts = remediation.is_some_and(|remediation| !remediation.ignores_tests);
            if counts && latest.has_failed_test() {
                return Ok(ReleaseState::Failed);
            }
        }
        if self.hr.drift_mode().is_empty() {
            return Ok(ReleaseState::InSync);
        }
        let (changes, problems) = self.detect_drift(release).await;
        if has_changes(&changes) {
            return Ok(ReleaseState::Drifted(changes));
        }
        match problems.as_slice() {
            [] => Ok(ReleaseState::InSync),
            [one] => Err(format!("unable to determine cluster state: {one}")),
            many => Err(format!("unable to determine cluster state: [{}]", many.join(", "))),
        }
    }

    fn is_out_of_sync(&self, release: &Release, latest: &Snapshot) -> bool {
        let chart = release.chart_text("name") != self.chart_name()
            || release.chart_text("version") != self.chart_version();
        if chart || latest.config_digest != digest::values(&self.values) {
            return true;
        }
        if self.hr.count("observedGeneration") == self.hr.0.generation() {
            return false;
        }
        let observed = |key| self.hr.status_text(key).unwrap_or_default();
        observed("observedPostRenderersDigest") != self.post_renderers_digest()
            || observed("observedCommonMetadataDigest") != self.common_metadata_digest()
    }
}

/// Whether a stored release is the one of a snapshot, byte for byte; old snapshots are believed.
pub(super) fn is_observed(release: &Release, snapshot: &Snapshot) -> bool {
    snapshot.api_version != "v2"
        || snapshot.digest == digest::release(release, &snapshot.oci_digest)
}
