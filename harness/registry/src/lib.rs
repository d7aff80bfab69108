//! Charts, OCI artifacts, image tags and buckets as declared.
//!
//! Knows indexes, manifests, layers, faults, and what a server answers. Must not know
//! clusters, Flux, or who asks. Start at [`Registry`].

mod answer;
mod bucket;
mod charts;
mod fault;
mod hex;
mod index;
pub mod lock;
mod oci;
mod registry;

pub use answer::{Login, Refusal};
pub use bucket::BucketObject;
pub use charts::{ChartError, read_chart};
pub use fault::{Damage, Fault};
pub use oci::{Content, Question};
pub use registry::Registry;
