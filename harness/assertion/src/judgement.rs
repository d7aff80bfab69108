//! A verdict with the question whether to wait on.
//!
//! Start at [`Judgement`].

use events::{Failure, Verdict};

/// A verdict, and whether time alone can still change it.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Met, not met or unknown.
    pub verdict: Verdict,
    /// Whether waiting is of no use: something happened that should never have, or a
    /// Flux object is Stalled.
    pub settled: bool,
}

impl Judgement {
    pub(crate) fn met() -> Self {
        Self { verdict: Verdict::Met, settled: false }
    }

    pub(crate) fn not_met(failure: Failure, settled: bool) -> Self {
        Self { verdict: Verdict::NotMet(vec![failure]), settled }
    }

    pub(crate) fn all_not_met(failures: Vec<Failure>) -> Self {
        Self { verdict: Verdict::NotMet(failures), settled: false }
    }

    pub(crate) fn unknown(reason: String) -> Self {
        Self { verdict: Verdict::Unknown(vec![reason]), settled: false }
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let settled = self.settled || other.settled;
        Self { verdict: self.verdict.and(other.verdict), settled }
    }
}
