//! Workload controllers and kubelets by declared behaviour.
//!
//! Knows how Deployments, StatefulSets, Jobs, Pods, claims and foreign kinds move.
//! Must not know Flux, git, scenarios, or which API stands behind its face.
