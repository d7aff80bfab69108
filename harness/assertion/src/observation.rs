//! What the world is at one moment, and what happened to it.
//!
//! The runner keeps one observation for a scenario and tells it every change and
//! every step; judging only reads it. Start at [`Observation`].

use std::collections::BTreeMap;

use clock::Moment;
use objects::{Object, ObjectId};

/// The world as it was seen so far.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// Virtual time.
    pub now: Moment,
    /// Whether nothing is due but no-op intervals.
    pub at_rest: bool,
    /// Namespace of references that have none.
    pub default_namespace: String,
    /// The clusters by name; one with an empty name where the scenario has one.
    pub clusters: BTreeMap<String, ClusterView>,
    /// Notifications that were sent, oldest first.
    pub notifications: Vec<Notification>,
    /// The steps that began, in order.
    steps: Vec<Mark>,
}

/// What a step does to the question since when history counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// It changes what is wanted: git steps, apply, patch, delete, publish, bootstrap.
    Wants,
    /// It does something else: fault, heal, behave, reconcile, suspend, wait, hold.
    Acts,
    /// It only looks: expect, never, snapshot, probe.
    Looks,
}

#[derive(Debug, Clone)]
struct Mark {
    id: Option<String>,
    kind: StepKind,
    heads: BTreeMap<(String, String), String>,
    notifications: usize,
}

/// A notification that an Alert let through.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Notification {
    /// Cluster; empty where there is one.
    pub cluster: String,
    /// The Provider that got it.
    pub provider: ObjectId,
    /// The object that it is about.
    pub object: ObjectId,
    /// `info` or `error`.
    pub severity: String,
    /// Reason.
    pub reason: String,
    /// Message.
    pub message: String,
}

/// One cluster as it was seen so far.
#[derive(Debug, Clone, Default)]
pub struct ClusterView {
    /// What is there now.
    pub objects: BTreeMap<ObjectId, Object>,
    /// Objects whose state this place does not reproduce, and why.
    pub notes: BTreeMap<ObjectId, String>,
    /// Image overrides that are set.
    pub overrides: Vec<Override>,
    /// Images that were replaced at admission.
    pub landings: Vec<Landing>,
    log: Vec<Entry>,
    /// Places in the log of each object's entries.
    places: BTreeMap<ObjectId, Vec<usize>>,
    marks: Vec<usize>,
}

/// One change of an object.
#[derive(Debug, Clone)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// Which object.
    pub id: ObjectId,
    /// What it was; `None` where it appeared.
    pub before: Option<Object>,
    /// What it became; `None` where it went.
    pub after: Option<Object>,
}

/// An image override that is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Override {
    /// The environment variable.
    pub variable: String,
    /// The image.
    pub image: String,
}

/// An image that was replaced at admission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Landing {
    /// The environment variable.
    pub variable: String,
    /// The object that was changed.
    pub object: ObjectId,
    /// The container.
    pub container: String,
    /// The image it has.
    pub image: String,
}

impl Observation {
    /// A world that nothing happened in yet.
    #[must_use]
    pub fn new(now: Moment, default_namespace: &str, clusters: &[&str]) -> Self {
        let clusters = clusters.iter().map(|name| ((*name).to_owned(), ClusterView::default()));
        Self {
            now,
            default_namespace: default_namespace.to_owned(),
            clusters: clusters.collect(),
            ..Self::default()
        }
    }

    /// Tells that a step begins. `heads` holds the commit of each branch, by repository
    /// and branch, before it does anything.
    pub fn begin(
        &mut self,
        id: Option<&str>,
        kind: StepKind,
        heads: BTreeMap<(String, String), String>,
    ) {
        let notifications = self.notifications.len();
        self.steps.push(Mark { id: id.map(str::to_owned), kind, heads, notifications });
        for cluster in self.clusters.values_mut() {
            cluster.marks.push(cluster.log.len());
        }
    }

