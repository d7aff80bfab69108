//! The one YAML layer: a parser that keeps places, comments and styles, two
//! resolutions of plain scalars, and an emitter for each real tool we must equal.
//!
//! Knows YAML text. Must not know Kubernetes, files, or what a document means.
//! Start at [`parse`].

mod analysis;
mod canonical;
mod comments;
mod cursor;
pub mod edit;
mod emitter;
mod error;
mod flow;
mod node;
mod numbers;
mod parser;
mod properties;
mod resolve;
mod scalars;
mod scanner;
mod sink;
mod token;

pub use canonical::{Canonical, format_float, sort_by_key};
pub use emitter::emit;
pub use error::{Error, Reported};
pub use node::{Comments, Implied, Node, NodeKind, Place, Style};
pub use resolve::{Scalar, Schema, implicit_tag, resolve};

/// Bounds that hostile input may not pass.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest text accepted, in bytes.
    pub bytes: usize,
    /// Deepest nesting of collections; everything that walks a document recurses, and
    /// must fit into the stack of a thread.
    pub depth: usize,
    /// Most nodes that aliases may expand to.
    pub expanded_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 100, expanded_nodes: 4_000_000 }
    }
}

/// Parses every document of a text, in order, with default [`Limits`].
///
/// # Errors
/// The first syntax error, with its place and the words of libyaml.
pub fn parse(text: &str) -> Result<Vec<Node>, Error> {
    parse_with(text, &Limits::default())
}

/// [`parse`] with limits of the caller's choice.
///
/// # Errors
/// As [`parse`], or the limit that was passed.
pub fn parse_with(text: &str, limits: &Limits) -> Result<Vec<Node>, Error> {
    parser::Parser::new(text, limits)?.documents()
}

/// The first document alone; what follows it is not looked at. `None` for an empty text.
///
/// # Errors
/// As [`parse`].
pub fn parse_first(text: &str) -> Result<Option<Node>, Error> {
    parser::Parser::new(text, &Limits::default())?.next_document()
}
