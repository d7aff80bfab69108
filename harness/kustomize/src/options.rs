//! What a caller may choose.

use std::collections::BTreeMap;

use tree::Tree;

/// Whether files outside a kustomization's own folder may be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoadRestrictions {
    /// Files must lie in or below the folder of the kustomization that names them.
    #[default]
    RootOnly,
    /// Files may come from anywhere in the tree.
    None,
}

/// Options of a build.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which files may be read.
    pub load_restrictions: LoadRestrictions,
    /// Absolute path of the tree's root as shown in messages (`/srv/repo`).
    pub root: String,
    /// Trees of remote bases, by the URL as a kustomization writes it.
    pub remotes: BTreeMap<String, Tree>,
}
