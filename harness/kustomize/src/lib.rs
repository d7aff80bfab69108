//! `kustomize build`, natively: what kustomize v5.8.1 makes of a tree, byte for byte.
//!
//! Knows overlays, patches, generators, transformers, replacements. Must not know
//! clusters, disk, network (remote bases arrive as trees), or Flux.
//! Start at [`build`].

mod build;
mod check;
mod config;
mod context;
mod crds;
mod decode;
mod error;
mod fieldspec;
mod files;
mod generators;
mod go;
mod id;
mod images;
mod json;
mod jsonpatch;
mod kustomization;
mod loader;
mod merge;
mod nameref;
mod node;
mod options;
mod origin;
mod patches;
mod plugins;
mod read;
mod regexp;
mod replacements;
mod resmap;
mod resource;
mod schema;
mod selector;
mod stream;
mod syntax;
mod target;
mod transformers;
mod typed;
mod vars;

pub use build::{Build, build, build_files};
pub use error::BuildError;
pub use files::{Entry, Files};
pub use kustomization::FIELDS;
pub use options::{LoadRestrictions, Options};
pub use stream::Stream;
