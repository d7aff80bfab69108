//! What an action wrote, taken into the status: history and inventory.
//!
//! Rules from fluxcd/helm-controller: internal/reconcile/release and internal/inventory.

use std::collections::BTreeMap;

use flux::Inventory;
use flux::parts::{Entry, Snapshot, TestRun};
use objects::Object;

use super::digest;
use super::reconcile::Run;
use crate::action::{Filters, Release, documents};

/// A release as a snapshot.
pub(super) fn snapshot(release: &Release, action: &str, oci_digest: &str) -> Snapshot {
    let time = |at: Option<clock::Moment>| at.map(clock::Moment::rfc3339).unwrap_or_default();
    Snapshot {
        api_version: "v2".to_owned(),
        digest: digest::release(release, oci_digest),
        name: release.name.clone(),
        namespace: release.namespace.clone(),
        version: release.version,
        status: release.info.status.clone(),
        action: action.to_owned(),
        chart_name: release.chart_text("name").to_owned(),
        chart_version: release.chart_text("version").to_owned(),
        app_version: release.chart_text("appVersion").to_owned(),
        config_digest: digest::values(&release.config),
        first_deployed: time(release.info.first_deployed),
        last_deployed: time(release.info.last_deployed),
        deleted: time(release.info.deleted),
        tests: None,
        oci_digest: oci_digest.to_owned(),
    }
}

impl Run {
    /// Takes in what an install or upgrade wrote; whether it wrote anything.
    pub(super) fn record(&mut self, written: &[Release], action: &str) -> bool {
        let mut last: BTreeMap<i64, &Release> = BTreeMap::new();
        for release in written {
            last.insert(release.version, release);
        }
        let Some((_, newest)) = last.pop_last() else { return false };
        let oci = self.hr.status_text("lastAttemptedRevisionDigest").unwrap_or_default();
        let new = snapshot(newest, action, oci);
        let mut history = self.hr.history();
        history.0.insert(0, new);
        for older in last.values().rev() {
            let known = history.of(&older.name, &older.namespace, older.version);
            if let Some(known) = known {
                let tests = known.tests.take();
                *known = Snapshot { tests, ..snapshot(older, "", &known.oci_digest.clone()) };
                break;
            }
        }
        self.put_history(&history);
        true
    }

    /// Takes in what a rollback, an uninstallation or an unlocking wrote to known releases;
    /// with `adds` unknown ones become new snapshots. `None` keeps each one's action.
    pub(super) fn record_all(&mut self, written: &[Release], action: Option<&str>, adds: bool) {
        let mut history = self.hr.history();
        for release in written {
            let known = history.of(&release.name, &release.namespace, release.version);
            match known {
                Some(known) => {
                    let tests = if action.is_some() { known.tests.take() } else { None };
                    let kept = known.action.clone();
                    let action = action.unwrap_or(&kept);
                    let new = snapshot(release, action, &known.oci_digest.clone());
                    *known = Snapshot { tests, ..new };
                }
                None if adds => history.0.insert(0, snapshot(release, "", "")),
                None => {}
            }
        }
        if !written.is_empty() {
            self.put_history(&history);
        }
    }

    /// Takes in what a test wrote to the latest release.
    pub(super) fn record_tests(&mut self, written: &[Release], filters: &Filters) {
        let mut history = self.hr.history();
        for release in written {
            let Some(latest) = history.0.first_mut() else { return };
            if !latest.targets(&release.name, &release.namespace, release.version) {
                continue;
            }
            let time = |at: Option<clock::Moment>| at.map(clock::Moment::rfc3339);
            let tests = release.hooks.iter().filter(|hook| hook.is_for("test"));
            let runs = tests.filter(|hook| filters.select(&hook.name)).map(|hook| {
                let run = TestRun {
                    started: time(hook.started).unwrap_or_default(),
                    completed: time(hook.completed).unwrap_or_default(),
                    phase: hook.phase.clone(),
                };
                (hook.name.clone(), run)
            });
            let new = snapshot(release, &latest.action.clone(), &latest.oci_digest.clone());
            *latest = Snapshot { tests: Some(runs.collect()), ..new };
        }
        self.put_history(&history);
    }

    /// The inventory of the last release that was written, and of the chart's definitions.
    pub(super) async fn record_inventory(&mut self, written: &[Release]) {
        let Some(release) = written.last() else { return };
        let mut entries = Vec::new();
        for text in documents(&release.manifest) {
            let read = objects::load_yaml(text, yaml::Schema::Yaml11).unwrap_or_default();
            for mut object in read.into_iter().map(Object) {
                if object.kind().is_empty() || object.annotation("helm.sh/hook").is_some() {
                    continue;
                }
                let resource = self.target.resource(&object.gvk()).await;
                if object.namespace().is_empty() && resource.is_ok_and(|found| found.namespaced) {
                    object.set(&["metadata", "namespace"], release.namespace.as_str());
                }
                entries.push(Entry::of(&object));
            }
        }
        for (_, text) in &self.definitions {
            let read = objects::load_yaml(text, yaml::Schema::Yaml11).unwrap_or_default();
            let objects = read.into_iter().map(Object).filter(|object| !object.kind().is_empty());
            entries.extend(objects.map(|object| Entry::of(&object)));
        }
        self.hr.0.set(&["status", "inventory"], Inventory(entries).to_value());
    }
}
