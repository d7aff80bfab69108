//! Controller revisions: templates of StatefulSets and DaemonSets, by name of their content.
//!
//! Source: kubernetes `pkg/controller/history`.

use objects::{Object, Value, to_json};

use crate::control::hash;
use crate::kind::Kind;
use crate::meta::{self, int};
use crate::world::{Done, World};

/// The revision data of an object: its template, as a patch that replaces the old one.
pub(super) fn data(object: &Object) -> Value {
    let mut template = object.at(&["spec", "template"]).cloned().unwrap_or_else(Value::map);
    template.set(&["$patch"], "replace");
    let mut data = Value::map();
    data.set(&["spec", "template"], template);
    data
}

/// The template that a revision holds.
pub(super) fn template(revision: &Object) -> Value {
    let mut template = revision.at(&["data", "spec", "template"]).cloned().unwrap_or_default();
    template.remove(&["$patch"]);
    template
}

/// Data as Go writes it, with `<`, `>` and `&` escaped.
fn go_json(data: &Value) -> String {
    let text = to_json(data);
    text.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

/// The name of a StatefulSet's revision.
pub(super) fn hash_of(data: &Value, collisions: i64) -> String {
    hash::revision(&go_json(data), Some(collisions))
}

/// An owner's revisions, oldest first.
pub(super) fn list(world: &World<'_>, owner: &Object) -> Vec<Object> {
    let mut found: Vec<Object> =
        world.mirror.owned(owner.uid(), Kind::Revision).into_iter().cloned().collect();
    found.sort_by_key(number);
    found
}

/// A revision's number.
pub(super) fn number(revision: &Object) -> i64 {
    int(revision, &["revision"], 0)
}

/// The revision of an owner's present template: the newest that equals it, moved
/// to the end if it is not there, or a new one.
pub(super) fn current(
    world: &mut World<'_>,
    owner: &Object,
    known: &[Object],
    hash: &str,
    label: &str,
) -> Done<Object> {
    let data = data(owner);
    let next = known.last().map_or(0, number) + 1;
    let equal = known.iter().rposition(|one| one.at(&["data"]) == Some(&data));
    if let Some(at) = equal {
        if at + 1 == known.len() {
            return Ok(known[at].clone());
        }
        let mut moved = known[at].clone();
        moved.set(&["revision"], next);
        return world.update(&moved);
    }
    world.create(blank(owner, data, next, hash, label).0)
}

fn blank(owner: &Object, data: Value, number: i64, hash: &str, label: &str) -> Object {
    let kind = Kind::Revision.gvk();
    let mut revision = Object(Value::map());
    revision.set(&["apiVersion"], kind.api_version());
    revision.set(&["kind"], kind.kind);
    revision.set(&["metadata", "name"], format!("{}-{hash}", owner.name()));
    revision.set(&["metadata", "namespace"], owner.namespace());
    if let Some(labels) = owner.at(&["spec", "template", "metadata", "labels"]) {
        revision.set(&["metadata", "labels"], labels.clone());
    }
    revision.set(&["metadata", "labels", label], hash);
    let generation = "deprecated.daemonset.template.generation";
    if let Some(value) = owner.annotation(generation) {
        revision.set(&["metadata", "annotations", generation], value);
    }
    revision.set(&["metadata", "ownerReferences"], vec![meta::owner_reference(owner)]);
    revision.set(&["data"], data);
    revision.set(&["revision"], number);
    revision
}

/// Deletes the oldest revisions that nothing uses, beyond the limit.
pub(super) fn truncate(
    world: &mut World<'_>,
    owner: &Object,
    known: &[Object],
    live: &[&str],
) -> Done {
    let limit = int(owner, &["spec", "revisionHistoryLimit"], 10);
    let idle: Vec<&Object> = known.iter().filter(|one| !live.contains(&one.name())).collect();
    let surplus = usize::try_from(idle.len() as i64 - limit).unwrap_or(0);
    for one in idle.into_iter().take(surplus) {
        world.delete(one, None)?;
    }
    Ok(())
}
