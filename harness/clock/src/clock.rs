//! The clock that a world shares, virtual or real.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::Moment;

/// A handle on one world's time. Clones share it; it never leaves its thread.
///
/// Virtual time stands still until [`Clock::advance_to`]; sleeping futures wake
/// in the order of (moment, sequence of their first poll).
#[derive(Debug, Clone)]
pub struct Clock(Rc<RefCell<Timers>>);

#[derive(Debug)]
struct Timers {
    now: Moment,
    real: bool,
    sequence: u64,
    waiting: BTreeMap<(Moment, u64), Waker>,
}

impl Clock {
    /// A clock that stands at `start` and moves only by [`Clock::advance_to`].
    #[must_use]
    pub fn virtual_at(start: Moment) -> Self {
        Self::new(start, false)
    }

    /// The clock of the machine, for places that are real.
    #[must_use]
    pub fn real() -> Self {
        Self::new(system_now(), true)
    }

    fn new(now: Moment, real: bool) -> Self {
        Self(Rc::new(RefCell::new(Timers { now, real, sequence: 0, waiting: BTreeMap::new() })))
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        let mut timers = self.0.borrow_mut();
        if timers.real {
            timers.now = timers.now.max(system_now());
        }
        timers.now
    }

    /// A future that is ready `duration` from now.
    pub fn sleep(&self, duration: Duration) -> Sleep {
        self.sleep_until(self.now() + duration)
    }

    /// A future that is ready at `moment`.
    pub fn sleep_until(&self, moment: Moment) -> Sleep {
        Sleep { clock: self.clone(), due: moment, key: None }
    }

    /// The earliest moment that anything sleeps for.
    #[must_use]
    pub fn next_due(&self) -> Option<Moment> {
        self.0.borrow().waiting.keys().next().map(|(moment, _)| *moment)
    }

    /// Moves to `moment` (never back; a real clock sleeps until then) and wakes what is due, in order.
    pub fn advance_to(&self, moment: Moment) {
        if self.0.borrow().real {
            wait_for(moment);
        }
        let due = {
            let mut timers = self.0.borrow_mut();
            let now = timers.now.max(moment);
            timers.now = now;
            let later = timers.waiting.split_off(&(now, u64::MAX));
            std::mem::replace(&mut timers.waiting, later)
        };
        due.into_values().for_each(Waker::wake);
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn system_now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Moment::default() + since.unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "the one place that sleeps")]
fn wait_for(moment: Moment) {
    std::thread::sleep(moment.since(system_now()));
}

/// See [`Clock::sleep`]. Forgets its place in the queue when dropped.
#[derive(Debug)]
#[must_use = "a sleep does nothing until it is awaited"]
pub struct Sleep {
    clock: Clock,
    due: Moment,
    key: Option<(Moment, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.clock.now() >= self.due {
            return Poll::Ready(());
        }
        let due = self.due;
        let known = self.key;
        let key = {
            let mut timers = self.clock.0.borrow_mut();
            let key = known.unwrap_or_else(|| {
                timers.sequence += 1;
                (due, timers.sequence)
            });
            timers.waiting.insert(key, context.waker().clone());
            key
        };
        self.key = Some(key);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.clock.0.borrow_mut().waiting.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_time_moves_only_when_told_and_wakes_in_order() {
        let clock = Clock::virtual_at(Moment::START);
        let mut sleep = Box::pin(clock.sleep(Duration::from_secs(5)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(sleep.as_mut().poll(&mut context).is_pending());
        let due = clock.next_due().unwrap();
        assert_eq!(due, Moment::START + Duration::from_secs(5));
        clock.advance_to(due);
        assert!(sleep.as_mut().poll(&mut context).is_ready());
        assert_eq!(clock.next_due(), None);
    }

    #[test]
    fn a_dropped_sleep_is_no_longer_due() {
        let clock = Clock::virtual_at(Moment::START);
        let mut sleep = Box::pin(clock.sleep(Duration::from_secs(5)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(sleep.as_mut().poll(&mut context).is_pending());
        drop(sleep);
        assert_eq!(clock.next_due(), None);
    }
}
