//! The changes of one kind, by revision.

use client::ChangeKind;
use objects::Object;

/// How many changes of a kind are kept before the older half is forgotten.
const KEPT: usize = 16_384;

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Revision it took; also the object's resourceVersion.
    pub revision: u64,
    /// What happened.
    pub kind: ChangeKind,
    /// The object after it; its last state for a deletion.
    pub object: Object,
    /// The object before it.
    pub before: Option<Object>,
}

/// The changes asked for are no longer kept: list again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too old resource version: {asked} ({oldest})")]
pub struct Expired {
    /// Revision asked for.
    pub asked: u64,
    /// Oldest revision that still can be asked for.
    pub oldest: u64,
}

/// Changes in order, the oldest forgotten.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    forgotten: u64,
    entries: Vec<Entry>,
}

impl Log {
    pub(crate) fn push(&mut self, entry: Entry) {
        if self.entries.len() >= KEPT {
            let half = self.entries.len() / 2;
            self.forgotten = self.entries[half - 1].revision;
            self.entries.drain(..half);
        }
        self.entries.push(entry);
    }

    /// What is still kept of the changes after a revision.
    pub(crate) fn kept(&self, revision: u64) -> &[Entry] {
        let from = self.entries.partition_point(|entry| entry.revision <= revision);
        &self.entries[from..]
    }

    pub(crate) fn since(&self, revision: u64) -> Result<&[Entry], Expired> {
        if revision < self.forgotten {
            return Err(Expired { asked: revision, oldest: self.forgotten });
        }
        let from = self.entries.partition_point(|entry| entry.revision <= revision);
        Ok(&self.entries[from..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_gives_what_is_newer_and_says_when_it_has_forgotten() {
        let mut log = Log::default();
        let entry = |revision| Entry {
            revision,
            kind: ChangeKind::Added,
            object: Object::default(),
            before: None,
        };
        (1..=KEPT as u64 + 1).for_each(|revision| log.push(entry(revision)));
        assert_eq!(log.since(KEPT as u64).unwrap().len(), 1);
        assert!(log.since(1).is_err());
    }
}
