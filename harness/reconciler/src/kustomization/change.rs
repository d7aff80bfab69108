//! What happened to each object, in order.

use std::fmt::Write;

use flux::Inventory;
use flux::parts::Entry;
use objects::{Object, ObjectId};

/// What happened to an object (fluxcd/pkg: ssa/changeset).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Created,
    Configured,
    Unchanged,
    Skipped,
    Deleted,
    Unknown,
}

impl Action {
    const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Configured => "configured",
            Self::Unchanged => "unchanged",
            Self::Skipped => "skipped",
            Self::Deleted => "deleted",
            Self::Unknown => "unknown",
        }
    }

    const fn is_written(self) -> bool {
        matches!(self, Self::Created | Self::Configured)
    }
}

/// One object and what happened to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) entry: Entry,
    pub(super) action: Action,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ChangeSet(pub(super) Vec<Change>);

impl ChangeSet {
    pub(super) fn add(&mut self, entry: Entry, action: Action) {
        self.0.push(Change { entry, action });
    }

    pub(super) fn inventory(&self) -> Inventory {
        Inventory(self.0.iter().map(|change| change.entry.clone()).collect())
    }

    /// Lines of what was created or configured, without a last newline.
    pub(super) fn written(&self) -> String {
        self.lines(|change| change.action.is_written())
    }

    /// Lines of everything.
    pub(super) fn all(&self) -> String {
        self.lines(|_| true)
    }

    fn lines(&self, keep: impl Fn(&Change) -> bool) -> String {
        let mut text = String::new();
        for change in self.0.iter().filter(|change| keep(change)) {
            let newline = if text.is_empty() { "" } else { "\n" };
            let _ = write!(text, "{newline}{} {}", change.entry.object, change.action.word());
        }
        text
    }
}

/// The object as Flux names it in messages.
pub(super) fn name_of(object: &Object) -> ObjectId {
    object.id()
}
