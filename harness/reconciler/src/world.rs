//! What every reconciliation shares: the API, the clock, the outside, caches and stores.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use client::Api;
use clock::{Clock, Moment, Random, format_duration};
use flux::FluxKind;
use objects::{Object, ObjectId};

use crate::helmrepository::Index;
use crate::informer::Informers;
use crate::notes::Notes;
use crate::recorder::Correlator;
use crate::storage::Storage;
use crate::{Fetch, Settings};

pub(crate) struct World {
    pub(crate) api: Rc<dyn Api>,
    pub(crate) clock: Clock,
    pub(crate) fetch: Rc<dyn Fetch>,
    pub(crate) settings: Settings,
    pub(crate) informers: RefCell<Informers>,
    pub(crate) storage: RefCell<Storage>,
    pub(crate) notes: RefCell<Notes>,
    pub(crate) correlator: RefCell<Correlator>,
    pub(crate) memory: RefCell<crate::kustomization::Memory>,
    pub(crate) releases: RefCell<crate::helmrelease::Memory>,
    /// Indexes of chart repositories, read, by the digest of their artifact.
    pub(crate) indexes: RefCell<BTreeMap<String, Rc<Index>>>,
    random: RefCell<Random>,
    jitter: RefCell<Random>,
}

const MOST_INDEXES: usize = 64;

impl World {
    pub(crate) fn new(
        api: Rc<dyn Api>,
        clock: Clock,
        fetch: Rc<dyn Fetch>,
        settings: Settings,
    ) -> Self {
        let random = RefCell::new(settings.seed.stream("reconciler/work"));
        let jitter = RefCell::new(settings.seed.stream("reconciler/jitter"));
        Self {
            api,
            clock,
            fetch,
            settings,
            informers: RefCell::default(),
            storage: RefCell::default(),
            notes: RefCell::default(),
            correlator: RefCell::default(),
            memory: RefCell::default(),
            releases: RefCell::default(),
            indexes: RefCell::default(),
            random,
            jitter,
        }
    }

    /// Now, as a condition is stamped.
    pub(crate) fn stamp(&self) -> String {
        self.clock.now().rfc3339()
    }

    /// Lets work take its time: the cost, more or less a quarter.
    pub(crate) async fn work(&self, cost: Duration) {
        if !cost.is_zero() {
            let part = self.random.borrow_mut().fraction();
            self.clock.sleep(cost.mul_f64(0.75 + part / 2.0)).await;
        }
    }

    /// Time since a moment as a controller measures it: never twice the same.
    pub(crate) fn measured(&self, since: Moment) -> String {
        let noise = Duration::from_nanos(self.random.borrow_mut().below(900_000) + 100_000);
        format_duration(self.clock.now().since(since) + noise)
    }

    /// A few nanoseconds that make names of one moment differ.
    pub(crate) fn noise(&self) -> i64 {
        i64::try_from(self.random.borrow_mut().below(1_000_000)).unwrap_or_default()
    }

    /// An interval with the jitter of `--interval-jitter-percentage`.
    pub(crate) fn jittered(&self, interval: Duration) -> Duration {
        let percent = f64::from(self.settings.jitter_percent);
        if percent == 0.0 {
            return interval;
        }
        let part = self.jitter.borrow_mut().fraction().mul_add(2.0, -1.0);
        interval.mul_f64(1.0 + part * percent / 100.0)
    }

    /// A delay, longer by up to a tenth, as clients stretch their retries.
    pub(crate) fn stretched(&self, delay: Duration) -> Duration {
        let part = self.random.borrow_mut().fraction();
        delay.mul_f64(1.0 + part / 10.0)
    }

    /// Keeps an index that was read; few are in use at a time.
    pub(crate) fn keep_index(&self, digest: String, index: Rc<Index>) {
        let mut known = self.indexes.borrow_mut();
        if known.len() >= MOST_INDEXES {
            known.clear();
        }
        known.insert(digest, index);
    }

    /// The name of a work directory.
    pub(crate) fn scratch(&self, prefix: &str) -> String {
        format!("/tmp/{prefix}{}", self.random.borrow_mut().below(4_000_000_000))
    }

    /// An object of Flux as the cache has it.
    pub(crate) fn cached(&self, kind: FluxKind, namespace: &str, name: &str) -> Option<Object> {
        self.informers.borrow().get(kind, namespace, name)
    }

    /// Says that an object's state is not reproduced.
    pub(crate) fn note(&self, object: ObjectId, why: impl Into<String>) {
        self.notes.borrow_mut().add(object, why);
    }

    /// The answer of a future, or `None` once the time is over.
    pub(crate) async fn within<T>(
        &self,
        limit: Duration,
        future: impl Future<Output = T>,
    ) -> Option<T> {
        let mut future = pin!(future);
        let mut sleep = pin!(self.clock.sleep(limit));
        std::future::poll_fn(|context| {
            if let Poll::Ready(answer) = future.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            sleep.as_mut().poll(context).map(|()| None)
        })
        .await
    }
}
