//! `kustomize build`, natively.
//!
//! Knows overlays, patches, generators, transformers, replacements. Must not know
//! clusters, disk, network (remote bases arrive as trees), or Flux.
