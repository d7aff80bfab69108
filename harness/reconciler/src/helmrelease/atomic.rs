//! The loop of one release: state, next action, run it, until it is in sync or must stop.
//!
//! Rules from fluxcd/helm-controller: internal/reconcile/atomic_release.

use clock::{format_duration, parse_duration};
use flux::parts::State;
use flux::reason;

use super::end::End;
use super::next::{Action, Dead, Kind};
use super::reconcile::Run;

impl Run {
    /// Runs actions until there is nothing more to do, or one says to stop.
    pub(super) async fn atomic(&mut self) -> End {
        let mut done: Vec<Kind> = Vec::new();
        loop {
            let state = match self.determine_state().await {
                Ok(state) => state,
                Err(problem) => {
                    let message = format!("Could not determine release state: {problem}");
                    self.not_ready("StateError", &message);
                    return End::Backoff;
                }
            };
            let action = match self.next(state).await {
                Ok(Some(action)) => action,
                Ok(None) => {
                    self.conditions.delete("Reconciling");
                    self.summarize();
                    return End::Interval;
                }
                Err(dead) => return self.dead(dead),
            };
            if done.contains(&action.kind()) {
                return self.stop_before();
            }
            self.announce(&action).await;
            if let Err(problem) = self.run(&action).await {
                return self.action_failed(&problem);
            }
            if action.kind() == Kind::Remediate {
                return self.stop_after();
            }
            done.push(action.kind());
            self.save().await;
        }
    }

    fn dead(&mut self, dead: Dead) -> End {
        match dead {
            Dead::Problem => End::Backoff,
            Dead::RetriesExceeded => self.exceeded(),
            Dead::MissingTarget => {
                let message = "Failed to perform remediation: missing target release for rollback: \
                               cannot remediate failed release";
                self.stamped().stalled("MissingRollbackTarget", message);
                End::Terminal
            }
        }
    }

    fn exceeded(&mut self) -> End {
        let action = self.hr.status_text("lastAttemptedReleaseAction").unwrap_or_default();
        let failures = self.hr.active_remediation().map_or(0, |remediation| remediation.failures);
        let message = format!("Failed to {action} after {failures} attempt(s)");
        self.stamped().stalled("RetriesExceeded", &message);
        End::Terminal
    }

    async fn announce(&mut self, action: &Action) {
        let timeout = format_duration(self.timeout(action.step()));
        let message = format!("Running '{}' action with timeout of {timeout}", action.name());
        self.stamped().reconciling(reason::PROGRESSING, &message);
        if action.kind() == Kind::Release {
            self.stamped().set("Ready", State::Unknown, reason::PROGRESSING, &message);
        }
        self.save().await;
    }

    async fn run(&mut self, action: &Action) -> Result<(), String> {
        match action {
            Action::Install => self.install().await,
            Action::Upgrade => self.upgrade().await,
            Action::Test => self.test().await,
            Action::Rollback => self.rollback().await,
            Action::UninstallRemediation => self.uninstall_remediation().await,
            Action::Unlock => self.unlock().await,
            Action::CorrectDrift(changes) => {
                self.correct_drift(changes).await;
                Ok(())
            }
        }
    }

    /// The same kind of action would run again: not in this run.
    fn stop_before(&mut self) -> End {
        if let Some(end) = self.retry_later() {
            return end;
        }
        let remediation = self.hr.active_remediation();
        if remediation.is_none_or(|remediation| !remediation.is_exhausted()) {
            return self.must_requeue();
        }
        self.conditions.delete("Reconciling");
        End::Interval
    }

    /// A remediation ends the run.
    fn stop_after(&mut self) -> End {
        if let Some(end) = self.retry_later() {
            return end;
        }
        let again = self.hr.active_remediation().is_none_or(|remediation| {
            let uninstalls =
                remediation.uninstalls && remediation.step == flux::parts::Step::Upgrade;
            !remediation.is_exhausted() || uninstalls
        });
        if again { self.must_requeue() } else { self.exceeded() }
    }

    fn action_failed(&mut self, problem: &str) -> End {
        if let Some(end) = self.retry_later() {
            return end;
        }
        if self.conditions.is_ready() {
            self.not_ready("ReconcileError", problem);
        }
        End::Backoff
    }

    fn retry_later(&mut self) -> Option<End> {
        let after = parse_duration(self.hr.active_retry()?).unwrap_or_default();
        let message = format!("retrying after {}", format_duration(after));
        self.stamped().reconciling(reason::PROGRESSING_WITH_RETRY, &message);
        Some(End::Retry(after))
    }

    fn must_requeue(&mut self) -> End {
        let ready = self.conditions.get("Ready").map(|ready| ready.message.clone());
        let message = ready.unwrap_or_default();
        self.stamped().reconciling(reason::PROGRESSING_WITH_RETRY, &message);
        End::Backoff
    }
}
