//! The narrow face of a Kubernetes API that reconcilers and observers see.
//!
//! Knows calls, answers and refusals as values. Must not know whether the API
//! behind it is embedded or real. Start at [`Api`].

mod api;
mod call;
mod status;

pub use api::{Answer, Api, Change, ChangeKind, Discovery, Resource, Watch};
pub use call::{Call, Impersonation, Options, Patch, Propagation, Target, Verb};
pub use status::Status;
