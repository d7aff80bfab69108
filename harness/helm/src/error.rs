//! Errors of execution, in Go's words.

use std::sync::Arc;

/// Why a template stopped, or why a function refused.
///
/// The texts are those that Go's `errors.Unwrap` would give one after another, the whole
/// message first; whoever shows them may reshape them as Helm does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message())]
pub(crate) struct ExecError(Vec<Arc<str>>);

impl ExecError {
    /// A refusal without a place: a function's own error.
    pub(crate) fn new(message: impl Into<Arc<str>>) -> Self {
        Self(vec![message.into()])
    }

    /// The same error with words around its message (Go's `%w`).
    pub(crate) fn within(self, message: impl Into<Arc<str>>) -> Self {
        let mut texts = vec![message.into()];
        texts.extend(self.0);
        Self(texts)
    }

    /// The whole message.
    pub(crate) fn message(&self) -> &str {
        self.0.first().map_or("", |text| text)
    }

    /// The message and those of its causes.
    pub(crate) fn texts(&self) -> &[Arc<str>] {
        &self.0
    }
}
