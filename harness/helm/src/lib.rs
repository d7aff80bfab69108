//! `helm template`, natively.
//!
//! Knows charts, values merging, templates, hooks as data, given capabilities.
//! Must not know releases in a cluster, repositories, or Flux. Start at [`render`].

mod bounds;
mod capabilities;
mod chart;
mod data;
mod error;
mod functions;
mod go;
mod host;
mod render;
mod schema;
mod template;
mod value;
mod values;
mod version;

pub use capabilities::{Capabilities, KubeVersion};
pub use chart::{Chart, ChartError, Dependency, Metadata};
pub use host::{Lookup, Seam};
pub use render::{Extras, Hook, Release, RenderError, Rendered, crds, render, render_with, sort};
pub use values::{Values, ValuesError};
