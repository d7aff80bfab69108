//! Go's `text/template`, over Helm's values.
//!
//! Knows the language, its evaluation and its error texts. Must not know charts.
//! Start at [`Templates`].

mod builtin;
mod call;
mod constant;
mod exec;
mod lexer;
mod node;
mod operand;
mod parser;
mod templates;
mod token;
mod values;

pub(crate) use call::{Body, Function, Param};
pub(crate) use exec::{Execution, without_no_value};
pub(crate) use templates::{Parsed, Templates};

#[cfg(test)]
mod tests;
