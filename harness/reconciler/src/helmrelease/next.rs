//! What is to be done in a state (fluxcd/helm-controller: atomic_release, actionForState).

use flux::parts::{State, Step};
use flux::reason;

use super::diff::{Change, summary};
use super::reconcile::Run;
use super::state::{ReleaseState, is_observed};
use crate::action::Problem;

/// The next action.
pub(super) enum Action {
    Install,
    Upgrade,
    Test,
    Rollback,
    UninstallRemediation,
    Unlock,
    CorrectDrift(Vec<Change>),
}

/// What an action is to the loop: each kind runs once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Release,
    Test,
    Remediate,
    Unlock,
    DriftCorrection,
}

/// Why there is no way on.
pub(super) enum Dead {
    RetriesExceeded,
    MissingTarget,
    Problem,
}

impl Action {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Test => "test",
            Self::Rollback => "rollback",
            Self::UninstallRemediation => "uninstall",
            Self::Unlock => "unlock",
            Self::CorrectDrift(_) => "correct cluster drift",
        }
    }

    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Install | Self::Upgrade => Kind::Release,
            Self::Test => Kind::Test,
            Self::Rollback | Self::UninstallRemediation => Kind::Remediate,
            Self::Unlock => Kind::Unlock,
            Self::CorrectDrift(_) => Kind::DriftCorrection,
        }
    }

    /// Whose timeout counts.
    pub(super) const fn step(&self) -> Option<Step> {
        match self {
            Self::Install => Some(Step::Install),
            Self::Upgrade => Some(Step::Upgrade),
            Self::Test => Some(Step::Test),
            Self::Rollback => Some(Step::Rollback),
            Self::UninstallRemediation => Some(Step::Uninstall),
            Self::Unlock | Self::CorrectDrift(_) => None,
        }
    }
}

impl Run {
    /// The next action, or `None` where nothing is to be done.
    pub(super) async fn next(&mut self, state: ReleaseState) -> Result<Option<Action>, Dead> {
        let forced = self.is_requested("reconcile.fluxcd.io/forceAt", "lastHandledForceAt");
        match state {
            ReleaseState::InSync => Ok(self.in_sync(forced)),
            ReleaseState::Locked => Ok(Some(Action::Unlock)),
            ReleaseState::Absent => self.unless_exhausted(Step::Install, forced, Action::Install),
            ReleaseState::OutOfSync => {
                self.unless_exhausted(Step::Upgrade, forced, Action::Upgrade)
            }
            ReleaseState::Unmanaged => {
                self.put_history(&flux::parts::Snapshots::default());
                Ok(Some(Action::Upgrade))
            }
            ReleaseState::Drifted(changes) => Ok(self.drifted(changes).await),
            ReleaseState::Untested => {
                self.forget_remediation();
                Ok(Some(Action::Test))
            }
            ReleaseState::Failed => self.failed(forced).await.map(Some),
        }
    }

    fn unless_exhausted(
        &self,
        step: Step,
        forced: bool,
        action: Action,
    ) -> Result<Option<Action>, Dead> {
        if self.hr.remediation(step).is_exhausted() && !forced {
            return Err(Dead::RetriesExceeded);
        }
        Ok(Some(action))
    }

    fn in_sync(&mut self, forced: bool) -> Option<Action> {
        let mut history = self.hr.history();
        if self.hr.active_retry().is_some() {
            history.truncate_all();
        } else {
            let remediation = self.hr.active_remediation();
            let ignores = remediation
                .map_or_else(|| self.hr.ignores_test_failures(), |known| known.ignores_tests);
            history.truncate(ignores);
        }
        self.hr.set_history(&history);
        if forced {
            return Some(Action::Upgrade);
        }
        self.forget_remediation();
        if !self.conditions.is_ready() || !self.conditions.is_true("Released") {
            self.restore_released();
        }
        if !self.hr.drift_mode().is_empty() {
            let text = "No drift detected against the cluster state";
            self.stamped().set("Drifted", State::False, reason::NO_DRIFT_DETECTED, text);
        }
        None
    }

    /// What was remediated is what is wanted now.
    fn forget_remediation(&mut self) {
        if !self.conditions.is_true("Remediated") {
            return;
        }
        let message = self.success_text("upgrade");
        let reason = reason::UPGRADE_SUCCEEDED;
        self.stamped().replace("Remediated", "Released", State::True, reason, &message);
    }

    /// What failed before is as it should be now.
    fn restore_released(&mut self) {
        let known = self.conditions.get("Released").map(|released| released.reason.clone());
        let (reason, verb) = match known.as_deref() {
            Some(reason::INSTALL_FAILED) => (reason::INSTALL_SUCCEEDED, "install"),
            Some(reason::UPGRADE_FAILED) => (reason::UPGRADE_SUCCEEDED, "upgrade"),
            _ => return,
        };
        let message = self.success_text(verb);
        self.stamped().set("Released", State::True, reason, &message);
        self.summarize();
    }

    /// What a successful action says of the latest release.
    pub(super) fn success_text(&self, verb: &str) -> String {
        let history = self.hr.history();
        let latest = history.latest().cloned().unwrap_or_default();
        let (release, chart) = (latest.full_name(), latest.chart());
        format!("Helm {verb} succeeded for release {release} with chart {chart}")
    }

    async fn drifted(&mut self, changes: Vec<Change>) -> Option<Action> {
        let latest = self.hr.history().latest().cloned().unwrap_or_default();
        let message = format!(
            "Cluster state of release {} has drifted from the desired state:\n{}",
            latest.full_name(),
            summary(&changes)
        );
        self.event(true, reason::DRIFT_DETECTED, &message, Vec::new()).await;
        self.stamped().set("Drifted", State::True, reason::DRIFT_DETECTED, &message);
        (self.hr.drift_mode() == "enabled").then_some(Action::CorrectDrift(changes))
    }

    async fn failed(&mut self, forced: bool) -> Result<Action, Dead> {
        let mut history = self.hr.history();
        if self.hr.active_retry().is_some() {
            history.truncate_all();
            self.hr.set_history(&history);
            return Ok(Action::Upgrade);
        }
        let Some(remediation) = self.hr.active_remediation() else { return Ok(Action::Upgrade) };
        if remediation.failures <= 0 || forced {
            return Ok(Action::Upgrade);
        }
        if remediation.is_exhausted() && !remediation.remediates_last {
            return Err(Dead::RetriesExceeded);
        }
        history.truncate(remediation.ignores_tests);
        self.hr.set_history(&history);
        if remediation.uninstalls {
            return Ok(Action::UninstallRemediation);
        }
        let Some(previous) = history.previous(remediation.ignores_tests) else {
            return Err(Dead::MissingTarget);
        };
        let storage = self.hr.storage_namespace().to_owned();
        let stored = self.actions(&storage).storage.get(&previous.name, previous.version).await;
        match stored {
            Ok(release) if is_observed(&release, previous) => Ok(Action::Rollback),
            Ok(_) | Err(Problem::NotFound(_)) => Ok(Action::Upgrade),
            Err(_) => Err(Dead::Problem),
        }
    }
}
