//! The types of a custom resource, for apply and patches.

use std::sync::{Arc, OnceLock};

use super::node::Node;
use crate::pool::NONE;
use crate::pool::{Node as TypeNode, Pool};
use crate::types::{Shape, TypeSet};
use crate::{Kind, ListKind, Schemas, Type};

/// Types under construction.
struct Builder {
    nodes: Vec<TypeNode>,
    meta: u32,
}

/// `ObjectMeta`, copied once from the newest schemas.
struct Meta {
    nodes: Vec<TypeNode>,
    names: Vec<Arc<str>>,
    definitions: Vec<u32>,
    root: u32,
}

fn meta() -> &'static Meta {
    static META: OnceLock<Meta> = OnceLock::new();
    META.get_or_init(|| {
        let mut meta =
            Meta { nodes: Vec::new(), names: Vec::new(), definitions: Vec::new(), root: NONE };
        let newest = Schemas::minors().pop().and_then(|minor| Schemas::for_minor(&minor));
        if let Some(schemas) = newest {
            let shape = schemas.object_meta();
            meta.names.push("v1.ObjectMeta".into());
            meta.definitions.push(NONE);
            let node = meta.copy(shape.top(), 0);
            meta.definitions[0] = node;
            meta.root = meta.add(TypeNode { kind: Kind::Ref, item: 0, ..TypeNode::default() });
        }
        meta
    })
}

impl Meta {
    fn add(&mut self, node: TypeNode) -> u32 {
        self.nodes.push(node);
        (self.nodes.len() - 1) as u32
    }

    /// Copies a type and what it is made of; named types keep their names.
    fn copy(&mut self, of: Type<'_>, depth: usize) -> u32 {
        let mut node = of.plain_node();
        if depth < 20 {
            let fields = of.fields().map(|(name, field)| (name.clone(), self.named(field, depth)));
            node.fields = fields.collect();
            if matches!(of.kind(), Kind::List | Kind::Map) {
                node.item = self.named(of.item(), depth);
            }
        }
        self.add(node)
    }

    fn named(&mut self, of: Type<'_>, depth: usize) -> u32 {
        let target = self.copy(of, depth + 1);
        let Some(name) = of.go_name() else { return target };
        self.names.push(name.into());
        self.definitions.push(target);
        let item = (self.names.len() - 1) as u32;
        self.add(TypeNode { kind: Kind::Ref, item, ..TypeNode::default() })
    }
}

/// The shape of `metadata`.
pub(super) fn object_meta() -> Shape {
    let meta = meta();
    let pool = Pool { nodes: meta.nodes.clone(), names: meta.names.clone() };
    let set = TypeSet { pool: Arc::new(pool), definitions: meta.definitions.clone() };
    Shape { set: Arc::new(set), root: meta.root, name: NONE }
}

/// The shape of a version's objects.
pub(super) fn shape(root: &Node) -> Shape {
    let meta = meta();
    let mut builder = Builder { nodes: meta.nodes.clone(), meta: meta.root };
    let root = builder.resource(root, false);
    let pool = Pool { nodes: builder.nodes, names: meta.names.clone() };
    let set = TypeSet { pool: Arc::new(pool), definitions: meta.definitions.clone() };
    Shape { set: Arc::new(set), root, name: NONE }
}

impl Builder {
    fn add(&mut self, node: TypeNode) -> u32 {
        self.nodes.push(node);
        (self.nodes.len() - 1) as u32
    }

    fn leaf(&mut self, kind: Kind) -> u32 {
        self.add(TypeNode { kind, ..TypeNode::default() })
    }

    /// An object with `apiVersion`, `kind` and `metadata` of its own.
    fn resource(&mut self, node: &Node, preserve: bool) -> u32 {
        let at = self.node(node, preserve);
        let text = self.leaf(Kind::String);
        let meta = self.meta;
        let Some(made) = self.nodes.get_mut(at as usize) else { return at };
        if made.kind != Kind::Object {
            *made =
                TypeNode { kind: Kind::Object, preserve: true, item: NONE, ..TypeNode::default() };
        }
        for (name, field) in [("apiVersion", text), ("kind", text), ("metadata", meta)] {
            made.fields.retain(|(known, _)| known.as_ref() != name);
            made.fields.push((name.into(), field));
        }
        made.fields.sort_by(|left, right| left.0.cmp(&right.0));
        at
    }

    fn node(&mut self, node: &Node, preserve: bool) -> u32 {
        let preserve = preserve || node.preserve;
        if node.int_or_string {
            return self.leaf(Kind::IntOrString);
        }
        let mut made = match node.kind.as_str() {
            "object" => return self.object(node, preserve),
            "array" => {
                let item = match &node.items {
                    Some(items) => self.child(items, preserve),
                    None => NONE,
                };
                TypeNode {
                    kind: Kind::List,
                    list: node.list,
                    keys: if node.list == ListKind::Map {
                        node.list_keys.clone()
                    } else {
                        Vec::new()
                    },
                    item,
                    ..TypeNode::default()
                }
            }
            "string" => TypeNode { kind: Kind::String, ..TypeNode::default() },
            "boolean" => TypeNode { kind: Kind::Bool, ..TypeNode::default() },
            "integer" | "number" => TypeNode { kind: Kind::Number, ..TypeNode::default() },
            _ => TypeNode { kind: Kind::Any, preserve: true, item: NONE, ..TypeNode::default() },
        };
        made.default.clone_from(&node.default);
        self.add(made)
    }

    fn child(&mut self, node: &Node, preserve: bool) -> u32 {
        match node.embedded {
            true => self.resource(node, preserve || node.preserve),
            false => self.node(node, preserve),
        }
    }

    fn object(&mut self, node: &Node, preserve: bool) -> u32 {
        let mut made = TypeNode {
            atomic: node.map_atomic,
            default: node.default.clone(),
            item: NONE,
            ..TypeNode::default()
        };
        if let Some(values) = &node.additional {
            made.kind = Kind::Map;
            made.item = self.child(values, preserve);
        } else if node.properties.is_empty() && !node.embedded {
            made.kind = Kind::Map;
        } else {
            made.kind = Kind::Object;
            made.preserve = preserve || node.additional_any;
            made.fields = node
                .properties
                .iter()
                .map(|(name, field)| (name.clone(), self.child(field, preserve)))
                .collect();
        }
        self.add(made)
    }
}
