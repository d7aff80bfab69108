//! Rolling back as a remedy (fluxcd/helm-controller: reconcile/rollback_remediation).

use flux::parts::{Snapshot, State, Step};
use flux::reason;

use super::digest;
use super::reconcile::Run;
use super::report::{annotations, with_log};
use crate::action::{Log, Problem, Rollback};

impl Run {
    pub(super) async fn rollback(&mut self) -> Result<(), String> {
        let result = self.try_rollback().await;
        self.summarize();
        result
    }

    async fn try_rollback(&mut self) -> Result<(), String> {
        let history = self.hr.history();
        let current = history.latest().cloned().unwrap_or_default();
        let remediation = self.hr.remediation(Step::Upgrade);
        let Some(previous) = history.previous(remediation.ignores_tests).cloned() else {
            return Err("missing target release for rollback: required to rollback".to_owned());
        };
        if previous.name != current.name || previous.namespace != current.namespace {
            return Err(format!(
                "release mismatch: previous release name or namespace {} does not match current {}",
                previous.full_name(),
                current.full_name()
            ));
        }
        let storage = self.hr.storage_namespace().to_owned();
        let actions = self.actions(&storage);
        let rollback = Rollback {
            name: previous.name.clone(),
            version: previous.version,
            waits: self.waits(Step::Rollback),
            server_side: match self.hr.text(&["rollback", "serverSideApply"]) {
                Some("enabled") => Some(true),
                Some("disabled") => Some(false),
                _ => None,
            },
            force: self.hr.flag(&["rollback", "force"]),
            cleanup: self.hr.flag(&["rollback", "cleanupOnFail"]),
            max_history: self.hr.max_history(),
        };
        self.world.work(self.world.settings.costs.release).await;
        let result = actions.rollback(&rollback).await;
        let written = actions.storage.take_written();
        self.record_inventory(&written).await;
        self.record_all(&written, Some("rollback"), true);
        match result {
            Ok(()) => {
                self.rolled_back(&previous).await;
                Ok(())
            }
            Err(problem) => {
                self.rollback_failed(&previous, &problem, &actions.log).await;
                let latest = self.hr.history().latest().cloned().unwrap_or_default();
                if latest.digest == current.digest { Err(problem.to_string()) } else { Ok(()) }
            }
        }
    }

    fn rollback_metadata(&self, previous: &Snapshot) -> Vec<(&'static str, String)> {
        let values = digest::values(&self.values);
        let Snapshot { chart_version, app_version, oci_digest, .. } = previous;
        annotations(chart_version, &values, app_version, oci_digest)
    }

    async fn rolled_back(&mut self, previous: &Snapshot) {
        let (release, chart) = (previous.full_name(), previous.chart());
        let message =
            format!("Helm rollback to previous release {release} with chart {chart} succeeded");
        self.stamped().set("Remediated", State::True, reason::ROLLBACK_SUCCEEDED, &message);
        let metadata = self.rollback_metadata(previous);
        self.event(false, reason::ROLLBACK_SUCCEEDED, &message, metadata).await;
    }

    async fn rollback_failed(&mut self, previous: &Snapshot, problem: &Problem, log: &Log) {
        let (release, chart, problem) =
            (previous.full_name(), previous.chart(), problem.to_string());
        let message = format!(
            "Helm rollback to previous release {release} with chart {chart} failed: {}",
            problem.trim()
        );
        self.hr.count_up("failures");
        self.stamped().set("Remediated", State::False, reason::ROLLBACK_FAILED, &message);
        let metadata = self.rollback_metadata(previous);
        self.event(true, reason::ROLLBACK_FAILED, &with_log(&message, log), metadata).await;
    }
}
