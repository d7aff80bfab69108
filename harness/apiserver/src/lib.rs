//! The embedded Kubernetes API.
//!
//! Knows storage with versions, list and watch, admission, discovery, deletion,
//! faults. The core is synchronous and told the time: `handle(now, request)`.
//! Must not know Flux, git, scenarios, the real clock, or sockets (except one
//! optional adapter for kubectl). Start at [`ApiServer`].

#![allow(dead_code, reason = "the face stands before all that uses storage")]

mod fault;
mod images;
mod look;
mod request;
mod server;
mod settings;
mod storage;
mod watch;

pub use fault::{Fault, FaultId};
pub use images::{ImageLanding, ImageOverride};
pub use request::{Body, Request, Response};
pub use server::ApiServer;
pub use settings::{Settings, SettingsError};
pub use storage::{Entry, Expired};
pub use watch::{Chunk, WatchStream};
