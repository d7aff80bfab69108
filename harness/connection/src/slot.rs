//! An answer on its way from the thread of sockets to the thread of the world.
//!
//! One rule: whoever waits is woken before the bell rings. Start at [`pair`].

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::Bell;

struct State<T> {
    answer: Option<T>,
    waker: Option<Waker>,
    is_given_up: bool,
}

type Shared<T> = Arc<Mutex<State<T>>>;

/// The side that answers.
pub(crate) struct Giver<T>(Shared<T>, Bell);

/// The side that waits; `None` when the other side went away without an answer.
pub(crate) struct Taker<T>(Shared<T>);

/// The two sides of one answer.
pub(crate) fn pair<T>(bell: &Bell) -> (Giver<T>, Taker<T>) {
    let state = State { answer: None, waker: None, is_given_up: false };
    let shared = Arc::new(Mutex::new(state));
    (Giver(Arc::clone(&shared), bell.clone()), Taker(shared))
}

impl<T> Giver<T> {
    pub(crate) fn give(self, answer: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).answer = Some(answer);
    }
}

impl<T> Drop for Giver<T> {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.is_given_up = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        self.1.ring();
    }
}

impl<T> Future for Taker<T> {
    type Output = Option<T>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_given_up {
            return Poll::Ready(state.answer.take());
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    #[test]
    fn an_answer_arrives_and_a_lost_one_is_none() {
        let bell = Bell::default();
        let mut context = Context::from_waker(Waker::noop());
        let (giver, taker) = pair(&bell);
        let mut taker = pin!(taker);
        assert!(taker.as_mut().poll(&mut context).is_pending());
        giver.give(7);
        assert_eq!(taker.as_mut().poll(&mut context), Poll::Ready(Some(7)));
        let (giver, taker) = pair::<u8>(&bell);
        drop(giver);
        assert_eq!(pin!(taker).as_mut().poll(&mut context), Poll::Ready(None));
    }
}
