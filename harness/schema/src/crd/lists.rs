//! Sets and keyed lists hold no duplicates.
//!
//! Source: apiextensions-apiserver `schema/listtype`.

use objects::{Map, Value};

use super::node::Node;
use crate::{Cause, ListKind};

/// Duplicates at or below a value.
pub(super) fn duplicates(node: &Node, path: &str, value: &Value, out: &mut Vec<Cause>) {
    match value {
        Value::Map(map) => {
            for (name, item) in map.iter() {
                if let Some(child) = node.property(name) {
                    let dot = if path.is_empty() { "" } else { "." };
                    duplicates(child, &format!("{path}{dot}{name}"), item, out);
                } else if let Some(child) = &node.additional {
                    duplicates(child, &format!("{path}[{name}]"), item, out);
                }
            }
        }
        Value::List(items) => {
            match node.list {
                ListKind::Set => repeated(path, items, out),
                ListKind::Map => keyed(node, path, items, out),
                ListKind::Atomic => {}
            }
            if let Some(child) = &node.items {
                for (at, item) in items.iter().enumerate() {
                    duplicates(child, &format!("{path}[{at}]"), item, out);
                }
            }
        }
        _ => {}
    }
}

fn repeated(path: &str, items: &[Value], out: &mut Vec<Cause>) {
    for (at, item) in items.iter().enumerate() {
        // Each repeated value is told once, where it comes again first.
        if items[..at].iter().filter(|earlier| *earlier == item).count() == 1 {
            out.push(Cause::duplicate(&format!("{path}[{at}]"), item));
        }
    }
}

fn keyed(node: &Node, path: &str, items: &[Value], out: &mut Vec<Cause>) {
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
