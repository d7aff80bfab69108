//! The functions that every template has: comparison, indexing, printing, escaping.
//!
//! Source: Go `text/template` `funcs.go`. Start at [`function`].

use super::call::{Body, Function, Param};
use super::exec::Execution;
use crate::error::ExecError;
use crate::go;
use crate::value::Val;

type Answer = Result<Val, ExecError>;

/// A builtin by name; `and` and `or` are part of the language.
pub(crate) fn function(name: &str) -> Option<Function> {
    use Param::{Any, Str, Value};
    let (fixed, rest, body): (&'static [Param], Option<Param>, Body) = match name {
        "and" | "or" => (&[Value], Some(Value), |_, _| Ok(Val::Missing)),
        "not" => (&[Value], None, |_, a| Ok(Val::Bool(!a[0].is_true()))),
        "len" => (&[Value], None, |_, a| length(&a[0])),
        "index" => (&[Value], Some(Value), |_, a| index(a)),
        "slice" => (&[Value], Some(Value), |_, a| slice(a)),
        "call" => (&[Value], Some(Value), |_, a| call(&a)),
        "print" => (&[], Some(Any), |_, a| Ok(Val::str(sprint(&a)))),
        "println" => (&[], Some(Any), |_, a| Ok(Val::str(sprintln(&a)))),
        "printf" => (&[Str], Some(Any), printf),
        "html" => (&[], Some(Any), |_, a| Ok(Val::str(html(&sprint(&a))))),
        "js" => (&[], Some(Any), |_, a| Ok(Val::str(js(&sprint(&a))))),
        "urlquery" => (&[], Some(Any), |_, a| Ok(Val::str(query(&sprint(&a))))),
        "eq" => (&[Value], Some(Value), |_, a| equal_to_any(&a)),
        "ne" => (&[Value, Value], None, |_, a| Ok(Val::Bool(!equal(&a[0], &a[1])?))),
        "lt" => (&[Value, Value], None, |_, a| Ok(Val::Bool(less(&a[0], &a[1])?))),
        "le" => (&[Value, Value], None, |_, a| Ok(Val::Bool(less_or_equal(&a[0], &a[1])?))),
        "gt" => (&[Value, Value], None, |_, a| Ok(Val::Bool(!less_or_equal(&a[0], &a[1])?))),
        "ge" => (&[Value, Value], None, |_, a| Ok(Val::Bool(!less(&a[0], &a[1])?))),
        _ => return None,
    };
    Some(Function { fixed, rest, body })
}

fn printf(_: &mut Execution<'_, '_>, mut arguments: Vec<Val>) -> Answer {
    let rest = arguments.split_off(1);
    let format = arguments[0].as_str().cloned().unwrap_or_default();
    Ok(Val::str(go::sprintf(&format, &rest)))
}

fn refuse<T>(problem: impl Into<String>) -> Result<T, ExecError> {
    Err(ExecError::new(problem.into()))
}

/// `fmt.Sprint`: a space between operands when neither is text.
fn sprint(values: &[Val]) -> String {
    let mut out = String::new();
    let mut after_text = true;
    for value in values {
        let is_text = value.as_str().is_some();
        if !out.is_empty() && !is_text && !after_text {
            out.push(' ');
        }
        out.push_str(&go::print(value));
        after_text = is_text;
    }
    out
}

fn sprintln(values: &[Val]) -> String {
    let values: Vec<_> = values.iter().map(go::print).collect();
    format!("{}\n", values.join(" "))
}

fn length(value: &Val) -> Answer {
    let length = match value {
        Val::Str(text) => go::bytes_of_text(text).len(),
        Val::List(list) => list.items.borrow().len(),
        Val::Map(map) => map.entries.borrow().len(),
        Val::Native(native) => return length(&native.plain()),
        Val::Missing | Val::Nil => return refuse("len of nil pointer"),
        other => return refuse(format!("len of type {}", other.type_name())),
    };
    Ok(Val::int(length as i64))
}

fn index(arguments: Vec<Val>) -> Answer {
    let mut values = arguments.into_iter();
    let mut value = values.next().unwrap_or(Val::Missing);
    if value.is_nil() {
        return refuse("index of untyped nil");
    }
    for key in values {
        value = index_one(&value, &key)?;
    }
    Ok(value)
}

fn index_one(value: &Val, key: &Val) -> Answer {
    match value {
        Val::Missing | Val::Nil => refuse("index of nil pointer"),
        Val::List(list) => {
            let items = list.items.borrow();
            let at = position(key, items.len(), false)?;
            Ok(items[at].clone())
        }
        Val::Str(text) => {
            let bytes = go::bytes_of_text(text);
            let at = position(key, bytes.len(), false)?;
            Ok(Val::Int(i64::from(bytes[at]), crate::value::IntType::Uint8))
        }
        Val::Map(map) => {
            let Val::Str(key) = key else { return refuse(wrong_key(key)) };
            let found = map.entries.borrow().get(key).cloned();
            let nothing = if map.of.is_text() { Val::str("") } else { Val::Nil };
            Ok(found.unwrap_or(nothing))
        }
        Val::Native(native) => match native.plain() {
            plain @ (Val::Map(_) | Val::List(_)) => index_one(&plain, key),
            _ => refuse(format!("can't index item of type {}", value.type_name())),
        },
        other => refuse(format!("can't index item of type {}", other.type_name())),
    }
}

