//! Readiness of an object, as kstatus computes it and as health check
//! expressions say.
//!
//! Knows status fields of every kind and CEL. Must not know clients; the
//! present moment is passed in. Start at [`compute`] (one object alone),
//! [`poll`] (as Flux polls it) and [`HealthChecks`] (expressions).

mod access;
mod builtin;
pub mod cel;
mod compute;
mod expressions;
mod health;
mod job;
mod pod;
mod poll;
mod selector;

pub use compute::compute;
pub use expressions::{CheckExpressions, ExpressionError, Expressions, HealthChecks};
pub use health::{Condition, Health, HealthError, Status};
pub use job::job_reader;
pub use poll::{Polled, poll, related_kinds};
