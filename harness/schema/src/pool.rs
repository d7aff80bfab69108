//! The arena of type nodes that [`crate::Type`] points into.

use std::sync::Arc;

use objects::Value;

/// What a value of a type is on the wire and in Go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Anything; maps merge by key, lists are replaced.
    #[default]
    Any,
    /// Anything, always replaced whole.
    Atom,
    /// Text.
    String,
    /// Base64 text.
    Bytes,
    /// `true` or `false`.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// Any number.
    Number,
    /// `resource.Quantity`: text or a number.
    Quantity,
    /// A whole number or text.
    IntOrString,
    /// RFC 3339, seconds.
    Time,
    /// RFC 3339, microseconds.
    MicroTime,
    /// A map with declared fields.
    Object,
    /// A list of one type.
    List,
    /// A map from text to one type.
    Map,
    /// A name of another type (never seen through [`Type`]).
    Ref,
}

/// How the items of a list are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ListKind {
    /// Not at all: the list is one value.
    #[default]
    Atomic,
    /// By their value.
    Set,
    /// By the values of their keys.
    Map,
}

/// No node.
pub(crate) const NONE: u32 = u32::MAX;

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
    /// In a short list most names are told apart by their length.
    pub(crate) fn field(&self, name: &str) -> Option<u32> {
        if self.fields.len() <= 24 {
            let found = self.fields.iter().find(|(known, _)| known.as_ref() == name);
            return found.map(|(_, node)| *node);
        }
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
    item: NONE,
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
