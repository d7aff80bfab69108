//! The story.
//!
//! Knows finding scenario files and the order of things; the only translator
//! between the language and the place. Plan, settle, judge, emit. Must not know
//! terminals, process exit, command-line flags, or which reporter.
//! Start at [`find`].

mod find;

pub use find::{FindError, Found, find};