fn wrong_key(key: &Val) -> String {
    match key {
        Val::Missing | Val::Nil => "value is nil; should be of type string".to_owned(),
        key => format!("value has type {}; should be string", key.type_name()),
    }
}

/// A position in something of this length; at its end too where `end` says so.
fn position(key: &Val, length: usize, end: bool) -> Result<usize, ExecError> {
    let at = match key {
        Val::Int(at, _) => *at,
        Val::Missing | Val::Nil => return refuse("cannot index slice/array with nil"),
        key => return refuse(format!("cannot index slice/array with type {}", key.type_name())),
    };
    match usize::try_from(at) {
        Ok(found) if found < length || (end && found == length) => Ok(found),
        _ => refuse(format!("index out of range: {at}")),
    }
}

fn slice(arguments: Vec<Val>) -> Answer {
    let Some((value, bounds)) = arguments.split_first() else {
        return refuse("slice of untyped nil");
    };
    if value.is_nil() {
        return refuse("slice of untyped nil");
    }
    if bounds.len() > 3 {
        return refuse(format!("too many slice indexes: {}", bounds.len()));
    }
    match value {
        Val::Str(_) if bounds.len() == 3 => refuse("cannot 3-index slice a string"),
        Val::Str(text) => {
            let bytes = go::bytes_of_text(text);
            let (from, to) = range(bounds, bytes.len())?;
            Ok(Val::str(go::text_of_bytes(&bytes[from..to])))
        }
        Val::List(list) => {
            let items = list.items.borrow();
            let (from, to) = range(bounds, items.len())?;
            Ok(Val::list(items[from..to].to_vec()))
        }
        other => refuse(format!("can't slice item of type {}", other.type_name())),
    }
}

fn range(bounds: &[Val], length: usize) -> Result<(usize, usize), ExecError> {
    let from = bounds.first().map_or(Ok(0), |bound| position(bound, length, true))?;
    let to = bounds.get(1).map_or(Ok(length), |bound| position(bound, length, true))?;
    if from > to {
        return refuse(format!("invalid slice index: {from} > {to}"));
    }
    Ok((from, to))
}

fn call(arguments: &[Val]) -> Answer {
    match &arguments[0] {
        Val::Missing | Val::Nil => refuse("call of nil"),
        other => refuse(format!("non-function .* of type {}", other.type_name())),
    }
}

/// The kinds that can be compared with one another.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Basic {
    Bool,
    Int,
    Float,
    Text,
    Other,
}

fn basic(value: &Val) -> Basic {
    match value {
        Val::Bool(_) => Basic::Bool,
        Val::Int(..) => Basic::Int,
        Val::Float(_) => Basic::Float,
        Val::Str(_) => Basic::Text,
        _ => Basic::Other,
    }
}

fn incompatible<T>(first: &Val, second: &Val) -> Result<T, ExecError> {
    let (first, second) = (first.type_name(), second.type_name());
    refuse(format!("incompatible types for comparison: {first} and {second}"))
}

fn equal_to_any(arguments: &[Val]) -> Answer {
    let [first, others @ ..] = arguments else { return refuse("missing argument for comparison") };
    if others.is_empty() {
        return refuse("missing argument for comparison");
    }
    for other in others {
        if equal(first, other)? {
            return Ok(Val::Bool(true));
        }
    }
    Ok(Val::Bool(false))
}

fn equal(first: &Val, second: &Val) -> Result<bool, ExecError> {
    if basic(first) != basic(second) {
        if first.is_nil() || second.is_nil() {
            return Ok(false);
        }
        return incompatible(first, second);
    }
    Ok(match (first, second) {
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Int(a, _), Val::Int(b, _)) => a == b,
        (Val::Float(a), Val::Float(b)) => a == b,
        (Val::Str(a), Val::Str(b)) => a == b,
        (a, b) if a.is_nil() || b.is_nil() => a.is_nil() == b.is_nil(),
        (a @ (Val::List(_) | Val::Map(_)), _) => {
            return refuse(format!("non-comparable type {}: {}", go::print(a), a.type_name()));
        }
        (Val::Native(a), Val::Native(b)) => std::rc::Rc::ptr_eq(a, b),
        _ => false,
    })
}

fn less(first: &Val, second: &Val) -> Result<bool, ExecError> {
    if basic(first) == Basic::Other {
        return refuse("invalid type for comparison");
    }
    match (first, second) {
        (Val::Int(a, _), Val::Int(b, _)) => Ok(a < b),
        (Val::Float(a), Val::Float(b)) => Ok(a < b),
        (Val::Str(a), Val::Str(b)) => Ok(a < b),
        (Val::Bool(_), Val::Bool(_)) => refuse("invalid type for comparison"),
        (_, b) if basic(b) == Basic::Other => refuse("invalid type for comparison"),
        (a, b) => incompatible(a, b),
    }
}

fn less_or_equal(first: &Val, second: &Val) -> Result<bool, ExecError> {
    Ok(less(first, second)? || equal(first, second)?)
}

fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\0' => out.push('\u{fffd}'),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

fn js(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            '<' | '>' | '&' | '=' => out.push_str(&format!("\\u{:04X}", c as u32)),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04X}", c as u32)),
            c => out.push(c),
        }
    }
    out
}

/// `url.QueryEscape`
fn query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte))
            }
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
