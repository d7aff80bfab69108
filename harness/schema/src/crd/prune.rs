//! Dropping unknown fields and nulls, filling in defaults.
//!
//! Source: apiextensions-apiserver `schema/{pruning,defaulting,objectmeta}`.

use std::fmt::Write;
use std::sync::Arc;

use objects::{Map, Value};

use super::node::Node;
use crate::shared;

/// Drops what the schema does not know; tells each path.
pub(super) fn prune(node: &Node, object: &mut Value) -> Vec<String> {
    let mut pruner = Pruner { path: String::new(), dropped: Vec::new() };
    pruner.map(node, object, true);
    pruner.dropped
}

struct Pruner {
    path: String,
    dropped: Vec<String>,
}

impl Pruner {
    fn value(&mut self, node: &Node, value: &mut Value) {
        match value {
            Value::Map(_) => self.map(node, value, node.embedded),
            Value::List(items) => {
                let length = self.path.len();
                shared::each_item(items, |at, item| {
                    let _ = write!(self.path, "[{at}]");
                    match &node.items {
                        Some(items) => self.value(items, item),
                        None if node.preserve => {}
                        None => self.value(&Node::default(), item),
                    }
                    self.path.truncate(length);
                });
            }
            _ => {}
        }
    }

    fn map(&mut self, node: &Node, value: &mut Value, resource: bool) {
        let free = node.preserve || node.additional_any;
        let length = self.path.len();
        let Value::Map(map) = value else { return };
        let mut drop_any = false;
        shared::each_entry(map, |name, item| {
            let identity = resource && matches!(name.as_ref(), "apiVersion" | "kind" | "metadata");
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            match node.entry(name) {
                _ if identity => {}
                Some(child) => self.value(child, item),
                None if free => {}
                None => {
                    self.dropped.push(self.path.clone());
                    drop_any = true;
                }
            }
            self.path.truncate(length);
        });
        if drop_any {
            Arc::make_mut(map).retain(|name, _| {
                let identity = resource && matches!(name, "apiVersion" | "kind" | "metadata");
                identity || node.entry(name).is_some()
            });
        }
    }
}

/// Every embedded resource of an object, with its path.
pub(super) fn embedded(
    node: &Node,
    path: &str,
    value: &mut Value,
    visit: &mut dyn FnMut(&str, &mut Value),
) {
    if node.embedded && value.as_map().is_some() {
        visit(path, value);
    }
    match value {
        Value::Map(_) => {
            for (name, item) in value.as_map_mut().into_iter().flat_map(Map::iter_mut) {
                if let Some(child) = node.entry(name) {
                    let dot = if path.is_empty() { "" } else { "." };
                    embedded(child, &format!("{path}{dot}{name}"), item, visit);
                }
            }
        }
        Value::List(_) => {
            if let Some(items) = &node.items {
                for (at, item) in value.as_list_mut().into_iter().flatten().enumerate() {
                    embedded(items, &format!("{path}[{at}]"), item, visit);
                }
            }
        }
        _ => {}
    }
}

/// Whether the schema has an embedded resource anywhere.
pub(super) fn has_embedded(node: &Node) -> bool {
    node.embedded
        || node.properties.iter().any(|(_, child)| has_embedded(child))
        || node.items.as_deref().is_some_and(has_embedded)
        || node.additional.as_deref().is_some_and(has_embedded)
}

/// Fills in defaults: fields that are absent, or null where null is not allowed.
pub(super) fn fill(node: &Node, value: &mut Value) {
    match value {
        Value::Map(map) => fill_map(node, map),
        Value::List(items) => {
            let Some(child) = &node.items else { return };
            shared::each_item(items, |_, item| fill_value(child, item));
        }
        _ => {}
    }
}

fn fill_map(node: &Node, map: &mut Arc<Map>) {
    for (name, child) in &node.properties {
        let Some(default) = &child.default else { continue };
        let absent = match map.get(name) {
            None => true,
            Some(found) => found.is_null() && !child.nullable,
        };
        if absent {
            Arc::make_mut(map).insert(name.clone(), default.clone());
        }
    }
    shared::each_entry(map, |name, item| {
        if let Some(child) = node.property(name) {
            fill(child, item);
        } else if let Some(values) = &node.additional {
            fill_value(values, item);
        }
    });
}

/// An item or a map's value takes its default's place where null is not allowed.
fn fill_value(node: &Node, item: &mut Value) {
    if item.is_null()
        && !node.nullable
        && let Some(default) = &node.default
    {
        *item = default.clone();
    }
    fill(node, item);
}

/// Drops nulls where null is not allowed and no default took their place.
pub(super) fn drop_nulls(node: &Node, value: &mut Value) {
    match value {
        Value::Map(map) => {
            let goes = |name: &str, item: &Value| {
                let stays = |child: &Node| child.nullable || child.default.is_some();
                item.is_null() && !node.entry(name).is_none_or(stays)
            };
            if map.iter().any(|(name, item)| goes(name, item)) {
                Arc::make_mut(map).retain(|name, item| !goes(name, item));
            }
            shared::each_entry(map, |name, item| {
                if let Some(child) = node.entry(name) {
                    drop_nulls(child, item);
                }
            });
        }
        Value::List(items) => {
            let Some(child) = &node.items else { return };
            shared::each_item(items, |_, item| drop_nulls(child, item));
        }
        _ => {}
    }
}
