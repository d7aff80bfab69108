//! Go's `text/template`, over Helm's values.
//!
//! Knows the language, its evaluation and its error texts. Must not know charts.
//! Start at [`Templates`].

mod builtin;
mod call;
mod error;
mod exec;
mod lexer;
mod node;
mod operand;
mod parser;
mod templates;
mod token;

pub(crate) use call::{Body, Callable, Function, Param};
pub(crate) use error::ExecError;
pub(crate) use exec::Execution;
pub(crate) use parser::ParseError;
pub(crate) use templates::Templates;

#[cfg(test)]
mod tests;
