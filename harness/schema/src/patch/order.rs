//! The order of merged lists, and looking up their items.

use objects::Value;

use super::PatchError;
use super::strategic::{internal, key_of};
use crate::apply::go_plain;

/// Whether the items of both lists are maps; they must all be of one kind.
pub(super) fn are_maps(left: &[Value], right: &[Value]) -> Result<bool, PatchError> {
    let mut first: Option<&Value> = None;
    for item in left.iter().chain(right) {
        match first {
            None => first = Some(item),
            Some(first) if first.type_name() != item.type_name() => {
                let lists: Value = vec![Value::from(left.to_vec()), right.to_vec().into()].into();
                let shown = go_plain(&lists);
                return Err(internal(format!("list element types are not identical: {shown}")));
            }
            Some(_) => {}
        }
    }
    match first {
        Some(Value::List(_)) => Err(internal("lists of lists are not supported")),
        Some(Value::Map(_)) => Ok(true),
        _ => Ok(false),
    }
}

/// Where the item with this key value stands.
pub(super) fn find(
    items: &[Value],
    key: &str,
    wanted: &Value,
) -> Result<Option<usize>, PatchError> {
    for (at, item) in items.iter().enumerate() {
        if item.as_map().is_none() {
            return Err(internal(format!("value for key {at} is not a map")));
        }
        if item.get(key) == Some(wanted) {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// Drops repeated scalars as apimachinery does: the last item takes the place of a repeated one.
pub(super) fn deduplicated(mut items: Vec<Value>) -> Vec<Value> {
    let mut at = 0;
    while at < items.len() {
        let mut next = at + 1;
        while next < items.len() {
            if items[at] == items[next] {
                items.swap_remove(next);
            } else {
                next += 1;
            }
        }
        at += 1;
    }
    items
}

fn position(items: &[Value], wanted: &Value, key: &str) -> Option<usize> {
    match key {
        "" => items.iter().position(|item| item == wanted),
        key => items.iter().position(|item| item.get(key) == wanted.get(key)),
    }
}

/// Sorts merged items: those of the patch by its order, the others by the
/// server's, woven by the server's order with the patch's first where it says nothing.
pub(super) fn arrange(
    merged: Vec<Value>,
    patch_order: &[Value],
    server_order: &[Value],
    key: &str,
) -> Result<Vec<Value>, PatchError> {
    if !key.is_empty() {
        for item in merged.iter().chain(patch_order).chain(server_order) {
            if item.as_map().is_some() {
                key_of(item, key)?;
            } else {
                return Err(internal("value for key 0 is not a map"));
            }
        }
    }
    let in_patch = |item: &Value| position(patch_order, item, key);
    let (mut ours, mut servers): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| in_patch(item).is_some());
    ours.sort_by_key(in_patch);
    servers.sort_by_key(|item| position(server_order, item, key));
    let mut out = Vec::with_capacity(ours.len() + servers.len());
    let (mut ours, mut servers) = (ours.into_iter().peekable(), servers.into_iter().peekable());
    loop {
        let server_first = match (servers.peek(), ours.peek()) {
            (Some(left), Some(right)) => {
                let left = position(server_order, left, key);
                let right = position(server_order, right, key);
                matches!((left, right), (Some(left), Some(right)) if left < right)
            }
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => return Ok(out),
        };
        out.extend(if server_first { servers.next() } else { ours.next() });
    }
}

/// Items of a patch must stand in the order that is set for them.
pub(super) fn check(patch: &[Value], order: &[Value], key: &str) -> Result<(), PatchError> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut wanted = order.iter();
    for item in patch.iter().filter(|item| item.get("$patch").is_none()) {
        let same = |known: &Value| match key {
            "" => known == item,
            key => known.get(key) == item.get(key),
        };
        if !wanted.any(same) {
            let (patch, order) =
                (go_plain(&patch.to_vec().into()), go_plain(&order.to_vec().into()));
            return Err(internal(format!(
                "The order in patch list:\n{patch}\n doesn't match $setElementOrder list:\n{order}\n"
            )));
        }
    }
    Ok(())
}
