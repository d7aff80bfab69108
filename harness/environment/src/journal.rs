//! What happened to every object of a cluster, in order, with its moment.
//!
//! One rule: entries are only ever added. Start at [`Entry`].

use client::ChangeKind;
use clock::Moment;
use objects::Object;

/// One change of one object.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When it was seen: the moment of the change, since time stands still while things run.
    pub at: Moment,
    /// What happened.
    pub kind: ChangeKind,
    /// The object before it; `None` for an object that appeared.
    pub before: Option<Object>,
    /// The object after it; its last state for a deletion.
    pub object: Object,
}

/// The entries, and how far the API's log was read.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Vec<Entry>,
    read: u64,
}

impl Journal {
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Takes in what changed since it was last read; gives the new entries.
    pub(crate) fn read(&mut self, now: Moment, server: &apiserver::ApiServer) -> &[Entry] {
        let from = self.entries.len();
        if server.revision() > self.read {
            let changes = server.changes_after(self.read);
            self.entries.extend(changes.into_iter().map(|change| Entry {
                at: now,
                kind: change.kind,
                before: change.before.clone(),
                object: change.object.clone(),
            }));
            self.read = server.revision();
        }
        &self.entries[from..]
    }
}
