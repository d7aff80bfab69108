//! Steps: exactly one action each, in order.
//!
//! Start at [`Step`] and [`Action`].

mod action;
mod branches;
mod cluster;
mod outside;
mod push;
mod time;

pub use action::{Action, Step};
pub use branches::{BranchStep, CherryPick, Merge, MergeMode, Rebase, Reset, Revert, TagStep};
pub use cluster::{
    ApplyObjects, BootstrapStep, Controllers, DeleteObjects, PatchObject, Propagation, Reconcile,
    Switch, Uninstall,
};
pub use outside::{ApiFault, Damage, Fault, Probe, Publish, Webhook};
pub use push::{Edit, Push, Replacement};
pub use time::{Hold, Snapshot, StepsFile, Use, Wait};
