//! `helm template`, natively.
//!
//! Knows charts, values merging, templates, hooks as data, given capabilities.
//! Must not know releases in a cluster, repositories, or Flux.

mod functions;
mod go;
mod stack;
mod template;
mod value;
