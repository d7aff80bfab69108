//! A place to run.
//!
//! Knows how to open and close the kinds of place, what each can do, starting the
//! bundled reconciler, pushing a tree, reading what is there and what happened, and
//! undo. Must not know the YAML language, verdicts, or reporters. Start at [`Place`].

mod abilities;
mod api;
mod cluster;
mod error;
pub mod flux;
pub mod git;
mod journal;
pub mod kubectl;
mod place;
mod repositories;
pub mod settings;
mod temporary;

pub use abilities::Abilities;
pub use apiserver::ImageOverride;
pub use cluster::Cluster;
pub use error::{Busy, PlaceError};
pub use journal::Entry;
pub use place::Place;
pub use registry;
pub use temporary::clean_up;
pub use workloads as behaviour;

/// What can be broken of a place.
pub mod fault {
    pub use apiserver::{Fault as ApiFault, FaultId};

    pub use crate::repositories::RemoteFault;
}

use git::Words;
use kubectl::{User, UserPatch};
use settings::{ClusterSettings, FluxSettings, RepositorySettings, Settings};
