//! What the server's code does to built-in kinds: defaults and rules.
//!
//! One rule: one file for each group of kinds, one small function for each
//! kind; unknown kinds pass untouched. Start at [`default`] and [`validate`].

mod defaults;
mod prepare;
mod rules;
mod tools;

pub use defaults::default;
pub use prepare::prepare;
pub use rules::{reset_fields, validate, validate_meta};
