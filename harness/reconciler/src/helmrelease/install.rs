//! The action install, and what is said of it (fluxcd/helm-controller: reconcile/install).

use std::rc::Rc;

use flux::parts::{Snapshots, State, Step};
use flux::reason;

use super::names::shorten;
use super::reconcile::Run;
use super::report::with_log;
use crate::action::{Actions, Install, Policy, Problem, Strategy, Waits};

impl Run {
    pub(super) async fn install(&mut self) -> Result<(), String> {
        self.begin("install");
        self.put_history(&Snapshots::default());
        let storage = self.hr.storage_namespace().to_owned();
        let actions = self.actions(&storage);
        let began = self.world.clock.now();
        let result = self.try_install(&actions).await;
        let elapsed = self.world.measured(began);
        self.hr.set_status_text("lastAttemptedReleaseActionDuration", &elapsed);
        let written = actions.storage.take_written();
        self.record_inventory(&written).await;
        let wrote = self.record(&written, "install");
        self.conclude(Step::Install, result, wrote, &actions).await
    }

    async fn try_install(&mut self, actions: &Actions) -> Result<(), Problem> {
        self.world.work(self.world.settings.costs.release).await;
        let waits = self.waits(Step::Install);
        let server_side = self.spec(&["install", "serverSideApply"]);
        let server_side = server_side.and_then(objects::Value::as_bool).unwrap_or(true);
        self.apply_crds(actions, Step::Install, &waits, server_side).await?;
        let mut install = Install {
            name: shorten(&self.hr.release_name()),
            waits,
            take_ownership: !self.hr.flag(&["install", "disableTakeOwnership"]),
            create_namespace: self.hr.text(&["targetNamespace"]).is_some()
                && self.hr.flag(&["install", "createNamespace"]),
            replace: self.hr.flag(&["install", "replace"]),
            server_side,
            chart: Rc::default(),
            values: self.values.clone(),
        };
        actions.check_name(&install).await?;
        let chart = self.loaded()?;
        let rendered =
            self.render(actions, &install.name, 1, Step::Install, chart, &self.values).await?;
        install.chart = rendered.chart;
        actions.install(&install, rendered.release).await
    }

    /// What both installs and upgrades do first.
    pub(super) fn begin(&mut self, action: &str) {
        self.hr.set_status_text("lastAttemptedReleaseAction", action);
        self.conditions.delete("TestSuccess");
        self.conditions.delete("Remediated");
    }

    /// Definitions from the chart, by the policy of the action.
    pub(super) async fn apply_crds(
        &self,
        actions: &Actions,
        step: Step,
        waits: &Waits,
        server_side: bool,
    ) -> Result<(), Problem> {
        let policy = match self.hr.text(&[step.key(), "crds"]) {
            Some("Skip") => Policy::Skip,
            Some("CreateReplace") => Policy::CreateReplace,
            _ => Policy::Create,
        };
        let labels = [
            ("helm.toolkit.fluxcd.io/name", self.name.1.as_str()),
            ("helm.toolkit.fluxcd.io/namespace", self.name.0.as_str()),
        ];
        let files = &self.definitions;
        let applied = actions.apply_crds(files, policy, &labels, waits, server_side).await;
        applied.map_err(|problem| problem.after("failed to apply CustomResourceDefinitions: "))
    }

    /// How an action waits.
    pub(super) fn waits(&self, step: Step) -> Waits {
        let strategy = match self.hr.text(&["waitStrategy", "name"]) {
            _ if self.hr.flag(&[step.key(), "disableWait"]) => Strategy::HookOnly,
            Some("legacy") => Strategy::Legacy,
            _ => Strategy::Poller,
        };
        Waits {
            strategy,
            timeout: self.timeout(Some(step)),
            jobs: !self.hr.flag(&[step.key(), "disableWaitForJobs"]),
            no_hooks: self.hr.flag(&[step.key(), "disableHooks"]),
        }
    }

    /// Says how an install or upgrade ended, counts failures, and sums up.
    pub(super) async fn conclude(
        &mut self,
        step: Step,
        result: Result<(), Problem>,
        wrote: bool,
        actions: &Actions,
    ) -> Result<(), String> {
        let ended = match result {
            Ok(()) => {
                self.released(step).await;
                Ok(())
            }
            Err(problem) => {
                self.release_failed(step, &problem, actions).await;
                if wrote {
                    self.hr.count_up(step.counter());
                    Ok(())
                } else {
                    Err(problem.to_string())
                }
            }
        };
        self.summarize();
        ended
    }

    async fn released(&mut self, step: Step) {
        let reason = match step {
            Step::Install => reason::INSTALL_SUCCEEDED,
            _ => reason::UPGRADE_SUCCEEDED,
        };
        let message = self.success_text(step.key());
        self.stamped().set("Released", State::True, reason, &message);
        let latest = self.hr.history().latest().cloned().unwrap_or_default();
        if self.hr.tests() && !latest.is_tested() {
            let (release, chart) = (latest.full_name(), latest.chart());
            let text = format!("Helm release {release} with chart {chart} is awaiting tests");
            self.stamped().set("TestSuccess", State::Unknown, "AwaitingTests", &text);
        }
        if self.hr.retry(step).is_some() {
            self.hr.clear_failures();
        }
        self.event(false, reason, &message, Self::metadata(&latest)).await;
    }

    async fn release_failed(&mut self, step: Step, problem: &Problem, actions: &Actions) {
        let reason = match step {
            Step::Install => reason::INSTALL_FAILED,
            _ => reason::UPGRADE_FAILED,
        };
        let message = format!(
            "Helm {} failed for release {}/{} with chart {}@{}: {}",
            step.key(),
            self.hr.release_namespace(),
            self.hr.release_name(),
            self.chart_name(),
            self.chart_version(),
            problem.to_string().trim()
        );
        self.hr.count_up("failures");
        self.stamped().set("Released", State::False, reason, &message);
        let told = with_log(&message, &actions.log);
        self.event(true, reason, &told, self.attempted()).await;
    }
}
