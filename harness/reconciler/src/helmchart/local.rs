//! Charts among the files of a GitRepository or Bucket: found, completed, packed.
//!
//! Rules and words from fluxcd/source-controller: internal/helm/chart/builder_local.

use std::rc::Rc;

use objects::Object;
use tree::{Tree, TreePath};

use super::build::{Build, BuildError, Options, Reason};
use super::dependencies::complete;
use super::metadata::{self, Metadata};
use super::package::{merged, package};
use crate::world::World;

/// The files of a source, and where the controller has unpacked them.
pub(super) struct Files<'a> {
    pub(super) world: &'a World,
    /// For whom the chart is built.
    pub(super) chart: &'a Object,
    pub(super) tree: &'a Tree,
    /// The folder as messages name it.
    pub(super) shown: String,
}

impl Files<'_> {
    /// Builds the chart at a path.
    pub(super) async fn build(&self, path: &str, options: &Options) -> Result<Build, BuildError> {
        let wrong = |problem: String| BuildError::new(Reason::Reference, problem);
        if path.starts_with('/') {
            return Err(wrong("local chart reference path is expected to be relative".to_owned()));
        }
        let path = inside(path);
        let packed = self.tree.get(&path).map(|file| file.contents.clone());
        let metadata = self.metadata(&path, packed.as_deref()).map_err(wrong)?;
        metadata.validate().map_err(wrong)?;
        let version = options.version(&metadata.version)?;
        let packaged = packed.is_none() || version != metadata.version;
        let packaged = packaged || !options.own_values().is_empty();
        if let Some(known) = options.known(&metadata.name, &version, packaged) {
            return Ok(known);
        }
        let mut build = Build {
            name: metadata.name.clone(),
            version: version.clone(),
            bytes: None,
            packaged,
            values_files: Vec::new(),
            dependencies: 0,
        };
        build.bytes = Some(match packed {
            Some(bytes) if !packaged => Rc::from(&*bytes),
            packed => {
                self.package(&path, packed.as_deref(), (&metadata, options), &mut build).await?
            }
        });
        Ok(build)
    }

    fn metadata(&self, path: &TreePath, packed: Option<&[u8]>) -> Result<Metadata, String> {
        let shown = match path.as_str() {
            "" => self.shown.clone(),
            path => format!("{}/{path}", self.shown),
        };
        match packed {
            Some(bytes) => metadata::of_archive(bytes),
            None if self.tree.is_dir(path) => metadata::of_folder(self.tree, path, &shown),
            None => Err(format!("stat {shown}: no such file or directory")),
        }
    }

    async fn package(
        &self,
        path: &TreePath,
        packed: Option<&[u8]>,
        (metadata, options): (&Metadata, &Options),
        build: &mut Build,
    ) -> Result<Rc<[u8]>, BuildError> {
        let mut values = None;
        if !options.own_values().is_empty() {
            let missing = |path: &str| {
                format!("no values file found at path '/{}' (reference '{path}')", inside(path))
            };
            let (merged, taken) = merged(self.tree, options, missing)?;
            values = Some(merged);
            build.values_files = taken;
        }
        let failed = |problem: String| BuildError::new(Reason::Package, problem);
        let chart = match packed {
            None => {
                let mut chart = self.tree.subtree(path);
                build.dependencies = complete(self, path, metadata, &mut chart).await?;
                chart
            }
            Some(bytes) => {
                let files = tree::archive::unpack(bytes, tree::archive::Limits::default())
                    .map_err(|cause| failed(cause.to_string()))?;
                let root =
                    files.iter().find_map(|(path, _)| path.parts().next().map(str::to_owned));
                let root = TreePath::new(&root.unwrap_or_default());
                files.subtree(&root.map_err(|cause| failed(cause.to_string()))?)
            }
        };
        package(&chart, metadata, &build.version, values.as_ref())
    }
}

/// A path joined so that it cannot leave its root: what climbs too far stays at the root.
pub(super) fn inside(path: &str) -> TreePath {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    TreePath::new(&parts.join("/")).unwrap_or_else(|_| TreePath::root())
}
