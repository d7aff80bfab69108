//! Errors of execution, in Go's words.

use std::rc::Rc;

/// Why a template stopped, or why a function refused.
///
/// The text is Go's whole message; whoever shows it may reshape it as Helm does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ExecError {
    pub(crate) message: Rc<str>,
    /// Whether it already carries the place where it happened.
    pub(crate) placed: bool,
}

impl ExecError {
    /// A refusal without a place: a function's own error.
    pub(crate) fn new(message: impl Into<Rc<str>>) -> Self {
        Self { message: message.into(), placed: false }
    }
}
