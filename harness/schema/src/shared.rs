//! Changing shared values without copying what stays as it is.
//!
//! One rule: a collection that others hold too is copied only once something in
//! it changes. Start at [`entries`].

use std::convert::Infallible;
use std::sync::Arc;

use objects::{Map, Value};

/// Whether two values are one: the same collection or text, or equal scalars.
pub(crate) fn is_one(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Map(left), Value::Map(right)) => Arc::ptr_eq(left, right),
        (Value::List(left), Value::List(right)) => Arc::ptr_eq(left, right),
        (Value::String(left), Value::String(right)) => Arc::ptr_eq(left, right),
        (Value::Float(left), Value::Float(right)) => left.to_bits() == right.to_bits(),
        (left, right) => left == right,
    }
}

/// Lets every value of a map be changed.
pub(crate) fn entries<E>(
    map: &mut Arc<Map>,
    mut visit: impl FnMut(&Arc<str>, &mut Value) -> Result<(), E>,
) -> Result<(), E> {
    if let Some(own) = Arc::get_mut(map) {
        return own.iter_mut().try_for_each(|(name, item)| visit(name, item));
    }
    let mut changed = Vec::new();
    for (at, (name, item)) in map.iter().enumerate() {
        let mut copy = item.clone();
        visit(name, &mut copy)?;
        if !is_one(item, &copy) {
            changed.push((at, copy));
        }
    }
    if !changed.is_empty() {
        let slots = Arc::make_mut(map).iter_mut().map(|(_, slot)| slot);
        put(changed, slots);
    }
    Ok(())
}

/// Lets every item of a list be changed.
pub(crate) fn items<E>(
    list: &mut Arc<Vec<Value>>,
    mut visit: impl FnMut(usize, &mut Value) -> Result<(), E>,
) -> Result<(), E> {
    if let Some(own) = Arc::get_mut(list) {
        return own.iter_mut().enumerate().try_for_each(|(at, item)| visit(at, item));
    }
    let mut changed = Vec::new();
    for (at, item) in list.iter().enumerate() {
        let mut copy = item.clone();
        visit(at, &mut copy)?;
        if !is_one(item, &copy) {
            changed.push((at, copy));
        }
    }
    if !changed.is_empty() {
        put(changed, Arc::make_mut(list).iter_mut());
    }
    Ok(())
}

fn put<'a>(changed: Vec<(usize, Value)>, slots: impl Iterator<Item = &'a mut Value>) {
    let mut changed = changed.into_iter().peekable();
    for (at, slot) in slots.enumerate() {
        if let Some((_, value)) = changed.next_if(|(changed, _)| *changed == at) {
            *slot = value;
        }
    }
}

/// As [`entries`], where nothing can go wrong.
pub(crate) fn each_entry(map: &mut Arc<Map>, mut visit: impl FnMut(&Arc<str>, &mut Value)) {
    let Ok(()) = entries::<Infallible>(map, |name, item| {
        visit(name, item);
        Ok(())
    });
}

/// As [`items`], where nothing can go wrong.
pub(crate) fn each_item(list: &mut Arc<Vec<Value>>, mut visit: impl FnMut(usize, &mut Value)) {
    let Ok(()) = items::<Infallible>(list, |at, item| {
        visit(at, item);
        Ok(())
    });
}

/// Lets one entry of a map be changed.
pub(crate) fn entry(map: &mut Arc<Map>, key: &str, visit: impl FnOnce(&mut Value)) {
    if let Some(own) = Arc::get_mut(map) {
        own.get_mut(key).map(visit);
        return;
    }
    let Some(known) = map.get(key) else { return };
    let mut copy = known.clone();
    visit(&mut copy);
    if !is_one(known, &copy) {
        Arc::make_mut(map).insert(key, copy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_stays_one_until_something_in_it_changes() {
        let value = objects::from_json(br#"{"a":{"b":1},"c":{"d":[1,2]}}"#).unwrap();
        let Value::Map(known) = &value else { panic!("no map") };
        let mut copy = known.clone();
        each_entry(&mut copy, |_, _| {});
        assert!(Arc::ptr_eq(known, &copy));
        each_entry(&mut copy, |name, item| {
            if name.as_ref() == "c" {
                item.set(&["d"], 3);
            }
        });
        assert_eq!(objects::to_json(&copy.as_ref().clone().into()), r#"{"a":{"b":1},"c":{"d":3}}"#);
        assert!(is_one(known.get("a").unwrap(), copy.get("a").unwrap()));
        assert_eq!(value.at(&["c", "d"]).unwrap().as_list().unwrap().len(), 2);
    }
}
