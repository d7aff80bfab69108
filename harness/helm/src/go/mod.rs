//! Go's own ways with text and numbers, where output or messages show them.
//!
//! Source: Go `strconv`, `fmt` and `path`. Start at [`quote`], [`format_float`] and [`sprintf`].

mod bytes;
mod number;
mod path;
mod printf;
mod quote;
mod time;

pub(crate) use bytes::{bytes_of_text, is_stranger, text_of_bytes};
pub(crate) use number::{format_float, hex_float, parse_float, parse_int};
pub(crate) use path::{base, clean_path, dir, ext};
pub(crate) use printf::{go_syntax, print, sprintf};
pub(crate) use quote::{can_backquote, is_print, quote, unicode, unquote, unquote_char};
pub(crate) use time::{civil, days_of, format_duration, format_time, parse_duration, parse_time};
