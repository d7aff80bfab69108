//! Plays recordings of real Flux on the embedded place and compares.
//!
//! Knows the format of recorded cases: their steps, their normal form, their marks. Must
//! not know scenarios, verdicts or the terminal. Start at [`play_all`].

mod case;
mod error;
mod marks;
mod normal;
mod observe;
mod outside;
mod play;
mod record;
mod refs;
mod releases;
mod steps;
mod suite;
mod waiting;

pub use error::ConformError;
pub use marks::{MARKS, Marks};
pub use suite::{CaseResult, Request, play_all};
