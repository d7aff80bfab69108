//! Merging an applied configuration into a value, and taking fields out of one.

use std::collections::BTreeMap;

use objects::{Map, Value};

use super::element::Element;
use super::set::Set;
use super::walk::{Form, entry, form, same};
use crate::Type;

/// Merges `right` into `left`: fields of `right` win, nothing is removed.
pub(crate) fn merged(of: Type<'_>, left: &Value, right: &Value) -> Value {
    match (form(of, Some(left), Some(right)), left, right) {
        (Form::Map, Value::Map(lefts), Value::Map(rights)) => {
            if rights.is_empty() && !lefts.is_empty() {
                return left.clone();
            }
            merged_maps(of, left, lefts, rights)
        }
        (Form::Map, Value::Map(lefts), Value::Null) if !lefts.is_empty() => left.clone(),
        (Form::List, Value::List(lefts), Value::List(rights)) => {
            if rights.is_empty() && !lefts.is_empty() {
                return left.clone();
            }
            let merged = merged_lists(of, lefts, rights);
            let unchanged = merged.len() == lefts.len()
                && merged.iter().zip(lefts.iter()).all(|(new, known)| same(new, known));
            if unchanged { left.clone() } else { merged.into() }
        }
        (Form::List, Value::List(lefts), Value::Null) if !lefts.is_empty() => left.clone(),
        _ => right.clone(),
    }
}

/// Only what differs is written, so that unchanged parts stay shared.
fn merged_maps(of: Type<'_>, left: &Value, lefts: &Map, rights: &Map) -> Value {
    let mut result: Option<Value> = None;
    for (key, right) in rights {
        let value = match lefts.get(key) {
            Some(known) => {
                let merged = merged(entry(of, key), known, right);
                if same(&merged, known) {
                    continue;
                }
                merged
            }
            None => right.clone(),
        };
        result.get_or_insert_with(|| left.clone()).make_map().insert(key.clone(), value);
    }
    result.unwrap_or_else(|| left.clone())
}

/// Items by element; `None` for an element that stands there more than once.
type Index<'a> = BTreeMap<&'a Element, Option<&'a Value>>;

fn elements(of: Type<'_>, items: &[Value]) -> Vec<Element> {
    let fallback = |at: usize| Element::Index(at as i64);
    items
        .iter()
        .enumerate()
        .map(|(at, item)| Element::of_item(of, item).unwrap_or_else(|_| fallback(at)))
        .collect()
}

fn index<'a>(elements: &'a [Element], items: &'a [Value]) -> Index<'a> {
    let mut found = Index::new();
    for (element, item) in elements.iter().zip(items) {
        found.entry(element).and_modify(|known| *known = None).or_insert(Some(item));
    }
    found
}

/// Items of both lists: shared ones in the order of the right one, others where they
/// stood between them (structured-merge-diff: `visitListItems`).
fn merged_lists(of: Type<'_>, left: &[Value], right: &[Value]) -> Vec<Value> {
    let (left_elements, right_elements) = (elements(of, left), elements(of, right));
    let (lefts, rights) = (index(&left_elements, left), index(&right_elements, right));
    let mut shared = right_elements.iter().filter(|element| lefts.contains_key(element));
    let mut next_shared = shared.next();
    let mut out = Vec::with_capacity(left.len().max(right.len()));
    let (mut l, mut r) = (0, 0);
    let mut done: Vec<&Element> = Vec::new();
    let take_right = |element: &Element, out: &mut Vec<Value>| {
        let right = rights.get(element).copied().flatten();
        match (lefts.get(element).copied().flatten(), right) {
            (Some(left), Some(right)) => out.push(merged(of.item(), left, right)),
            (None, Some(right)) => out.push(right.clone()),
            _ => {}
        }
    };
    while l < left.len() || r < right.len() {
        if let (Some(at_left), Some(at_right)) = (left_elements.get(l), right_elements.get(r)) {
            if at_left == at_right {
                done.push(at_left);
                take_right(at_left, &mut out);
                (l, r) = (l + 1, r + 1);
                next_shared = shared.next();
                continue;
            }
            let waits = next_shared.is_some_and(|next| next != at_left);
            if rights.contains_key(at_left) && waits {
                l += 1;
                continue;
            }
        }
        if let Some(at_left) = left_elements.get(l) {
            if !rights.contains_key(at_left) {
                out.push(left[l].clone());
                l += 1;
                continue;
            }
            if done.contains(&at_left) {
                l += 1;
            }
        }
        if let Some(at_right) = right_elements.get(r) {
            done.push(at_right);
            take_right(at_right, &mut out);
            r += 1;
            if next_shared == Some(at_right) {
                next_shared = shared.next();
            }
        } else if l < left.len() && r >= right.len() && rights.contains_key(&left_elements[l]) {
            // Shared, and already taken from the right.
            l += 1;
        }
    }
    out
}

/// Takes the members of a set out of a value; a collection that loses everything becomes null.
pub(crate) fn without(of: Type<'_>, value: &Value, set: &Set) -> Value {
    if set.is_empty() {
        return value.clone();
    }
    match (form(of, Some(value), Some(value)), value) {
        (Form::Map, Value::Map(map)) if !map.is_empty() => {
            let mut out: Vec<(std::sync::Arc<str>, Value)> = Vec::with_capacity(map.len());
            for (key, item) in map.iter() {
                match set.get_field(key) {
                    Some(mark) if mark.member => {}
                    Some(mark) => {
                        out.push((key.clone(), without(entry(of, key), item, &mark.below)))
                    }
                    None => out.push((key.clone(), item.clone())),
                }
            }
            if out.is_empty() { Value::Null } else { out.into_iter().collect::<Map>().into() }
        }
        (Form::List, Value::List(items)) if !items.is_empty() => {
            let mut out = Vec::with_capacity(items.len());
            for item in items.iter() {
                let element = Element::of_item(of, item).ok();
                match element.and_then(|element| set.get(&element)) {
                    Some(mark) if mark.member => {}
                    Some(mark) => out.push(without(of.item(), item, &mark.below)),
                    None => out.push(item.clone()),
                }
            }
            if out.is_empty() { Value::Null } else { out.into() }
        }
        (Form::Leaf, scalar) if !matches!(scalar, Value::Map(_) | Value::List(_)) => scalar.clone(),
        _ => Value::Null,
    }
}
