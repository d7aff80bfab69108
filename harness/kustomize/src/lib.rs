//! `kustomize build`, natively: what kustomize v5.8.1 makes of a tree, byte for byte.
//!
//! Knows overlays, patches, generators, transformers, replacements. Must not know
//! clusters, disk, network (remote bases arrive as trees), or Flux.
//! Start at [`build`].

mod build;
mod error;
mod options;

pub use build::{Build, build};
pub use error::BuildError;
pub use options::{LoadRestrictions, Options};
