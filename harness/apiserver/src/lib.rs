//! The embedded Kubernetes API.
//!
//! Knows storage with versions, list and watch, admission, discovery, deletion,
//! faults. The core is synchronous and told the time: `handle(now, request)`.
//! Must not know Flux, git, scenarios, the real clock, or sockets (except one
//! optional adapter for kubectl).
