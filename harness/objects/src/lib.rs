//! Kubernetes objects as values.
//!
//! Knows kind, name, namespace, ordering and comparing. Must not know HTTP,
//! async, any particular kind, or files. Start at [`Value`] and [`Object`].

mod from_yaml;
mod id;
mod map;
mod object;
mod to_yaml;
mod value;
mod wire;

pub use from_yaml::{LoadError, load_yaml, value_of};
pub use id::{GroupKind, Gvk, ObjectId};
pub use map::Map;
pub use object::Object;
pub use to_yaml::to_yaml;
pub use value::Value;
pub use wire::{from_json, to_json};
