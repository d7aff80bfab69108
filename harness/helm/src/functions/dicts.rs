//! Dictionaries and types.
//!
//! Source: sprig `dict.go`, `reflect.go`, `defaults.go`; `dario.cat/mergo` for merging.
//! What Go leaves in random order (`keys`, `values`) comes sorted.

use std::rc::Rc;
use std::sync::Arc;

use super::cast::{deep_copy, deep_equal, is_empty, text_of};
use super::strings::{flag, string};
use super::{Answer, Entry, refuse, text};
use crate::error::ExecError;
use crate::template::Param::{Any, Dict as Map, Str};
use crate::value::{Dict, Val};

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "dict" => (&[], Some(Any), |_, a| dict(&a)),
        "get" => {
            (&[Map, Str], None, |_, a| Ok(a[0].get(text(&a[1])).unwrap_or_else(|| Val::str(""))))
        }
        "set" => (&[Map, Str, Any], None, |_, a| {
            entries(&a[0])?.entries.borrow_mut().insert(text(&a[1]).into(), a[2].clone());
            Ok(a[0].clone())
        }),
        "unset" => (&[Map, Str], None, |_, a| {
            entries(&a[0])?.entries.borrow_mut().remove(text(&a[1]));
            Ok(a[0].clone())
        }),
        "hasKey" => (&[Map, Str], None, |_, a| flag(a[0].get(text(&a[1])).is_some())),
        "pluck" => (&[Str], Some(Map), |_, a| {
            Ok(Val::list(a[1..].iter().filter_map(|map| map.get(text(&a[0]))).collect()))
        }),
        "keys" => (&[], Some(Map), |_, a| {
            let all = a.iter().filter_map(|map| entries(map).ok());
            Ok(Val::strings(
                all.flat_map(|map| map.entries.borrow().keys().cloned().collect::<Vec<_>>()),
            ))
        }),
        "values" => (&[Map], None, |_, a| {
            Ok(Val::list(entries(&a[0])?.entries.borrow().values().cloned().collect()))
        }),
        "pick" => (&[Map], Some(Str), |_, a| select(&a, true)),
        "omit" => (&[Map], Some(Str), |_, a| select(&a, false)),
        "merge" | "mustMerge" => (&[Map], Some(Map), |_, a| merge_all(&a, false)),
        "mergeOverwrite" | "mustMergeOverwrite" => (&[Map], Some(Map), |_, a| merge_all(&a, true)),
        "dig" => (&[], Some(Any), |_, a| dig(&a)),
        "deepCopy" | "mustDeepCopy" => (&[Any], None, |_, a| Ok(deep_copy(&a[0]))),
        "deepEqual" => (&[Any, Any], None, |_, a| flag(deep_equal(&a[0], &a[1]))),
        "typeOf" => (&[Any], None, |_, a| string(a[0].type_name())),
        "typeIs" => (&[Str, Any], None, |_, a| flag(text(&a[0]) == a[1].type_name())),
        "typeIsLike" => (&[Str, Any], None, |_, a| {
            let (wanted, found) = (text(&a[0]), a[1].type_name());
            flag(wanted == found || found.strip_prefix('*') == Some(wanted))
        }),
        "kindOf" => (&[Any], None, |_, a| string(a[0].kind())),
        "kindIs" => (&[Str, Any], None, |_, a| flag(text(&a[0]) == a[1].kind())),
        _ => return None,
    };
    Some(entry)
}

fn entries(value: &Val) -> Result<&Dict, ExecError> {
    match value {
        Val::Map(map) => Ok(map),
        value => refuse(format!("{} is no dictionary", value.type_name())),
    }
}

fn dict(arguments: &[Val]) -> Answer {
    let pairs = arguments
        .chunks(2)
        .map(|pair| (text_of(&pair[0]), pair.get(1).cloned().unwrap_or_else(|| Val::str(""))));
    Ok(Val::dict(pairs))
}

fn select(arguments: &[Val], wanted: bool) -> Answer {
    let map = entries(&arguments[0])?.entries.borrow();
    let named = |key: &Arc<str>| arguments[1..].iter().any(|name| text(name) == key.as_ref());
    let kept = map.iter().filter(|(key, _)| named(key) == wanted);
    Ok(Val::dict(kept.map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>()))
}

fn merge_all(arguments: &[Val], overwrite: bool) -> Answer {
    let into = entries(&arguments[0])?;
    for from in &arguments[1..] {
        let from = entries(from)?;
        if !Rc::ptr_eq(&into.entries, &from.entries) {
            merge(into, from, overwrite, 0)?;
        }
    }
    Ok(arguments[0].clone())
}

/// How deep maps are merged into one another.
const DEPTH: usize = crate::bounds::NESTING;

/// `mergo.Merge`: what is absent or empty in the destination is taken from the source, maps are
/// merged within; with `overwrite` whatever the source has wins, be it empty.
fn merge(into: &Dict, from: &Dict, overwrite: bool, depth: usize) -> Result<(), ExecError> {
    if depth > DEPTH {
        return refuse(format!("the dictionaries nest deeper than {DEPTH} levels"));
    }
    let source: Vec<_> =
        from.entries.borrow().iter().map(|(key, value)| (key.clone(), value.clone())).collect();
    if !crate::bounds::spend(source.len()) {
        return refuse("the dictionaries are too large to merge");
    }
    for (key, value) in source {
        let known = into.entries.borrow().get(&key).cloned();
        if value.is_nil() && !overwrite {
            continue;
        }
        if let (Some(Val::Map(inner)), Val::Map(other)) = (&known, &value) {
            if !Rc::ptr_eq(&inner.entries, &other.entries) {
                merge(inner, other, overwrite, depth + 1)?;
            }
            if !inner.entries.borrow().is_empty() {
                continue;
            }
        }
        if overwrite || known.as_ref().is_none_or(is_empty) {
            into.entries.borrow_mut().insert(key, value);
        }
    }
    Ok(())
}

fn dig(arguments: &[Val]) -> Answer {
    let [keys @ .., fallback, map] = arguments else {
        return refuse("dig needs at least three arguments");
    };
    if keys.is_empty() {
        return refuse("dig needs at least three arguments");
    }
    let mut value = map.clone();
    for key in keys {
        if !matches!(value, Val::Map(_)) {
            let found = if value.is_nil() { "nil" } else { value.type_name() };
            return refuse(format!(
                "interface conversion: interface {{}} is {found}, not map[string]interface {{}}"
            ));
        }
        match value.get(text(key)) {
            Some(next) => value = next,
            None => return Ok(fallback.clone()),
        }
    }
    Ok(value)
}
