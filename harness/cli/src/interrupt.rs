//! SIGINT and SIGTERM: the command ends at once and leaves no temporary folder behind.
//!
//! One rule: the first signal cleans up, a second one ends without. Start at [`watch`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::register_conditional_shutdown;
use signal_hook::iterator::Signals;

/// The exit code of a command that a signal ended, by convention of shells.
pub(crate) fn code_of(signal: i32) -> i32 {
    128 + signal
}

/// Ends the process at the first signal. Where signals cannot be watched, the system's way stays.
pub(crate) fn watch() {
    let ending = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        if register_conditional_shutdown(signal, code_of(signal), ending.clone()).is_err() {
            return;
        }
    }
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    std::thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            ending.store(true, Ordering::SeqCst);
            environment::clean_up();
            std::process::exit(code_of(signal));
        }
    });
}
