//! Snapshots of a world's state, for review: their text, and the files that hold the
//! accepted and the pending ones.
//!
//! A changed snapshot writes a pending file beside the accepted one and fails;
//! accepting it is a separate act. Start at [`render`] and [`Store`].

mod store;
mod written;

pub use store::{Comparison, Pending, Policy, Store, StoreError, pending};
pub use written::render;
