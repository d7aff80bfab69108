//! Reading nodes into types: the trait, the reader that collects mistakes, and
//! the entries of a map.
//!
//! A part that is wrong gives `None` and at least one diagnostic; reading goes
//! on, so that one pass finds every mistake. Start at [`Read`].

use std::sync::Arc;

use yaml::{Node, NodeKind};

use crate::shape::Shape;
use crate::{Diagnostic, Place};

/// A type that can be read from a node and can describe how it looks.
pub(crate) trait Read: Sized {
    /// How it looks.
    fn shape() -> Shape;

    /// Reads it; `None` after at least one diagnostic.
    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self>;

    /// What stands for a key that is not there; `None` where the key is required.
    fn absent() -> Option<Self> {
        None
    }
}

/// Most mistakes of one file that are reported.
const MOST: usize = 50;

/// One file being read.
pub(crate) struct Reader<'a> {
    file: Arc<str>,
    lines: Vec<&'a str>,
    mistakes: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(file: &str, text: &'a str) -> Self {
        Self { file: file.into(), lines: text.lines().collect(), mistakes: Vec::new() }
    }

    /// Every mistake so far, in the order of the file.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.mistakes.sort_by(|a, b| a.place.cmp(&b.place));
        self.mistakes.dedup();
        self.mistakes
    }

    pub(crate) fn place(&self, node: &Node) -> Place {
        Place { file: self.file.clone(), line: node.place.line, column: node.place.column }
    }

    /// Notes a mistake at a node.
    pub(crate) fn wrong(&mut self, node: &Node, message: impl Into<String>) {
        self.note(node.place, message.into(), None);
    }

    /// Notes a mistake with help.
    pub(crate) fn wrong_help(
        &mut self,
        node: &Node,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.note(node.place, message.into(), Some(help.into()));
    }

    /// Notes a mistake at a place of the YAML layer.
    pub(crate) fn note(&mut self, at: yaml::Place, message: String, help: Option<String>) {
        let line = self.lines.get(at.line.saturating_sub(1)).copied().unwrap_or_default();
        let left = line.chars().count().saturating_sub(at.column.saturating_sub(1));
        let place = Place { file: self.file.clone(), line: at.line, column: at.column };
        self.push(Diagnostic {
            place,
            length: at.length.clamp(1, left.max(1)),
            excerpt: line.to_owned(),
            message,
            help,
        });
    }

    fn push(&mut self, mistake: Diagnostic) {
        if self.mistakes.len() < MOST {
            self.mistakes.push(mistake);
        }
    }
}

/// The entries of a mapping while a record takes its keys out of it.
pub(crate) struct Entries<'n> {
    node: &'n Node,
    left: Vec<(&'n Node, &'n Node)>,
}

impl<'n> Entries<'n> {
    /// The entries of a mapping; a diagnostic for anything else and for keys that stand twice.
    pub(crate) fn of(node: &'n Node, what: &str, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(entries) = node.entries() else {
            reader.wrong(node, format!("{what} is a map, but here is {}", describe(node)));
            return None;
        };
        let mut left: Vec<(&Node, &Node)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            let Some(text) = key.as_scalar() else {
                reader
                    .wrong(key, format!("a key of {what} is text, but here is {}", describe(key)));
                continue;
            };
            if left.iter().any(|(other, _)| other.as_scalar() == Some(text)) {
                reader.wrong_help(
                    key,
                    format!("the key `{text}` stands here twice"),
                    "keep one of them",
                );
                continue;
            }
            left.push((key, value));
        }
        Some(Self { node, left })
    }

    /// Reads and removes one key.
    pub(crate) fn take<T: Read>(&mut self, key: &str, reader: &mut Reader<'_>) -> Option<T> {
        if let Some(value) = self.remove(key) {
            return T::read(value, reader);
        }
        let absent = T::absent();
        if absent.is_none() {
            reader.wrong(self.node, format!("the key `{key}` is missing"));
        }
        absent
    }

    /// Removes one key and gives its node.
    pub(crate) fn remove(&mut self, key: &str) -> Option<&'n Node> {
        let at = self.left.iter().position(|(k, _)| k.as_scalar() == Some(key))?;
        Some(self.left.remove(at).1)
    }

    /// Removes the entries whose keys a rule accepts.
    pub(crate) fn remove_where(&mut self, accepts: fn(&str) -> bool) -> Vec<(&'n Node, &'n Node)> {
        let of_rule = |(key, _): &(&Node, &Node)| key.as_scalar().is_some_and(accepts);
        let (taken, left) = std::mem::take(&mut self.left).into_iter().partition(of_rule);
        self.left = left;
        taken
    }

    /// The keys that nobody took.
    pub(crate) fn left(&self) -> &[(&'n Node, &'n Node)] {
        &self.left
    }

    /// The mapping itself.
    pub(crate) fn node(&self) -> &'n Node {
        self.node
    }

    /// Notes each key that nobody took, with the nearest that is known.
    pub(crate) fn refuse_unknown(&self, what: &str, known: &[&str], reader: &mut Reader<'_>) {
        for (key, _) in &self.left {
            let text = key.as_scalar().unwrap_or_default();
            let message = format!("unknown key `{text}` in {what}");
            reader.wrong_help(key, message, unknown_key_help(text, known));
        }
    }
}

fn unknown_key_help(text: &str, known: &[&str]) -> String {
    if text == "<<" {
        return "YAML 1.2 has no merge keys: write the keys out, or alias a whole value".to_owned();
    }
    match nearest(text, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("its keys are {}", list(known)),
    }
}

/// Words as a list for a sentence: `` `a`, `b` and `c` ``.
pub(crate) fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, first)) => format!("{} and {last}", first.join(", ")),
    }
}

/// The word that was probably meant, if one is near enough.
pub(crate) fn nearest<'w>(text: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let text = text.to_lowercase();
    let distance = |word: &str| strsim::damerau_levenshtein(&text, &word.to_lowercase());
    let found = words.into_iter().map(|word| (distance(word), word)).min_by_key(|(d, _)| *d)?;
    let allowed = (text.chars().count().max(found.1.chars().count()) / 3).max(1);
    let part = text.len() > 3 && found.1.to_lowercase().contains(&text);
    (found.0 <= allowed || part).then_some(found.1)
}

/// What a node is, for a sentence that says something else was expected.
pub(crate) fn describe(node: &Node) -> String {
    match &node.kind {
        NodeKind::Mapping(_) => "a map".to_owned(),
        NodeKind::Sequence(_) => "a list".to_owned(),
        NodeKind::Alias(name) => format!("the alias `*{name}`"),
        NodeKind::Scalar(text) if text.is_empty() => "nothing".to_owned(),
        NodeKind::Scalar(text) => format!("`{}`", shorten(text)),
    }
}

/// A text short enough for a message, on one line.
pub(crate) fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let short: String = line.chars().take(60).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}
