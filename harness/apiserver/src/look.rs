//! Looking at what is stored, without calls and without copies.
//!
//! One rule: nothing here changes anything. Start at [`ApiServer::get`].

use objects::{GroupKind, Object};

use crate::{ApiServer, Entry};

impl ApiServer {
    /// One stored object, in the version it is stored in.
    #[must_use]
    pub fn get(&self, kind: &GroupKind, namespace: &str, name: &str) -> Option<&Object> {
        self.state.storage.get(kind, namespace, name)
    }

    /// The stored objects of a kind, by namespace and name.
    pub fn objects_of(&self, kind: &GroupKind) -> impl Iterator<Item = &Object> {
        self.state.storage.list(kind, None)
    }

    /// Changes of all kinds after a revision that are still known, oldest first.
    #[must_use]
    pub fn changes_after(&self, since: u64) -> Vec<&Entry> {
        self.state.storage.all_changes(since)
    }
}
