//! The functions that Helm adds to Go's templates: Sprig's, and its own.
//!
//! Source: `Masterminds/sprig` v3 (text functions) and Helm's engine. One file a theme;
//! each offers its functions by name. Start at [`function`].

mod cast;
mod certificates;
mod crypto;
mod dates;
mod decimal;
mod der;
mod dicts;
mod encoding;
mod helm;
mod json;
mod lists;
mod numbers;
mod random;
mod regexes;
mod rsa;
mod strings;
mod toml;
mod tomlread;
mod urls;
mod versions;
mod words;
mod yaml;

use crate::error::ExecError;
use crate::template::{Body, Function, Param};
use crate::value::Val;

pub(crate) use cast::{deep_equal, text_of};
pub(crate) use helm::{WARN_END, WARN_START};
pub(crate) use json::read as read_json;
pub(crate) use regexes::compile as compile_pattern;
pub(crate) use yaml::to_yaml;

use crate::bounds::LONGEST;

type Answer = Result<Val, ExecError>;
/// Fixed parameters, the type of the rest, and the body.
type Entry = (&'static [Param], Option<Param>, Body);

/// A function by name.
pub(crate) fn function(name: &str) -> Option<Function> {
    let (fixed, rest, body) = strings::function(name)
        .or_else(|| words::function(name))
        .or_else(|| numbers::function(name))
        .or_else(|| lists::function(name))
        .or_else(|| dicts::function(name))
        .or_else(|| helm::function(name))
        .or_else(|| yaml::function(name))
        .or_else(|| json::function(name))
        .or_else(|| encoding::function(name))
        .or_else(|| regexes::function(name))
        .or_else(|| versions::function(name))
        .or_else(|| dates::function(name))
        .or_else(|| random::function(name))
        .or_else(|| urls::function(name))
        .or_else(|| toml::function(name))
        .or_else(|| certificates::function(name))
        .or_else(|| crypto::function(name))?;
    Some(Function { fixed, rest, body })
}

/// Go's type of a value from outside, as `%T` prints it.
pub(crate) fn value_kind(value: &objects::Value) -> &'static str {
    Val::from(value).type_name()
}

fn refuse<T>(problem: impl Into<String>) -> Result<T, ExecError> {
    Err(ExecError::new(problem.into()))
}

/// Text of an argument whose parameter is text.
fn text(value: &Val) -> &str {
    value.as_str().map_or("", |text| text)
}

/// Number of an argument whose parameter is a whole number.
fn int(value: &Val) -> i64 {
    match value {
        Val::Int(number, _) => *number,
        _ => 0,
    }
}

/// A count that is used for repetition: Go's panics as errors, and a bound of ours.
fn count(number: i64, unit: usize) -> Result<usize, ExecError> {
    let Ok(number) = usize::try_from(number) else {
        return refuse("strings: negative Repeat count");
    };
    match number.checked_mul(unit.max(1)) {
        Some(bytes) if bytes <= LONGEST => Ok(number),
        _ => refuse("the result would be longer than 64 MiB"),
    }
}
