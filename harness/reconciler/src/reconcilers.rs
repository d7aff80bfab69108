//! The controllers together: one loop, told when to run.

use std::rc::Rc;

use client::Api;
use clock::{Clock, Moment};
use objects::ObjectId;

use crate::notes::Notes;
use crate::{Fetch, Note, Settings};

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
    /// When.
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
    _api: Rc<dyn Api>,
    clock: Clock,
    _fetch: Rc<dyn Fetch>,
    _settings: Settings,
    notes: Notes,
}

impl Reconcilers {
    /// Controllers that have not looked at anything yet.
    #[must_use]
    pub fn new(api: Rc<dyn Api>, clock: Clock, fetch: Rc<dyn Fetch>, settings: Settings) -> Self {
        Self { _api: api, clock, _fetch: fetch, _settings: settings, notes: Notes::default() }
    }

    /// Takes in what changed and runs everything that can run now; whether anything ran.
    pub fn run_ready(&mut self) -> bool {
        false
    }

    /// When something is next due, be it a queued object or a sleep on the clock.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        self.clock.next_due()
    }

    /// Everything that will be reconciled again, by time. At rest only [`Cause::Interval`] is left.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending> {
        Vec::new()
    }

    /// What is not reproduced, by object.
    #[must_use]
    pub fn notes(&self) -> Vec<Note> {
        self.notes.list()
    }
}
