//! How a phase of a source fails, and what that leads to.

use std::time::Duration;

/// What a failure leads to (fluxcd/source-controller: internal/error).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Nothing but a change of the object helps.
    Stalling,
    /// To be looked at again after this time.
    Waiting(Duration),
    /// To be tried again with back-off.
    Generic,
    /// No failure at all: nothing was to be done.
    Ignored,
}

/// A failure that knows its reason, and its condition where it has one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) class: Class,
    pub(crate) condition: Option<&'static str>,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    /// Reason and message of the condition, where they are not those of the event.
    pub(crate) shown: Option<(&'static str, String)>,
}

impl Failure {
    pub(crate) fn new(
        class: Class,
        condition: &'static str,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { class, condition: Some(condition), reason, message: message.into(), shown: None }
    }

    /// `FetchFailed`, tried again.
    pub(crate) fn fetch(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Class::Generic, "FetchFailed", reason, message)
    }

    /// `FetchFailed`, never tried again.
    pub(crate) fn stalling(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Class::Stalling, "FetchFailed", reason, message)
    }
}
