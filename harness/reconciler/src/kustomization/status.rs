//! The end of a run: what is written, what is said, when to come back.
//!
//! The one place that sums up conditions, history and observed generation.

use std::time::Duration;

use clock::{format_duration, parse_duration};
use flux::{REQUESTED_AT, reason};
use objects::Value;

use super::reconcile::{CONTROLLER, Run};
use crate::recorder::Event;

/// The shortest effective timeout (fluxcd/kustomize-controller: `GetTimeout`).
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(30);
const LONGEST_HISTORY: usize = 5;

impl Run {
    pub(super) fn interval(&self) -> Duration {
        parse_duration(self.ks.interval()).unwrap_or_default()
    }

    pub(super) fn retry_interval(&self) -> Duration {
        let own = self.ks.retry_interval().and_then(|text| parse_duration(text).ok());
        own.unwrap_or_else(|| self.interval())
    }

    pub(super) fn timeout(&self) -> Duration {
        let own = self.ks.timeout().and_then(|text| parse_duration(text).ok());
        let timeout = own.unwrap_or_else(|| self.interval().saturating_sub(SHORTEST_TIMEOUT));
        timeout.max(SHORTEST_TIMEOUT)
    }

    /// Writes the object with its conditions.
    pub(super) async fn save(&mut self) {
        if self.conditions.list().is_empty() {
            self.ks.0.remove(&["status", "conditions"]);
        } else {
            let list = self.conditions.to_value();
            self.ks.0.set(&["status", "conditions"], list);
        }
        let _ = self.persist.save(&self.world, &self.ks.0).await;
    }

    /// Sums up, writes, and says that it is finished if it is.
    pub(super) async fn finish(&mut self) {
        if let Some(asked) = self.ks.0.annotation(REQUESTED_AT).map(str::to_owned) {
            self.ks.0.set(&["status", "lastHandledReconcileAt"], asked);
        }
        if self.conditions.is_true("Ready") {
            self.conditions.delete("Reconciling");
            self.observe_generation();
        } else if self.conditions.is_false("Ready")
            && let Some(known) = self.conditions.get("Reconciling").cloned()
        {
            let retry = reason::PROGRESSING_WITH_RETRY;
            self.stamped().set("Reconciling", known.state, retry, &known.message);
        }
        self.save().await;
        if !self.ks.is_suspended() && self.conditions.is_ready() {
            self.say_finished().await;
        }
    }

    pub(super) fn observe_generation(&mut self) {
        let generation = self.ks.0.generation();
        self.ks.0.set(&["status", "observedGeneration"], generation);
    }

    async fn say_finished(&self) {
        let elapsed = self.world.measured(self.started);
        let next = format_duration(self.interval());
        let message = format!("Reconciliation finished in {elapsed}, next run in {next}");
        let applied = self.ks.status_text("lastAppliedRevision").unwrap_or_default();
        let origin = self.ks.status_text("lastAppliedOriginRevision");
        let mut annotations = metadata(applied, origin);
        annotations.push(("kustomize.toolkit.fluxcd.io/commit_status", "update".to_owned()));
        self.record(false, &message, annotations).await;
    }

    /// An event about the revision in hand; its reason is that of `Ready`.
    pub(super) async fn event(&self, warning: bool, message: &str) {
        let annotations = metadata(&self.revision, self.origin.as_deref());
        self.record(warning, message, annotations).await;
    }

    pub(super) async fn record(
        &self,
        warning: bool,
        message: &str,
        annotations: Vec<(&'static str, String)>,
    ) {
        let severity = if warning { "error" } else { "info" };
        let reason = self.conditions.get("Ready").map_or(severity, |ready| ready.reason.as_str());
        let (object, controller) = (&self.ks.0, CONTROLLER);
        self.world
            .record(Event { object, controller, warning, reason, message, annotations })
            .await;
    }

    /// Takes the run into `status.history`, newest first.
    pub(super) fn add_history(&mut self, digest: &str, status: &str) {
        let mut entries = self.ks.0.list_at(&["status", "history"]).to_vec();
        let same = |entry: &Value| {
            entry.str_at(&["digest"]) == Some(digest)
                && entry.str_at(&["lastReconciledStatus"]) == Some(status)
        };
        let now = self.world.stamp();
        let known = entries.iter().position(same).map(|at| entries.remove(at));
        let mut entry = known.unwrap_or_else(|| {
            Value::from([
                ("digest", Value::from(digest)),
                ("firstReconciled", now.as_str().into()),
                ("lastReconciledStatus", status.into()),
            ])
        });
        let total = entry.int_at(&["totalReconciliations"]).unwrap_or(0) + 1;
        entry.set(&["totalReconciliations"], total);
        entry.set(&["lastReconciled"], now);
        entry.set(&["lastReconciledDuration"], self.world.measured(self.started));
        let mut revisions = Value::from([("revision", self.revision.as_str())]);
        if let Some(origin) = &self.origin {
            revisions.set(&["originRevision"], origin.as_str());
        }
        entry.set(&["metadata"], revisions);
        entries.insert(0, entry);
        entries.truncate(LONGEST_HISTORY);
        self.ks.0.set(&["status", "history"], entries);
    }
}

/// The annotations of events about a revision.
pub(super) fn metadata(revision: &str, origin: Option<&str>) -> Vec<(&'static str, String)> {
    let mut pairs = Vec::new();
    if !revision.is_empty() {
        pairs.push(("kustomize.toolkit.fluxcd.io/revision", revision.to_owned()));
    }
    if let Some(origin) = origin {
        pairs.push(("kustomize.toolkit.fluxcd.io/originRevision", origin.to_owned()));
    }
    pairs
}
