//! Bounds that hostile charts may not pass, noted where no error can be given.
//!
//! One rule: whoever passes a bound notes it here and stops; whoever runs templates looks after
//! every call.

use std::cell::Cell;

/// How deep values may nest where they are walked.
pub(crate) const NESTING: usize = 400;
/// The longest text that one function may make, in bytes.
pub(crate) const LONGEST: usize = 64 << 20;
/// The most items of one list.
pub(crate) const MOST_ITEMS: usize = 4_000_000;

/// The most values that functions may walk in one rendering.
const FUEL: u64 = 100_000_000;

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(FUEL) };
    static PASSED: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// A new rendering begins.
pub(crate) fn renew() {
    LEFT.set(FUEL);
    PASSED.set(None);
}

/// Counts values that are walked; whether more may be.
pub(crate) fn spend(values: usize) -> bool {
    let left = LEFT.get().checked_sub(values as u64);
    LEFT.set(left.unwrap_or(0));
    if left.is_none() {
        PASSED.set(Some("the functions walk more than 100,000,000 values"));
    }
    left.is_some()
}

/// Notes that a value nests too deep.
pub(crate) fn too_deep() {
    PASSED.set(Some("the value nests deeper than 400 levels"));
}

/// Notes that a text would be too long.
pub(crate) fn too_long() {
    PASSED.set(Some("the text would be longer than 64 MiB"));
}

/// Notes that there are too many lists and dictionaries.
pub(crate) fn too_many() {
    PASSED.set(Some("the templates make more than 4,000,000 lists and dictionaries"));
}

/// What was noted since the last look.
pub(crate) fn passed() -> Option<&'static str> {
    PASSED.take()
}
