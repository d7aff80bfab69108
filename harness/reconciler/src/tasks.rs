//! The tasks in hand: futures polled in the order in which they began.
//!
//! Nothing here sleeps or spawns. A task runs when its waker was called.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use flux::FluxKind;

use crate::queue::{Name, Outcome};

/// A reconciliation under way.
pub(crate) type Reconciliation = Pin<Box<dyn Future<Output = Outcome>>>;

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

struct Task {
    kind: FluxKind,
    name: Name,
    future: Reconciliation,
    flag: Arc<Flag>,
}

#[derive(Default)]
pub(crate) struct Tasks(Vec<Task>);

impl Tasks {
    pub(crate) fn start(&mut self, kind: FluxKind, name: Name, future: Reconciliation) {
        let flag = Arc::new(Flag(AtomicBool::new(true)));
        self.0.push(Task { kind, name, future, flag });
    }

    /// Drops what is in hand of a kind, wherever it stands.
    pub(crate) fn drop_all(&mut self, kind: FluxKind) {
        self.0.retain(|task| task.kind != kind);
    }

    /// How many of a kind are in hand.
    pub(crate) fn count(&self, kind: FluxKind) -> usize {
        self.0.iter().filter(|task| task.kind == kind).count()
    }

    /// Polls the first task that was woken; `None` if none was.
    pub(crate) fn poll_one(&mut self) -> Option<Option<(FluxKind, Name, Outcome)>> {
        let woken = |task: &Task| task.flag.0.swap(false, Ordering::AcqRel);
        let at = self.0.iter().position(woken)?;
        let task = &mut self.0[at];
        let waker = Waker::from(task.flag.clone());
        match task.future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => Some(None),
            Poll::Ready(outcome) => {
                let task = self.0.remove(at);
                Some(Some((task.kind, task.name, outcome)))
            }
        }
    }
}
