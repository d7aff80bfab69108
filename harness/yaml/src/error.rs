//! Why a text is not YAML.

use crate::Place;

/// A syntax error or a passed limit, at its place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {}: {problem}", place.line)]
pub struct Error {
    /// What is wrong, in the words of libyaml where it has words for it.
    pub problem: String,
    /// Where.
    pub place: Place,
}

impl Error {
    /// An error at a place.
    #[must_use]
    pub fn new(problem: impl Into<String>, place: Place) -> Self {
        Self { problem: problem.into(), place }
    }
}
