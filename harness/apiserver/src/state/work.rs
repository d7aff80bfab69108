//! What the API's own controllers have to look at, as a queue without duplicates.

use std::collections::BTreeSet;

use objects::{GroupKind, Object};

use super::Owners;

/// One stored object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub(crate) kind: GroupKind,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Id {
    pub(crate) fn of(kind: &GroupKind, object: &Object) -> Self {
        Self {
            kind: kind.clone(),
            namespace: object.namespace().to_owned(),
            name: object.name().to_owned(),
        }
    }
}

/// One thing to look at. The order of the variants is the order of the work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Work {
    /// A definition changed: names, conditions, what is served.
    Definition(String),
    /// A namespace changed: default account and root certificates, or its end.
    Namespace(String),
    /// Aggregated cluster roles may have changed.
    ClusterRoles,
    /// A quota, or something it may count, changed in a namespace.
    Quota(String),
    /// An object with owners: do they exist?
    Owned(Id),
    /// An object is being deleted and waits for the garbage collector.
    Deleting(Id),
    /// An object is gone; its dependents may follow.
    Gone(String),
    /// A protected claim or volume is being deleted.
    Protected(Id),
}

/// Work in a fixed order, each thing once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue(BTreeSet<Work>);

impl Queue {
    pub(crate) fn add(&mut self, work: Work) {
        self.0.insert(work);
    }

    pub(crate) fn take(&mut self) -> Option<Work> {
        self.0.pop_first()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Kinds that quotas count by default, beside `count/…` ones.
fn is_counted(kind: &GroupKind) -> bool {
    kind.kind != "Event" && kind.kind != "Lease"
}

/// Notes the work that a change makes.
pub(crate) fn after(
    queue: &mut Queue,
    owners: &Owners,
    kind: &GroupKind,
    before: Option<&Object>,
    after: Option<&Object>,
) {
    let Some(object) = after.or(before) else { return };
    let name = || object.name().to_owned();
    match kind.kind.as_str() {
        "CustomResourceDefinition" => queue.add(Work::Definition(name())),
        "Namespace" if kind.group.is_empty() => queue.add(Work::Namespace(name())),
        "ServiceAccount" | "ConfigMap" if after.is_none() && is_standing(object.name()) => {
            queue.add(Work::Namespace(object.namespace().to_owned()));
        }
        "ClusterRole" => queue.add(Work::ClusterRoles),
        "ResourceQuota" => queue.add(Work::Quota(object.namespace().to_owned())),
        _ => {}
    }
    let appeared_or_went = before.is_none() || after.is_none();
    if (appeared_or_went || kind.kind == "Pod" || kind.kind == "Service") && is_counted(kind) {
        queue.add(Work::Quota(object.namespace().to_owned()));
    }
    note_ends(queue, owners, kind, object, after);
}

fn is_standing(name: &str) -> bool {
    name == "default" || name == "kube-root-ca.crt"
}

fn note_ends(
    queue: &mut Queue,
    owners: &Owners,
    kind: &GroupKind,
    object: &Object,
    after: Option<&Object>,
) {
    let owned = !object.list_at(&["metadata", "ownerReferences"]).is_empty();
    match after {
        None => {
            if !owners.dependents(object.uid()).is_empty() {
                queue.add(Work::Gone(object.uid().to_owned()));
            }
            for owner in object.list_at(&["metadata", "ownerReferences"]) {
                let living = owner.str_at(&["uid"]).and_then(|uid| owners.lives(uid));
                if let Some(owner) = living {
                    queue.add(Work::Deleting(owner.clone()));
                }
            }
            if !object.namespace().is_empty() {
                queue.add(Work::Namespace(object.namespace().to_owned()));
            }
        }
        Some(object) if object.is_deleting() => {
            queue.add(Work::Deleting(Id::of(kind, object)));
            if matches!(kind.kind.as_str(), "PersistentVolumeClaim" | "PersistentVolume") {
                queue.add(Work::Protected(Id::of(kind, object)));
            }
        }
        Some(object) if owned => queue.add(Work::Owned(Id::of(kind, object))),
        Some(_) => {}
    }
}
