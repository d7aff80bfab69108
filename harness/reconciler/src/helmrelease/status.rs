//! The one place that sums up: `Ready` is what the last action says of itself.
//!
//! Rules from fluxcd/helm-controller: internal/reconcile/release (summarize), internal/action
//! (reset, verify).

use flux::parts::{Condition, State};
use objects::Value;

use super::digest;
use super::names::shorten;
use super::reconcile::Run;

impl Run {
    /// Computes `Ready` from the conditions of the actions.
    pub(super) fn summarize(&mut self) {
        let tests = self.hr.tests();
        if !tests {
            self.conditions.delete("TestSuccess");
        }
        let candidates: &[&str] = match tests && !self.hr.ignores_test_failures() {
            true => &["Remediated", "TestSuccess", "Released"],
            false => &["Remediated", "Released"],
        };
        let Some(first) = first(self.conditions.list(), candidates) else { return };
        let state = if first.kind == "Remediated" { State::False } else { first.state };
        if state == State::True {
            self.conditions.delete("Stalled");
        }
        self.stamped().set("Ready", state, &first.reason, &first.message);
        let renderers = self.post_renderers_digest();
        self.hr.set_status_text("observedPostRenderersDigest", &renderers);
        let metadata = self.common_metadata_digest();
        self.hr.set_status_text("observedCommonMetadataDigest", &metadata);
    }

    pub(super) fn post_renderers_digest(&self) -> String {
        digest::spec(self.hr.0.at(&["spec", "postRenderers"]), digest::post_renderers)
    }

    pub(super) fn common_metadata_digest(&self) -> String {
        digest::spec(self.hr.0.at(&["spec", "commonMetadata"]), digest::common_metadata)
    }

    /// Whether what is attempted now differs from what failed before.
    pub(super) fn must_reset_failures(&mut self) -> bool {
        let reset = self.is_requested("reconcile.fluxcd.io/resetAt", "lastHandledResetAt");
        let known = |key| self.hr.status_text(key).unwrap_or_default();
        let config = known("lastAttemptedConfigDigest");
        reset
            || self.hr.count("lastAttemptedGeneration") != self.hr.0.generation()
            || known("lastAttemptedRevision") != self.chart_version()
            || (!config.is_empty() && config != digest::values(&self.values))
    }

    /// Whether a request by annotation is new; the status remembers its value in any case
    /// (fluxcd/pkg: apis/meta, `ShouldHandleForceRequest`).
    pub(super) fn is_requested(&mut self, annotation: &str, handled: &str) -> bool {
        let Some(asked) = self.hr.0.annotation(annotation).map(str::to_owned) else { return false };
        let reconcile = self.hr.0.annotation(flux::REQUESTED_AT).map(str::to_owned);
        let last = self.hr.status_text("lastHandledReconcileAt").map(str::to_owned);
        let before = self.hr.status_text(handled).map(str::to_owned);
        self.hr.set_status_text(handled, &asked);
        reconcile.as_deref() == Some(&asked)
            && last.as_deref() != Some(&asked)
            && before.as_deref() != Some(&asked)
    }

    /// Remembers what is attempted.
    pub(super) fn note_attempt(&mut self) {
        let generation = self.hr.0.generation();
        self.hr.0.set(&["status", "lastAttemptedGeneration"], generation);
        let version = self.chart_version();
        self.hr.set_status_text("lastAttemptedRevision", &version);
        let oci = self.chart.as_ref().map(|chart| chart.oci_digest.clone()).unwrap_or_default();
        self.hr.set_status_text("lastAttemptedRevisionDigest", &oci);
        let values = digest::values(&self.values);
        self.hr.set_status_text("lastAttemptedConfigDigest", &values);
        self.hr.0.remove(&["status", "lastAttemptedValuesChecksum"]);
        self.hr.0.remove(&["status", "lastReleaseRevision"]);
    }

    /// Whether the release must move: other namespaces, another name, another chart.
    pub(super) fn is_target_changed(&self) -> bool {
        let history = self.hr.history();
        let Some(latest) = history.latest() else { return false };
        let Some(storage) = self.hr.status_text("storageNamespace") else { return false };
        let moved = self.hr.storage_namespace() != storage
            || self.hr.release_namespace() != latest.namespace
            || shorten(&self.hr.release_name()) != latest.name;
        let in_place =
            self.hr.text(&["upgrade", "chartNameChangeStrategy"]) == Some("InPlaceUpdate");
        moved || (!in_place && self.chart_name() != latest.chart_name)
    }

    pub(super) fn chart_name(&self) -> String {
        self.chart.as_ref().map(|chart| chart.name().to_owned()).unwrap_or_default()
    }

    pub(super) fn chart_version(&self) -> String {
        self.chart.as_ref().map(|chart| chart.version().to_owned()).unwrap_or_default()
    }

    pub(super) fn app_version(&self) -> String {
        self.chart.as_ref().map(|chart| chart.app_version().to_owned()).unwrap_or_default()
    }

    /// A part of the spec, or nothing.
    pub(super) fn spec(&self, path: &[&str]) -> Option<&Value> {
        self.hr.0.get("spec")?.at(path)
    }
}

/// The condition that Go's stable sort puts first: an insertion sort by an order that only
/// knows candidates.
fn first(list: &[Condition], candidates: &[&str]) -> Option<Condition> {
    let place = |condition: &Condition| candidates.iter().position(|kind| *kind == condition.kind);
    let is_less = |a: &Condition, b: &Condition| match (place(a), place(b)) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(at), Some(other)) => a.observed_generation >= b.observed_generation && at < other,
    };
    let mut sorted: Vec<Condition> = list.to_vec();
    for end in 1..sorted.len() {
        let mut at = end;
        while at > 0 && is_less(&sorted[at], &sorted[at - 1]) {
            sorted.swap(at, at - 1);
            at -= 1;
        }
    }
    sorted.into_iter().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(kind: &str, observed_generation: i64) -> Condition {
        Condition {
            kind: kind.to_owned(),
            state: State::True,
            reason: String::new(),
            message: String::new(),
            observed_generation,
            since: String::new(),
        }
    }

    #[test]
    fn the_first_candidate_of_the_newest_generation_decides() {
        let candidates = ["Remediated", "TestSuccess", "Released"];
        let kind = |list: &[Condition]| first(list, &candidates).unwrap().kind;
        let (ready, released) = (condition("Ready", 2), condition("Released", 2));
        assert_eq!(
            kind(&[ready.clone(), released.clone(), condition("Remediated", 2)]),
            "Remediated"
        );
        assert_eq!(kind(&[ready.clone(), released, condition("Remediated", 1)]), "Released");
        assert_eq!(kind(&[ready]), "Ready");
    }
}
