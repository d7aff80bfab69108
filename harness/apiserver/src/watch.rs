//! Watches as values: a cursor into a kind's log.

use objects::GroupKind;

/// An open watch. Costs nothing until it is read.
#[derive(Debug)]
pub struct WatchStream {
    pub(crate) kind: GroupKind,
    pub(crate) since: u64,
}

/// What a watch had to say when it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunk {
    /// Event lines, ready to be sent; empty where nothing happened.
    pub bytes: Vec<u8>,
    /// Whether the stream ends here.
    pub closed: bool,
}
