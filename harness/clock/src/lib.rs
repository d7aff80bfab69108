//! Time, seeds and identities.
//!
//! Knows now, sleeping, due moments, seeded random and deterministic uids.
//! Must not know what is being timed. The only crate that may touch the real
//! clock or entropy. Start at [`Clock`].

mod clock;
mod duration;
mod moment;
mod seed;
mod stopwatch;

pub use clock::{Clock, Sleep};
pub use duration::{DurationError, format_duration, parse_duration};
pub use moment::Moment;
pub use seed::{Random, Seed};
pub use stopwatch::Stopwatch;
