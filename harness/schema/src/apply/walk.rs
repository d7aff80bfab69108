//! Walks over typed values: the set of a value's fields, the difference of two values.
//!
//! After structured-merge-diff `typed`: a leaf is a scalar, an atomic list or
//! map, or a pair of empty collections. Start at [`fields_of`] and [`compare`].

use std::collections::BTreeMap;
use std::sync::Arc;

use objects::{Map, Value};

use super::element::Element;
use super::set::{Mark, Set};
use crate::{Kind, Type};

/// How a value of a type is walked; types that allow anything follow the value.
pub(crate) enum Form {
    Leaf,
    Map,
    List,
}

/// What a type makes of these values (either may be absent).
pub(crate) fn form(of: Type<'_>, left: Option<&Value>, right: Option<&Value>) -> Form {
    match of.kind() {
        Kind::Object | Kind::Map if !of.is_atomic() => Form::Map,
        Kind::List if !of.is_atomic() => Form::List,
        Kind::Any => {
            let maps = |side: Option<&Value>| {
                side.is_none_or(|v| matches!(v, Value::Map(_) | Value::Null))
            };
            if maps(left) && maps(right) { Form::Map } else { Form::Leaf }
        }
        _ => Form::Leaf,
    }
}

/// The type of a map's entry.
pub(crate) fn entry<'a>(of: Type<'a>, key: &str) -> Type<'a> {
    of.field(key).unwrap_or(of.open())
}

/// Every field that a value mentions.
pub(crate) fn fields_of(of: Type<'_>, value: &Value) -> Set {
    mark_of(of, value).below
}

fn mark_of(of: Type<'_>, value: &Value) -> Mark {
    let mut mark = Mark::default();
    match (form(of, Some(value), Some(value)), value) {
        (Form::Map, Value::Map(map)) => {
            for (key, value) in map.iter() {
                let mut below = mark_of(entry(of, key), value);
                let empty = value.is_null() || value.as_map().is_some_and(Map::is_empty);
                below.member |= empty || !of.declares(key);
                mark.below.push(Element::Field(key.clone()), below);
            }
        }
        (Form::List, Value::List(items)) => {
            for item in items.iter() {
                if let Ok(element) = Element::of_item(of, item) {
                    let mut below = mark_of(of.item(), item);
                    below.member = true;
                    mark.below.push(element, below);
                }
            }
            mark.below.sort();
        }
        (Form::Leaf, _) => mark.member = true,
        _ => {}
    }
    mark
}

/// What changed between two values.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) added: Mark,
    pub(crate) modified: Mark,
    pub(crate) removed: Mark,
}

impl Comparison {
    fn push(&mut self, element: Element, below: Comparison) {
        if !below.added.is_empty() {
            self.added.below.push(element.clone(), below.added);
        }
        if !below.modified.is_empty() {
            self.modified.below.push(element.clone(), below.modified);
        }
        if !below.removed.is_empty() {
            self.removed.below.push(element, below.removed);
        }
    }

    fn sort(&mut self) {
        self.added.below.sort();
        self.modified.below.sort();
        self.removed.below.sort();
    }

    /// Takes out everything at or below these paths.
    pub(crate) fn without(mut self, paths: &Set) -> Self {
        for mark in [&mut self.added, &mut self.modified, &mut self.removed] {
            mark.below = std::mem::take(&mut mark.below).minus_all_below(paths);
        }
        self
    }
}

/// Compares two values of a type.
pub(crate) fn compare(of: Type<'_>, left: Option<&Value>, right: Option<&Value>) -> Comparison {
    let mut out = Comparison::default();
    if let (Some(left), Some(right)) = (left, right)
        && same(left, right)
    {
        return out;
    }
    let leaf = match form(of, left, right) {
        Form::Map => {
            let (lefts, rights) = (map(left), map(right));
            if !lefts.is_empty() || !rights.is_empty() {
                compare_maps(of, lefts, rights, &mut out);
            }
            lefts.is_empty() && rights.is_empty()
        }
        Form::List => {
            let (lefts, rights) = (items(left), items(right));
            if !lefts.is_empty() || !rights.is_empty() {
                compare_lists(of, lefts, rights, &mut out);
            }
            lefts.is_empty() && rights.is_empty()
        }
        Form::Leaf => true,
    };
    match (left, right) {
        (None, _) => out.added.member = true,
        (_, None) => out.removed.member = true,
        _ => out.modified.member |= leaf,
    }
    out
}

