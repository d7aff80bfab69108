//! Strategic merge of lists whose items have a merge key, or are scalars.
//!
//! One rule: items are found, merged, and put together in the very order of kyaml,
//! because its order decides what is lost when keys are missing or repeated.

use std::collections::BTreeSet;

use yaml::{Node, NodeKind};

use super::{Sources, Walker};
use crate::error::Result;
use crate::node;
use crate::schema::Schema;

/// What is merged into a list.
pub(crate) enum Patch {
    /// Nothing; its items are still walked.
    None,
    /// The list itself: it was new, or replaced another.
    Itself,
    /// A patch.
    Other(Node),
}

/// Items by handle: those of the list first, then those of the patch.
struct Items {
    nodes: Vec<Node>,
    dest: Vec<usize>,
    patch: Vec<usize>,
    same: bool,
}

pub(crate) fn merge(
    walker: &Walker<'_>,
    dest: Node,
    patch: Patch,
    schema: &Schema,
) -> Result<Option<Node>> {
    let mut shell = dest;
    let nodes = take_items(&mut shell);
    let mut items =
        Items { dest: (0..nodes.len()).collect(), nodes, patch: Vec::new(), same: false };
    match patch {
        Patch::None => {}
        Patch::Itself => {
            items.same = true;
            items.patch.clone_from(&items.dest);
        }
        Patch::Other(mut patch) => {
            let from = items.nodes.len();
            items.nodes.extend(take_items(&mut patch));
            items.patch = (from..items.nodes.len()).collect();
        }
    }
    let keys = schema.strategy().1.to_vec();
    let result = if keys.is_empty() {
        let values = primitive_values(&items);
        put_together(walker, &mut items, values, &[String::new()], schema)?
    } else {
        let values = key_values(&items, &keys);
        put_together(walker, &mut items, values, &keys, schema)?
    };
    let mut pool: Vec<Option<Node>> = items.nodes.into_iter().map(Some).collect();
    let mut list: Vec<Node> = Vec::with_capacity(result.len());
    for (at, handle) in result.iter().enumerate() {
        let again = result[at + 1..].contains(handle);
        let node = if again { pool[*handle].clone() } else { pool[*handle].take() };
        list.extend(node);
    }
    shell.kind = NodeKind::Sequence(list);
    Ok(Some(shell))
}

fn take_items(list: &mut Node) -> Vec<Node> {
    match &mut list.kind {
        NodeKind::Sequence(items) => std::mem::take(items),
        _ => Vec::new(),
    }
}

/// The patch's items first, because the list grows at its beginning.
fn in_order(items: &Items) -> impl Iterator<Item = &Node> {
    items.patch.iter().chain(&items.dest).map(|handle| &items.nodes[*handle])
}

fn primitive_values(items: &Items) -> Vec<Vec<String>> {
    let mut seen = BTreeSet::new();
    let texts = in_order(items).map(|item| node::value(item).to_owned());
    texts.filter(|text| seen.insert(text.clone())).map(|text| vec![text]).collect()
}

fn key_values(items: &Items, keys: &[String]) -> Vec<Vec<String>> {
    let mut seen = BTreeSet::new();
    let values = in_order(items).map(|item| {
        let value = |key: &String| {
            let found = node::field(item, key).filter(|found| !node::is_null_or_empty(found));
            found.map(node::value).unwrap_or_default().to_owned()
        };
        keys.iter().map(value).collect::<Vec<_>>()
    });
    values.filter(|values| seen.insert(values.clone())).collect()
}

/// Keys that some item has, with their values of one item.
fn valid(all: &[Vec<String>], values: &[String], keys: &[String]) -> (Vec<String>, Vec<String>) {
    let used: BTreeSet<&String> = all
        .iter()
        .flat_map(|values| values.iter().zip(keys))
        .filter(|(value, _)| !value.is_empty())
        .map(|(_, key)| key)
        .collect();
    if used.is_empty() {
        return (keys.to_vec(), values.to_vec());
    }
    let found_keys = keys.iter().filter(|key| used.contains(key)).cloned().collect();
    let found_values = values
        .iter()
        .zip(keys)
        .filter(|(value, key)| !value.is_empty() || used.contains(key))
        .map(|(value, _)| value.clone())
        .collect();
    (found_keys, found_values)
}

/// Items with the same keys where one lacks some count as one.
fn unify(all: &mut [Vec<String>]) {
    for i in 0..all.len() {
        for j in 0..all.len() {
            if let Some(both) = unified(&all[i], &all[j]) {
                all[i].clone_from(&both);
                all[j] = both;
            }
        }
    }
}

fn unified(a: &[String], b: &[String]) -> Option<Vec<String>> {
    let mut common = false;
    let mut both = Vec::with_capacity(a.len());
    for (a, b) in a.iter().zip(b) {
        if a == b {
            common = true;
            both.push(a.clone());
        } else if !a.is_empty() && !b.is_empty() {
            return None;
        } else {
            both.push(if a.is_empty() { b.clone() } else { a.clone() });
        }
    }
    common.then_some(both)
}

