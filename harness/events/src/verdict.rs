//! Verdicts: met, not met with what was found, unknown with the reasons.
//!
//! A failure is data for every report; nothing in it is formatted for a terminal.
//! Start at [`Verdict`].

use clock::Moment;
use objects::ObjectId;
use serde::{Deserialize, Serialize};

use crate::wire;

/// What judging an expectation gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", content = "because", rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything holds.
    Met,
    /// Something does not; at least one failure, in a fixed order.
    NotMet(Vec<Failure>),
    /// It rests on what this place does not reproduce; at least one reason.
    Unknown(Vec<String>),
}

impl Verdict {
    /// Whether everything holds.
    #[must_use]
    pub fn is_met(&self) -> bool {
        matches!(self, Self::Met)
    }

    /// Both together: a failure outweighs the unknown, the unknown outweighs met.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::NotMet(mut all), Self::NotMet(more)) => {
                all.extend(more);
                Self::NotMet(all)
            }
            (Self::NotMet(all), _) | (_, Self::NotMet(all)) => Self::NotMet(all),
            (Self::Unknown(mut all), Self::Unknown(more)) => {
                all.extend(
                    more.into_iter().filter(|reason| !all.contains(reason)).collect::<Vec<_>>(),
                );
                Self::Unknown(all)
            }
            (Self::Unknown(all), Self::Met) | (Self::Met, Self::Unknown(all)) => Self::Unknown(all),
            (Self::Met, Self::Met) => Self::Met,
        }
    }
}

/// How a scenario ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcome {
    /// It was carried out and judged.
    Judged(Verdict),
    /// The place failed: the chain of errors, outermost first.
    Broken {
        /// Messages, outermost first.
        error: Vec<String>,
    },
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Failure {
    /// In one sentence, without the object's name: `is not Ready`, `changed during the hold`.
    pub what: String,
    /// Cluster of the object; empty where there is one cluster.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// Which object, where it is about one.
    #[serde(default, with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectId>,
    /// Fields that differ, sorted by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldError>,
    /// Expected against found, pruned to what matters: lines that start with `-`, `+` or a space.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diff: Vec<String>,
    /// The last changes of the object's conditions, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// From the object down to what is behind it, nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<Cause>,
}

impl Failure {
    /// A failure that is about no object.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }

    /// A failure of an object.
    #[must_use]
    pub fn of(cluster: &str, object: ObjectId, what: impl Into<String>) -> Self {
        Self { cluster: cluster.to_owned(), object: Some(object), ..Self::new(what) }
    }
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldError {
    /// Path as a reader writes it: `spec.replicas`, `status.conditions[type=Ready].status`.
    pub path: String,
    /// What was expected, in compact YAML.
    pub expected: String,
    /// What was found, in compact YAML; `absent` where there is nothing.
    pub found: String,
}

/// A change of a condition or a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// When.
    #[serde(with = "wire::moment")]
    pub at: Moment,
    /// What it became: `Ready=False`, `deleted`.
    pub state: String,
    /// The condition's reason; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The condition's message; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}

/// One link of the chain from red to cause.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cause {
    /// Which object; `None` for a build error or a file.
    #[serde(default, with = "wire::optional_id", skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectId>,
    /// What it says of itself.
    pub what: String,
    /// Where it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}

/// A place in a repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Repository's name in the scenario; empty where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub repository: String,
    /// Path from the repository's root.
    pub file: String,
    /// Line, from 1; 0 where unknown.
    pub line: usize,
    /// Commit id.
    pub commit: String,
    /// First line of the commit's message.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
}
