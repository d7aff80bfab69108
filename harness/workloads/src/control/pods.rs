//! Making, adopting and deleting pods (and what else a controller owns).

use client::Status;
use objects::{Object, Value};

use crate::kind::Kind;
use crate::meta;
use crate::world::{Done, World};

/// A pod of a template, with its controller, without name.
pub(super) fn from_template(owner: &Object, template: &Value) -> Object {
    let mut pod = Object(Value::from([("apiVersion", "v1"), ("kind", "Pod")]));
    pod.set(&["metadata", "namespace"], owner.namespace());
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.at(&["metadata", field]) {
            pod.set(&["metadata", field], value.clone());
        }
    }
    pod.set(&["metadata", "ownerReferences"], vec![meta::owner_reference(owner)]);
    pod.set(&["spec"], template.at(&["spec"]).cloned().unwrap_or_else(Value::map));
    pod
}

/// Creates a pod for an owner and says so.
pub(super) fn create(world: &mut World<'_>, owner: &Object, pod: Object) -> Done<Object> {
    match world.create(pod.0) {
        Ok(made) => {
            world.event(owner, "SuccessfulCreate", format!("Created pod: {}", made.name()));
            Ok(made)
        }
        Err(error) => {
            world.warn(owner, "FailedCreate", format!("Error creating: {error}"));
            Err(error)
        }
    }
}

/// Deletes a pod of an owner and says so.
pub(super) fn delete(world: &mut World<'_>, owner: &Object, pod: &Object) -> Done {
    world.delete(pod, None)?;
    world.event(owner, "SuccessfulDelete", format!("Deleted pod: {}", pod.name()));
    Ok(())
}

/// Creates pods in batches of 1, 2, 4, … and stops after the first batch with a
/// refusal (`slowStartBatch`). How many were made, and the first refusal.
pub(super) fn create_many(
    world: &mut World<'_>,
    owner: &Object,
    count: i64,
    mut make: impl FnMut(i64) -> Object,
) -> (i64, Option<Status>) {
    let (mut made, mut batch, mut next) = (0, 1, 0);
    while next < count {
        let size = i64::min(batch, count - next);
        let mut refused = None;
        for index in next..next + size {
            match create(world, owner, make(index)) {
                Ok(_) => made += 1,
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        if refused.is_some() {
            return (made, refused);
        }
        next += size;
        batch *= 2;
    }
    (made, None)
}

/// The objects of a kind that an owner controls. Orphans that its selector
/// matches are adopted; owned ones that it no longer matches are released.
pub(super) fn claim(world: &mut World<'_>, owner: &Object, kind: Kind) -> Done<Vec<Object>> {
    let selector = owner.at(&["spec", "selector"]).cloned();
    let mut owned = Vec::new();
    for object in world.mirror.owned(owner.uid(), kind) {
        if meta::selects(selector.as_ref(), object) {
            owned.push(object.clone());
        } else if !owner.is_deleting() && !object.is_deleting() {
            release(world, owner, object)?;
        }
    }
    if owner.is_deleting() {
        return Ok(owned);
    }
    for object in world.mirror.orphans(kind, owner.namespace()) {
        let orphan = !object.is_deleting();
        let finished = kind == Kind::Pod && meta::pod::is_finished(object);
        if orphan && !finished && meta::selects(selector.as_ref(), object) {
            owned.push(adopt(world, owner, object)?);
        }
    }
    Ok(owned)
}

fn adopt(world: &mut World<'_>, owner: &Object, object: &Object) -> Done<Object> {
    let mut owners = object.list_at(&["metadata", "ownerReferences"]).to_vec();
    owners.push(meta::owner_reference(owner));
    let mut patch = Value::map();
    patch.set(&["metadata", "ownerReferences"], owners);
    patch.set(&["metadata", "uid"], object.uid());
    world.merge(object, patch)
}

fn release(world: &mut World<'_>, owner: &Object, object: &Object) -> Done {
    let owners = object.list_at(&["metadata", "ownerReferences"]).iter();
    let others: Vec<Value> =
        owners.filter(|one| one.str_at(&["uid"]) != Some(owner.uid())).cloned().collect();
    let mut patch = Value::map();
    patch.set(&["metadata", "uid"], object.uid());
    patch.set(
        &["metadata", "ownerReferences"],
        if others.is_empty() { Value::Null } else { others.into() },
    );
    world.merge(object, patch).map(|_| ())
}
