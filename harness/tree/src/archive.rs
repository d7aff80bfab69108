//! Packed trees: gzipped tar archives, written so that equal trees give equal bytes.
//!
//! One rule: what is packed depends on nothing but the tree and the moment that is handed
//! in, on no version of a library either, since digests of archives stand in snapshots.
//! Start at [`pack`] and [`unpack`].

mod blocks;
mod codes;
mod deflate;
mod read;
mod write;

pub use read::{ArchiveError, Limits, unpack};
pub use write::{Packing, gzip, pack};
