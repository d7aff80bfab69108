//! Changing one value of a text while every other byte stays.
//!
//! One rule: an edit is a splice at the place of a node; what is not replaced is
//! never printed again, so comments and styles survive. Start at [`set`].

use crate::analysis::analyze;
use crate::canonical::Canonical;
use crate::resolve::{Schema, old_bool, plain};
use crate::{Node, NodeKind, Place, Style};

/// One step of a path into a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// The value of a key.
    Key(String),
    /// An item by its position, from 0.
    Index(usize),
    /// The first item that has this text under this key (`[name=app]`).
    Item {
        /// Key within the item.
        key: String,
        /// The text it must have.
        value: String,
    },
}

/// A value to write.
#[derive(Debug, Clone, PartialEq)]
pub enum NewValue {
    /// Text; quoted if it would read as something else.
    Text(String),
    /// A number, boolean or `null`, written as it stands here.
    Plain(String),
    /// A whole node in flow or block form, as YAML text of one document.
    Yaml(String),
}

/// Why a text was not changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The text is not YAML.
    #[error("yaml: {0}")]
    Syntax(#[from] crate::Error),
    /// A path is not written as paths are.
    #[error("path {0:?}: {1}")]
    Path(String, &'static str),
    /// A step leads nowhere.
    #[error("line {line}: {problem}", line = place.line)]
    Missing {
        /// What is not there.
        problem: String,
        /// The node in which it was looked for.
        place: Place,
    },
}

/// Reads a path: keys with dots between, `[0]` for positions, `[name=app]` for items by
/// a key, `"a.b"` or `\.` for keys with dots.
///
/// # Errors
/// If a quote or bracket stays open, or a step is empty.
pub fn path(text: &str) -> Result<Vec<Step>, EditError> {
    let wrong = |problem| EditError::Path(text.to_owned(), problem);
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (selector, after) =
                inside.split_once(']').ok_or_else(|| wrong("a bracket is not closed"))?;
            steps.push(selector_step(selector));
            rest = after;
        } else {
            let (key, after) = key_step(rest).map_err(wrong)?;
            steps.push(Step::Key(key));
            rest = after;
        }
        if let Some(after) = rest.strip_prefix('.') {
            if after.is_empty() {
                return Err(wrong("a step is empty"));
            }
            rest = after;
        }
    }
    Ok(steps)
}

fn selector_step(selector: &str) -> Step {
    match selector.split_once('=') {
        Some((key, value)) => Step::Item { key: key.into(), value: value.into() },
        None => match selector.parse() {
            Ok(index) => Step::Index(index),
            Err(_) => Step::Key(selector.trim_matches(['"', '\'']).into()),
        },
    }
}

fn key_step(text: &str) -> Result<(String, &str), &'static str> {
    if let Some(inside) = text.strip_prefix('"') {
        let (key, after) = inside.split_once('"').ok_or("a quote is not closed")?;
        return Ok((key.to_owned(), after));
    }
    let mut key = String::new();
    let mut characters = text.char_indices();
    let mut end = text.len();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => key.extend(characters.next().map(|(_, c)| c)),
            '.' | '[' => {
                end = at;
                break;
            }
            c => key.push(c),
        }
    }
    if key.is_empty() { Err("a step is empty") } else { Ok((key, &text[end..])) }
}

/// Sets the value at a path of one document (counted from 0); missing keys are added
/// at the end of the innermost mapping that is there.
///
/// # Errors
/// If the text is not YAML, the document or an item is missing, or the path runs
/// through something that is no mapping or list.
pub fn set(
    text: &str,
    document: usize,
    path: &[Step],
    value: &NewValue,
) -> Result<String, EditError> {
    let documents = crate::parse(text)?;
    let root = documents.get(document).ok_or_else(|| no_document(document))?;
    let (node, rest) = walk(root, path)?;
    let splice = match rest {
        [] => replace(text, node, value),
        rest => add(text, node, rest, value)?,
    };
    Ok(splice.apply(text))
}

