//! A step that could not be carried out: not a failed place, and no failed expectation.
//!
//! One rule: it carries its whole chain of reasons as text, outermost first.

use environment::{Busy, PlaceError};

/// Why a step, or the making of the world, could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// Reasons, outermost first.
    pub(crate) chain: Vec<String>,
    /// Whether the place itself failed.
    pub(crate) place_failed: bool,
    /// Objects that never came to rest.
    pub(crate) busy: Vec<Busy>,
}

impl Refusal {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self::chain([reason.into()])
    }

    pub(crate) fn chain(reasons: impl IntoIterator<Item = String>) -> Self {
        Self { chain: reasons.into_iter().collect(), place_failed: false, busy: Vec::new() }
    }

    /// The same, with what it stopped before its reasons.
    pub(crate) fn within(mut self, what: &str) -> Self {
        self.chain.insert(0, what.to_owned());
        self
    }

    /// From an error with all that is behind it.
    pub(crate) fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut chain = vec![error.to_string()];
        let mut next = error.source();
        while let Some(cause) = next {
            chain.push(cause.to_string());
            next = cause.source();
        }
        Self::chain(chain)
    }
}

impl From<PlaceError> for Refusal {
    fn from(error: PlaceError) -> Self {
        let chain = Self::of(&error);
        let busy = match error {
            PlaceError::Endless { busy, .. } | PlaceError::Restless { busy } => busy,
            PlaceError::Folder { .. } => return Self { place_failed: true, ..chain },
            _ => return chain,
        };
        Self { place_failed: true, busy, ..chain }
    }
}
