//! `status.history`: what was released, as the controller saw it written.
//!
//! Rules from fluxcd/helm-controller: api/v2/snapshot_types.

use std::collections::BTreeMap;

use objects::{Map, Value};

/// How many snapshots stay where no good one is among them.
const KEPT: usize = 5;

/// One run of a test.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestRun {
    /// When it began, RFC 3339; empty before.
    pub started: String,
    /// When it ended, RFC 3339; empty before.
    pub completed: String,
    /// `Succeeded`, `Failed`, …
    pub phase: String,
}

/// One release as it was last seen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    /// `v2`, or empty for a snapshot of an old controller.
    pub api_version: String,
    /// Digest of the release.
    pub digest: String,
    /// Stored name.
    pub name: String,
    /// Namespace of the release.
    pub namespace: String,
    /// Revision.
    pub version: i64,
    /// Helm's status.
    pub status: String,
    /// What made it; may be empty.
    pub action: String,
    /// Name of the chart.
    pub chart_name: String,
    /// Version of the chart.
    pub chart_version: String,
    /// Version of the app.
    pub app_version: String,
    /// Digest of the values.
    pub config_digest: String,
    /// RFC 3339.
    pub first_deployed: String,
    /// RFC 3339.
    pub last_deployed: String,
    /// RFC 3339; empty unless uninstalled.
    pub deleted: String,
    /// Tests by hook; `None` before they ran.
    pub tests: Option<BTreeMap<String, TestRun>>,
    /// Digest of the OCI artifact.
    pub oci_digest: String,
}

impl Snapshot {
    /// `namespace/name.vN`
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}.v{}", self.namespace, self.name, self.version)
    }

    /// `chart@version`
    #[must_use]
    pub fn chart(&self) -> String {
        format!("{}@{}", self.chart_name, self.chart_version)
    }

    /// Whether it is of this release.
    #[must_use]
    pub fn targets(&self, name: &str, namespace: &str, version: i64) -> bool {
        self.name == name && self.namespace == namespace && self.version == version
    }

    /// Whether tests were seen to run.
    #[must_use]
    pub fn is_tested(&self) -> bool {
        let Some(tests) = &self.tests else { return false };
        tests.values().any(|test| test.phase == "Failed")
            || tests.values().all(|test| test.phase == "Succeeded")
    }

    /// Whether a test failed.
    #[must_use]
    pub fn has_failed_test(&self) -> bool {
        self.tests.iter().flat_map(BTreeMap::values).any(|test| test.phase == "Failed")
    }

    fn is_good(&self, ignores_tests: bool) -> bool {
        matches!(self.status.as_str(), "deployed" | "superseded")
            && (ignores_tests || !self.has_failed_test())
    }

    fn read(value: &Value) -> Self {
        let text = |key: &str| value.str_at(&[key]).unwrap_or_default().to_owned();
        let tests = value.get("testHooks").and_then(Value::as_map);
        Self {
            api_version: text("apiVersion"),
            digest: text("digest"),
            name: text("name"),
            namespace: text("namespace"),
            version: value.int_at(&["version"]).unwrap_or(0),
            status: text("status"),
            action: text("action"),
            chart_name: text("chartName"),
            chart_version: text("chartVersion"),
            app_version: text("appVersion"),
            config_digest: text("configDigest"),
            first_deployed: text("firstDeployed"),
            last_deployed: text("lastDeployed"),
            deleted: text("deleted"),
            tests: tests.map(|tests| tests.iter().map(read_test).collect()),
            oci_digest: text("ociDigest"),
        }
    }

    fn to_value(&self) -> Value {
        let texts = [
            ("apiVersion", &self.api_version),
            ("digest", &self.digest),
            ("name", &self.name),
            ("namespace", &self.namespace),
            ("status", &self.status),
            ("action", &self.action),
            ("chartName", &self.chart_name),
            ("chartVersion", &self.chart_version),
            ("appVersion", &self.app_version),
            ("configDigest", &self.config_digest),
            ("firstDeployed", &self.first_deployed),
            ("lastDeployed", &self.last_deployed),
            ("deleted", &self.deleted),
            ("ociDigest", &self.oci_digest),
        ];
        let kept = texts.into_iter().filter(|(_, text)| !text.is_empty());
        let mut map: Map = kept.map(|(key, text)| (key, Value::from(text.as_str()))).collect();
        map.insert("version", self.version);
        if let Some(tests) = &self.tests {
            let tests: Map =
                tests.iter().map(|(name, test)| (name.as_str(), write(test))).collect();
            map.insert("testHooks", tests);
        }
        map.into()
    }
}

