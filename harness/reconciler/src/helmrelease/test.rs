//! The action test (fluxcd/helm-controller: reconcile/test).

use flux::parts::{Snapshot, State, Step};
use flux::reason;
use objects::Value;

use super::names::shorten;
use super::reconcile::Run;
use crate::action::{Filters, Problem};

impl Run {
    pub(super) async fn test(&mut self) -> Result<(), String> {
        let result = self.try_test().await;
        self.summarize();
        result
    }

    async fn try_test(&mut self) -> Result<(), String> {
        let Some(current) = self.hr.history().latest().cloned() else {
            return Err("no latest release: required for test".to_owned());
        };
        let storage = self.hr.storage_namespace().to_owned();
        let actions = self.actions(&storage);
        let filters = self.filters();
        let name = shorten(&self.hr.release_name());
        let result = actions.test(&name, &filters, &self.waits(Step::Test)).await;
        self.record_tests(&actions.storage.take_written(), &filters);
        let (release, problem) = match result {
            Ok(release) => (Some(release), None),
            Err((release, problem)) => (release, Some(problem)),
        };
        let release = release.filter(|_| problem.is_none());
        let other = release
            .filter(|release| !current.targets(&release.name, &release.namespace, release.version));
        let mismatch = other.map(|release| {
            Problem::Failed(format!(
                "release mismatch: tested release {}/{}.v{} != current release {}",
                release.namespace,
                release.name,
                release.version,
                current.full_name()
            ))
        });
        let latest = self.hr.history().latest().cloned().unwrap_or_default();
        match mismatch.or(problem) {
            None => {
                self.tested(&latest).await;
                Ok(())
            }
            Some(problem) => {
                self.test_failed(&latest, &problem).await;
                if latest.is_tested() { Ok(()) } else { Err(problem.to_string()) }
            }
        }
    }

    fn filters(&self) -> Filters {
        let written = self.spec(&["test", "filters"]).and_then(Value::as_list).unwrap_or_default();
        let mut filters = Filters::default();
        for filter in written {
            let name = filter.str_at(&["name"]).unwrap_or_default().to_owned();
            match filter.bool_at(&["exclude"]) {
                Some(true) => filters.exclude.push(name),
                _ => filters.include.push(name),
            }
        }
        filters
    }

    async fn tested(&mut self, latest: &Snapshot) {
        let count = latest.tests.as_ref().map_or(0, std::collections::BTreeMap::len);
        let what = match count {
            0 => "no test hooks".to_owned(),
            1 => "1 test hook completed successfully".to_owned(),
            many => format!("{many} test hooks completed successfully"),
        };
        let (release, chart) = (latest.full_name(), latest.chart());
        let message =
            format!("Helm test succeeded for release {release} with chart {chart}: {what}");
        self.stamped().set("TestSuccess", State::True, reason::TEST_SUCCEEDED, &message);
        self.event(false, reason::TEST_SUCCEEDED, &message, Self::metadata(latest)).await;
    }

    async fn test_failed(&mut self, latest: &Snapshot, problem: &Problem) {
        let (release, chart) = (latest.full_name(), latest.chart());
        let problem = problem.to_string();
        let message = format!(
            "Helm test failed for release {release} with chart {chart}: {}",
            problem.trim()
        );
        self.hr.count_up("failures");
        self.stamped().set("TestSuccess", State::False, reason::TEST_FAILED, &message);
        self.event(true, reason::TEST_FAILED, &message, Self::metadata(latest)).await;
        let remediation = self.hr.active_remediation();
        if let Some(remediation) = remediation.filter(|known| !known.ignores_tests)
            && latest.is_tested()
        {
            self.hr.count_up(remediation.step.counter());
        }
    }
}
