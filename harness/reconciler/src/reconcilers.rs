//! The controllers together: one loop, told when to run.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use client::Api;
use clock::{Clock, Moment};
use flux::FluxKind;
use objects::{Object, ObjectId};

use crate::informer::Stir;
use crate::queue::{Name, Queue};
use crate::standing::has_controller;
use crate::tasks::{Reconciliation, Tasks};
use crate::world::World;
use crate::{
    Fetch, Note, Refs, Settings, bucket, gitrepository, helmchart, helmrelease, helmrepository,
    kustomization, ocirepository, standing, unknown,
};

/// Why an object will be reconciled again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// It is in hand or queued right now.
    Running,
    /// It failed and is tried again.
    Retry,
    /// It waits for a dependency, a source or an artifact.
    Waiting,
    /// Its interval; if nothing changed outside, nothing will change.
    Interval,
}

/// One object that will be reconciled again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pending {
    /// When; now for what is in hand.
    pub due: Moment,
    /// Which object.
    pub object: ObjectId,
    /// Why.
    pub cause: Cause,
}

/// Every bundled controller over one API, one clock and one fetcher.
///
/// The owner drains and then advances: [`Self::run_ready`] until it says `false`, then the
/// clock to [`Self::next_due`]. Equal seeds and equal answers give equal runs.
pub struct Reconcilers {
    world: Rc<World>,
    queues: BTreeMap<FluxKind, Queue>,
    stopped: BTreeSet<FluxKind>,
    tasks: Tasks,
}

impl Reconcilers {
    /// Controllers that have not looked at anything yet.
    #[must_use]
    pub fn new(api: Rc<dyn Api>, clock: Clock, fetch: Rc<dyn Fetch>, settings: Settings) -> Self {
        let on = FluxKind::ALL.into_iter().filter(|kind| !settings.off.contains(kind));
        let queues = on.map(|kind| (kind, Queue::default())).collect();
        let world = Rc::new(World::new(api, clock, fetch, settings));
        Self { world, queues, stopped: BTreeSet::new(), tasks: Tasks::default() }
    }

    /// Takes in what changed and runs everything that can run now; whether anything ran.
    /// Stops early where [`Self::endless`] names something.
    pub fn run_ready(&mut self) -> bool {
        self.world.informers.borrow_mut().open(&*self.world.api);
        let mut ran = false;
        loop {
            let stirs = self.world.informers.borrow_mut().take_in();
            stirs.into_iter().for_each(|stir| self.stir(stir));
            self.start_due();
            match self.tasks.poll_one() {
                None => return ran,
                Some(None) => {}
                Some(Some((kind, name, outcome))) => {
                    if let Some(queue) = self.queues.get_mut(&kind) {
                        queue.done(name, self.world.clock.now(), outcome);
                    }
                }
            }
            ran = true;
            if self.queues.values().any(|queue| queue.endless().next().is_some()) {
                return ran;
            }
        }
    }

    /// The objects that are reconciled again and again although time stands still.
    #[must_use]
    pub fn endless(&self) -> Vec<ObjectId> {
        let all = self.queues.iter();
        all.flat_map(|(kind, queue)| queue.endless().map(|name| id_of(*kind, name))).collect()
    }

    fn stir(&mut self, stir: Stir) {
        match stir {
            Stir::Own(kind, name) => self.add(kind, name),
            Stir::Source(kind, source) => {
                let names = kustomization::stirred_by_source(&self.world, kind, &source);
                names.into_iter().for_each(|name| self.add(FluxKind::Kustomization, name));
                let names = helmchart::stirred_by_source(&self.world, kind, &source);
                names.into_iter().for_each(|name| self.add(FluxKind::HelmChart, name));
            }
            Stir::Chart(kind, source) => {
                let names = helmrelease::stirred_by_source(&self.world, kind, &source);
                names.into_iter().for_each(|name| self.add(FluxKind::HelmRelease, name));
            }
            Stir::Config(config) => self.stir_config(&config),
        }
    }

    fn stir_config(&mut self, config: &Object) {
        let names = kustomization::stirred_by_config(&self.world, config);
        names.into_iter().for_each(|name| self.add(FluxKind::Kustomization, name));
        let names = helmrelease::stirred_by_config(&self.world, config);
        names.into_iter().for_each(|name| self.add(FluxKind::HelmRelease, name));
    }

