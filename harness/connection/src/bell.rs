//! What wakes the thread of the world when something arrived from outside.
//!
//! One rule: a ring is never lost; one that comes before the wait ends the wait at once.
//! Start at [`Bell::wait`].

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Rung at every answer and every change that a watch brings. Clones are the same bell.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    pub(crate) fn ring(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_all();
    }

    /// Waits for a ring, or for so long; whether it rang.
    #[must_use]
    pub fn wait(&self, most: Duration) -> bool {
        let rung = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.1.wait_timeout_while(rung, most, |rung| !*rung);
        let mut rung = waited.unwrap_or_else(PoisonError::into_inner).0;
        std::mem::take(&mut *rung)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_before_the_wait_is_heard_once() {
        let bell = Bell::default();
        bell.clone().ring();
        assert!(bell.wait(Duration::ZERO));
        assert!(!bell.wait(Duration::ZERO));
    }
}
