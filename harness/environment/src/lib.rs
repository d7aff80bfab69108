//! A place to run.
//!
//! Knows how to open and close the kinds of place, what each can do, starting the
//! bundled reconciler, pushing a tree, reading what is there and what happened, and
//! undo. Must not know the YAML language, verdicts, or reporters. Start at [`Place`].

mod abilities;
mod api;
mod cluster;
mod error;
mod flux;
mod git;
mod journal;
mod kubectl;
mod place;
mod repositories;
mod settings;
mod temporary;

pub use abilities::Abilities;
pub use apiserver::ImageOverride;
pub use cluster::Cluster;
pub use error::PlaceError;
pub use git::{MergeMode, Words};
pub use journal::Entry;
pub use kubectl::{User, UserPatch};
pub use place::Place;
pub use repositories::RemoteFault;
pub use settings::{ClusterSettings, FluxSettings, RepositorySettings, Settings};
pub use temporary::clean_up;
