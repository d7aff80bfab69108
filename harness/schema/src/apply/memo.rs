//! Field sets that were read before, by the encoded value that they were read from.
//!
//! One rule: an encoded set is never changed while it is remembered here, since it is
//! held; so its place in memory stands for its content. Start at [`read`].

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use objects::{Map, Value};

use super::set::Set;
use crate::Shape;

/// More sets than this are not remembered.
const MOST: usize = 4096;

struct Known {
    /// Held, so that its place stays its own.
    _fields: Arc<Map>,
    set: Arc<Set>,
    /// The type below whose atomic parts it is known not to reach.
    fits: Option<Shape>,
}

thread_local! {
    static KNOWN: RefCell<BTreeMap<usize, Known>> = const { RefCell::new(BTreeMap::new()) };
}

fn place(fields: &Value) -> Option<(usize, &Arc<Map>)> {
    match fields {
        Value::Map(map) => Some((Arc::as_ptr(map) as usize, map)),
        _ => None,
    }
}

/// Reads `fieldsV1`; `None` if it is something else.
pub(super) fn read(fields: &Value) -> Option<Arc<Set>> {
    let (at, _) = place(fields)?;
    if let Some(set) = KNOWN.with_borrow(|known| known.get(&at).map(|known| known.set.clone())) {
        return Some(set);
    }
    let set = Arc::new(Set::decode(fields)?);
    keep(fields, &set);
    Some(set)
}

/// Remembers a set under what it was written as.
pub(super) fn keep(fields: &Value, set: &Arc<Set>) {
    let Some((at, map)) = place(fields) else { return };
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(at, Known { _fields: map.clone(), set: set.clone(), fits: None });
    });
}

/// Whether a set is known to fit a type.
pub(super) fn fits(fields: &Value, shape: &Shape) -> bool {
    let same = |known: &Shape| Arc::ptr_eq(&known.set, &shape.set) && known.root == shape.root;
    place(fields).is_some_and(|(at, _)| {
        KNOWN.with_borrow(|known| known.get(&at).and_then(|k| k.fits.as_ref()).is_some_and(same))
    })
}

/// Notes that a set fits a type.
pub(super) fn note_fit(fields: &Value, shape: &Shape) {
    if let Some((at, _)) = place(fields) {
        KNOWN.with_borrow_mut(|known| {
            if let Some(known) = known.get_mut(&at) {
                known.fits = Some(shape.clone());
            }
        });
    }
}
