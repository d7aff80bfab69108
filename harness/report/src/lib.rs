//! How a run is shown.
//!
//! Knows terminal, JUnit, JSON Lines, CI annotations, fan-out, and reading a
//! recorded run. Must not know scenarios, environments, or how a verdict came
//! about. Start at [`Report`] and [`Terminal`].

mod annotations;
mod failure;
mod fanout;
mod jsonlines;
mod junit;
mod replay;
mod story;
mod style;
mod summary;
mod terminal;

pub use annotations::Annotations;
pub use fanout::{Fanout, Report};
pub use jsonlines::JsonLines;
pub use junit::Junit;
pub use replay::{ReplayError, replay};
pub use summary::StepSummary;
pub use terminal::{Terminal, TerminalOptions};
