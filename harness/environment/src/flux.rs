//! What a user with the flux command does to a cluster and its repository.
//!
//! One rule: the same objects, managers and commits as the command makes.
//! Start at [`Place::bootstrap`].

mod bootstrap;
mod commands;
mod components;
mod install;
mod join;

pub use bootstrap::Bootstrap;
pub use join::Join;
