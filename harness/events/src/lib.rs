//! What a run says: events, verdicts, the summary and the exit code.
//!
//! Knows run, scenario, step, verdict and failure details, the virtual time of
//! each, and their recorded form with its version. Must not know terminals,
//! colour, clusters, or who is listening. Start at [`Event`] and [`Verdict`].

mod event;
pub mod record;
mod summary;
mod verdict;
mod wire;

pub use event::{Event, Sink, StepVerdict};
pub use record::{from_line, to_line};
pub use summary::{ExitCode, Summary};
pub use verdict::{Cause, Failure, FieldError, Outcome, Source, Transition, Verdict};
