//! Helm's actions against an API: install, upgrade, test, rollback, uninstall.
//!
//! Knows releases, their records and hooks, as Helm 4.2 does (helm/helm: pkg/action,
//! pkg/kube, pkg/storage), and waits as helm-controller does. Must not know HelmReleases.
//! Start at [`Actions`].

mod build;
mod crds;
mod hooks;
mod install;
mod kube;
mod log;
mod manifest;
mod ownership;
mod record;
mod release;
mod rollback;
mod storage;
mod test;
mod uninstall;
mod update;
mod upgrade;
mod waiting;

use std::rc::Rc;
use std::time::Duration;

use health::HealthChecks;

use crate::caller::Client;
use crate::world::World;

use build::Resource;
pub(crate) use crds::Policy;
pub(crate) use install::{Install, Rendered};
pub(crate) use log::Log;
pub(crate) use manifest::documents;
pub(crate) use ownership::own;
pub(crate) use record::{chart_metadata_json, go_json, time_json};
pub(crate) use release::{Hook, Release};
pub(crate) use rollback::Rollback;
pub(crate) use storage::Storage;
pub(crate) use test::Filters;
pub(crate) use uninstall::Uninstall;
pub(crate) use upgrade::Upgrade;

/// The field manager of everything that a release applies (helm-controller: `--…`, Helm:
/// `ManagedFieldsManager`).
pub(crate) const MANAGER: &str = "helm-controller";

/// How an action waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// kstatus, looked at every five seconds.
    Poller,
    /// Helm 3's waiter, which looks every two seconds.
    Legacy,
    /// Only hooks are waited for.
    HookOnly,
}

/// Why an action failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// There is no record of the release.
    #[error("{0}")]
    NotFound(String),
    /// The release is uninstalled already.
    #[error("{0}")]
    AlreadyDeleted(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl From<String> for Problem {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

impl Problem {
    /// The same problem behind some words.
    pub(crate) fn after(self, words: &str) -> Self {
        match self {
            Self::NotFound(message) => Self::NotFound(format!("{words}{message}")),
            Self::AlreadyDeleted(message) => Self::AlreadyDeleted(format!("{words}{message}")),
            Self::Failed(message) => Self::Failed(format!("{words}{message}")),
        }
    }
}

/// What every action needs: an API, records, a log.
pub(crate) struct Actions {
    pub(crate) world: Rc<World>,
    pub(crate) client: Client,
    /// Where objects without a namespace go.
    pub(crate) namespace: String,
    pub(crate) storage: Storage,
    pub(crate) log: Log,
    pub(crate) checks: Rc<HealthChecks>,
}

/// How long and how an action waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waits {
    pub(crate) strategy: Strategy,
    pub(crate) timeout: Duration,
    /// Whether Jobs count only once they are complete.
    pub(crate) jobs: bool,
    /// Whether hooks are left out.
    pub(crate) no_hooks: bool,
}
