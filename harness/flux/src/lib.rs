//! Flux's own kinds.
//!
//! Knows typed sources, Kustomization, HelmRelease, conditions and their reasons,
//! inventory arithmetic, the CRDs by Flux version. Must not know how to reconcile,
//! clients, or the network.
