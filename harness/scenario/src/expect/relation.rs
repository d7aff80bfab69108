//! Relations between clusters and between moments, and what they leave out.

use yaml::{Node, NodeKind};

use crate::matcher::TextMatch;
use crate::read::{Read, Reader};
use crate::record::record;
use crate::reference::{KindPattern, ObjectPattern};
use crate::scalar::Many;
use crate::shape::Shape;

use super::Field;

record! {
    /// What a cluster's state must be the same as. Its short form is another cluster.
    /// Uids, times, resource versions and managed fields never count.
    pub struct SameAs {
        /// Another cluster, at the same moment.
        "cluster" cluster: Option<String>,
        /// An earlier moment: before the step of this id.
        "before" before: Option<String>,
        /// An earlier moment: after the step of this id.
        "after" after: Option<String>,
    }
    short String = |cluster| Self { cluster: Some(cluster), ..Self::default() };
}

record! {
    /// An earlier moment.
    pub struct Before {
        /// The step before which it lies.
        "before" before: String,
    }
}

/// What a relation leaves out.
#[derive(Debug, Clone, PartialEq)]
pub enum Except {
    /// Revisions of sources and what carries them: `revisions`.
    Revisions,
    /// Histories that Flux keeps in status, and events: `history`.
    History,
    /// The whole status of every object: `status`.
    Status,
    /// Objects, or fields of them.
    Objects(FieldRule),
}

const WORDS: [&str; 3] = ["revisions", "history", "status"];

impl Read for Except {
    fn shape() -> Shape {
        let words = Shape::Text {
            what: "`revisions`, `history` or `status`",
            pattern: "^(revisions|history|status)$",
        };
        Shape::OneOf(vec![words, FieldRule::shape()])
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if !matches!(node.kind, NodeKind::Scalar(_)) {
            return FieldRule::read(node, reader).map(Self::Objects);
        }
        match crate::scalar::text(node, "a word", reader)? {
            "revisions" => Some(Self::Revisions),
            "history" => Some(Self::History),
            "status" => Some(Self::Status),
            other => {
                let (message, help) = crate::record::not_a_word(other, &WORDS);
                reader.wrong_help(node, message, help.unwrap_or_default());
                None
            }
        }
    }
}

record! {
    /// Objects, or fields of them, that a relation leaves out.
    pub struct FieldRule {
        /// Objects of this kind.
        "kind" kind: Option<KindPattern>,
        /// Objects of this name; `*` for any text.
        "name" name: Option<String>,
        /// Objects of this namespace; `*` for any text.
        "namespace" namespace: Option<String>,
        /// The fields; the whole objects without it.
        "fields" fields: Many<Field>,
    }
}

record! {
    /// The object that a failure must be led back to. Its short form is the object.
    pub struct Cause {
        /// The object that the chain leads to.
        "object" object: Option<ObjectPattern>,
        /// Where the chain begins; without it at every Flux object that is not Ready.
        "from" from: Option<ObjectPattern>,
        /// What that object, or what is behind it, says.
        "message" message: Option<TextMatch>,
        /// The file that it, or what is behind it, comes from.
        "file" file: Option<String>,
    }
    short ObjectPattern = |object| Self { object: Some(object), ..Self::default() };
}
