//! Charts: metadata, files, subcharts.
//!
//! Knows how a chart is laid out and loaded from a tree or an archive. Must not
//! know templates. Start at [`Chart::from_tree`].

mod archive;
mod ignore;
mod load;
mod metadata;

pub use load::{Chart, LoadError};
pub(crate) use load::ChartFile;
pub(crate) use metadata::{Dependency, Metadata};
