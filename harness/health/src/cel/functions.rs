//! Functions by name: global ones, those of a namespace, and methods.

use super::CelError;
use super::ast::{Expr, Node};
use super::eval::Outcome;
use super::value::Val;
use super::{convert, operators, strings, time};

const QUALIFIED: [&str; 9] = [
    "base64.decode",
    "base64.encode",
    "optional.none",
    "optional.of",
    "optional.ofNonZeroValue",
    "sets.contains",
    "sets.equivalent",
    "sets.intersects",
    "strings.quote",
];

/// The name of a function of a namespace, if `target.function` spells one.
pub(super) fn qualified(target: &Node, function: &str) -> Option<String> {
    let Expr::Ident(namespace) = &target.expr else { return None };
    let name = format!("{namespace}.{function}");
    QUALIFIED.contains(&name.as_str()).then_some(name)
}

/// Whether a global function of this name exists.
pub(super) fn is_known(function: &str) -> bool {
    QUALIFIED.contains(&function)
        || convert::is_conversion(function)
        || ["size", "matches"].contains(&function)
}

/// Calls a global function.
pub(super) fn global(function: &str, args: &[Val]) -> Outcome {
    match args {
        [value] => {
            if let Some(outcome) = operators::unary(function, value) {
                return outcome;
            }
            if convert::is_conversion(function) {
                return convert::convert(function, value);
            }
        }
        [left, right] => {
            if let Some(outcome) = operators::binary(function, left, right) {
                return outcome;
            }
        }
        _ => {}
    }
    match (function, args) {
        ("size", [value]) => size(value),
        ("matches", [Val::String(text), pattern]) => {
            strings::method("matches", text, std::slice::from_ref(pattern))
                .unwrap_or_else(|| Err(CelError::no_overload()))
        }
        ("base64.encode", [Val::Bytes(bytes)]) => Ok(Val::text(strings::base64_encode(bytes))),
        ("base64.decode", [Val::String(text)]) => strings::base64_decode(text),
        ("optional.none", []) => Ok(Val::Optional(None)),
        ("optional.of", [value]) => Ok(Val::Optional(Some(Box::new(value.clone())))),
        ("optional.ofNonZeroValue", [value]) => {
            Ok(Val::Optional((!value.is_zero()).then(|| Box::new(value.clone()))))
        }
        ("strings.quote", [Val::String(text)]) => Ok(Val::text(format!("{text:?}"))),
        (name, [left, right]) if name.starts_with("sets.") => sets(name, left, right),
        _ => Err(unknown(function, args)),
    }
}

/// Calls a method; the first value is its receiver.
pub(super) fn member(function: &str, values: &[Val]) -> Outcome {
    let Some((receiver, args)) = values.split_first() else {
        return Err(CelError::no_overload());
    };
    let found = match (receiver, function, args) {
        (_, "size", []) => return size(receiver),
        (Val::String(text), ..) => strings::method(function, text, args),
        (Val::Optional(inner), "hasValue", []) => Some(Ok(Val::Bool(inner.is_some()))),
        (Val::Optional(inner), "value", []) => Some(
            inner.as_deref().cloned().ok_or_else(|| CelError::new("optional.none() dereference")),
        ),
        (Val::Timestamp(_) | Val::Duration(_), _, [] | [Val::String(_)]) => {
            time::part(function, receiver).map(Ok)
        }
        (list, "join", []) => strings::join(list, "").map(Ok),
        (list, "join", [Val::String(by)]) => strings::join(list, by).map(Ok),
        _ => None,
    };
    found.unwrap_or_else(|| Err(unknown(function, values)))
}

/// What cel-go says of a function that nothing answers for.
fn unknown(function: &str, args: &[Val]) -> CelError {
    match args.first() {
        Some(first) => operators::refused(function, first),
        None => CelError(format!("no such overload: {function}()")),
    }
}

fn size(value: &Val) -> Outcome {
    let size = match value {
        Val::String(text) => text.chars().count(),
        Val::Bytes(bytes) => bytes.len(),
        other => match (other.items(), other.entries()) {
            (Some(items), _) => items.len(),
            (_, Some(entries)) => entries.len(),
            _ => return Err(operators::refused("size", other)),
        },
    };
    Ok(Val::Int(i64::try_from(size).unwrap_or(i64::MAX)))
}

fn sets(name: &str, left: &Val, right: &Val) -> Outcome {
    let (Some(left), Some(right)) = (left.items(), right.items()) else {
        return Err(CelError::no_overload());
    };
    let holds = |list: &[Val], item: &Val| list.iter().any(|one| one.equals(item));
    Ok(Val::Bool(match name {
        "sets.contains" => right.iter().all(|item| holds(&left, item)),
        "sets.equivalent" => {
            right.iter().all(|item| holds(&left, item))
                && left.iter().all(|item| holds(&right, item))
        }
        _ => right.iter().any(|item| holds(&left, item)),
    }))
}