    /// Number of the step of an id, from 0.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<usize> {
        self.steps.iter().position(|step| step.id.as_deref() == Some(id))
    }

    /// The step since which the words of history count (`unchanged`, `passes`, …):
    /// the last that does something.
    pub(crate) fn last_action(&self) -> usize {
        self.steps.iter().rposition(|step| step.kind != StepKind::Looks).unwrap_or(0)
    }

    /// The step since which the lists count (`deleted`, `recreated`, …): the last that
    /// changes what is wanted; the first one of all where none does.
    pub(crate) fn last_wish(&self) -> usize {
        self.steps.iter().rposition(|step| step.kind == StepKind::Wants).unwrap_or(0)
    }

    /// Commit of a branch before a step.
    pub(crate) fn head_before(&self, step: usize, repository: &str, branch: &str) -> Option<&str> {
        let key = (repository.to_owned(), branch.to_owned());
        self.steps.get(step)?.heads.get(&key).map(String::as_str)
    }

    /// Notifications since a step began.
    pub(crate) fn notifications_since(&self, step: usize) -> &[Notification] {
        let from = self.steps.get(step).map_or(0, |step| step.notifications);
        self.notifications.get(from..).unwrap_or_default()
    }
}

impl ClusterView {
    /// Tells one change; changes of one object come in their order.
    pub fn record(&mut self, at: Moment, before: Option<Object>, after: Option<Object>) {
        let Some(id) = after.as_ref().or(before.as_ref()).map(Object::id) else { return };
        match &after {
            Some(object) => self.objects.insert(id.clone(), object.clone()),
            None => self.objects.remove(&id),
        };
        self.places.entry(id.clone()).or_default().push(self.log.len());
        self.log.push(Entry { at, id, before, after });
    }

    /// Everything that happened since a step began, oldest first.
    #[must_use]
    pub fn since(&self, step: usize) -> &[Entry] {
        &self.log[self.mark(step)..]
    }

    fn mark(&self, step: usize) -> usize {
        self.marks.get(step).copied().unwrap_or(self.log.len()).min(self.log.len())
    }

    /// What happened to one object since a step began, oldest first.
    pub(crate) fn entries_of<'a>(
        &'a self,
        step: usize,
        id: &ObjectId,
    ) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let places = self.places.get(id).map(Vec::as_slice).unwrap_or_default();
        let from = self.mark(step);
        let first = places.partition_point(|place| *place < from);
        places[first..].iter().map(|place| &self.log[*place])
    }

    /// Where an object first stands in the log.
    pub(crate) fn first_entry(&self, id: &ObjectId) -> Option<usize> {
        self.places.get(id)?.first().copied()
    }

    /// Everything that happened.
    #[must_use]
    pub fn log(&self) -> &[Entry] {
        &self.log
    }

    /// What was there before a step began.
    #[must_use]
    pub fn before(&self, step: usize) -> BTreeMap<ObjectId, Object> {
        let mut objects = self.objects.clone();
        for entry in self.since(step).iter().rev() {
            match &entry.before {
                Some(object) => objects.insert(entry.id.clone(), object.clone()),
                None => objects.remove(&entry.id),
            };
        }
        objects
    }

    /// An object before a step began.
    pub(crate) fn object_before(&self, step: usize, id: &ObjectId) -> Option<&Object> {
        match self.entries_of(step, id).next() {
            Some(entry) => entry.before.as_ref(),
            None => self.objects.get(id),
        }
    }

    /// The states of an object since a step began: the one before it, then each later one.
    pub(crate) fn states(
        &self,
        step: usize,
        id: &ObjectId,
    ) -> Vec<(Option<Moment>, Option<&Object>)> {
        let entries = self.entries_of(step, id);
        let first = (None, self.object_before(step, id));
        std::iter::once(first)
            .chain(entries.map(|entry| (Some(entry.at), entry.after.as_ref())))
            .collect()
    }
}
