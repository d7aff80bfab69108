//! Kubernetes schemas as data, and the arithmetic on typed values.
//!
//! Knows kinds, fields, list-map keys, defaults and validation of every served
//! version; server-side apply with field ownership; JSON, merge and strategic
//! merge patches. Must not know storage, HTTP, async or time.
//!
//! Start at [`Schemas::for_minor`]; it gives [`Resource`]s and [`Shape`]s. The
//! way of a write is [`decode`], [`builtin`] or [`crd`] (defaults and rules),
//! then [`apply`] (ownership); patches come before it from [`patch`].

pub mod apply;
pub mod builtin;
mod cause;
pub mod crd;
pub mod decode;
mod meta;
mod names;
mod pack;
pub mod patch;
mod pool;
mod schemas;
mod shared;
mod types;

pub use cause::{Cause, summary};
pub use pool::{Kind, ListKind};
pub use schemas::{Resource, Schemas, Subresource};
pub use types::{Shape, Type};
