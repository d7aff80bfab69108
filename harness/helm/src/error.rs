//! Errors of execution, in Go's words.

/// Why a template stopped, or why a function refused.
///
/// Go's errors wrap one another, each text the end of the one around it; whoever shows them may
/// reshape them as Helm does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct ExecError {
    message: String,
    /// Where the texts begin that `errors.Unwrap` would give one after another.
    starts: Vec<usize>,
}

impl ExecError {
    /// A refusal without a place: a function's own error.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), starts: vec![0] }
    }

    /// The same error with words before its message (Go's `%w` at the end).
    pub(crate) fn within(self, words: &str) -> Self {
        let shift = words.len();
        let mut starts = vec![0];
        starts.extend(self.starts.iter().map(|start| start + shift));
        Self { message: format!("{words}{}", self.message), starts }
    }

    /// The whole message.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The message and those of its causes.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.starts.iter().filter_map(|start| self.message.get(*start..))
    }
}
