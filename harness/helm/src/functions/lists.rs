//! Lists: taking apart, putting together, searching.
//!
//! Source: sprig `list.go`. `must` variants differ only in how they are called.

use crate::bounds;

use super::cast::{deep_equal, is_empty, strings_of};
use super::strings::flag;
use super::{Answer, Entry, int, refuse};
use crate::template::Param::{Any, Int};
use crate::value::{ItemType, Val};

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name
        .strip_prefix("must")
        .map_or_else(|| name.to_owned(), uncapital)
        .as_str()
    {
        "list" | "tuple" if !name.starts_with("must") => (&[], Some(Any), |_, a| Ok(Val::list(a))),
        "first" => (&[Any], None, |_, a| one(&a[0], "first", |items| items.first())),
        "last" => (&[Any], None, |_, a| one(&a[0], "last", |items| items.last())),
        "rest" => (&[Any], None, |_, a| part(&a[0], "rest", |items| items.get(1..))),
        "initial" => (&[Any], None, |_, a| {
            part(&a[0], "initial", |items| items.split_last().map(|(_, first)| first))
        }),
        "append" | "push" => (&[Any, Any], None, |_, a| {
            let mut items = items(&a[0], "Cannot push on type")?;
            items.push(a[1].clone());
            Ok(Val::list(items))
        }),
        "prepend" => (&[Any, Any], None, |_, a| {
            let mut items = items(&a[0], "Cannot prepend on type")?;
            items.insert(0, a[1].clone());
            Ok(Val::list(items))
        }),
        "concat" if !name.starts_with("must") => (&[], Some(Any), |_, a| concat(&a)),
        "reverse" => (&[Any], None, |_, a| {
            let items = items(&a[0], "Cannot find reverse on type")?;
            Ok(Val::list(items.into_iter().rev().collect()))
        }),
        "uniq" => (&[Any], None, |_, a| {
            let mut found: Vec<Val> = Vec::new();
            for item in items(&a[0], "Cannot find uniq on type")? {
                if !found.iter().any(|known| deep_equal(known, &item)) {
                    found.push(item);
                }
            }
            Ok(Val::list(found))
        }),
        "without" => (&[Any], Some(Any), |_, a| {
            let kept = items(&a[0], "Cannot find without on type")?.into_iter();
            Ok(Val::list(
                kept.filter(|item| !a[1..].iter().any(|omit| deep_equal(omit, item))).collect(),
            ))
        }),
        "has" => (&[Any, Any], None, |_, a| {
            if a[1].is_nil() {
                return flag(false);
            }
            flag(
                items(&a[1], "Cannot find has on type")?.iter().any(|item| deep_equal(&a[0], item)),
            )
        }),
        "compact" => (&[Any], None, |_, a| {
            let kept = items(&a[0], "Cannot compact on type")?.into_iter();
            Ok(Val::list(kept.filter(|item| !is_empty(item)).collect()))
        }),
        "chunk" => (&[Int, Any], None, |_, a| chunk(int(&a[0]), &a[1])),
        "slice" => (&[Any], Some(Any), |_, a| slice(&a)),
        "sortAlpha" if !name.starts_with("must") => (&[Any], None, |_, a| {
            let mut found = strings_of(&a[0]);
            found.sort();
            Ok(Val::strings(found))
        }),
        "default" => (&[Any], Some(Any), |_, a| {
            Ok(a.get(1).filter(|given| !is_empty(given)).unwrap_or(&a[0]).clone())
        }),
        "empty" => (&[Any], None, |_, a| flag(is_empty(&a[0]))),
        "coalesce" => (&[], Some(Any), |_, a| {
            Ok(a.iter().find(|value| !is_empty(value)).cloned().unwrap_or(Val::Nil))
        }),
        "all" => (&[], Some(Any), |_, a| flag(!a.iter().any(is_empty))),
        "any" => (&[], Some(Any), |_, a| flag(!a.iter().all(is_empty))),
        _ => return None,
    };
    Some(entry)
}

fn uncapital(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// The items of a list, or Sprig's refusal with the kind it met.
fn items(value: &Val, refusal: &str) -> Result<Vec<Val>, crate::error::ExecError> {
    match value {
        Val::List(list) => {
            let items = list.items.borrow();
            if !bounds::spend(items.len()) || items.len() > bounds::MOST_ITEMS {
                return refuse("the list is too long");
            }
            Ok(items.clone())
        }
        Val::Native(native) if native.kind() == "slice" => items(&native.plain(), refusal),
        Val::Missing | Val::Nil => {
            refuse("runtime error: invalid memory address or nil pointer dereference")
        }
        value => refuse(format!("{refusal} {}", value.kind())),
    }
}

fn one(value: &Val, name: &str, find: impl Fn(&[Val]) -> Option<&Val>) -> Answer {
    let items = items(value, &format!("Cannot find {name} on type"))?;
    Ok(find(&items).cloned().unwrap_or(Val::Nil))
}

fn part(value: &Val, name: &str, find: impl Fn(&[Val]) -> Option<&[Val]>) -> Answer {
    let items = items(value, &format!("Cannot find {name} on type"))?;
    let Some(found) = find(&items) else { return Ok(Val::no_list(ItemType::NilAny)) };
    Ok(Val::list(found.to_vec()))
}

fn concat(lists: &[Val]) -> Answer {
    let mut all = Vec::new();
    for list in lists {
        match list {
            Val::List(list) => {
                let items = list.items.borrow();
                if !bounds::spend(items.len()) || all.len() + items.len() > bounds::MOST_ITEMS {
                    return refuse("the list would be too long");
                }
                all.extend(items.iter().cloned());
            }
            Val::Missing | Val::Nil => {
                return refuse("runtime error: invalid memory address or nil pointer dereference");
            }
            other => return refuse(format!("Cannot concat type {} as list", other.kind())),
        }
    }
    if lists.is_empty() || all.is_empty() {
        return Ok(Val::no_list(ItemType::NilAny));
    }
    Ok(Val::list(all))
}

fn chunk(size: i64, value: &Val) -> Answer {
    let items = items(value, "Cannot chunk type")?;
    let Ok(size @ 1..) = usize::try_from(size) else {
        return refuse("runtime error: makeslice: len out of range");
    };
    Ok(Val::list(items.chunks(size).map(|part| Val::list(part.to_vec())).collect()))
}

fn slice(arguments: &[Val]) -> Answer {
    let Val::List(list) = &arguments[0] else {
        return refuse(format!(
            "list should be type of slice or array but {}",
            arguments[0].kind()
        ));
    };
    let all = list.items.borrow();
    if all.is_empty() {
        return Ok(Val::Nil);
    }
    let from = arguments.get(1).map_or(0, super::cast::to_int);
    let to = arguments.get(2).map_or(all.len() as i64, super::cast::to_int);
    match (usize::try_from(from), usize::try_from(to)) {
        (Ok(from), Ok(to)) if from <= to && to <= all.len() => {
            let Val::List(mut part) = Val::list(all[from..to].to_vec()) else {
                return Ok(Val::Nil);
            };
            part.of = if list.of == ItemType::Any { ItemType::Any } else { list.of };
            Ok(Val::List(part))
        }
        _ => refuse("reflect.Value.Slice: slice index out of bounds"),
    }
}
