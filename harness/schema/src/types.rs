//! Types of fields: what a value must look like and how it merges.
//!
//! One rule: a [`Type`] is two words and is copied; names are looked up by
//! binary search in the fields of an object, never by path. Start at [`Shape`].

use std::sync::Arc;

use objects::Value;

use crate::pool::{Kind, ListKind, NONE, Node, Pool};

/// The types of one minor version or of one custom resource.
#[derive(Debug)]
pub(crate) struct TypeSet {
    pub(crate) pool: Arc<Pool>,
    /// Definition number to node, [`NONE`] where this minor lacks it.
    pub(crate) definitions: Vec<u32>,
}

impl TypeSet {
    pub(crate) fn at(&self, node: u32) -> Type<'_> {
        let mut declared = node;
        let mut name = NONE;
        // Definitions do not point at each other in circles without a field between; bounded all the same.
        for _ in 0..8 {
            match self.pool.node(declared) {
                found if found.kind == Kind::Ref => {
                    name = found.item;
                    declared = self.definitions.get(found.item as usize).copied().unwrap_or(NONE);
                }
                _ => break,
            }
        }
        Type { set: self, edge: node, node: declared, name }
    }
}

/// The type of a whole kind; cheap to clone, and the handle that callers keep.
#[derive(Debug, Clone)]
pub struct Shape {
    pub(crate) set: Arc<TypeSet>,
    pub(crate) root: u32,
    /// Definition number of the root, for its name.
    pub(crate) name: u32,
}

impl Shape {
    /// A shape that allows anything (kinds without schema data).
    #[must_use]
    pub fn open() -> Self {
        let set = TypeSet { pool: Arc::new(Pool::default()), definitions: Vec::new() };
        Self { set: Arc::new(set), root: NONE, name: NONE }
    }

    /// The type of the object itself.
    #[must_use]
    pub fn top(&self) -> Type<'_> {
        let top = self.set.at(self.root);
        Type { name: if top.name == NONE { self.name } else { top.name }, ..top }
    }
}

/// The type of one value.
#[derive(Debug, Clone, Copy)]
pub struct Type<'a> {
    set: &'a TypeSet,
    edge: u32,
    node: u32,
    name: u32,
}

impl<'a> Type<'a> {
    fn inner(self) -> &'a Node {
        self.set.pool.node(self.node)
    }

    fn outer(self) -> &'a Node {
        self.set.pool.node(self.edge)
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.inner().kind
    }

    /// Name of its definition in Go's words (`v1.PodSpec`), where it has one.
    #[must_use]
    pub fn go_name(self) -> Option<&'a str> {
        self.set.pool.names.get(self.name as usize).map(|name| name.as_ref())
    }

    /// The type of a declared field, or of a map's values.
    #[must_use]
    pub fn field(self, name: &str) -> Option<Type<'a>> {
        let node = self.inner();
        match node.kind {
            Kind::Object => match node.field(name) {
                Some(field) => Some(self.set.at(field)),
                None if node.preserve => Some(self.set.at(NONE)),
                None => None,
            },
            Kind::Map => Some(self.set.at(node.item)),
            Kind::Any => Some(self.set.at(NONE)),
            Kind::Atom => Some(self),
            _ => None,
        }
    }

    /// Fields that Go always writes; `true` for structs by value, `false` for required ones.
    pub(crate) fn always(self) -> impl Iterator<Item = (&'a Arc<str>, Type<'a>, bool)> {
        let set = self.set;
        self.inner().always.iter().filter_map(move |(at, by_value)| {
            let (name, node) = self.inner().fields.get(*at as usize)?;
            Some((name, set.at(*node), *by_value))
        })
    }

    /// The node behind it, to be copied into other types.
    pub(crate) fn plain_node(self) -> Node {
        self.inner().clone()
    }

    /// The type that allows anything.
    pub(crate) fn open(self) -> Type<'a> {
        self.set.at(NONE)
    }

    /// Whether a field is declared by name.
    pub(crate) fn declares(self, name: &str) -> bool {
        self.inner().field(name).is_some()
    }

    /// Declared fields in the order of their names.
    pub fn fields(self) -> impl Iterator<Item = (&'a Arc<str>, Type<'a>)> {
        let set = self.set;
        self.inner().fields.iter().map(move |(name, node)| (name, set.at(*node)))
    }

    /// The type of the items of a list, or the values of a map.
    #[must_use]
    pub fn item(self) -> Type<'a> {
        match self.inner().kind {
            Kind::List | Kind::Map => self.set.at(self.inner().item),
            Kind::Atom => self,
            _ => self.set.at(NONE),
        }
    }

    /// Whether undeclared fields are kept.
    #[must_use]
    pub fn preserves_unknown(self) -> bool {
        self.inner().preserve || matches!(self.inner().kind, Kind::Any | Kind::Atom | Kind::Map)
    }

    /// How list items are told apart.
    #[must_use]
    pub fn list_kind(self) -> ListKind {
        match self.outer().list {
            ListKind::Atomic => self.inner().list,
            known => known,
        }
    }

    /// The keys of a [`ListKind::Map`].
    #[must_use]
    pub fn list_keys(self) -> &'a [Arc<str>] {
        &self.inner().keys
    }

    /// Whether the value is replaced whole (atomic maps and lists, scalars).
    #[must_use]
    pub fn is_atomic(self) -> bool {
        let node = self.inner();
        match node.kind {
            Kind::Object | Kind::Map => match self.outer().granular {
                true => false,
                false => node.atomic || self.outer().atomic,
            },
            Kind::List => self.list_kind() == ListKind::Atomic,
            Kind::Any => false,
            _ => true,
        }
    }

    /// The default that the published schema gives; often a Go zero value.
    #[must_use]
    pub fn default(self) -> Option<&'a Value> {
        self.outer().default.as_ref()
    }

    /// Whether an object lists the field as required.
    #[must_use]
    pub fn requires(self, field: &str) -> bool {
        self.inner().required.iter().any(|name| name.as_ref() == field)
    }

    /// Allowed values, where the server publishes them.
    #[must_use]
    pub fn enumeration(self) -> &'a [Arc<str>] {
        &self.outer().allowed
    }

    /// Whether strategic merge patches merge the list instead of replacing it.
    #[must_use]
    pub fn patch_merges(self) -> bool {
        self.outer().patch_merge
    }

    /// Whether strategic merge patches honour `$retainKeys` here.
    #[must_use]
    pub fn patch_retains_keys(self) -> bool {
        self.outer().patch_retain
    }

    /// Whether strategic merge patches replace the map whole.
    #[must_use]
    pub fn patch_replaces(self) -> bool {
        self.outer().patch_replace
    }

    /// The key by which strategic merge patches match list items.
    #[must_use]
    pub fn patch_key(self) -> Option<&'a str> {
        self.outer().patch_key.as_deref()
    }
}