    fn add(&mut self, kind: FluxKind, name: Name) {
        let now = self.world.clock.now();
        if let Some(queue) = self.queues.get_mut(&kind).filter(|_| !self.stopped.contains(&kind)) {
            queue.add(name, now, Cause::Running);
        }
    }

    /// Ends the controllers of these kinds: what they have in hand is dropped half-way, and
    /// what they know is forgotten.
    pub fn stop(&mut self, kinds: &[FluxKind]) {
        for kind in kinds {
            self.stopped.insert(*kind);
            self.tasks.drop_all(*kind);
            if let Some(queue) = self.queues.get_mut(kind) {
                queue.clear();
            }
        }
    }

    /// Starts the controllers of these kinds again: they look at every object.
    pub fn start(&mut self, kinds: &[FluxKind]) {
        self.world.informers.borrow_mut().open(&*self.world.api);
        for kind in kinds {
            if !self.stopped.remove(kind) {
                continue;
            }
            let names: Vec<Name> = self
                .world
                .informers
                .borrow()
                .list(*kind)
                .map(|object| (object.namespace().to_owned(), object.name().to_owned()))
                .collect();
            names.into_iter().for_each(|name| self.add(*kind, name));
        }
    }

    /// Hands out what is due, as far as there are workers.
    fn start_due(&mut self) {
        let now = self.world.clock.now();
        for (kind, queue) in &mut self.queues {
            let workers = match kind {
                FluxKind::Kustomization => self.world.settings.kustomization_workers,
                FluxKind::HelmRelease => self.world.settings.release_workers,
                kind if has_controller(*kind) => self.world.settings.source_workers,
                _ => usize::MAX,
            };
            while self.tasks.count(*kind) < workers
                && let Some(name) = queue.next(now)
            {
                let work = reconciliation(&self.world, *kind, name.clone());
                self.tasks.start(*kind, name, work);
            }
        }
    }

    /// When something is next due, be it a queued object or a sleep on the clock.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        let queued = self.queues.values().filter_map(Queue::next_due);
        queued.chain(self.world.clock.next_due()).min()
    }

    /// Everything that will be reconciled again, by time. At rest only [`Cause::Interval`] is left.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending> {
        let now = self.world.clock.now();
        let mut pending = Vec::new();
        for (kind, queue) in &self.queues {
            pending.extend(queue.list().map(|(name, due, cause)| Pending {
                due: due.unwrap_or(now),
                object: id_of(*kind, name),
                cause,
            }));
        }
        pending.sort();
        pending
    }

    /// What is not reproduced, by object, with everything that rests on it.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        unknown::spread(&self.world)
    }
}

/// What a GitRepository would find in a repository if it looked now and that it does not
/// hold, as a text that differs where that differs; `None` where nothing is new.
#[must_use]
pub fn outlook(source: &Object, refs: &Refs) -> Option<String> {
    gitrepository::outlook(source, refs)
}

fn id_of(kind: FluxKind, (namespace, name): &Name) -> ObjectId {
    let kind = kind.gvk().group_kind();
    ObjectId { kind, namespace: namespace.clone(), name: name.clone() }
}

fn reconciliation(world: &Rc<World>, kind: FluxKind, name: Name) -> Reconciliation {
    let world = world.clone();
    match kind {
        FluxKind::GitRepository => Box::pin(gitrepository::reconcile(world, name)),
        FluxKind::Kustomization => Box::pin(kustomization::reconcile(world, name)),
        kind if standing::is_declared(&world, kind, &name) => {
            Box::pin(standing::reconcile(world, kind, name))
        }
        FluxKind::HelmRepository => Box::pin(helmrepository::reconcile(world, name)),
        FluxKind::HelmChart => Box::pin(helmchart::reconcile(world, name)),
        FluxKind::HelmRelease => Box::pin(helmrelease::reconcile(world, name)),
        FluxKind::OciRepository => Box::pin(ocirepository::reconcile(world, name)),
        FluxKind::Bucket => Box::pin(bucket::reconcile(world, name)),
        kind => Box::pin(standing::reconcile(world, kind, name)),
    }
}
