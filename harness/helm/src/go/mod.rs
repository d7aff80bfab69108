//! Go's own ways with text and numbers, where output or messages show them.
//!
//! Source: Go `strconv` and `fmt`. Start at [`quote`], [`format_float`] and [`sprintf`].

mod number;
mod printf;
mod quote;

pub(crate) use number::{format_float, parse_float, parse_int};
pub(crate) use printf::{civil, print, sprintf};
pub(crate) use quote::{quote, unicode, unquote, unquote_char};
