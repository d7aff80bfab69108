//! Data as text: YAML as sigs.k8s.io/yaml reads it, and typed fields as Go's JSON decoder takes them.
//!
//! Knows the words of their refusals. Must not know charts. Start at [`read_yaml`].

mod decode;
mod read;

pub(crate) use decode::{Fields, kind_of};
pub(crate) use read::{documents, floats, read_map, read_yaml};
