//! What the parts of the language look like, as data.
//!
//! One description serves the parser's messages, the JSON Schema and the
//! reference page, so they cannot diverge. Types describe themselves; nothing here
//! reads a file.

/// The look of a value.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// Text of a certain form.
    Text {
        /// In words: `a duration such as 90s`.
        what: &'static str,
        /// A regular expression for editors; empty where anything goes.
        pattern: &'static str,
    },
    /// A whole number, not negative.
    Number,
    /// `true` or `false`.
    Flag,
    /// Any YAML value.
    Any,
    /// A list.
    List(Box<Shape>),
    /// A map whose keys are the user's names.
    Map {
        /// What the keys are, in words.
        key: &'static str,
        /// The values.
        value: Box<Shape>,
    },
    /// One of several looks.
    OneOf(Vec<Shape>),
    /// A part with a name of its own.
    Part(fn() -> Part),
}

/// A part of the language that has a name.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Name in the schema and on the reference page.
    pub(crate) name: &'static str,
    /// What it is for: the doc comment of the type.
    pub(crate) doc: String,
    /// What it looks like.
    pub(crate) body: Body,
}

/// What a named part looks like.
#[derive(Debug, Clone)]
pub(crate) enum Body {
    /// A map with keys of ours.
    Record {
        /// Its keys.
        fields: Vec<Field>,
        /// What may stand instead of the map.
        short: Option<Shape>,
        /// Keys that follow a rule rather than a list.
        rest: Vec<Rest>,
    },
    /// A map with exactly one of these keys, beside the common ones.
    Choice {
        /// Keys that may stand beside the one.
        common: Vec<Field>,
        /// The keys to choose from.
        options: Vec<Field>,
    },
    /// One of several words.
    Words(Vec<(&'static str, String)>),
}

/// One key of a record.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    /// The key as users write it.
    pub(crate) key: &'static str,
    /// What it means: the doc comment of the field.
    pub(crate) doc: String,
    /// What may stand there.
    pub(crate) shape: Shape,
    /// Whether it must be there.
    pub(crate) required: bool,
}

/// Keys that follow a rule.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    /// A regular expression for them.
    pub(crate) pattern: &'static str,
    /// What they are.
    pub(crate) doc: String,
    /// What may stand there.
    pub(crate) shape: Shape,
}

/// The lines of a doc comment as one text.
pub(crate) fn doc(lines: &[&str]) -> String {
    let lines: Vec<&str> =
        lines.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().to_owned()
}