fn read_test((name, value): (&std::sync::Arc<str>, &Value)) -> (String, TestRun) {
    let text = |key: &str| value.str_at(&[key]).unwrap_or_default().to_owned();
    let run = TestRun {
        started: text("lastStarted"),
        completed: text("lastCompleted"),
        phase: text("phase"),
    };
    (name.to_string(), run)
}

fn write(test: &TestRun) -> Value {
    let texts = [
        ("lastStarted", &test.started),
        ("lastCompleted", &test.completed),
        ("phase", &test.phase),
    ];
    let kept = texts.into_iter().filter(|(_, text)| !text.is_empty());
    kept.map(|(key, text)| (key, Value::from(text.as_str()))).collect::<Map>().into()
}

/// Snapshots, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshots(pub Vec<Snapshot>);

impl Snapshots {
    pub(super) fn read(values: &[Value]) -> Self {
        let mut list: Vec<Snapshot> = values.iter().map(Snapshot::read).collect();
        list.sort_by_key(|snapshot| -snapshot.version);
        Self(list)
    }

    pub(super) fn to_value(&self) -> Value {
        self.0.iter().map(Snapshot::to_value).collect()
    }

    /// The newest.
    #[must_use]
    pub fn latest(&self) -> Option<&Snapshot> {
        self.0.iter().max_by_key(|snapshot| snapshot.version)
    }

    /// The newest good one before the latest.
    #[must_use]
    pub fn previous(&self, ignores_tests: bool) -> Option<&Snapshot> {
        self.0.iter().skip(1).find(|snapshot| snapshot.is_good(ignores_tests))
    }

    /// Drops what is older than the previous good one; without one five stay.
    pub fn truncate(&mut self, ignores_tests: bool) {
        let good = self.0.iter().skip(1).position(|snapshot| snapshot.is_good(ignores_tests));
        self.0.truncate(good.map_or(KEPT, |at| at + 2));
    }

    /// Keeps the newest five.
    pub fn truncate_all(&mut self) {
        self.0.truncate(KEPT);
    }

    /// The snapshot of a release, to be replaced.
    pub fn of(&mut self, name: &str, namespace: &str, version: i64) -> Option<&mut Snapshot> {
        self.0.iter_mut().find(|snapshot| snapshot.targets(name, namespace, version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshots(list: &[(i64, &str)]) -> Snapshots {
        let one = |(version, status): &(i64, &str)| Snapshot {
            version: *version,
            status: (*status).to_owned(),
            ..Snapshot::default()
        };
        Snapshots(list.iter().map(one).collect())
    }

    #[test]
    fn history_stays_down_to_the_previous_good_release() {
        let mut history =
            snapshots(&[(4, "failed"), (3, "failed"), (2, "superseded"), (1, "superseded")]);
        assert_eq!(history.previous(false).unwrap().version, 2);
        history.truncate(false);
        assert_eq!(history.0.len(), 3);
        let mut failed = snapshots(&[(7, "failed"); 7]);
        failed.truncate(false);
        assert_eq!(failed.0.len(), 5);
    }

    #[test]
    fn a_release_is_tested_once_every_test_succeeded_or_one_failed() {
        let tested = |phases: Option<&[&str]>| {
            let run = |(at, phase): (usize, &&str)| {
                (at.to_string(), TestRun { phase: (*phase).to_owned(), ..TestRun::default() })
            };
            let tests = phases.map(|phases| phases.iter().enumerate().map(run).collect());
            Snapshot { tests, ..Snapshot::default() }.is_tested()
        };
        assert!(!tested(None));
        assert!(tested(Some(&[])));
        assert!(tested(Some(&["", "Failed"])));
        assert!(!tested(Some(&["", "Succeeded"])));
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut history = snapshots(&[(2, "deployed"), (1, "superseded")]);
        history.0[0].tests = Some(BTreeMap::new());
        let value = history.to_value();
        assert_eq!(Snapshots::read(value.as_list().unwrap()), history);
    }
}
