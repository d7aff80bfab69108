//! What a HelmRelease does about a failure.

use super::HelmRelease;

/// The actions that have settings of their own below `spec`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words of the API")]
pub enum Step {
    Install,
    Upgrade,
    Test,
    Rollback,
    Uninstall,
}

impl Step {
    /// Its key below `spec`.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Upgrade => "upgrade",
            Self::Test => "test",
            Self::Rollback => "rollback",
            Self::Uninstall => "uninstall",
        }
    }

    /// The counter of its failures below `status`.
    #[must_use]
    pub const fn counter(self) -> &'static str {
        match self {
            Self::Install => "installFailures",
            _ => "upgradeFailures",
        }
    }
}

/// `spec.install.remediation` or `spec.upgrade.remediation`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Remediation {
    /// Of which action.
    pub step: Step,
    /// How often it is tried again; negative for ever.
    pub retries: i64,
    /// Whether failed tests are no failure.
    pub ignores_tests: bool,
    /// Whether the last failure is remediated, too.
    pub remediates_last: bool,
    /// By uninstalling, not by rolling back.
    pub uninstalls: bool,
    /// Failures so far.
    pub failures: i64,
}

impl Remediation {
    pub(super) fn read(release: &HelmRelease, step: Step) -> Self {
        let spec = |key| release.0.at(&["spec", step.key(), "remediation", key]);
        let retries = spec("retries").and_then(objects::Value::as_int).unwrap_or(0);
        let flag = |key| spec(key).and_then(objects::Value::as_bool);
        let uninstalls = spec("strategy").and_then(objects::Value::as_str) == Some("uninstall");
        Self {
            step,
            retries,
            ignores_tests: flag("ignoreTestFailures")
                .unwrap_or_else(|| release.ignores_test_failures()),
            remediates_last: flag("remediateLastFailure")
                .unwrap_or(step == Step::Upgrade && retries > 0),
            uninstalls: step == Step::Install || uninstalls,
            failures: release.count(step.counter()),
        }
    }

    /// Whether there is no retry left.
    #[must_use]
    pub const fn is_exhausted(&self) -> bool {
        self.retries >= 0 && self.failures > self.retries
    }
}
