//! What readiness is: a status, a message and the condition that says the same.

use std::fmt;

/// The readiness of an object (kstatus `status.Status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// As its spec wants it.
    Current,
    /// On its way.
    InProgress,
    /// It will not get there by itself.
    Failed,
    /// Being deleted.
    Terminating,
    /// Not there.
    NotFound,
    /// It cannot be said.
    Unknown,
}

impl fmt::Display for Status {
    /// As Flux prints it: `InProgress`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

/// The standard condition that kstatus would set: `Reconciling` or `Stalled`, always `True`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// `Reconciling` or `Stalled`.
    pub kind: &'static str,
    /// Machine-readable reason.
    pub reason: String,
    /// For people.
    pub message: String,
}

/// A verdict on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The status.
    pub status: Status,
    /// Why, in kstatus' words; empty for verdicts of expressions.
    pub message: String,
    /// The standard condition for a status of `InProgress` or `Failed`.
    pub condition: Option<Condition>,
}

impl Health {
    /// `Current`.
    pub(crate) fn current(message: impl Into<String>) -> Self {
        Self::plain(Status::Current, message)
    }

    /// A verdict without a condition.
    pub(crate) fn plain(status: Status, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), condition: None }
    }

    /// `InProgress`, with its condition.
    pub(crate) fn in_progress(reason: &str, message: impl Into<String>) -> Self {
        Self::with_condition(Status::InProgress, "Reconciling", reason, message.into())
    }

    /// `Failed`, with its condition.
    pub(crate) fn failed(reason: &str, message: impl Into<String>) -> Self {
        Self::with_condition(Status::Failed, "Stalled", reason, message.into())
    }

    fn with_condition(status: Status, kind: &'static str, reason: &str, message: String) -> Self {
        let condition = Condition { kind, reason: reason.to_owned(), message: message.clone() };
        Self { status, message, condition: Some(condition) }
    }
}

/// Why no verdict is possible, in the library's words: a field has a wrong type, a phase is unknown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HealthError(pub(crate) String);