fn put_together(
    walker: &Walker<'_>,
    items: &mut Items,
    mut all: Vec<Vec<String>>,
    keys: &[String],
    schema: &Schema,
) -> Result<Vec<usize>> {
    let below = walker.schemas.items(schema);
    if keys.len() > 1 {
        unify(&mut all);
    }
    let mut added = Vec::new();
    let mut valid_keys = Vec::new();
    for at in 0..all.len() {
        let (own_keys, own_values) = valid(&all, &all[at], keys);
        let merged = merge_item(walker, items, &own_keys, &own_values, below.clone())?;
        match merged {
            Some(handle) if !node::is_null_or_empty_map(&items.nodes[handle]) => {
                complete(&mut items.nodes[handle], &own_keys, &own_values)?;
                set_element(&items.nodes, &mut added, Some(handle), &own_keys, &own_values);
            }
            _ => {
                let mut dest = std::mem::take(&mut items.dest);
                set_element(&items.nodes, &mut dest, None, &own_keys, &own_values);
                items.dest = dest;
            }
        }
        valid_keys = own_keys;
    }
    if all.is_empty() {
        return Ok(items.dest.clone());
    }
    for handle in items.dest.clone() {
        append(&items.nodes, &mut added, handle, &valid_keys);
    }
    Ok(added)
}

/// The first items of list and patch with these keys, merged; gives the handle of the outcome.
fn merge_item(
    walker: &Walker<'_>,
    items: &mut Items,
    keys: &[String],
    values: &[String],
    schema: Option<Schema>,
) -> Result<Option<usize>> {
    let (keys, values) = valid(&[values.to_vec()], values, keys);
    let find = |handles: &[usize]| {
        handles.iter().copied().find(|handle| matches_all(&items.nodes[*handle], &keys, &values))
    };
    let (dest, patch) = (find(&items.dest), find(&items.patch));
    if items.same {
        let Some(at) = dest else { return Ok(None) };
        let merged = walker.walk(Sources::Same(items.nodes[at].clone()), schema)?;
        return Ok(merged.map(|merged| store(items, at, merged)));
    }
    let node = |at: Option<usize>| at.map(|at| items.nodes[at].clone());
    let replaces = patch.is_some_and(|at| replaces_item(&items.nodes[at]));
    let merged = walker.walk(Sources::Pair(node(dest), node(patch)), schema)?;
    let Some(merged) = merged else { return Ok(None) };
    // Where the outcome is the patch's own node, the list's item stays as it was.
    let outcome = match (dest, patch) {
        (Some(dest), Some(patch)) if replaces || node::kind(&merged) == node::Kind::Scalar => {
            let _ = dest;
            patch
        }
        (Some(dest), _) => dest,
        (None, Some(patch)) => patch,
        (None, None) => return Ok(None),
    };
    Ok(Some(store(items, outcome, merged)))
}

fn store(items: &mut Items, at: usize, node: Node) -> usize {
    items.nodes[at] = node;
    at
}

fn replaces_item(patch: &Node) -> bool {
    node::field(patch, "$patch").map(node::value) == Some("replace")
}

fn matches_all(item: &Node, keys: &[String], values: &[String]) -> bool {
    if keys.first().is_none_or(String::is_empty) {
        return values.first().is_some_and(|wanted| node::value(item) == wanted);
    }
    if node::is_null(item) {
        return false;
    }
    keys.iter().zip(values).all(|(key, wanted)| {
        node::field(item, key).is_some_and(|found| node::value(found) == wanted)
    })
}

/// A merged item has its keys, whatever the patch said.
fn complete(item: &mut Node, keys: &[String], values: &[String]) -> Result<()> {
    for (key, value) in keys.iter().zip(values) {
        if value.is_empty() || node::field(item, key).is_some() {
            continue;
        }
        if key.is_empty() {
            node::set_scalar(item, node::untagged(value.as_str()))?;
        } else {
            node::set_field(item, key, node::untagged(value.as_str()))?;
        }
    }
    Ok(())
}

/// Replaces the elements with these keys by one, or removes them; a new one goes to the end.
fn set_element(
    nodes: &[Node],
    list: &mut Vec<usize>,
    element: Option<usize>,
    keys: &[String],
    values: &[String],
) {
    let by_key = keys.first().is_some_and(|key| !key.is_empty())
        && values.first().is_some_and(|value| !value.is_empty());
    let mut found_one = false;
    let mut next = Vec::with_capacity(list.len() + 1);
    for handle in list.iter().copied() {
        let item = &nodes[handle];
        if node::is_null_or_empty_map(item) {
            continue;
        }
        if by_key && item.entries().is_none() {
            next.push(handle);
            continue;
        }
        if is_element(item, keys, values) {
            found_one = true;
            next.extend(element);
        } else if !values.is_empty() {
            next.push(handle);
        }
    }
    *list = next;
    if let Some(element) = element
        && !found_one
        && !node::is_null(&nodes[element])
    {
        list.push(element);
    }
}

/// Keys without a value count as found, once a key before them was.
fn is_element(item: &Node, keys: &[String], values: &[String]) -> bool {
    let mut found = false;
    for (at, key) in keys.iter().enumerate() {
        if let Some(wanted) = values.get(at) {
            found = if key.is_empty() {
                node::value_unless_null(item) == wanted
            } else {
                node::field(item, key)
                    .is_some_and(|value| wanted.is_empty() || node::value(value) == wanted)
            };
        }
        if !found {
            return false;
        }
    }
    true
}

/// Brings an item of the old list into the new one.
fn append(nodes: &[Node], list: &mut Vec<usize>, handle: usize, keys: &[String]) {
    let item = &nodes[handle];
    if keys.first().is_none_or(String::is_empty) {
        let value = [node::value(item).to_owned()];
        return set_element(nodes, list, Some(handle), &[String::new()], &value);
    }
    let mut values = Vec::new();
    for key in keys {
        match node::field(item, key) {
            Some(found) => values.push(node::value(found).to_owned()),
            None => list.push(handle),
        }
    }
    if keys.len() > 1 {
        set_element(nodes, list, None, keys, &values);
    }
    set_element(nodes, list, Some(handle), keys, &values);
}
