//! Numbers: conversion, arithmetic, sequences.
//!
//! Source: sprig `numeric.go`. Whole numbers wrap as Go's do; a division by zero is Go's panic.

use super::cast::{to_float, to_int};
use super::decimal::Decimal;
use super::{Answer, Entry, int, refuse, text};
use crate::template::Param::{Any, Bool, Float, Int, Str};
use crate::value::{IntType, ItemType, List, Val};

/// The longest sequence that a template may ask for.
const LONGEST: i64 = crate::bounds::MOST_ITEMS as i64;

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "int" => (&[Any], None, |_, a| Ok(Val::int(to_int(&a[0])))),
        "int64" => (&[Any], None, |_, a| long(to_int(&a[0]))),
        "float64" => (&[Any], None, |_, a| Ok(Val::Float(to_float(&a[0])))),
        "atoi" => (&[Str], None, |_, a| Ok(Val::int(text(&a[0]).parse().unwrap_or(0)))),
        "toDecimal" => (&[Any], None, |_, a| {
            let text = super::text_of(&a[0]);
            long(i64::from_str_radix(&text, 8).unwrap_or(0))
        }),
        "add1" => (&[Any], None, |_, a| long(to_int(&a[0]).wrapping_add(1))),
        "add" => (&[], Some(Any), |_, a| long(a.iter().map(to_int).fold(0, i64::wrapping_add))),
        "mul" => (&[Any], Some(Any), |_, a| long(a.iter().map(to_int).fold(1, i64::wrapping_mul))),
        "sub" => (&[Any, Any], None, |_, a| long(to_int(&a[0]).wrapping_sub(to_int(&a[1])))),
        "div" => (&[Any, Any], None, |_, a| divide(&a, i64::wrapping_div)),
        "mod" => (&[Any, Any], None, |_, a| divide(&a, i64::wrapping_rem)),
        "max" | "biggest" => {
            (&[Any], Some(Any), |_, a| long(a.iter().map(to_int).max().unwrap_or(0)))
        }
        "min" => (&[Any], Some(Any), |_, a| long(a.iter().map(to_int).min().unwrap_or(0))),
        "add1f" => (&[Any], None, |_, a| decimals(&[a[0].clone(), Val::Float(1.0)], Decimal::add)),
        "addf" => (&[], Some(Any), |_, a| decimals(&a, Decimal::add)),
        "subf" => (&[Any], Some(Any), |_, a| decimals(&a, Decimal::sub)),
        "mulf" => (&[Any], Some(Any), |_, a| decimals(&a, Decimal::mul)),
        "divf" => (&[Any], Some(Any), |_, a| {
            if a[1..].iter().any(|value| to_float(value) == 0.0) {
                return refuse("decimal division by 0");
            }
            decimals(&a, Decimal::div)
        }),
        "maxf" => (&[Any], Some(Any), |_, a| Ok(Val::Float(fold(&a, f64::max)))),
        "minf" => (&[Any], Some(Any), |_, a| Ok(Val::Float(fold(&a, f64::min)))),
        "ceil" => (&[Any], None, |_, a| Ok(Val::Float(to_float(&a[0]).ceil()))),
        "floor" => (&[Any], None, |_, a| Ok(Val::Float(to_float(&a[0]).floor()))),
        "round" => (&[Any, Int], Some(Float), |_, a| Ok(Val::Float(round(&a)))),
        "until" => (&[Int], None, |_, a| {
            let end = int(&a[0]);
            steps(0, end, if end < 0 { -1 } else { 1 })
        }),
        "untilStep" => (&[Int, Int, Int], None, |_, a| steps(int(&a[0]), int(&a[1]), int(&a[2]))),
        "seq" => (&[], Some(Int), |_, a| sequence(&a)),
        "ternary" => (&[Any, Any, Bool], None, |_, a| Ok(a[usize::from(!a[2].is_true())].clone())),
        _ => return None,
    };
    Some(entry)
}

fn long(number: i64) -> Answer {
    Ok(Val::Int(number, IntType::Int64))
}

fn divide(arguments: &[Val], how: fn(i64, i64) -> i64) -> Answer {
    match to_int(&arguments[1]) {
        0 => refuse("runtime error: integer divide by zero"),
        by => long(how(to_int(&arguments[0]), by)),
    }
}

fn fold(values: &[Val], how: impl Fn(f64, f64) -> f64) -> f64 {
    values.iter().map(to_float).reduce(how).unwrap_or(0.0)
}

fn decimals(values: &[Val], how: fn(&Decimal, &Decimal) -> Decimal) -> Answer {
    let all = values.iter().map(|value| Decimal::of(to_float(value)));
    Ok(Val::Float(all.reduce(|x, y| how(&x, &y)).map_or(0.0, |result| result.float())))
}

fn round(arguments: &[Val]) -> f64 {
    let (number, places) = (to_float(&arguments[0]), int(&arguments[1]));
    let half = arguments.get(2).map_or(0.5, to_float);
    let power = 10_f64.powi(i32::try_from(places).unwrap_or(i32::MAX));
    let scaled = power * number;
    let (whole, rest) = (scaled.trunc(), scaled.fract());
    let rounded = if rest.abs() >= half { whole + rest.signum() } else { whole };
    rounded / power
}

fn numbers(items: impl Iterator<Item = i64>) -> Answer {
    let items: Vec<_> = items.map(Val::int).collect();
    let Val::List(List { items, .. }) = Val::list(items) else { return Ok(Val::Nil) };
    Ok(Val::List(List { items, of: ItemType::Int }))
}

fn steps(start: i64, stop: i64, step: i64) -> Answer {
    let towards = if stop < start { step < 0 } else { step > 0 };
    if !towards {
        return numbers(std::iter::empty());
    }
    if (stop.saturating_sub(start) / step) > LONGEST {
        return refuse(format!("the sequence would be longer than {LONGEST}"));
    }
    let goes_on = move |at: &i64| if step > 0 { *at < stop } else { *at > stop };
    numbers(std::iter::successors(Some(start), move |at| at.checked_add(step)).take_while(goes_on))
}

fn sequence(arguments: &[Val]) -> Answer {
    let numbers: Vec<i64> = arguments.iter().map(int).collect();
    let (start, step, end) = match numbers[..] {
        [end] if end < 1 => (1, -1, end),
        [end] => (1, 1, end),
        [start, end] => (start, if end < start { -1 } else { 1 }, end),
        [start, step, end] if (end < start && step > 0) || (end > start && step < 0) => {
            return Ok(Val::str(""));
        }
        [start, step, end] => (start, step, end),
        _ => return Ok(Val::str("")),
    };
    let stop = end + if step < 0 { -1 } else { 1 };
    let Val::List(list) = steps(start, stop, step)? else { return Ok(Val::Nil) };
    let shown: Vec<_> = list.items.borrow().iter().map(crate::go::print).collect();
    Ok(Val::str(shown.join(" ")))
}
