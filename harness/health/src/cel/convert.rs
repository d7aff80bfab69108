//! Types as values, and conversions between them.

use super::CelError;
use super::eval::Outcome;
use super::value::{Val, format_double};
use super::{strings, time};

const TYPES: [&str; 12] = [
    "bool",
    "bytes",
    "double",
    "google.protobuf.Duration",
    "google.protobuf.Timestamp",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "type",
    "uint",
];

/// The type of that name.
pub(super) fn type_named(name: &str) -> Option<&'static str> {
    TYPES.into_iter().find(|known| *known == name)
}

/// Whether a function is a conversion, whose constant arguments are converted early.
pub(super) fn is_conversion(function: &str) -> bool {
    let conversions = [
        "bool",
        "bytes",
        "double",
        "duration",
        "dyn",
        "int",
        "string",
        "timestamp",
        "type",
        "uint",
    ];
    conversions.contains(&function)
}

/// Converts a value.
pub(super) fn convert(function: &str, value: &Val) -> Outcome {
    let converted = match function {
        "dyn" => Some(value.clone()),
        "type" => Some(Val::Type(value.type_name())),
        "bool" => to_bool(value),
        "bytes" => match value {
            Val::Bytes(_) => Some(value.clone()),
            Val::String(text) => Some(Val::Bytes(text.as_bytes().into())),
            _ => None,
        },
        "double" => to_double(value),
        "duration" => match value {
            Val::Duration(_) => Some(value.clone()),
            Val::String(text) => time::parse_duration(text).map(Val::Duration),
            _ => None,
        },
        "int" => to_int(value)?,
        "uint" => to_uint(value)?,
        "string" => to_string(value),
        "timestamp" => match value {
            Val::Timestamp(_) => Some(value.clone()),
            Val::String(text) => time::parse_timestamp(text).map(Val::Timestamp),
            Val::Int(seconds) => Some(Val::Timestamp(i128::from(*seconds) * 1_000_000_000)),
            _ => None,
        },
        _ => None,
    };
    converted.ok_or_else(|| unconvertible(function, value))
}

fn unconvertible(function: &str, value: &Val) -> CelError {
    match value {
        Val::String(_) => {
            let wanted = match function {
                "duration" => "google.protobuf.Duration",
                "timestamp" => "google.protobuf.Timestamp",
                other => other,
            };
            CelError(format!("type conversion error from 'string' to '{wanted}'"))
        }
        other => CelError(format!("no such overload: {function}({})", other.type_name())),
    }
}

fn to_bool(value: &Val) -> Option<Val> {
    match value {
        Val::Bool(_) => Some(value.clone()),
        Val::String(text) => match text.as_ref() {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(Val::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(Val::Bool(false)),
            _ => None,
        },
        _ => None,
    }
}

fn to_double(value: &Val) -> Option<Val> {
    match value {
        Val::Double(_) => Some(value.clone()),
        Val::Int(number) => Some(Val::Double(*number as f64)),
        Val::Uint(number) => Some(Val::Double(*number as f64)),
        Val::String(text) => text.parse().ok().map(Val::Double),
        _ => None,
    }
}

fn to_int(value: &Val) -> Result<Option<Val>, CelError> {
    let range = || CelError::new("integer overflow");
    Ok(match value {
        Val::Int(_) => Some(value.clone()),
        Val::Uint(number) => Some(Val::Int(i64::try_from(*number).map_err(|_| range())?)),
        Val::Double(number) if number.abs() < 9.2e18 => Some(Val::Int(*number as i64)),
        Val::Double(_) => return Err(range()),
        Val::String(text) => text.parse().ok().map(Val::Int),
        Val::Timestamp(nanos) => i64::try_from(nanos.div_euclid(1_000_000_000)).ok().map(Val::Int),
        Val::Duration(nanos) => Some(Val::Int(*nanos)),
        _ => None,
    })
}

fn to_uint(value: &Val) -> Result<Option<Val>, CelError> {
    let range = || CelError::new("unsigned integer overflow");
    Ok(match value {
        Val::Uint(_) => Some(value.clone()),
        Val::Int(number) => Some(Val::Uint(u64::try_from(*number).map_err(|_| range())?)),
        Val::Double(number) if (0.0..1.8e19).contains(number) => Some(Val::Uint(*number as u64)),
        Val::Double(_) => return Err(range()),
        Val::String(text) => text.parse().ok().map(Val::Uint),
        _ => None,
    })
}

fn to_string(value: &Val) -> Option<Val> {
    let text = match value {
        Val::String(_) => return Some(value.clone()),
        Val::Bool(_) | Val::Int(_) | Val::Uint(_) => value.show(),
        Val::Double(number) => format_double(*number),
        Val::Bytes(bytes) => strings::utf8(bytes)?,
        Val::Duration(nanos) => time::format_duration(*nanos),
        Val::Timestamp(nanos) => time::format_timestamp(*nanos),
        _ => return None,
    };
    Some(Val::text(text))
}
