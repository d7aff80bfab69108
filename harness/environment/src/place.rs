//! An open place: clusters over one clock and one set of repositories.
//!
//! One rule: drain, then advance. Start at [`Place::open`].

use std::cell::RefCell;
use std::rc::Rc;

use clock::{Clock, Moment};
use registry::Registry;

use crate::error::Busy;
use crate::repositories::{RemoteFault, Repositories};
use crate::temporary::{self, Folder};
use crate::{Abilities, Cluster, PlaceError, Settings};

/// How often everything may run at one moment before that counts as a loop without end.
const MOST_ROUNDS: usize = 2_000;
/// How much may be written at one moment before that counts as a loop without end.
const MOST_WRITES: u64 = 100_000;

/// A place to run scenarios in. Never leaves its thread; everything it made is gone when it is dropped.
pub struct Place {
    clock: Clock,
    clusters: Vec<Cluster>,
    pub(crate) repositories: Rc<RefCell<Repositories>>,
    _folder: Folder,
}

impl Place {
    /// Opens the embedded place.
    ///
    /// # Errors
    /// If a name is declared twice, a version is not known, or the disk refuses.
    pub fn open(settings: Settings) -> Result<Self, PlaceError> {
        let folder = temporary::folder()?;
        let clock = Clock::virtual_at(settings.start);
        let repositories =
            Repositories::new(&settings.repositories, settings.remotes, folder.path())?;
        let repositories = Rc::new(RefCell::new(repositories));
        let mut clusters: Vec<Cluster> = Vec::new();
        for one in &settings.clusters {
            if clusters.iter().any(|known| known.name() == one.name) {
                return Err(PlaceError::Twice { kind: "cluster", name: one.name.clone() });
            }
            let cluster = Cluster::open(one, settings.seed, &clock, &repositories)?;
            let api = (one.name.clone(), cluster.api.clone());
            repositories.borrow_mut().clusters.push(api);
            clusters.push(cluster);
        }
        Ok(Self { clock, clusters, repositories, _folder: folder })
    }

    /// What it can do.
    #[must_use]
    pub fn abilities(&self) -> Abilities {
        Abilities::EMBEDDED
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Its clusters, in the order they were declared.
    #[must_use]
    pub fn clusters(&self) -> &[Cluster] {
        &self.clusters
    }

    /// A cluster by its name.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn cluster(&mut self, name: &str) -> Result<&mut Cluster, PlaceError> {
        let found = self.clusters.iter_mut().find(|known| known.name() == name);
        found.ok_or_else(|| PlaceError::NoSuch { kind: "cluster", name: name.to_owned() })
    }

    /// Runs everything that can run at this moment, until nothing can; whether anything ran.
    ///
    /// # Errors
    /// If it never ends, at this moment or with time.
    pub fn run_ready(&mut self) -> Result<bool, PlaceError> {
        let mut ran = false;
        let before: u64 = self.clusters.iter().map(Cluster::writes).sum();
        for _ in 0..MOST_ROUNDS {
            let mut again = false;
            for cluster in &mut self.clusters {
                again |= cluster.run_once();
            }
            if !again {
                self.clusters.iter_mut().for_each(Cluster::write_journal);
                return self.restless().map_or(Ok(ran), Err);
            }
            let writes: u64 = self.clusters.iter().map(Cluster::writes).sum();
            let endless = self.clusters.iter().any(|cluster| !cluster.endless().is_empty());
            if endless || writes - before > MOST_WRITES {
                break;
            }
            ran = true;
        }
        Err(self.endless())
    }

    /// Why a moment does not end.
    fn endless(&mut self) -> PlaceError {
        self.clusters.iter_mut().for_each(Cluster::write_journal);
        let now = self.now();
        let mut busy = Vec::new();
        for cluster in &self.clusters {
            let one = |object| Busy { cluster: cluster.name().to_owned(), object, changes: 0 };
            busy.extend(cluster.endless().into_iter().map(one));
        }
        if busy.is_empty() {
            busy = self.busy_since(now);
        }
        PlaceError::Endless { at: now, busy }
    }

    /// Why time passes without end, if it does.
    fn restless(&self) -> Option<PlaceError> {
        let busy: Vec<Busy> = self.clusters.iter().flat_map(Cluster::restless).collect();
        (!busy.is_empty()).then_some(PlaceError::Restless { busy })
    }

    /// What kept the clusters busy since a moment, the busiest first.
    #[must_use]
    pub fn busy_since(&self, since: Moment) -> Vec<Busy> {
        let mut busy: Vec<Busy> =
            self.clusters.iter().flat_map(|cluster| cluster.busy_since(since)).collect();
        busy.sort_by_key(|one| std::cmp::Reverse(one.changes));
        busy
    }

    pub(crate) fn clusters_mut(&mut self) -> impl Iterator<Item = &mut Cluster> {
        self.clusters.iter_mut()
    }

    /// When anything is next due after this moment; `None` if nothing ever is.
    ///
    /// What is due already and did not run waits for something that sleeps (a free worker),
    /// so only later moments count.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        let now = self.now();
        let all = self.clusters.iter().filter_map(Cluster::next_due).chain(self.clock.next_due());
        all.filter(|due| *due > now).min()
    }

    /// Moves to a moment. What was due before it has to have run.
    pub fn advance_to(&mut self, moment: Moment) {
        self.clusters.iter_mut().for_each(|cluster| cluster.before_advance(moment));
        self.clock.advance_to(moment);
    }

    /// Whether nothing is due but intervals that will change nothing.
    pub fn is_at_rest(&mut self) -> bool {
        self.clusters.iter_mut().all(Cluster::is_at_rest)
    }

    /// Breaks a repository, by name or URL; the number heals it.
    ///
    /// # Errors
    /// If nothing has that name.
    pub fn break_repository(&mut self, name: &str, fault: RemoteFault) -> Result<u64, PlaceError> {
        let id = self.repositories.borrow_mut().break_one(name, fault)?;
        self.disturb_sources(name);
        Ok(id)
    }

    /// Changes what is served of charts, artifacts and buckets below an address; clusters will
    /// see it at their next looks.
    pub fn outside<T>(&mut self, address: &str, work: impl FnOnce(&mut Registry) -> T) -> T {
        self.clusters.iter_mut().for_each(|cluster| cluster.disturb_outside(address));
        work(&mut self.repositories.borrow_mut().outside.registry)
    }

    /// Ends a fault of a repository.
    pub fn heal_repository(&mut self, fault: u64) {
        let healed = self.repositories.borrow_mut().heal(fault);
        healed.into_iter().for_each(|name| self.disturb_sources(&name));
    }

    /// What looks at a repository will see at its next interval that it answers otherwise.
    fn disturb_sources(&mut self, name: &str) {
        let repositories = self.repositories.borrow();
        for cluster in &mut self.clusters {
            cluster.disturb_sources(|url| repositories.reaches(url, name));
        }
    }
}
