//! When a cluster is at rest.
//!
//! One rule: an interval counts as work only if something changed that it has yet to
//! see; a retry counts as work only until it came out the same once since the last
//! real change. Start at [`Rest::is_reached`].

use std::collections::{BTreeMap, BTreeSet};

use client::ChangeKind;
use clock::Moment;
use objects::{Object, ObjectId};
use reconciler::{Cause, Pending};

use crate::journal::Entry;

/// What was tried since the last change, and which intervals are owed.
#[derive(Debug, Default)]
pub(super) struct Rest {
    disturbed: bool,
    owed: BTreeSet<ObjectId>,
    tried: BTreeSet<ObjectId>,
    retrying: bool,
    settled: BTreeMap<ObjectId, String>,
}

impl Rest {
    /// A user or the world outside did something: every next interval may find it.
    pub(super) fn disturb(&mut self) {
        self.disturbed = true;
        self.tried.clear();
    }

    /// Takes in what happened; a real change makes every retry worth another try.
    pub(super) fn take_in(&mut self, news: &[Entry]) {
        for entry in news {
            if self.is_real(entry) {
                self.tried.clear();
            }
        }
    }

    /// Whether nothing is left that could change anything.
    pub(super) fn is_reached(
        &mut self,
        pending: &[Pending],
        is_news: impl Fn(&ObjectId) -> bool,
    ) -> bool {
        self.owe(pending);
        self.retrying = pending.iter().any(|one| one.cause != Cause::Interval);
        pending.iter().all(|one| match one.cause {
            Cause::Running => false,
            Cause::Retry | Cause::Waiting => self.tried.contains(&one.object),
            Cause::Interval => !self.owed.contains(&one.object) && !is_news(&one.object),
        })
    }

    /// Whether [`Rest::advance`] has anything to note.
    pub(super) fn wants_to_know(&self) -> bool {
        self.disturbed || self.retrying || !self.owed.is_empty()
    }

    /// Notes what runs on the way to a moment.
    pub(super) fn advance(&mut self, pending: &[Pending], to: Moment) {
        self.owe(pending);
        for one in pending.iter().filter(|one| one.due <= to) {
            match one.cause {
                Cause::Interval => {
                    self.owed.remove(&one.object);
                }
                Cause::Retry | Cause::Waiting => {
                    self.tried.insert(one.object.clone());
                }
                Cause::Running => {}
            }
        }
    }

    fn owe(&mut self, pending: &[Pending]) {
        if std::mem::take(&mut self.disturbed) {
            let intervals = pending.iter().filter(|one| one.cause == Cause::Interval);
            self.owed.extend(intervals.map(|one| one.object.clone()));
        }
    }

    /// Whether a change is more than a controller's beat.
    fn is_real(&mut self, entry: &Entry) -> bool {
        let object = &entry.object;
        if ["Pod", "Event", "Lease", "EndpointSlice", "Endpoints"].contains(&object.kind()) {
            return false;
        }
        let Some(before) = &entry.before else { return true };
        if entry.kind == ChangeKind::Deleted || before.generation() != object.generation() {
            return true;
        }
        if !object.api_version().contains(".toolkit.fluxcd.io/") {
            return before.at(&["status", "conditions"]) != object.at(&["status", "conditions"]);
        }
        let Some(state) = settled_state(object) else { return false };
        let known = self.settled.insert(object.id(), state);
        known.as_ref() != self.settled.get(&object.id())
    }
}

/// What a Flux object says when it is not in the middle of something; numbers (durations) left out.
fn settled_state(object: &Object) -> Option<String> {
    let ready = object.condition("Ready")?;
    let word = |key: &str| ready.str_at(&[key]).unwrap_or_default();
    if word("status") == "Unknown" {
        return None;
    }
    let message: String = word("message").chars().filter(|c| !c.is_ascii_digit()).collect();
    let revision = object.str_at(&["status", "lastAppliedRevision"]).unwrap_or_default();
    let artifact = object.str_at(&["status", "artifact", "revision"]).unwrap_or_default();
    Some(format!("{} {} {message} {revision} {artifact}", word("status"), word("reason")))
}
