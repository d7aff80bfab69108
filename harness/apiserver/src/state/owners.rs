//! Who owns whom, by uid.

use std::collections::{BTreeMap, BTreeSet};

use objects::{GroupKind, Object, Value};

use super::Id;

/// Dependents by the uid of their owner, and objects by their own uid.
#[derive(Debug, Clone, Default)]
pub(crate) struct Owners {
    dependents: BTreeMap<String, BTreeSet<Id>>,
    living: BTreeMap<String, Id>,
}

impl Owners {
    /// Notes that an object changed.
    pub(crate) fn replace(
        &mut self,
        kind: &GroupKind,
        before: Option<&Object>,
        after: Option<&Object>,
    ) {
        let references = |object: Option<&Object>| {
            object.map(|object| object.list_at(&["metadata", "ownerReferences"]).to_vec())
        };
        let uid = |object: Option<&Object>| object.map(|object| object.uid().to_owned());
        if uid(before) != uid(after) {
            if let Some(object) = before {
                self.living.remove(object.uid());
            }
            if let Some(object) = after {
                self.living.insert(object.uid().to_owned(), Id::of(kind, object));
            }
        }
        let (old, new) = (references(before), references(after));
        if old.as_deref().unwrap_or_default() == new.as_deref().unwrap_or_default() {
            return;
        }
        self.each(kind, before, old.as_deref(), |set, id| {
            set.remove(&id);
        });
        self.each(kind, after, new.as_deref(), |set, id| {
            set.insert(id);
        });
    }

    fn each(
        &mut self,
        kind: &GroupKind,
        object: Option<&Object>,
        references: Option<&[Value]>,
        mut change: impl FnMut(&mut BTreeSet<Id>, Id),
    ) {
        let (Some(object), Some(references)) = (object, references) else { return };
        for uid in references.iter().filter_map(|reference| reference.str_at(&["uid"])) {
            let set = self.dependents.entry(uid.to_owned()).or_default();
            change(set, Id::of(kind, object));
            if set.is_empty() {
                self.dependents.remove(uid);
            }
        }
    }

    /// The objects that name an owner.
    pub(crate) fn dependents(&self, uid: &str) -> Vec<Id> {
        self.dependents.get(uid).map(|set| set.iter().cloned().collect()).unwrap_or_default()
    }

    /// Whether an object of that uid exists.
    pub(crate) fn lives(&self, uid: &str) -> Option<&Id> {
        self.living.get(uid)
    }
}
