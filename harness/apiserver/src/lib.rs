//! The embedded Kubernetes API.
//!
//! Knows storage with versions, list and watch, admission, discovery, deletion,
//! faults. The core is synchronous and told the time: `handle(now, request)`.
//! Must not know Flux, git, scenarios, the real clock, or sockets (except one
//! optional adapter for kubectl). Start at [`ApiServer`].

mod admission;
mod allocation;
mod answer;
mod bootstrap;
mod catalogue;
mod context;
mod controllers;
mod convert;
mod delete;
mod deprecation;
mod discovery;
mod fault;
mod form;
mod go_text;
mod http;
mod images;
mod look;
mod metadata;
mod partial;
mod perform;
mod protobuf;
mod quantity;
mod rbac;
mod read;
mod refusal;
mod request;
mod selector;
pub mod serve;
mod server;
mod settings;
mod state;
mod storage;
mod table;
mod token;
mod typed;
mod user;
mod watch;
mod words;
mod write;

pub use fault::{Fault, FaultId};
pub use images::{ImageLanding, ImageOverride};
pub use request::{Body, Request, Response};
pub use server::ApiServer;
pub use settings::{Settings, SettingsError};
pub use storage::{Entry, Expired};
pub use watch::{Chunk, WatchStream};
