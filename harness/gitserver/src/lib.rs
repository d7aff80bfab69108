//! Real git repositories, one for each declared URL.
//!
//! Knows objects, refs, commits from trees, merges. Must not know Kubernetes,
//! Flux, or what the content means.
