//! One closed enum for what can happen in a run, and the sink that hears it.
//!
//! Match it without a wildcard, so that a new event shows every place to update.
//! Start at [`Event`].

use std::time::Duration;

use clock::Moment;
use objects::ObjectId;
use serde::{Deserialize, Serialize};

use crate::{Outcome, Summary, Transition, wire};

/// Who hears a run. Never calls back and cannot stop it.
pub trait Sink {
    /// One event, in the run's order.
    fn event(&mut self, event: &Event);
}

/// How a step ended, without the details (the scenario's outcome has them).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepVerdict {
    /// Done, or met.
    Done,
    /// Not met, or refused.
    NotMet,
    /// Unknown.
    Unknown,
}

/// What a run says. Scenarios come whole, one after the other, in the order of their names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The plan is made; scenarios follow.
    RunStarted {
        /// Version of this recorded form.
        version: u32,
        /// Where: `embedded`.
        place: String,
        /// The first seed.
        seed: u64,
        /// How many scenarios were selected, counterproofs and matrix entries included.
        scenarios: usize,
    },
    /// Some of the scenarios are over: for people who watch, never recorded.
    #[serde(skip)]
    Progress {
        /// How many are over.
        done: usize,
        /// Of how many.
        total: usize,
        /// One that runs now.
        running: String,
    },
    /// A scenario starts.
    ScenarioStarted {
        /// Its full name: path and name, matrix entry, counterproof, seed.
        scenario: String,
        /// File, as the user named it.
        file: String,
        /// The seed of its world.
        seed: u64,
        /// Virtual time at its beginning.
        #[serde(with = "wire::moment")]
        at: Moment,
    },
    /// A step starts.
    StepStarted {
        /// Full name of the scenario.
        scenario: String,
        /// Number of the step, from 1.
        step: usize,
        /// Its id, or what it does in a few words.
        name: String,
        /// Line in the scenario file, from 1; 0 where it stands in no file.
        line: usize,
        /// Virtual time.
        #[serde(with = "wire::moment")]
        at: Moment,
    },
    /// A condition of a watched object changed.
    Transition {
        /// Full name of the scenario.
        scenario: String,
        /// Cluster; empty where there is one.
        cluster: String,
        /// Which object.
        #[serde(with = "wire::id")]
        object: ObjectId,
        /// What it became.
        #[serde(flatten)]
        transition: Transition,
    },
    /// A snapshot was compared.
    Snapshot {
        /// Full name of the scenario.
        scenario: String,
        /// Name of the snapshot.
        name: String,
        /// `same`, `changed`, `new` or `vanished`.
        state: String,
    },
    /// Something that this place does not reproduce was met.
    Unknown {
        /// Full name of the scenario.
        scenario: String,
        /// What rests on it.
        reason: String,
    },
    /// A step is over.
    StepFinished {
        /// Full name of the scenario.
        scenario: String,
        /// Number of the step, from 1.
        step: usize,
        /// How it ended.
        verdict: StepVerdict,
        /// Virtual time.
        #[serde(with = "wire::moment")]
        at: Moment,
    },
    /// A scenario is over.
    ScenarioFinished {
        /// Full name of the scenario.
        scenario: String,
        /// How it ended.
        #[serde(flatten)]
        outcome: Outcome,
        /// Virtual time that passed.
        #[serde(with = "wire::duration")]
        virtual_time: Duration,
        /// Real time that passed: for terminal and JUnit, never recorded.
        #[serde(skip)]
        real_time: Duration,
    },
    /// The run is over.
    RunFinished {
        /// The counts.
        #[serde(flatten)]
        summary: Summary,
    },
}
