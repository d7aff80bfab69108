//! Arithmetic, comparison, membership, indexing.

use std::cmp::Ordering;

use super::CelError;
use super::eval::{Outcome, no_key};
use super::value::Val;

/// The operators on two values; `None` if there is no such operator.
pub(super) fn binary(operator: &str, left: &Val, right: &Val) -> Option<Outcome> {
    Some(match operator {
        "_==_" => Ok(Val::Bool(left.equals(right))),
        "_!=_" => Ok(Val::Bool(!left.equals(right))),
        "_<_" => ordered(operator, left, right, |order| order == Ordering::Less),
        "_<=_" => ordered(operator, left, right, |order| order != Ordering::Greater),
        "_>_" => ordered(operator, left, right, |order| order == Ordering::Greater),
        "_>=_" => ordered(operator, left, right, |order| order != Ordering::Less),
        "_+_" => add(left, right),
        "_-_" => subtract(left, right),
        "_*_" | "_/_" | "_%_" => multiply(operator, left, right),
        "@in" => contains(left, right),
        _ => return None,
    })
}

/// `!` and unary minus; `None` if there is no such operator.
pub(super) fn unary(operator: &str, value: &Val) -> Option<Outcome> {
    Some(match (operator, value) {
        ("!_", Val::Bool(flag)) => Ok(Val::Bool(!flag)),
        ("!_", _) => Err(CelError::no_overload()),
        ("-_", Val::Int(number)) => whole(number.checked_neg()),
        ("-_", Val::Double(number)) => Ok(Val::Double(-number)),
        ("-_", Val::Duration(nanos)) => nanos.checked_neg().map(Val::Duration).ok_or_else(overflow),
        ("-_", _) => Err(refused("-_", value)),
        _ => return None,
    })
}

/// Types that answer for themselves say less in their refusal.
pub(super) fn refused(function: &str, first: &Val) -> CelError {
    match first {
        Val::String(_) | Val::Duration(_) | Val::Timestamp(_) => CelError::no_overload(),
        _ => CelError(format!("no such overload: {function}")),
    }
}

fn ordered(operator: &str, left: &Val, right: &Val, test: fn(Ordering) -> bool) -> Outcome {
    match left.compare(right) {
        Some(order) => Ok(Val::Bool(test(order))),
        None if left.is_number() && right.is_number() => Ok(Val::Bool(false)),
        None if matches!(
            left,
            Val::Null | Val::List(_) | Val::Map(_) | Val::Json(_) | Val::Optional(_) | Val::Type(_)
        ) =>
        {
            Err(refused(operator, left))
        }
        None => Err(CelError::no_overload()),
    }
}

fn whole(result: Option<i64>) -> Outcome {
    result.map(Val::Int).ok_or_else(|| CelError::new("integer overflow"))
}

fn unsigned(result: Option<u64>) -> Outcome {
    result.map(Val::Uint).ok_or_else(|| CelError::new("unsigned integer overflow"))
}

fn overflow() -> CelError {
    CelError::new("duration overflow")
}

fn duration(result: Option<i64>) -> Outcome {
    result.map(Val::Duration).ok_or_else(overflow)
}

fn timestamp(nanos: i128) -> Outcome {
    super::time::in_range(nanos)
        .then_some(Val::Timestamp(nanos))
        .ok_or_else(|| CelError::new("timestamp overflow"))
}

fn add(left: &Val, right: &Val) -> Outcome {
    match (left, right) {
        (Val::Int(a), Val::Int(b)) => whole(a.checked_add(*b)),
        (Val::Uint(a), Val::Uint(b)) => unsigned(a.checked_add(*b)),
        (Val::Double(a), Val::Double(b)) => Ok(Val::Double(a + b)),
        (Val::String(a), Val::String(b)) => Ok(Val::text(format!("{a}{b}"))),
        (Val::Bytes(a), Val::Bytes(b)) => Ok(Val::Bytes([&a[..], &b[..]].concat().into())),
        (Val::Duration(a), Val::Duration(b)) => duration(a.checked_add(*b)),
        (Val::Duration(a), Val::Timestamp(b)) | (Val::Timestamp(b), Val::Duration(a)) => {
            timestamp(b + i128::from(*a))
        }
        _ => match (left.items(), right.items()) {
            (Some(mut items), Some(more)) => {
                items.extend(more);
                Ok(Val::list(items))
            }
            _ => Err(cannot("_+_", left)),
        },
    }
}

