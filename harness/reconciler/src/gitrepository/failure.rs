//! How a phase of a source fails, and what that leads to.

use std::time::Duration;

/// What a failure leads to (fluxcd/source-controller: internal/error).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
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
pub(super) struct Failure {
    pub(super) class: Class,
    pub(super) condition: Option<&'static str>,
    pub(super) reason: &'static str,
    pub(super) message: String,
}

impl Failure {
    pub(super) fn new(
        class: Class,
        condition: &'static str,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { class, condition: Some(condition), reason, message: message.into() }
    }

    /// `FetchFailed`, tried again.
    pub(super) fn fetch(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Class::Generic, "FetchFailed", reason, message)
    }

    /// `FetchFailed`, never tried again.
    pub(super) fn stalling(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(Class::Stalling, "FetchFailed", reason, message)
    }
}
