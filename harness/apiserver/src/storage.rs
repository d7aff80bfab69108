//! Objects by kind, the one revision counter, and the change log of each kind.
//!
//! One rule: every stored change takes the next revision, stands in the log of
//! its kind, and is never changed again. Start at [`Storage`].

mod log;
mod table;

use std::collections::BTreeMap;

use client::ChangeKind;
use objects::{GroupKind, Object};

pub(crate) use log::Log;
pub use log::{Entry, Expired};
pub(crate) use table::{Key, Table};

/// Everything stored.
#[derive(Debug, Clone, Default)]
pub(crate) struct Storage {
    revision: u64,
    kinds: BTreeMap<GroupKind, Kind>,
}

#[derive(Debug, Clone, Default)]
struct Kind {
    table: Table,
    log: Log,
}

impl Storage {
    /// Revision of the last change.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes a revision that no change stands behind.
    pub(crate) fn next_revision(&mut self) -> u64 {
        self.revision += 1;
        self.revision
    }

    pub(crate) fn get(&self, kind: &GroupKind, namespace: &str, name: &str) -> Option<&Object> {
        self.kinds.get(kind)?.table.get(namespace, name)
    }

    /// Objects of a kind in the order of namespace and name.
    pub(crate) fn list<'a>(
        &'a self,
        kind: &GroupKind,
        namespace: Option<&'a str>,
    ) -> Box<dyn Iterator<Item = &'a Object> + 'a> {
        match self.kinds.get(kind) {
            Some(kind) => kind.table.range(namespace, None),
            None => Box::new(std::iter::empty()),
        }
    }

    /// The same, behind a key.
    pub(crate) fn list_after<'a>(
        &'a self,
        kind: &GroupKind,
        namespace: Option<&'a str>,
        after: &Key,
    ) -> Box<dyn Iterator<Item = &'a Object> + 'a> {
        match self.kinds.get(kind) {
            Some(kind) => kind.table.range(namespace, Some(after)),
            None => Box::new(std::iter::empty()),
        }
    }

    /// Every object of every kind.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Object> {
        self.kinds.values().flat_map(|kind| kind.table.range(None, None))
    }

    /// Stores an object under the next revision, and gives it back with that version.
    pub(crate) fn put(&mut self, kind: &GroupKind, mut object: Object) -> Object {
        let revision = self.next_revision();
        object.set(&["metadata", "resourceVersion"], revision.to_string());
        let slot = self.kind_mut(kind);
        let before = slot.table.put(object.clone());
        let change = if before.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        slot.log.push(Entry { revision, kind: change, object: object.clone(), before });
        object
    }

    /// Removes an object; the log keeps its last state under the next revision.
    pub(crate) fn remove(&mut self, kind: &GroupKind, last: Object) -> Object {
        let revision = self.next_revision();
        let slot = self.kind_mut(kind);
        let before = slot.table.remove(last.namespace(), last.name());
        let mut object = last;
        object.set(&["metadata", "resourceVersion"], revision.to_string());
        let entry = Entry { revision, kind: ChangeKind::Deleted, object: object.clone(), before };
        slot.log.push(entry);
        object
    }

    /// Changes of a kind after a revision, oldest first.
    pub(crate) fn changes(&self, kind: &GroupKind, since: u64) -> Result<&[Entry], Expired> {
        self.kinds.get(kind).map_or(Ok(&[]), |kind| kind.log.since(since))
    }

    fn kind_mut(&mut self, kind: &GroupKind) -> &mut Kind {
        if !self.kinds.contains_key(kind) {
            self.kinds.insert(kind.clone(), Kind::default());
        }
        self.kinds.entry(kind.clone()).or_default()
    }
}

impl Storage {
    /// Changes of every kind after a revision that are still kept, by revision.
    pub(crate) fn all_changes(&self, since: u64) -> Vec<&Entry> {
        if self.revision <= since {
            return Vec::new();
        }
        let mut all: Vec<&Entry> =
            self.kinds.values().flat_map(|kind| kind.log.kept(since)).collect();
        all.sort_by_key(|entry| entry.revision);
        all
    }
}
