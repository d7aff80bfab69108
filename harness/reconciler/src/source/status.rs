//! What a run leaves behind: events, `Ready`, the observed generation, the next run.
//!
//! Rules from fluxcd/source-controller: internal/reconcile/summarize.

use std::time::Duration;

use flux::parts::{Condition, State};
use flux::{Conditions, REQUESTED_AT, reason};

use super::failure::{Class, Failure};
use super::names::Source;
use super::run::{End, Notice, Run};
use crate::Cause;
use crate::queue::Outcome;

/// How often a source is looked at that does not say (HelmRepository).
const USUAL_INTERVAL: Duration = Duration::from_secs(60);

impl<T: Source> Run<T> {
    /// Carries the end of the phases into the object and decides when to come back.
    pub(crate) async fn finish(
        mut self,
        end: Result<End, Failure>,
        notice: Option<Notice>,
    ) -> Outcome {
        let is_success = matches!(end, Ok(End::Success)) || is_ignored(&end);
        if is_success {
            self.notify(notice).await;
        }
        if let Err(failure) = &end {
            self.fail(failure).await;
        }
        self.note_request();
        if is_success {
            self.conditions.delete("Reconciling");
        }
        if let Some(known) = self.conditions.get("Reconciling").cloned() {
            let conditions = self.stamped();
            conditions.set(
                "Reconciling",
                known.state,
                reason::PROGRESSING_WITH_RETRY,
                &known.message,
            );
        }
        self.classify(&end);
        self.stamped();
        summarise(&mut self.conditions, T::SUMMED);
        let not_ready = is_success && !self.conditions.is_true("Ready");
        self.save().await;
        if not_ready { Outcome::Backoff } else { self.outcome(&end) }
    }

    async fn fail(&mut self, failure: &Failure) {
        if let Some(kind) = failure.condition {
            let state = if kind == "SourceVerified" { State::False } else { State::True };
            let own = (failure.reason, failure.message.clone());
            let (reason, message) = failure.shown.clone().unwrap_or(own);
            self.stamped().set(kind, state, reason, &message);
        }
        let warning = matches!(failure.class, Class::Stalling | Class::Generic);
        self.event(warning, failure.reason, &failure.message, Vec::new()).await;
    }

    fn note_request(&mut self) {
        if let Some(asked) = self.repo.object().annotation(REQUESTED_AT) {
            let asked = asked.to_owned();
            self.repo.object_mut().set(&["status", "lastHandledReconcileAt"], asked);
        }
    }

    fn classify(&mut self, end: &Result<End, Failure>) {
        let stalling = |failure: &Failure| failure.class == Class::Stalling;
        if let Err(failure) = end
            && stalling(failure)
        {
            self.stamped().stalled(failure.reason, &failure.message);
        } else {
            self.conditions.delete("Stalled");
        }
        let observed = match end {
            Ok(End::Success) => true,
            Ok(End::Empty) => {
                !self.conditions.list().is_empty() && !self.repo.object().is_deleting()
            }
            Ok(End::Requeue) => false,
            Err(failure) => matches!(failure.class, Class::Stalling | Class::Ignored),
        };
        if observed {
            let generation = self.repo.object().generation();
            self.repo.object_mut().set(&["status", "observedGeneration"], generation);
        }
    }

    async fn notify(&self, notice: Option<Notice>) {
        let (Some(artifact), Some(notice)) = (self.repo.stored(), notice) else { return };
        let is_new = artifact.digest != self.before.digest;
        if !is_new && !self.before.failed {
            return;
        }
        let reason = if is_new { notice.new } else { notice.recovered };
        let annotations = vec![
            ("source.toolkit.fluxcd.io/revision", artifact.revision),
            ("source.toolkit.fluxcd.io/digest", artifact.digest),
        ];
        self.event(false, reason, &notice.message, annotations).await;
    }

    fn outcome(&self, end: &Result<End, Failure>) -> Outcome {
        let interval = self.repo.duration("interval", USUAL_INTERVAL);
        let next = Outcome::After(self.world.jittered(interval), Cause::Interval);
        match end {
            Ok(End::Success) => next,
            Ok(End::Requeue) => Outcome::Backoff,
            Ok(End::Empty) => Outcome::Done,
            Err(failure) => match failure.class {
                Class::Stalling => Outcome::Done,
                Class::Waiting(delay) => Outcome::After(delay, Cause::Waiting),
                Class::Generic => Outcome::Backoff,
                Class::Ignored => next,
            },
        }
    }
}

fn is_ignored(end: &Result<End, Failure>) -> bool {
    matches!(end, Err(failure) if failure.class == Class::Ignored)
}

/// Sums the conditions up in `Ready`.
fn summarise(conditions: &mut Conditions, summed: &[(&str, bool)]) {
    let rank = |condition: &Condition, negative: bool| match (condition.state, negative) {
        (State::True, true) => 0,
        (State::False, false) => 1,
        (State::True, false) => 2,
        (State::False, true) => 3,
        (State::Unknown, _) => 4,
    };
    let present = summed.iter().filter_map(|(kind, negative)| {
        let condition = conditions.get(kind)?;
        Some((rank(condition, *negative), condition.clone()))
    });
    let Some((rank, first)) = present.min_by_key(|(rank, _)| *rank) else {
        return;
    };
    let state = match rank {
        0 | 1 => State::False,
        2 | 3 => State::True,
        _ => State::Unknown,
    };
    conditions.set("Ready", state, &first.reason, &first.message);
    if conditions.is_false("SourceVerified")
        && let Some(verified) = conditions.get("SourceVerified").cloned()
    {
        conditions.set("Ready", State::False, &verified.reason, &verified.message);
    }
}