/// Removes the entry or item at a path, with its own lines.
///
/// # Errors
/// As [`set`]; also if nothing stands at the path.
pub fn remove(text: &str, document: usize, path: &[Step]) -> Result<String, EditError> {
    let documents = crate::parse(text)?;
    let root = documents.get(document).ok_or_else(|| no_document(document))?;
    let Some((last, parents)) = path.split_last() else {
        return Err(EditError::Path(String::new(), "the whole document cannot be removed"));
    };
    let (parent, rest) = walk(root, parents)?;
    let here = if rest.is_empty() { position(parent, last)? } else { None };
    let at = here.ok_or_else(|| missing(parent, &rest[0..rest.len().min(1)], last))?;
    Ok(cut(text, parent, at).apply(text))
}

struct Splice {
    from: usize,
    to: usize,
    with: String,
}

impl Splice {
    fn apply(self, text: &str) -> String {
        let (from, to) = (self.from.min(text.len()), self.to.min(text.len()));
        format!("{}{}{}", &text[..from], self.with, &text[to.max(from)..])
    }
}

fn no_document(document: usize) -> EditError {
    let problem = format!("there is no document {}", document + 1);
    EditError::Missing { problem, place: Place { line: 1, column: 1, ..Place::default() } }
}

fn missing(node: &Node, rest: &[Step], last: &Step) -> EditError {
    let problem = match rest.first().unwrap_or(last) {
        Step::Key(key) => format!("there is no key {key:?}"),
        Step::Index(index) => format!("there is no item {index}"),
        Step::Item { key, value } => format!("there is no item with {key} {value:?}"),
    };
    EditError::Missing { problem, place: node.place }
}

/// Follows the path as far as it leads; only keys may be missing.
fn walk<'a, 'p>(root: &'a Node, path: &'p [Step]) -> Result<(&'a Node, &'p [Step]), EditError> {
    let mut node = root;
    for (done, step) in path.iter().enumerate() {
        let found = match position(node, step)? {
            Some(at) => child(node, at),
            None => None,
        };
        match found {
            Some(child) => node = child,
            None if matches!(step, Step::Key(_)) => return Ok((node, &path[done..])),
            None => return Err(missing(node, &[], step)),
        }
    }
    Ok((node, &[]))
}

fn child(node: &Node, at: usize) -> Option<&Node> {
    match &node.kind {
        NodeKind::Mapping(entries) => entries.get(at).map(|(_, value)| value),
        NodeKind::Sequence(items) => items.get(at),
        _ => None,
    }
}

fn position(node: &Node, step: &Step) -> Result<Option<usize>, EditError> {
    let is_nothing = node.as_scalar() == Some("");
    Ok(match (&node.kind, step) {
        (NodeKind::Mapping(entries), Step::Key(key)) => {
            entries.iter().position(|(known, _)| known.as_scalar() == Some(key))
        }
        (NodeKind::Sequence(items), Step::Index(index)) => (*index < items.len()).then_some(*index),
        (NodeKind::Sequence(items), Step::Item { key, value }) => items
            .iter()
            .position(|item| item.get(key).and_then(Node::as_scalar) == Some(value.as_str())),
        (_, Step::Key(_)) if is_nothing => None,
        (_, step) => {
            let problem = match step {
                Step::Key(key) => format!("{key:?} is looked for in something that is no mapping"),
                _ => "an item is looked for in something that is no list".to_owned(),
            };
            return Err(EditError::Missing { problem, place: node.place });
        }
    })
}

