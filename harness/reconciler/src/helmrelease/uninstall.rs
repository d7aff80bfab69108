//! Uninstalling: for good, to move elsewhere, or as a remedy.
//!
//! Rules from fluxcd/helm-controller: reconcile/uninstall and reconcile/uninstall_remediation.

use client::Propagation;
use flux::parts::{Snapshot, State, Step};
use flux::reason;

use super::end::End;
use super::reconcile::Run;
use super::report::with_log;
use crate::action::{Actions, Problem, Uninstall};

/// What an uninstallation is for, and so which condition tells of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Leave,
    Remedy,
}

impl Run {
    /// The release goes where the spec no longer points to; the next run installs it anew.
    pub(super) async fn leave_target(&mut self) -> End {
        if self.uninstall().await.is_err() {
            return End::Backoff;
        }
        self.put_history(&flux::parts::Snapshots::default());
        self.hr.clear_failures();
        self.hr.set_status_text("storageNamespace", "");
        End::Backoff
    }

    /// Uninstalls the latest release from where it is; none is no problem.
    pub(super) async fn uninstall(&mut self) -> Result<(), String> {
        let result = self.try_uninstall().await;
        self.summarize();
        result
    }

    async fn try_uninstall(&mut self) -> Result<(), String> {
        let Some(current) = self.hr.history().latest().cloned() else { return Ok(()) };
        let storage = self.hr.status_text("storageNamespace").unwrap_or_default().to_owned();
        let actions = self.actions(&storage);
        let (release, problem) = self.run_uninstall(&actions, &current, "uninstall").await;
        let gone = |words: &str| format!("Release {} was {words}", current.full_name());
        let keeps = self.hr.flag(&["uninstall", "keepHistory"]);
        let (reason, message) = match &problem {
            Some(Problem::NotFound(_)) => {
                (reason::UNINSTALL_SUCCEEDED, gone("not found, assuming it is uninstalled"))
            }
            Some(Problem::AlreadyDeleted(_)) if keeps => {
                (reason::UNINSTALL_SUCCEEDED, gone("already uninstalled"))
            }
            _ => {
                let problem = self.check_uninstalled(&current, release, problem, Purpose::Leave);
                return self.conclude_uninstall(problem, &actions, Purpose::Leave).await;
            }
        };
        self.stamped().set("Released", State::False, reason, &message);
        Ok(())
    }

    pub(super) async fn uninstall_remediation(&mut self) -> Result<(), String> {
        let Some(current) = self.hr.history().latest().cloned() else {
            return Err("no latest release: required to uninstall".to_owned());
        };
        let storage = self.hr.storage_namespace().to_owned();
        let actions = self.actions(&storage);
        let (release, problem) =
            self.run_uninstall(&actions, &current, "uninstall-remediation").await;
        let problem = self.check_uninstalled(&current, release, problem, Purpose::Remedy);
        let ended = self.conclude_uninstall(problem, &actions, Purpose::Remedy).await;
        let latest = self.hr.history().latest().cloned().unwrap_or_default();
        if latest.digest == current.digest { ended } else { Ok(()) }
    }

    async fn run_uninstall(
        &mut self,
        actions: &Actions,
        current: &Snapshot,
        action: &str,
    ) -> (Option<crate::action::Release>, Option<Problem>) {
        let uninstall = Uninstall {
            name: current.name.clone(),
            waits: self.waits(Step::Uninstall),
            keep_history: self.hr.flag(&["uninstall", "keepHistory"]),
            propagation: match self.hr.text(&["uninstall", "deletionPropagation"]) {
                Some("foreground") => Propagation::Foreground,
                Some("orphan") => Propagation::Orphan,
                _ => Propagation::Background,
            },
        };
        let result = actions.uninstall(&uninstall).await;
        self.record_all(&actions.storage.take_written(), Some(action), false);
        match result {
            Ok(release) => (Some(release), None),
            Err((release, problem)) => (release, Some(problem)),
        }
    }

    /// Whether the right release was uninstalled, and really.
    fn check_uninstalled(
        &self,
        current: &Snapshot,
        release: Option<crate::action::Release>,
        problem: Option<Problem>,
        purpose: Purpose,
    ) -> Option<Problem> {
        let targets = |release: &crate::action::Release| {
            current.targets(&release.name, &release.namespace, release.version)
        };
        if let Some(other) = release.filter(|release| !targets(release)) {
            return Some(Problem::Failed(format!(
                "release mismatch: uninstalled release {}/{}.v{} != current release {}",
                other.namespace,
                other.name,
                other.version,
                current.full_name()
            )));
        }
        if problem.is_some() {
            return problem;
        }
        let latest = self.hr.history().latest().cloned().unwrap_or_default();
        let was_gone = purpose == Purpose::Leave && current.status == "uninstalled";
        let unchanged = latest.digest == current.digest && !was_gone;
        let words = "uninstall completed with error: release not updated in Helm storage";
        unchanged.then(|| Problem::Failed(words.to_owned()))
    }

    async fn conclude_uninstall(
        &mut self,
        problem: Option<Problem>,
        actions: &Actions,
        purpose: Purpose,
    ) -> Result<(), String> {
        let latest = self.hr.history().latest().cloned().unwrap_or_default();
        let (release, chart) = (latest.full_name(), latest.chart());
        let (kind, state) = match purpose {
            Purpose::Leave => ("Released", State::False),
            Purpose::Remedy => ("Remediated", State::True),
        };
        let Some(problem) = problem else {
            let message = match purpose {
                Purpose::Leave => {
                    self.hr.0.remove(&["status", "inventory"]);
                    format!("Helm uninstall succeeded for release {release} with chart {chart}")
                }
                Purpose::Remedy => format!(
                    "Helm uninstall remediation for release {release} with chart {chart} succeeded"
                ),
            };
            self.stamped().set(kind, state, reason::UNINSTALL_SUCCEEDED, &message);
            let metadata = Self::metadata(&latest);
            self.event(false, reason::UNINSTALL_SUCCEEDED, &message, metadata).await;
            return Ok(());
        };
        let text = problem.to_string();
        let text = text.trim();
        let message = match purpose {
            Purpose::Leave => {
                format!("Helm uninstall failed for release {release} with chart {chart}: {text}")
            }
            Purpose::Remedy => format!(
                "Helm uninstall remediation for release {release} with chart {chart} failed: {text}"
            ),
        };
        self.hr.count_up("failures");
        self.stamped().set(kind, State::False, reason::UNINSTALL_FAILED, &message);
        let told = with_log(&message, &actions.log);
        self.event(true, reason::UNINSTALL_FAILED, &told, Self::metadata(&latest)).await;
        Err(problem.to_string())
    }
}
