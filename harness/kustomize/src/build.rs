//! The way in: from a folder of a tree to its objects.

use objects::Object;
use tree::{Tree, TreePath};

use crate::{BuildError, Options};

/// What a build gave.
#[derive(Debug, Clone, Default)]
pub struct Build {
    text: String,
    objects: Vec<Object>,
    /// What kustomize would print on stderr (deprecated fields), a line each.
    pub warnings: Vec<String>,
}

impl Build {
    /// The objects, in order.
    #[must_use]
    pub fn objects(&self) -> Vec<Object> {
        self.objects.clone()
    }

    /// The text that `kustomize build` prints.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        self.text.clone()
    }
}

/// Builds the kustomization in a folder of a tree.
///
/// # Errors
/// The message of kustomize v5.8.1.
pub fn build(_tree: &Tree, folder: &TreePath, options: &Options) -> Result<Build, BuildError> {
    Err(BuildError(format!("building {}/{folder}: not supported yet", options.root)))
}
