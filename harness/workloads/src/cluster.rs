//! The face of the API that the simulator works on.

use client::{Call, Change, Status};
use objects::Value;

/// A place where objects live. Answers at once; never panics.
pub trait Cluster {
    /// One call, made by a controller (its name is the call's manager).
    ///
    /// # Errors
    /// The API's refusal.
    fn call(&mut self, call: &Call) -> Result<Value, Status>;

    /// Everything that changed after a position, in order; 0 is before the first change.
    fn changes(&mut self, since: u64) -> Changes;
}

/// An answer of [`Cluster::changes`].
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The position after the last change, to ask from next time.
    pub position: u64,
    /// The changes in their order; those of kinds that nobody watches may be left out.
    pub changes: Vec<Change>,
}
