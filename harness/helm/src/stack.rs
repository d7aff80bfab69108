//! Room for deep recursion: charts include templates a thousand deep.
//!
//! Depth is bounded where it arises; this gives the bounded depth enough stack.

use std::thread;

/// Stack of the thread that renders: touched only as far as it is used.
const BYTES: usize = 1 << 30;

/// Runs work on a thread of its own with a large stack; `None` if no thread can be had or it died.
pub(crate) fn deep<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(BYTES).spawn_scoped(scope, work).ok()?;
        thread.join().ok()
    })
}
