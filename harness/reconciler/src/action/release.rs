//! A release as Helm keeps it (helm/helm: pkg/release/v1).

use std::collections::BTreeMap;
use std::rc::Rc;

use clock::Moment;
use objects::Value;

/// One revision of a release.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Release {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) version: i64,
    pub(crate) info: Info,
    /// The chart as JSON keeps it; its dependencies are not part of it.
    pub(crate) chart: Rc<Value>,
    /// What the user gave; an empty map stands for nothing.
    pub(crate) config: Value,
    pub(crate) manifest: Rc<str>,
    pub(crate) hooks: Vec<Hook>,
    /// `ssa`, `csa`, or empty in old records.
    pub(crate) apply_method: String,
    /// Labels of its record.
    pub(crate) labels: BTreeMap<String, String>,
}

/// How a release is.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Info {
    pub(crate) first_deployed: Option<Moment>,
    pub(crate) last_deployed: Option<Moment>,
    pub(crate) deleted: Option<Moment>,
    pub(crate) description: String,
    pub(crate) status: String,
    pub(crate) notes: String,
}

/// One hook of a release.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Hook {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) path: String,
    pub(crate) manifest: String,
    pub(crate) events: Vec<String>,
    pub(crate) started: Option<Moment>,
    pub(crate) completed: Option<Moment>,
    pub(crate) phase: String,
    pub(crate) weight: i64,
    pub(crate) delete_policies: Vec<String>,
    pub(crate) log_policies: Vec<String>,
}

impl Hook {
    pub(crate) fn is_for(&self, event: &str) -> bool {
        self.events.iter().any(|known| known == event)
    }
}

impl Release {
    pub(crate) fn set_status(&mut self, status: &str, description: impl Into<String>) {
        status.clone_into(&mut self.info.status);
        self.info.description = description.into();
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.info.status.starts_with("pending-")
    }

    pub(crate) fn is_server_side(&self) -> bool {
        self.apply_method == "ssa"
    }

    /// A text of the chart's metadata.
    pub(crate) fn chart_text(&self, key: &str) -> &str {
        self.chart.str_at(&["metadata", key]).unwrap_or_default()
    }
}

/// How Helm writes the way objects were applied.
pub(crate) fn method(server_side: bool) -> String {
    if server_side { "ssa" } else { "csa" }.to_owned()
}
