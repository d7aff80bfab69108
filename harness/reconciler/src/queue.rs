//! One controller's work queue.
//!
//! Rules from controller-runtime's priority queue: a name stands in it once, the earliest
//! time wins, a name in hand is not handed out again until it is done, failures back off
//! exponentially. Start at [`Queue::next`].

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clock::Moment;

use crate::Cause;

/// Namespace and name.
pub(crate) type Name = (String, String);

/// What a reconciliation asks of its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing; the failures are forgotten.
    Done,
    /// To come again after exactly this time; the failures are forgotten.
    After(Duration, Cause),
    /// To come again after the next step of the back-off.
    Backoff,
}

const FIRST_BACKOFF: Duration = Duration::from_millis(750);
const LONGEST_BACKOFF: Duration = Duration::from_secs(15 * 60);
/// How often one name may be handed out at one moment before that counts as a loop without end.
const MOST_TURNS: u32 = 500;

#[derive(Debug, Default)]
pub(crate) struct Queue {
    due: BTreeMap<(Moment, u64), (Name, Cause)>,
    places: BTreeMap<Name, (Moment, u64)>,
    in_hand: BTreeSet<Name>,
    failures: BTreeMap<Name, u32>,
    sequence: u64,
    /// How often each name was handed out at this moment.
    turns: (Moment, BTreeMap<Name, u32>),
}

impl Queue {
    /// Puts a name in for a moment; an earlier place that it has is kept.
    pub(crate) fn add(&mut self, name: Name, at: Moment, cause: Cause) {
        if let Some(place) = self.places.get(&name) {
            if place.0 <= at {
                return;
            }
            self.due.remove(place);
        }
        self.sequence += 1;
        let place = (at, self.sequence);
        self.places.insert(name.clone(), place);
        self.due.insert(place, (name, cause));
    }

    /// Takes the first name that is due and not in hand.
    pub(crate) fn next(&mut self, now: Moment) -> Option<Name> {
        let due = self.due.range(..=(now, u64::MAX));
        let place = *due.into_iter().find(|(_, (name, _))| !self.in_hand.contains(name))?.0;
        let (name, _) = self.due.remove(&place)?;
        self.places.remove(&name);
        self.in_hand.insert(name.clone());
        if self.turns.0 != now {
            self.turns = (now, BTreeMap::new());
        }
        *self.turns.1.entry(name.clone()).or_default() += 1;
        Some(name)
    }

    /// The names that come again and again although time stands still.
    pub(crate) fn endless(&self) -> impl Iterator<Item = &Name> {
        self.turns.1.iter().filter(|(_, turns)| **turns > MOST_TURNS).map(|(name, _)| name)
    }

    /// Forgets everything, as a controller that died does.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Takes back a name that was in hand.
    pub(crate) fn done(&mut self, name: Name, now: Moment, outcome: Outcome) {
        self.in_hand.remove(&name);
        match outcome {
            Outcome::Done => {
                self.failures.remove(&name);
            }
            Outcome::After(delay, cause) => {
                self.failures.remove(&name);
                // controller-runtime: `RequeueAfter` of zero asks for nothing.
                if !delay.is_zero() {
                    self.add(name, now + delay, cause);
                }
            }
            Outcome::Backoff => {
                let delay = self.failed(&name);
                self.add(name, now + delay, Cause::Retry);
            }
        }
    }

    fn failed(&mut self, name: &Name) -> Duration {
        let failures = self.failures.entry(name.clone()).or_default();
        let delay = FIRST_BACKOFF.saturating_mul(1 << (*failures).min(20));
        *failures += 1;
        delay.min(LONGEST_BACKOFF)
    }

    /// When the next name is due that is not in hand.
    pub(crate) fn next_due(&self) -> Option<Moment> {
        let mut free = self.due.iter().filter(|(_, (name, _))| !self.in_hand.contains(name));
        free.next().map(|((moment, _), _)| *moment)
    }

    /// Everything in hand or waiting.
    pub(crate) fn list(&self) -> impl Iterator<Item = (&Name, Option<Moment>, Cause)> {
        let hand = self.in_hand.iter().map(|name| (name, None, Cause::Running));
        let due = self.due.iter();
        hand.chain(due.map(|((moment, _), (name, cause))| (name, Some(*moment), *cause)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        ("ns".to_owned(), text.to_owned())
    }

    fn later(millis: u64) -> Moment {
        Moment::START + Duration::from_millis(millis)
    }

    #[test]
    fn failures_back_off_from_750_ms_doubling_to_15_minutes() {
        let mut queue = Queue::default();
        let mut now = Moment::START;
        queue.add(name("a"), now, Cause::Running);
        for expected in [750, 1_500, 3_000, 6_000] {
            let taken = queue.next(now).unwrap();
            queue.done(taken, now, Outcome::Backoff);
            assert_eq!(queue.next_due().unwrap().since(now), Duration::from_millis(expected));
            now = queue.next_due().unwrap();
        }
        for _ in 0..40 {
            let taken = queue.next(now).unwrap();
            queue.done(taken, now, Outcome::Backoff);
            let due = queue.next_due().unwrap();
            assert!(due.since(now) <= LONGEST_BACKOFF);
            now = due;
        }
        let taken = queue.next(now).unwrap();
        queue.done(taken, now, Outcome::Done);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn a_name_that_comes_again_and_again_while_time_stands_still_is_called_endless() {
        let mut queue = Queue::default();
        for _ in 0..=MOST_TURNS {
            assert_eq!(queue.endless().next(), None);
            queue.add(name("a"), later(0), Cause::Running);
            let taken = queue.next(later(0)).unwrap();
            queue.done(taken, later(0), Outcome::After(Duration::ZERO, Cause::Interval));
        }
        assert_eq!(queue.endless().next(), Some(&name("a")));
        queue.add(name("a"), later(1), Cause::Running);
        queue.next(later(1));
        assert_eq!(queue.endless().next(), None);
    }

    #[test]
    fn a_name_in_hand_waits_and_the_earliest_place_wins() {
        let mut queue = Queue::default();
        queue.add(name("a"), later(5), Cause::Interval);
        queue.add(name("a"), later(0), Cause::Running);
        let taken = queue.next(later(0)).unwrap();
        queue.add(name("a"), later(1), Cause::Running);
        assert_eq!(queue.next(later(9)), None);
        queue.done(taken, later(9), Outcome::After(Duration::from_secs(1), Cause::Interval));
        assert_eq!(queue.next(later(9)), Some(name("a")));
    }
}
