//! Real git repositories, one for each declared URL.
//!
//! Knows objects, refs, commits from trees, merges. Must not know Kubernetes,
//! Flux, or what the content means. Start at [`Repository`].

mod commit;
mod error;
mod history;
mod id;
mod import;
mod merge;
mod moves;
mod pack;
mod rebase;
mod refs;
mod repository;
mod resolve;
mod store;
mod trees;
mod workspace;

pub use commit::{Commit, Note, Signature};
pub use error::{Conflict, Error};
pub use id::CommitId;
pub use import::read_tree;
pub use merge::merge_trees;
pub use moves::{FastForward, Merge, Merged};
pub use rebase::Rebase;
pub use refs::Ref;
pub use repository::Repository;
pub use workspace::Workspace;
