//! What events of releases carry besides their text.

use flux::parts::Snapshot;

use super::digest;
use super::reconcile::Run;
use crate::action::Log;

impl Run {
    /// The metadata of an event about a release that was made.
    pub(super) fn metadata(snapshot: &Snapshot) -> Vec<(&'static str, String)> {
        annotations(
            &snapshot.chart_version,
            &snapshot.config_digest,
            &snapshot.app_version,
            &snapshot.oci_digest,
        )
    }

    /// The metadata of an event about a release that was attempted.
    pub(super) fn attempted(&self) -> Vec<(&'static str, String)> {
        let oci = self.hr.status_text("lastAttemptedRevisionDigest").unwrap_or_default();
        let values = digest::values(&self.values);
        annotations(&self.chart_version(), &values, &self.app_version(), oci)
    }
}

/// Pairs that are not empty.
pub(super) fn annotations(
    revision: &str,
    token: &str,
    app_version: &str,
    oci_digest: &str,
) -> Vec<(&'static str, String)> {
    let pairs = [
        ("helm.toolkit.fluxcd.io/revision", revision),
        ("helm.toolkit.fluxcd.io/token", token),
        ("helm.toolkit.fluxcd.io/app-version", app_version),
        ("helm.toolkit.fluxcd.io/oci-digest", oci_digest),
    ];
    let filled = pairs.into_iter().filter(|(_, text)| !text.is_empty());
    filled.map(|(key, text)| (key, text.to_owned())).collect()
}

/// A message with the last lines of Helm's log.
pub(super) fn with_log(message: &str, log: &Log) -> String {
    match log.text() {
        text if text.is_empty() => message.to_owned(),
        text => format!("{message}\n\nLast Helm logs:\n\n{text}"),
    }
}
