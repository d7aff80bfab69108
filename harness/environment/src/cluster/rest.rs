//! When a cluster is at rest.
//!
//! One rule: an interval counts as work only if something changed that it has yet to
//! see; a retry counts as work only until it came out the same once since the last
//! real change. Start at [`Rest::is_reached`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use client::ChangeKind;
use clock::Moment;
use objects::{Object, ObjectId};
use reconciler::{Cause, Pending};

use crate::journal::Entry;

/// How often an object may change in [`RESTLESS_FOR`] before that counts as a loop without end.
const MOST_CHANGES: usize = 300;
const RESTLESS_FOR: Duration = Duration::from_secs(3_600);
/// Kinds that change with every beat of what they belong to.
const BEATS: [&str; 5] = ["Pod", "Event", "Lease", "EndpointSlice", "Endpoints"];

/// What was tried since the last change, and which intervals are owed.
#[derive(Debug, Default)]
pub(super) struct Rest {
    disturbed: bool,
    owed: BTreeSet<ObjectId>,
    tried: BTreeSet<ObjectId>,
    retrying: bool,
    settled: BTreeMap<ObjectId, String>,
    /// What each source was about to find when it last looked.
    looked: BTreeMap<ObjectId, String>,
    news: bool,
    /// When each object was last changed, by anybody but the user.
    changes: BTreeMap<ObjectId, VecDeque<Moment>>,
}

impl Rest {
    /// A user or the world outside did something: every next interval may find it.
    pub(super) fn disturb(&mut self) {
        self.disturbed = true;
        self.tried.clear();
        self.changes.clear();
    }

    /// What sources look at has changed; these will see it at their next intervals though
    /// no commit differs.
    pub(super) fn disturb_sources(&mut self, owed: impl Iterator<Item = ObjectId>) {
        self.tried.retain(|id| id.kind.group != "source.toolkit.fluxcd.io");
        self.owed.extend(owed);
        self.changes.clear();
    }

    /// Objects that change again and again without end, and how often they did; the busiest
    /// first, with those that change along.
    pub(super) fn restless(&self) -> Vec<(ObjectId, usize)> {
        if self.changes.values().all(|changes| changes.len() < MOST_CHANGES) {
            return Vec::new();
        }
        let often = self.changes.iter().filter(|(_, changes)| changes.len() >= MOST_CHANGES / 3);
        let mut often: Vec<_> = often.map(|(id, changes)| (id.clone(), changes.len())).collect();
        often.sort_by_key(|(_, changes)| std::cmp::Reverse(*changes));
        often
    }

    /// Takes in what happened; a real change makes every retry worth another try.
    pub(super) fn take_in(&mut self, news: &[Entry]) {
        for entry in news {
            if self.is_real(entry) {
                self.tried.clear();
            }
            if is_change(entry) {
                self.count(entry);
            }
        }
    }

    fn count(&mut self, entry: &Entry) {
        let changes = self.changes.entry(entry.object.id()).or_default();
        changes.push_back(entry.at);
        while changes.front().is_some_and(|first| entry.at.since(*first) > RESTLESS_FOR) {
            changes.pop_front();
        }
    }

    /// Whether nothing is left that could change anything.
    pub(super) fn is_reached(
        &mut self,
        pending: &[Pending],
        outlook: impl Fn(&ObjectId) -> Option<String>,
    ) -> bool {
        self.owe(pending);
        self.retrying = pending.iter().any(|one| one.cause != Cause::Interval);
        let is_news = |id: &ObjectId| {
            outlook(id).is_some_and(|outlook| self.looked.get(id) != Some(&outlook))
        };
        self.news = pending.iter().any(|one| one.cause == Cause::Interval && is_news(&one.object));
        !self.news
            && pending.iter().all(|one| match one.cause {
                Cause::Running => false,
                Cause::Retry | Cause::Waiting => self.tried.contains(&one.object),
                Cause::Interval => !self.owed.contains(&one.object),
            })
    }

    /// Whether [`Rest::advance`] has anything to note.
    pub(super) fn wants_to_know(&self) -> bool {
        self.disturbed || self.retrying || self.news || !self.owed.is_empty()
    }

    /// Notes what runs on the way to a moment.
    pub(super) fn advance(
        &mut self,
        pending: &[Pending],
        to: Moment,
        outlook: impl Fn(&ObjectId) -> Option<String>,
    ) {
        self.owe(pending);
        for one in pending.iter().filter(|one| one.due <= to && one.cause != Cause::Running) {
            self.owed.remove(&one.object);
            if one.cause != Cause::Interval {
                self.tried.insert(one.object.clone());
            }
            if let Some(outlook) = outlook(&one.object) {
                self.looked.insert(one.object.clone(), outlook);
            }
        }
    }

    /// What is pending and not at rest yet.
    pub(super) fn busy<'a>(&self, pending: &'a [Pending]) -> impl Iterator<Item = &'a ObjectId> {
        let busy = pending.iter().filter(|one| match one.cause {
            Cause::Running => true,
            Cause::Retry | Cause::Waiting => !self.tried.contains(&one.object),
            Cause::Interval => self.owed.contains(&one.object),
        });
        busy.map(|one| &one.object)
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
        if BEATS.contains(&object.kind()) {
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

/// Whether what is wanted of an object has changed, or it came or went.
pub(super) fn is_change(entry: &Entry) -> bool {
    let object = &entry.object;
    let known = entry.before.as_ref().filter(|_| entry.kind != ChangeKind::Deleted);
    !BEATS.contains(&object.kind())
        && known.is_none_or(|before| before.generation() != object.generation())
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
