//! What a release in a cluster asks for besides what `helm template` does.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chart::{Chart, process};
use crate::values::Values;

use super::manifest::{self, Hook};
use super::{RenderError, collect_crds};

/// Files by path, on their way to manifests.
type Files = BTreeMap<Arc<str>, String>;

/// A document with the path of its file.
type Document = (Arc<str>, String);

/// A file of a chart: its path and its bytes.
type ChartFile = (Arc<str>, Arc<[u8]>);

/// What the controller of a release wants done differently.
#[derive(Default, Clone, Copy)]
pub struct Extras<'a> {
    /// Whether values are not held against schemas.
    pub skip_schema: bool,
    /// Changes the rendered files before they are cut into manifests.
    pub post_render: Option<&'a dyn Fn(Files) -> Result<Files, String>>,
}

/// The hooks of rendered files, and the other documents with their paths, in install order.
///
/// # Errors
/// The first document that is no YAML, by its file.
pub fn sort(files: &Files) -> Result<(Vec<Hook>, Vec<Document>), String> {
    let (hooks, manifests) = manifest::sort(files)?;
    Ok((hooks, manifests.into_iter().map(|part| (part.path, part.text)).collect()))
}

/// Paths and contents of the files in `crds/` of the charts that take part.
///
/// # Errors
/// If the subcharts do not fit the values.
pub fn crds(chart: &Chart, values: &Values) -> Result<Vec<ChartFile>, RenderError> {
    let chart = process(chart, &values.0).map_err(RenderError::Dependencies)?;
    let mut crds = Vec::new();
    collect_crds(&chart, "", &mut crds);
    Ok(crds)
}
