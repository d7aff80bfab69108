//! Image overrides, as a mutating admission would do them.

use objects::Object;

use super::Operation;
use crate::context::Context;
use crate::images;
use crate::state::{Id, State};

/// Puts overriding images into pods and templates; notes where they landed.
pub(crate) fn replace(
    state: &mut State,
    context: &Context,
    operation: &Operation<'_>,
    object: &mut Object,
) {
    if state.images.is_empty() || !operation.sub.is_empty() || operation.kind.is_custom() {
        return;
    }
    let id = Id::of(&operation.kind.store, object);
    let id = objects::ObjectId { kind: id.kind, namespace: id.namespace, name: id.name };
    let landed = images::replace(&state.images, &id, object);
    if context.dry_run {
        return;
    }
    for landing in landed {
        if !state.landed.contains(&landing) {
            state.landed.push(landing);
        }
    }
}
