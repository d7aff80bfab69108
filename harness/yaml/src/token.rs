//! The words of YAML that the scanner makes and the parser reads.

use crate::Style;
use crate::cursor::Mark;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenKind {
    StreamStart,
    StreamEnd,
    VersionDirective { major: u8, minor: u8 },
    TagDirective { handle: String, prefix: String },
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias(String),
    Anchor(String),
    Tag { handle: String, suffix: String },
    Scalar { text: String, style: Style },
}

impl TokenKind {
    /// The kind alone, without copying a scalar's text.
    pub(crate) fn clone_without_text(&self) -> Self {
        match self {
            Self::Scalar { style, .. } => Self::Scalar { text: String::new(), style: *style },
            other => other.clone(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
}

/// A comment the scanner passed, with the marks that decide whose it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remark {
    /// Where the scan over blanks and comments began.
    pub(crate) scan: Mark,
    /// The token it belongs to.
    pub(crate) token: Mark,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
    pub(crate) head: String,
    pub(crate) line: String,
    pub(crate) foot: String,
}
