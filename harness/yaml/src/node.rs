//! The tree that the parser makes: every node with its place, style and comments.

/// A place in a text. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte offset, from 0.
    pub offset: usize,
    /// Length in bytes of the source text of the node (0 where nothing is written).
    pub length: usize,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    /// Text as written, unescaped; [`crate::resolve`] gives it a type.
    Scalar(String),
    /// Items in order.
    Sequence(Vec<Node>),
    /// Entries in order, duplicates kept.
    Mapping(Vec<(Node, Node)>),
    /// A reference to an anchored node that stands earlier in the document.
    Alias(String),
}

/// How a node was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// Plain scalar or block collection.
    #[default]
    Plain,
    /// `'text'`
    SingleQuoted,
    /// `"text"`
    DoubleQuoted,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// `[a]` or `{a: b}`
    Flow,
}

/// Comments as go-yaml attaches them: lines with their `#`, joined by newlines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comments {
    /// Above the node.
    pub head: String,
    /// Behind the node, on its line.
    pub line: String,
    /// Below the node, before an empty line.
    pub foot: String,
}

/// The tag that go-yaml keeps in memory for a scalar whose tag is not written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Implied {
    /// What the text and its quotes say: the state after parsing.
    #[default]
    FromText,
    /// No tag: the text decides again when it is printed.
    None,
    /// `!!str`
    Text,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!bool`
    Bool,
    /// `!!null`
    Null,
    /// `!!timestamp`
    Timestamp,
    /// `!!merge`
    Merge,
}

/// One node of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Scalar, sequence, mapping or alias.
    pub kind: NodeKind,
    /// The tag as written (`!!str`, `!custom`), where one is written.
    pub tag: Option<String>,
    /// The tag in memory where none is written; it stays when the text is changed.
    pub implied: Implied,
    /// How it was written.
    pub style: Style,
    /// Name of the anchor, where one is written.
    pub anchor: Option<String>,
    /// The comments around it; boxed because most nodes have none.
    pub comments: Option<Box<Comments>>,
    /// Of a root: the comments of its document (above an empty line, or at the end).
    pub document: Option<Box<Comments>>,
    /// Where it stands.
    pub place: Place,
}

impl Node {
    /// A node of this kind without comments, tag or place.
    #[must_use]
    pub fn new(kind: NodeKind) -> Self {
        Self {
            kind,
            tag: None,
            implied: Implied::FromText,
            style: Style::Plain,
            anchor: None,
            comments: None,
            document: None,
            place: Place::default(),
        }
    }

    /// A plain scalar.
    #[must_use]
    pub fn scalar(text: impl Into<String>) -> Self {
        Self::new(NodeKind::Scalar(text.into()))
    }

    /// Text of a scalar, as written.
    #[must_use]
    pub fn as_scalar(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// Items of a sequence.
    #[must_use]
    pub fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// Entries of a mapping.
    #[must_use]
    pub fn entries(&self) -> Option<&[(Node, Node)]> {
        match &self.kind {
            NodeKind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// Value of the first entry of a mapping whose key is this text.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        let found = self.entries()?.iter().find(|(k, _)| k.as_scalar() == Some(key));
        found.map(|(_, value)| value)
    }

    /// The tag as go-yaml holds it (`!!str`, `!custom`; empty for none).
    #[must_use]
    pub fn full_tag(&self) -> &str {
        if let Some(tag) = &self.tag {
            return tag;
        }
        match &self.kind {
            NodeKind::Mapping(_) => "!!map",
            NodeKind::Sequence(_) => "!!seq",
            NodeKind::Alias(_) => "",
            NodeKind::Scalar(text) => match self.implied {
                Implied::FromText if self.style == Style::Plain => crate::implicit_tag(text),
                Implied::FromText | Implied::Text => "!!str",
                Implied::None => "",
                Implied::Int => "!!int",
                Implied::Float => "!!float",
                Implied::Bool => "!!bool",
                Implied::Null => "!!null",
                Implied::Timestamp => "!!timestamp",
                Implied::Merge => "!!merge",
            },
        }
    }

    /// Keeps the tag in memory as it is now, whatever text comes next.
    pub fn fix_implied(&mut self) {
        if self.tag.is_some() || self.implied != Implied::FromText {
            return;
        }
        self.implied = match self.full_tag() {
            "!!int" => Implied::Int,
            "!!float" => Implied::Float,
            "!!bool" => Implied::Bool,
            "!!null" => Implied::Null,
            "!!timestamp" => Implied::Timestamp,
            "!!merge" => Implied::Merge,
            _ => Implied::Text,
        };
    }
}
