//! A file tree in memory.
//!
//! Knows paths that cannot leave their root, contents, digests, how to read a directory
//! once, and gzipped tar archives. Must not know git, YAML, or where it will be used.
//! Start at [`Tree`].

pub mod archive;
mod link;
mod path;
mod read;
mod tree;

pub use link::LinkError;
pub use path::{PathError, TreePath};
pub use read::ReadError;
pub use tree::{File, Mode, Tree};
