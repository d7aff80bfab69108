//! The story.
//!
//! Knows finding scenario files and the order of things; the only translator
//! between the language and the place. Plan, settle, judge, emit. Must not know
//! terminals, process exit, command-line flags, or which reporter.
//! Start at [`plan`] and [`run`].

mod content;
mod counterproof;
mod find;
mod judge;
mod load;
mod look;
mod open;
mod options;
mod outside;
mod plan;
mod refusal;
mod run;
mod settle;
mod snapshots;
mod steps;
mod story;
mod unknown;
mod world;

pub use environment::Abilities;
pub use find::{FindError, Found, find};
pub use load::Mistake;
pub use look::{At, Seen, SeenStep, look};
pub use options::RunOptions;
pub use plan::{Case, Plan, PlanError, Selection, plan};
pub use run::run;
