//! Sets and keyed lists hold no duplicates.
//!
//! Source: apiextensions-apiserver `schema/listtype`.

use std::fmt;

use objects::{Map, Value};

use super::node::Node;
use crate::shared::is_one;
use crate::{Cause, ListKind};

/// Where a value stands; written out only where something is wrong with it.
#[derive(Clone, Copy)]
enum Place<'a> {
    Root,
    Field(&'a Place<'a>, &'a str),
    Key(&'a Place<'a>, &'a str),
    Index(&'a Place<'a>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Field(Self::Root, name) => out.write_str(name),
            Self::Field(above, name) => write!(out, "{above}.{name}"),
            Self::Key(above, name) => write!(out, "{above}[{name}]"),
            Self::Index(above, at) => write!(out, "{above}[{at}]"),
        }
    }
}

/// Duplicates in an object, unless the one before it had some already.
pub(super) fn duplicates(node: &Node, value: &Value, old: Option<&Value>, out: &mut Vec<Cause>) {
    let mut found = Vec::new();
    let Some(old) = old else { return below(node, Place::Root, value, out) };
    if let Value::Map(map) = value {
        // What is the old object's own has none that the old object has not.
        let is_old = |name: &str, item: &Value| old.get(name).is_some_and(|old| is_one(old, item));
        let fresh = map.iter().filter(|(name, item)| !is_old(name, item));
        let fresh: Map = fresh.map(|(name, item)| (name.clone(), item.clone())).collect();
        below(node, Place::Root, &fresh.into(), &mut found);
    }
    if found.is_empty() {
        return;
    }
    let mut before = Vec::new();
    below(node, Place::Root, old, &mut before);
    if before.is_empty() {
        below(node, Place::Root, value, out);
    }
}

fn below(node: &Node, place: Place<'_>, value: &Value, out: &mut Vec<Cause>) {
    match value {
        Value::Map(map) => {
            for (name, item) in map.iter() {
                if let Some(child) = node.property(name) {
                    below(child, Place::Field(&place, name), item, out);
                } else if let Some(child) = &node.additional {
                    below(child, Place::Key(&place, name), item, out);
                }
            }
        }
        Value::List(items) => {
            match node.list {
                ListKind::Set => repeated(place, items, out),
                ListKind::Map => keyed(node, place, items, out),
                ListKind::Atomic => {}
            }
            if let Some(child) = &node.items {
                for (at, item) in items.iter().enumerate() {
                    below(child, Place::Index(&place, at), item, out);
                }
            }
        }
        _ => {}
    }
}

fn repeated(path: Place<'_>, items: &[Value], out: &mut Vec<Cause>) {
    for (at, item) in items.iter().enumerate() {
        // Each repeated value is told once, where it comes again first.
        if items[..at].iter().filter(|earlier| *earlier == item).count() == 1 {
            out.push(Cause::duplicate(&format!("{path}[{at}]"), item));
        }
    }
}

fn keyed(node: &Node, path: Place<'_>, items: &[Value], out: &mut Vec<Cause>) {
    let is_map = |item: &Value| item.is_null() || item.as_map().is_some();
    if let Some((at, item)) = items.iter().enumerate().find(|(_, item)| !is_map(item)) {
        let detail = "must be an object for an array of list-type map";
        out.push(Cause::invalid(&format!("{path}[{at}]"), item, detail));
        return;
    }
    let key_of = |item: &Value| -> Value {
        let keys = node.list_keys.iter();
        let found = keys.filter_map(|key| Some((key.clone(), item.get(key)?.clone())));
        found.collect::<Map>().into()
    };
    let keys: Vec<Value> = items.iter().map(key_of).collect();
    repeated(path, &keys, out);
}
