//! How a run ends: what is written last, and when the object comes again.

use std::time::Duration;

use clock::parse_duration;
use flux::REQUESTED_AT;
use flux::parts::Step;

use super::reconcile::{CONTROLLER, Run};
use crate::Cause;
use crate::queue::Outcome;
use crate::recorder::Event;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing more to do.
    Rest,
    /// In sync: again after the interval.
    Interval,
    /// Failed, and its strategy is to try again after a while.
    Retry(Duration),
    /// Waiting for something: again after this time, jittered or not.
    Wait { jittered: bool },
    /// Again with the next step of the back-off.
    Backoff,
    /// Only a change helps.
    Terminal,
}

/// How long a run looks for its own history in the cache where it is never found: moments there
/// are cut to seconds (fluxcd/helm-controller: `waitForHistoryCacheSync`).
const CACHE_WAIT: Duration = Duration::from_secs(10);

impl Run {
    pub(super) fn interval(&self) -> Duration {
        parse_duration(self.hr.interval()).unwrap_or_default()
    }

    pub(super) fn timeout(&self, step: Option<Step>) -> Duration {
        parse_duration(self.hr.timeout(step)).unwrap_or_default()
    }

    /// Writes the object with its conditions; whether the conditions could be written.
    ///
    /// `Drifted` is the one condition that the controller does not own: a second change of it in
    /// one run looks like a change by somebody else (fluxcd/pkg: runtime/patch), and then no
    /// condition is written.
    pub(super) async fn save(&mut self) -> bool {
        let drifted =
            self.conditions.get("Drifted").map(|found| (found.state, found.message.clone()));
        let conflicts = self.drifted.as_ref().is_some_and(|saved| *saved != drifted);
        if !conflicts {
            if drifted != self.loaded_drifted {
                self.drifted = Some(drifted);
            }
            if self.conditions.list().is_empty() {
                self.hr.0.remove(&["status", "conditions"]);
            } else {
                let list = self.conditions.to_value();
                self.hr.0.set(&["status", "conditions"], list);
            }
        }
        let _ = self.persist.save(&self.world, &self.hr.0).await;
        !conflicts
    }

    /// Writes what was found out and says when to come again.
    pub(super) async fn finish(&mut self, end: End) -> Outcome {
        if let Some(asked) = self.hr.0.annotation(REQUESTED_AT).map(str::to_owned) {
            self.hr.0.set(&["status", "lastHandledReconcileAt"], asked);
        }
        let observes = !matches!(end, End::Backoff | End::Wait { .. });
        if observes {
            let generation = self.hr.0.generation();
            self.hr.0.set(&["status", "observedGeneration"], generation);
        }
        let end = if self.save().await { end } else { End::Backoff };
        if !observes && self.is_history_new {
            self.world.clock.sleep(CACHE_WAIT).await;
        }
        match end {
            End::Rest | End::Terminal => Outcome::Done,
            End::Interval => Outcome::After(self.world.jittered(self.interval()), Cause::Interval),
            End::Retry(after) => Outcome::After(self.world.jittered(after), Cause::Retry),
            End::Wait { jittered } => {
                let delay = self.world.settings.requeue_dependency;
                let delay = if jittered { self.world.jittered(delay) } else { delay };
                Outcome::After(delay, Cause::Waiting)
            }
            End::Backoff => Outcome::Backoff,
        }
    }

    /// An event about the release.
    pub(super) async fn event(
        &self,
        warning: bool,
        reason: &str,
        message: &str,
        annotations: Vec<(&'static str, String)>,
    ) {
        let (object, controller) = (&self.hr.0, CONTROLLER);
        self.world
            .record(Event { object, controller, warning, reason, message, annotations })
            .await;
    }
}
