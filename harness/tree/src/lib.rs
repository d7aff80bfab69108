//! A file tree in memory.
//!
//! Knows paths that cannot leave their root, contents, digests, and how to read
//! a directory once. Must not know git, YAML, or where it will be used.
//! Start at [`Tree`].

mod link;
mod path;
mod read;
mod tree;

pub use link::LinkError;
pub use path::{PathError, TreePath};
pub use read::ReadError;
pub use tree::{File, Mode, Tree};
