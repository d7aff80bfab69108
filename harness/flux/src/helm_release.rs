//! HelmRelease, read.
//!
//! Fields and defaults from fluxcd/helm-controller: api/v2. What is absent reads as its
//! default. Start at [`HelmRelease`].

mod remediation;
mod snapshot;

use objects::{Object, Value};

use crate::SourceRef;
use crate::kustomization::{Dependency, HealthExpression, dependencies, health_expressions};

pub use remediation::{Remediation, Step};
pub use snapshot::{Snapshot, Snapshots, TestRun};

/// A HelmRelease.
#[derive(Debug, Clone, PartialEq)]
pub struct HelmRelease(pub Object);

/// How many revisions Helm keeps where the object does not say.
const MAX_HISTORY: i64 = 5;

impl HelmRelease {
    /// `spec.chart`, where it is set.
    #[must_use]
    pub fn chart(&self) -> Option<&Value> {
        self.0.at(&["spec", "chart"]).filter(|chart| !chart.is_null())
    }

    /// `spec.chartRef`, in the release's own namespace unless it names one.
    #[must_use]
    pub fn chart_ref(&self) -> Option<SourceRef> {
        let found = self.0.at(&["spec", "chartRef"]).filter(|found| !found.is_null())?;
        let text = |key: &str| found.str_at(&[key]).filter(|text| !text.is_empty());
        Some(SourceRef {
            kind: text("kind").unwrap_or_default().to_owned(),
            namespace: text("namespace").unwrap_or(self.0.namespace()).to_owned(),
            name: text("name").unwrap_or_default().to_owned(),
        })
    }

    /// Namespace and name of the HelmChart made from `spec.chart`.
    #[must_use]
    pub fn chart_object(&self) -> (String, String) {
        let own = self.0.namespace();
        let namespace = self.text(&["chart", "spec", "sourceRef", "namespace"]).unwrap_or(own);
        (namespace.to_owned(), format!("{own}-{}", self.0.name()))
    }

    /// `spec.interval` as written.
    #[must_use]
    pub fn interval(&self) -> &str {
        self.text(&["interval"]).unwrap_or_default()
    }

    /// The timeout of an action as written: its own, else `spec.timeout`, else five minutes.
    #[must_use]
    pub fn timeout(&self, step: Option<Step>) -> &str {
        let own = step.and_then(|step| self.text(&[step.key(), "timeout"]));
        own.or_else(|| self.text(&["timeout"])).unwrap_or("5m0s")
    }

    /// The name of the release, not yet shortened.
    #[must_use]
    pub fn release_name(&self) -> String {
        if let Some(name) = self.text(&["releaseName"]) {
            return name.to_owned();
        }
        match self.text(&["targetNamespace"]) {
            Some(namespace) => format!("{namespace}-{}", self.0.name()),
            None => self.0.name().to_owned(),
        }
    }

    /// Where the release's objects go.
    #[must_use]
    pub fn release_namespace(&self) -> &str {
        self.text(&["targetNamespace"]).unwrap_or(self.0.namespace())
    }

    /// Where Helm's records go.
    #[must_use]
    pub fn storage_namespace(&self) -> &str {
        self.text(&["storageNamespace"]).unwrap_or(self.0.namespace())
    }

    /// `spec.maxHistory`; zero for no limit.
    #[must_use]
    pub fn max_history(&self) -> i64 {
        self.0.int_at(&["spec", "maxHistory"]).unwrap_or(MAX_HISTORY)
    }

    /// `spec.suspend`
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.flag(&["suspend"])
    }

    /// `spec.dependsOn`
    #[must_use]
    pub fn depends_on(&self) -> Vec<Dependency> {
        dependencies(&self.0)
    }

    /// `spec.healthCheckExprs`
    #[must_use]
    pub fn health_expressions(&self) -> Vec<HealthExpression> {
        health_expressions(&self.0)
    }

    /// Whether tests run after a release.
    #[must_use]
    pub fn tests(&self) -> bool {
        self.flag(&["test", "enable"])
    }

    /// Whether failed tests of the release count as nothing.
    #[must_use]
    pub fn ignores_test_failures(&self) -> bool {
        self.flag(&["test", "ignoreFailures"])
    }

    /// `spec.driftDetection.mode`; empty where it is off.
    #[must_use]
    pub fn drift_mode(&self) -> &str {
        match self.text(&["driftDetection", "mode"]) {
            Some("disabled") | None => "",
            Some(mode) => mode,
        }
    }

    /// The remediation of the last attempted action.
    #[must_use]
    pub fn active_remediation(&self) -> Option<Remediation> {
        self.attempted().map(|step| self.remediation(step))
    }

    /// The retry interval, as written, of the last attempted action, if its strategy is to retry.
    #[must_use]
    pub fn active_retry(&self) -> Option<&str> {
        self.attempted().and_then(|step| self.retry(step))
    }

    /// The retry interval of an action whose strategy is `RetryOnFailure`.
    #[must_use]
    pub fn retry(&self, step: Step) -> Option<&str> {
        if self.text(&[step.key(), "strategy", "name"]) != Some("RetryOnFailure") {
            return None;
        }
        Some(self.text(&[step.key(), "strategy", "retryInterval"]).unwrap_or("5m0s"))
    }

    fn attempted(&self) -> Option<Step> {
        match self.status_text("lastAttemptedReleaseAction")? {
            "install" => Some(Step::Install),
            "upgrade" => Some(Step::Upgrade),
            _ => None,
        }
    }

    /// The remediation of installs or upgrades.
    #[must_use]
    pub fn remediation(&self, step: Step) -> Remediation {
        Remediation::read(self, step)
    }

    /// `status.history`, newest first.
    #[must_use]
    pub fn history(&self) -> Snapshots {
        Snapshots::read(self.0.list_at(&["status", "history"]))
    }

    /// Puts `status.history`.
    pub fn set_history(&mut self, history: &Snapshots) {
        if history.0.is_empty() {
            self.0.remove(&["status", "history"]);
        } else {
            self.0.set(&["status", "history"], history.to_value());
        }
    }

    /// A counter of `status`.
    #[must_use]
    pub fn count(&self, key: &str) -> i64 {
        self.0.int_at(&["status", key]).unwrap_or(0)
    }

    /// Counts one more.
    pub fn count_up(&mut self, key: &str) {
        let next = self.count(key) + 1;
        self.0.set(&["status", key], next);
    }

    /// Forgets every failure.
    pub fn clear_failures(&mut self) {
        for key in ["failures", "installFailures", "upgradeFailures"] {
            self.0.remove(&["status", key]);
        }
    }

    /// A text of `status`, if it is not empty.
    #[must_use]
    pub fn status_text(&self, key: &str) -> Option<&str> {
        self.0.str_at(&["status", key]).filter(|text| !text.is_empty())
    }

    /// Puts a text of `status`; an empty one goes away.
    pub fn set_status_text(&mut self, key: &str, text: &str) {
        if text.is_empty() {
            self.0.remove(&["status", key]);
        } else {
            self.0.set(&["status", key], text);
        }
    }

    /// Text below `spec`, if it is not empty.
    #[must_use]
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        let found = self.0.get("spec")?.str_at(path);
        found.filter(|text| !text.is_empty())
    }

    /// A switch below `spec`; off where it is absent.
    #[must_use]
    pub fn flag(&self, path: &[&str]) -> bool {
        self.0.get("spec").and_then(|spec| spec.bool_at(path)).unwrap_or(false)
    }
}