fn subtract(left: &Val, right: &Val) -> Outcome {
    match (left, right) {
        (Val::Int(a), Val::Int(b)) => whole(a.checked_sub(*b)),
        (Val::Uint(a), Val::Uint(b)) => unsigned(a.checked_sub(*b)),
        (Val::Double(a), Val::Double(b)) => Ok(Val::Double(a - b)),
        (Val::Duration(a), Val::Duration(b)) => duration(a.checked_sub(*b)),
        (Val::Timestamp(a), Val::Duration(b)) => timestamp(a - i128::from(*b)),
        (Val::Timestamp(a), Val::Timestamp(b)) => duration(i64::try_from(a - b).ok()),
        _ => Err(cannot("_-_", left)),
    }
}

/// Numbers and times know the operator and refuse the operand; other types do not know it.
fn cannot(operator: &str, left: &Val) -> CelError {
    match left {
        Val::Null | Val::Bool(_) | Val::Map(_) | Val::Optional(_) | Val::Type(_) => {
            refused(operator, left)
        }
        Val::Json(_) if left.is_map() => refused(operator, left),
        _ => CelError::no_overload(),
    }
}

fn multiply(operator: &str, left: &Val, right: &Val) -> Outcome {
    let zero = match operator {
        "_%_" => "modulus by zero",
        _ => "division by zero",
    };
    let divides = operator != "_*_";
    match (left, right) {
        (Val::Int(_), Val::Int(0)) | (Val::Uint(_), Val::Uint(0)) if divides => {
            Err(CelError::new(zero))
        }
        (Val::Int(a), Val::Int(b)) => whole(match operator {
            "_*_" => a.checked_mul(*b),
            "_/_" => a.checked_div(*b),
            _ => a.checked_rem(*b),
        }),
        (Val::Uint(a), Val::Uint(b)) => unsigned(match operator {
            "_*_" => a.checked_mul(*b),
            "_/_" => a.checked_div(*b),
            _ => a.checked_rem(*b),
        }),
        (Val::Double(a), Val::Double(b)) if operator == "_*_" => Ok(Val::Double(a * b)),
        (Val::Double(a), Val::Double(b)) if operator == "_/_" => Ok(Val::Double(a / b)),
        (Val::Int(_) | Val::Uint(_), _) => Err(CelError::no_overload()),
        (Val::Double(_), _) if operator != "_%_" => Err(CelError::no_overload()),
        _ => Err(refused(operator, left)),
    }
}

fn contains(item: &Val, container: &Val) -> Outcome {
    if let Some(items) = container.items() {
        return Ok(Val::Bool(items.iter().any(|one| one.equals(item))));
    }
    if container.is_map() {
        return Ok(Val::Bool(container.entry(item).is_some()));
    }
    Err(CelError::no_overload())
}

/// `value[key]`; with `optional` an absent key gives an empty optional.
pub(super) fn index(value: &Val, key: &Val, optional: bool) -> Outcome {
    if let Val::Optional(inner) = value {
        let Some(inner) = inner else { return Ok(Val::Optional(None)) };
        return index(inner, key, true);
    }
    let found = match value.items() {
        Some(items) => item(&items, key, optional)?,
        None => value.entry(key),
    };
    match (found, optional) {
        (found, true) => Ok(Val::Optional(found.map(Box::new))),
        (Some(found), false) => Ok(found),
        (None, false) if value.is_list() => {
            Err(CelError(format!("index out of bounds: {}", key.show())))
        }
        (None, false) => Err(no_key(value, key)),
    }
}

fn item(items: &[Val], key: &Val, _optional: bool) -> Result<Option<Val>, CelError> {
    let at = match key {
        Val::Double(number) if number.fract() == 0.0 => *number as i128,
        Val::Double(number) => {
            let shown = super::value::format_double(*number);
            return Err(CelError(format!("unsupported index value {shown} in list")));
        }
        other => other.as_whole().ok_or_else(|| {
            CelError(format!("unsupported index type '{}' in list", other.type_name()))
        })?,
    };
    Ok(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned())
}