/// Equality that stops at shared collections.
pub(crate) fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Map(left), Value::Map(right)) => {
            Arc::ptr_eq(left, right)
                || left.len() == right.len()
                    && left.iter().zip(right.iter()).all(|((k, a), (l, b))| k == l && same(a, b))
        }
        (Value::List(left), Value::List(right)) => {
            Arc::ptr_eq(left, right)
                || left.len() == right.len()
                    && left.iter().zip(right.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Int(left), Value::Float(right)) | (Value::Float(right), Value::Int(left)) => {
            *left as f64 == *right
        }
        _ => left == right,
    }
}

fn map(value: Option<&Value>) -> &Map {
    static EMPTY: std::sync::OnceLock<Map> = std::sync::OnceLock::new();
    value.and_then(Value::as_map).unwrap_or_else(|| EMPTY.get_or_init(Map::new))
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_list).unwrap_or_default()
}

fn compare_maps(of: Type<'_>, left: &Map, right: &Map, out: &mut Comparison) {
    for_each_pair(left, right, |key, left, right| {
        let below = compare(entry(of, key), left, right);
        out.push(Element::Field(key.clone()), below);
    });
}

/// Calls for every key of two maps, in order.
fn for_each_pair<'a>(
    left: &'a Map,
    right: &'a Map,
    mut visit: impl FnMut(&'a Arc<str>, Option<&'a Value>, Option<&'a Value>),
) {
    let (mut lefts, mut rights) = (left.iter().peekable(), right.iter().peekable());
    loop {
        match (lefts.peek().copied(), rights.peek().copied()) {
            (Some((l, a)), Some((r, b))) => match l.cmp(r) {
                std::cmp::Ordering::Less => {
                    visit(l, Some(a), None);
                    lefts.next();
                }
                std::cmp::Ordering::Greater => {
                    visit(r, None, Some(b));
                    rights.next();
                }
                std::cmp::Ordering::Equal => {
                    visit(l, Some(a), Some(b));
                    lefts.next();
                    rights.next();
                }
            },
            (Some((l, a)), None) => {
                visit(l, Some(a), None);
                lefts.next();
            }
            (None, Some((r, b))) => {
                visit(r, None, Some(b));
                rights.next();
            }
            (None, None) => return,
        }
    }
}

fn compare_lists(of: Type<'_>, left: &[Value], right: &[Value], out: &mut Comparison) {
    let (lefts, rights) = (by_element(of, left), by_element(of, right));
    let none = Vec::new();
    let only_right = rights.keys().filter(|element| !lefts.contains_key(*element));
    for element in lefts.keys().chain(only_right) {
        let left = lefts.get(element).unwrap_or(&none);
        let right = rights.get(element).unwrap_or(&none);
        out.push(element.clone(), compare_items(of.item(), left, right));
    }
    out.sort();
}

fn by_element<'a>(of: Type<'_>, items: &'a [Value]) -> BTreeMap<Element, Vec<&'a Value>> {
    let mut found: BTreeMap<Element, Vec<&Value>> = BTreeMap::new();
    for item in items {
        if let Ok(element) = Element::of_item(of, item) {
            found.entry(element).or_default().push(item);
        }
    }
    found
}

/// Items of one element; duplicates count as one atomic value.
fn compare_items(of: Type<'_>, left: &[&Value], right: &[&Value]) -> Comparison {
    match (left, right) {
        ([] | [_], [] | [_]) => compare(of, left.first().copied(), right.first().copied()),
        ([_, _, ..], [_, _, ..]) => {
            let equal =
                left.len() == right.len() && left.iter().zip(right).all(|(a, b)| same(a, b));
            let modified = Mark { member: !equal, below: Set::default() };
            Comparison { modified, ..Comparison::default() }
        }
        ([_, _, ..], _) => {
            let mut out = right
                .first()
                .map_or_else(Comparison::default, |right| compare(of, None, Some(right)));
            out.removed.member = true;
            out
        }
        _ => {
            let mut out =
                left.first().map_or_else(Comparison::default, |left| compare(of, Some(left), None));
            out.added.member = true;
            out
        }
    }
}
