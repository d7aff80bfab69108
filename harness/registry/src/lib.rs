//! Charts, OCI artifacts and image tags as declared.
//!
//! Knows indexes, manifests, layers, faults. Must not know clusters or Flux.