/// The value in place of a node, in the node's quotes where it has some.
fn replace(text: &str, node: &Node, value: &NewValue) -> Splice {
    let from = node.place.offset;
    let to = from + source_length(text, node);
    let column = node.place.column.saturating_sub(1);
    let is_block = |text: &str| text.contains('\n');
    let with = match value {
        NewValue::Text(new) => text_in_style(new, node.style),
        NewValue::Plain(new) => new.clone(),
        NewValue::Yaml(new) if is_block(new.trim_end()) => indent_lines(new.trim_end(), column),
        NewValue::Yaml(new) => new.trim_end().to_owned(),
    };
    let nothing = node.place.length == 0 && !text[..from].ends_with([' ', '\n']);
    Splice { from, to, with: if nothing { format!(" {with}") } else { with } }
}

/// Bytes of a node without the line break that ends a block scalar.
fn source_length(text: &str, node: &Node) -> usize {
    let source = &text[node.place.offset..(node.place.offset + node.place.length).min(text.len())];
    source.trim_end_matches(['\n', '\r', ' ']).len()
}

fn indent_lines(text: &str, columns: usize) -> String {
    let pad = format!("\n{}", " ".repeat(columns));
    text.replace('\n', &pad)
}

fn text_in_style(text: &str, style: Style) -> String {
    let quoted = analyze(text, true);
    match style {
        Style::SingleQuoted if quoted.single_quoted && !quoted.multiline => {
            format!("'{}'", text.replace('\'', "''"))
        }
        Style::DoubleQuoted if !text.contains(['"', '\\']) && quoted.single_quoted => {
            format!("\"{text}\"")
        }
        _ => flow_text(text),
    }
}

/// Text on one line, plain where it may be.
fn flow_text(text: &str) -> String {
    let analysis = analyze(text, true);
    let reads_as_text = plain(text, Schema::Yaml11).is_none() && old_bool(text).is_none();
    if reads_as_text && analysis.flow_plain && analysis.block_plain {
        return text.to_owned();
    }
    if !reads_as_text || !analysis.single_quoted || analysis.multiline {
        return double_quoted(text);
    }
    if analysis.block_plain && !text.contains([',', '[', ']', '{', '}', '?', '#']) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "''"))
}

fn double_quoted(text: &str) -> String {
    let mut out = Canonical::one_line();
    out.quoted(text);
    out.finish().trim_end().to_owned()
}

fn add(text: &str, node: &Node, rest: &[Step], value: &NewValue) -> Result<Splice, EditError> {
    let mut keys = Vec::new();
    for step in rest {
        match step {
            Step::Key(key) => keys.push(flow_text(key)),
            step => return Err(missing(node, &[], step)),
        }
    }
    let new = match value {
        NewValue::Text(new) => flow_text(new),
        NewValue::Plain(new) | NewValue::Yaml(new) => new.trim_end().to_owned(),
    };
    let entries = node.entries().unwrap_or_default();
    if node.style == Style::Flow {
        return Ok(add_flow(node, entries.is_empty(), &keys, &new));
    }
    Ok(match entries.last() {
        Some(_) => add_block(text, node, &keys, &new),
        None => Splice { with: nested(&keys, &new, 0, true), ..replace(text, node, value) },
    })
}

fn add_flow(node: &Node, empty: bool, keys: &[String], new: &str) -> Splice {
    let at = node.place.offset + node.place.length.saturating_sub(1);
    let opened = keys.join(": {");
    let closed = "}".repeat(keys.len().saturating_sub(1));
    let comma = if empty { "" } else { ", " };
    Splice { from: at, to: at, with: format!("{comma}{opened}: {new}{closed}") }
}

fn add_block(text: &str, node: &Node, keys: &[String], new: &str) -> Splice {
    let column = node.place.column.saturating_sub(1);
    let end = node.place.offset + node.place.length;
    let at = end_of_content(text, node.place.offset, end);
    let body = nested(keys, new, column, false);
    let line = if text[..at].ends_with('\n') { "" } else { "\n" };
    let last = if text[at..].starts_with('\n') || line.is_empty() { "" } else { "\n" };
    let with = if line.is_empty() {
        format!("{}{body}\n", " ".repeat(column))
    } else {
        format!("\n{}{body}{last}", " ".repeat(column))
    };
    Splice { from: at, to: at, with }
}

