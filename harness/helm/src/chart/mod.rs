//! Charts: metadata, files, subcharts.
//!
//! Knows how a chart is laid out and loaded from a tree or an archive. Must not
//! know values of a release. Start at [`Chart::from_tree`].

mod archive;
mod coalesce;
mod dependencies;
mod ignore;
mod load;
mod metadata;

pub(crate) use coalesce::coalesce_values;
pub(crate) use dependencies::{full_path, process};
pub(crate) use load::ChartFile;
pub use load::{Chart, ChartError};
pub use metadata::{Dependency, Metadata};
