//! How Sprig turns one kind of value into another.
//!
//! Source: sprig `strval`, `strslice`, `empty`; `spf13/cast` for numbers.

use std::rc::Rc;
use std::sync::Arc;

use crate::bounds;
use crate::go;
use crate::value::Val;

/// `strval`: text as it is, everything else as `%v` prints it.
pub(crate) fn text_of(value: &Val) -> Arc<str> {
    match value {
        Val::Str(text) => text.clone(),
        Val::Native(native) => match native.bytes() {
            Some(bytes) => go::text_of_bytes(bytes).into(),
            None => native.print().into(),
        },
        value => go::print(value).into(),
    }
}

/// `strslice`: the items as text, nils left out; one value alone becomes one item.
pub(crate) fn strings_of(value: &Val) -> Vec<Arc<str>> {
    match value {
        Val::Missing | Val::Nil => Vec::new(),
        Val::Native(native) if native.kind() == "slice" && native.bytes().is_none() => {
            strings_of(&native.plain())
        }
        Val::List(list) => {
            let items = list.items.borrow();
            items.iter().filter(|item| !item.is_nil()).map(text_of).collect()
        }
        value => vec![text_of(value)],
    }
}

/// Sprig's `empty`: zero, false, no text, no items, nil.
pub(crate) fn is_empty(value: &Val) -> bool {
    match value {
        Val::Native(native) if native.kind() == "struct" => false,
        value => !value.is_true(),
    }
}

/// `cast.ToInt64`
pub(crate) fn to_int(value: &Val) -> i64 {
    match value {
        Val::Int(number, _) => *number,
        Val::Float(number) => int_of_float(*number),
        Val::Bool(flag) => i64::from(*flag),
        Val::Str(text) => int_of_text(text),
        Val::Native(native) => match native.plain() {
            number @ Val::Int(..) => to_int(&number),
            _ => 0,
        },
        _ => 0,
    }
}

/// As amd64 converts: what does not fit becomes the least number.
fn int_of_float(number: f64) -> i64 {
    let fits = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number);
    if fits { number as i64 } else { i64::MIN }
}

fn int_of_text(text: &str) -> i64 {
    let whole = match text.split_once('.') {
        Some((whole, rest)) if !rest.is_empty() && rest.chars().all(|c| c == '0') => whole,
        _ => text,
    };
    go::parse_int(whole).unwrap_or(0)
}

/// `cast.ToFloat64`
pub(crate) fn to_float(value: &Val) -> f64 {
    match value {
        Val::Int(number, _) => *number as f64,
        Val::Float(number) => *number,
        Val::Bool(flag) => f64::from(u8::from(*flag)),
        Val::Str(text) => go::parse_float(text).unwrap_or(0.0),
        _ => 0.0,
    }
}

/// Go's `reflect.DeepEqual`: types count.
pub(crate) fn deep_equal(first: &Val, second: &Val) -> bool {
    equal_at(first, second, 0)
}

fn equal_at(first: &Val, second: &Val, depth: usize) -> bool {
    if depth > bounds::NESTING {
        bounds::too_deep();
    }
    if depth > bounds::NESTING || !bounds::spend(5) {
        return false;
    }
    match (first, second) {
        (Val::Missing | Val::Nil, Val::Missing | Val::Nil) => true,
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Int(a, x), Val::Int(b, y)) => a == b && x == y,
        (Val::Float(a), Val::Float(b)) => a == b,
        (Val::Str(a), Val::Str(b)) => a == b,
        (Val::List(a), Val::List(b)) => {
            let (x, y) = (a.items.borrow(), b.items.borrow());
            let mut pairs = x.iter().zip(y.iter());
            a.of == b.of && x.len() == y.len() && pairs.all(|(x, y)| equal_at(x, y, depth + 1))
        }
        (Val::Map(a), Val::Map(b)) => {
            let (x, y) = (a.entries.borrow(), b.entries.borrow());
            let mut pairs = x.iter().zip(y.iter());
            a.of == b.of
                && x.len() == y.len()
                && pairs.all(|((k, v), (l, w))| k == l && equal_at(v, w, depth + 1))
        }
        (Val::Native(a), Val::Native(b)) => {
            Rc::ptr_eq(a, b) || equal_at(&a.plain(), &b.plain(), depth + 1)
        }
        _ => false,
    }
}

/// A copy that shares nothing.
pub(crate) fn deep_copy(value: &Val) -> Val {
    copy_at(value, 0)
}

fn copy_at(value: &Val, depth: usize) -> Val {
    if depth > bounds::NESTING {
        bounds::too_deep();
    }
    if depth > bounds::NESTING || !bounds::spend(40) {
        return Val::Nil;
    }
    match value {
        Val::List(list) => {
            let items = list.items.borrow().iter().map(|item| copy_at(item, depth + 1)).collect();
            let Val::List(mut copy) = Val::list(items) else { return Val::Nil };
            copy.of = list.of;
            Val::List(copy)
        }
        Val::Map(map) => {
            let entries = map.entries.borrow();
            let entries =
                entries.iter().map(|(key, value)| (key.clone(), copy_at(value, depth + 1)));
            let Val::Map(mut copy) = Val::dict(entries.collect::<Vec<_>>()) else {
                return Val::Nil;
            };
            copy.of = map.of;
            Val::Map(copy)
        }
        value => value.clone(),
    }
}