/// The end of the last line of a block that holds something, comments on it included.
fn end_of_content(text: &str, from: usize, to: usize) -> usize {
    let content = text[from..to.min(text.len())].trim_end().len() + from;
    let rest = &text[content..];
    content + rest.find('\n').unwrap_or(rest.trim_end().len())
}

/// `a:\n  b: value`, the first line not indented.
fn nested(keys: &[String], new: &str, column: usize, inline: bool) -> String {
    if inline {
        let closed = "}".repeat(keys.len());
        return format!(" {{{}: {new}{closed}", keys.join(": {"));
    }
    let mut out = String::new();
    for (depth, key) in keys.iter().enumerate() {
        if depth > 0 {
            out.push('\n');
            out.push_str(&" ".repeat(column + 2 * depth));
        }
        out.push_str(key);
        out.push(':');
    }
    if new.contains('\n') {
        let inner = column + 2 * keys.len();
        out.push('\n');
        out.push_str(&" ".repeat(inner));
        out.push_str(&indent_lines(new, inner));
    } else {
        out.push(' ');
        out.push_str(new);
    }
    out
}

/// Takes an entry or item out: in block form its lines, in flow form with its comma.
fn cut(text: &str, parent: &Node, at: usize) -> Splice {
    let places: Vec<(usize, usize)> = match &parent.kind {
        NodeKind::Mapping(entries) => entries
            .iter()
            .map(|(key, value)| (key.place.offset, end_of(text, value).max(end_of(text, key))))
            .collect(),
        NodeKind::Sequence(items) => {
            items.iter().map(|item| (item.place.offset, end_of(text, item))).collect()
        }
        _ => Vec::new(),
    };
    let Some(&(from, to)) = places.get(at) else {
        return Splice { from: 0, to: 0, with: String::new() };
    };
    if parent.style == Style::Flow {
        return cut_flow(&places, at, from, to);
    }
    if places.len() == 1 {
        let empty = if parent.entries().is_some() { "{}" } else { "[]" };
        return cut_only(text, parent, to, empty);
    }
    cut_lines(text, parent, from, to)
}

fn end_of(text: &str, node: &Node) -> usize {
    node.place.offset + source_length(text, node)
}

fn cut_flow(places: &[(usize, usize)], at: usize, from: usize, to: usize) -> Splice {
    let (from, to) = match (places.get(at + 1), at.checked_sub(1).map(|before| places[before])) {
        (Some(next), _) => (from, next.0),
        (None, Some(before)) => (before.1, to),
        (None, None) => (from, to),
    };
    Splice { from, to, with: String::new() }
}

/// The last entry of a block leaves `{}` behind, the last item `[]`.
fn cut_only(text: &str, parent: &Node, to: usize, empty: &str) -> Splice {
    let before = text[..parent.place.offset].trim_end_matches([' ', '\n', '-']);
    let inline = before.ends_with(':');
    let from = if inline { before.len() } else { parent.place.offset };
    let with = if inline { format!(" {empty}") } else { empty.to_owned() };
    Splice { from, to, with }
}

fn cut_lines(text: &str, parent: &Node, from: usize, to: usize) -> Splice {
    let line_start = text[..from].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[to..].find('\n').map_or(text.len(), |at| to + at + 1);
    let lead = &text[line_start..from];
    let is_item = parent.items().is_some();
    let own_line = lead.trim_matches(' ').is_empty() || (is_item && lead.trim() == "-");
    if own_line {
        return Splice { from: line_start, to: line_end, with: String::new() };
    }
    // The first entry behind a dash: what follows moves up to it.
    let next = text[line_end..].find(|c: char| c != ' ').map_or(text.len(), |at| line_end + at);
    Splice { from, to: next, with: String::new() }
}
