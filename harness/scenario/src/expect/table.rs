//! Events, inventories and tables.

use yaml::{Node, NodeKind};

use crate::matcher::{NumberMatch, TextMatch};
use crate::read::{Read, Reader};
use crate::record::record;
use crate::reference::ObjectPattern;
use crate::scalar::Many;
use crate::shape::Shape;

record! {
    /// An event.
    pub struct EventCheck {
        /// The object that it is about.
        "object" object: Option<ObjectPattern>,
        /// `Normal` or `Warning`.
        "type" kind: Option<String>,
        /// Its reason.
        "reason" reason: Option<TextMatch>,
        /// Its message.
        "message" message: Option<TextMatch>,
        /// How often it occurred; at least once without it.
        "count" count: Option<NumberMatch>,
    }
}

/// What is expected of an inventory.
#[derive(Debug, Clone, PartialEq)]
pub enum InventoryCheck {
    /// Its size.
    Count(NumberMatch),
    /// Exactly these objects.
    Objects(Vec<ObjectPattern>),
}

impl Read for InventoryCheck {
    fn shape() -> Shape {
        Shape::OneOf(vec![Vec::<ObjectPattern>::shape(), NumberMatch::shape()])
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.kind {
            NodeKind::Sequence(_) => Vec::read(node, reader).map(Self::Objects),
            _ => NumberMatch::read(node, reader).map(Self::Count),
        }
    }
}

record! {
    /// A table as `flux get` prints it. Its short form is the text of the table, with
    /// its head; columns may be left out, spaces do not count, and rows may stand in
    /// any order. `…` at the end of a cell stands for any text.
    pub struct Table {
        /// What is listed: `kustomizations`, `helmreleases`, `sources git`, `all`.
        "get" get: Option<String>,
        /// The namespace; all without it.
        "namespace" namespace: Option<String>,
        /// The cluster, where the scenario has several.
        "cluster" cluster: Option<String>,
        /// The text of the table.
        "text" text: String,
        /// Whether rows that it does not hold are a failure.
        "whole" whole: bool,
    }
    short String = |text| Self { text, ..Self::default() };
}

/// Events that are expected, in this order.
pub(crate) type Events = Many<EventCheck>;
