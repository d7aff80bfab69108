//! The arena of type nodes that [`crate::Type`] points into.

use std::sync::Arc;

use objects::Value;

use crate::{Kind, ListKind};

/// One type. Small, because there are thousands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) list: ListKind,
    pub(crate) atomic: bool,
    pub(crate) granular: bool,
    pub(crate) preserve: bool,
    pub(crate) patch_merge: bool,
    pub(crate) patch_retain: bool,
    pub(crate) patch_replace: bool,
    /// Node of list items or map values; definition number of a `Ref`.
    pub(crate) item: u32,
    /// Fields sorted by name.
    pub(crate) fields: Vec<(Arc<str>, u32)>,
    /// Positions of fields that are always written, and whether as a struct by value.
    pub(crate) always: Vec<(u32, bool)>,
    pub(crate) keys: Vec<Arc<str>>,
    pub(crate) required: Vec<Arc<str>>,
    pub(crate) allowed: Vec<Arc<str>>,
    pub(crate) default: Option<Value>,
    pub(crate) patch_key: Option<Arc<str>>,
}

impl Node {
    pub(crate) fn field(&self, name: &str) -> Option<u32> {
        let found = self.fields.binary_search_by(|(known, _)| known.as_ref().cmp(name));
        found.ok().map(|at| self.fields[at].1)
    }
}

/// Every node, and the names of definitions.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    pub(crate) nodes: Vec<Node>,
    /// Go's short names by definition number: `v1.PodSpec`.
    pub(crate) names: Vec<Arc<str>>,
}

static ANY: Node = Node {
    kind: Kind::Any,
    list: ListKind::Atomic,
    atomic: false,
    granular: false,
    preserve: true,
    patch_merge: false,
    patch_retain: false,
    patch_replace: false,
    item: crate::types::NONE,
    fields: Vec::new(),
    always: Vec::new(),
    keys: Vec::new(),
    required: Vec::new(),
    allowed: Vec::new(),
    default: None,
    patch_key: None,
};

impl Pool {
    /// A node; what is not there allows anything.
    pub(crate) fn node(&self, at: u32) -> &Node {
        self.nodes.get(at as usize).unwrap_or(&ANY)
    }
}
