//! Reading and changing YAML nodes as kyaml does.
//!
//! One rule: a changed scalar keeps the tag it had in memory, because kustomize
//! changes texts without looking at types. Start at [`get`] and [`set_field`].

use yaml::{Implied, Node, NodeKind, Style};

use crate::error::{BuildError, Result, fail};

/// What a node is, as kyaml names it in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar,
    Sequence,
    Mapping,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Scalar => "ScalarNode",
            Self::Sequence => "SequenceNode",
            Self::Mapping => "MappingNode",
        }
    }

    /// An empty node of this kind without a tag.
    pub(crate) fn empty(self) -> Node {
        match self {
            Self::Scalar => untagged(""),
            Self::Sequence => Node::new(NodeKind::Sequence(Vec::new())),
            Self::Mapping => Node::new(NodeKind::Mapping(Vec::new())),
        }
    }
}

pub(crate) fn kind(node: &Node) -> Kind {
    match node.kind {
        NodeKind::Sequence(_) => Kind::Sequence,
        NodeKind::Mapping(_) => Kind::Mapping,
        NodeKind::Scalar(_) | NodeKind::Alias(_) => Kind::Scalar,
    }
}

/// A scalar whose tag is decided when it is printed.
pub(crate) fn untagged(text: impl Into<String>) -> Node {
    let mut node = Node::scalar(text);
    node.implied = Implied::None;
    node
}

/// A scalar that is text.
pub(crate) fn text(value: impl Into<String>) -> Node {
    let mut node = Node::scalar(value);
    node.implied = Implied::Text;
    node
}

/// A plain node as the parser makes it.
pub(crate) fn key(name: &str) -> Node {
    untagged(name)
}

pub(crate) fn is_null(node: &Node) -> bool {
    let NodeKind::Scalar(text) = &node.kind else { return false };
    match (&node.tag, node.implied) {
        (Some(tag), _) => tag == "!!null",
        (None, Implied::Null) => true,
        (None, Implied::FromText) => {
            node.style == Style::Plain
                && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL")
        }
        _ => false,
    }
}

/// Null, or a collection without content.
pub(crate) fn is_null_or_empty(node: &Node) -> bool {
    is_null(node) || content_len(node) == Some(0)
}

pub(crate) fn content_len(node: &Node) -> Option<usize> {
    match &node.kind {
        NodeKind::Sequence(items) => Some(items.len()),
        NodeKind::Mapping(entries) => Some(entries.len()),
        _ => None,
    }
}

/// Text of a scalar; empty for anything else.
pub(crate) fn value(node: &Node) -> &str {
    node.as_scalar().unwrap_or_default()
}

/// Text of a scalar, empty for null too.
pub(crate) fn value_unless_null(node: &Node) -> &str {
    if is_null(node) { "" } else { value(node) }
}

/// Changes the text and keeps the tag in memory.
pub(crate) fn set_value(node: &mut Node, new: impl Into<String>) {
    node.fix_implied();
    if let NodeKind::Scalar(text) = &mut node.kind {
        *text = new.into();
    }
}

/// Whether kyaml takes it for text: tagged so, or not tagged at all.
pub(crate) fn is_text(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Scalar(_)) && matches!(node.full_tag(), "!!str" | "")
}

/// Whether YAML 1.1 would read the bare text as something else.
pub(crate) fn reads_as_other(text: &str) -> bool {
    if text.is_empty() || text.contains('\n') {
        return false;
    }
    // Most names are plain words: no parser is needed to see that.
    let plain_word =
        text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'));
    if plain_word {
        let node = Node::scalar(text);
        return !matches!(yaml::resolve(&node, yaml::Schema::Yaml11), yaml::Scalar::Text(_));
    }
    match yaml::parse_first(text) {
        Ok(Some(node)) => {
            !matches!(yaml::resolve(&node, yaml::Schema::Yaml11), yaml::Scalar::Text(_))
        }
        Ok(None) => true,
        Err(_) => false,
    }
}

/// Whether a key is text once it was printed and read again.
pub(crate) fn is_text_key(key: &Node) -> bool {
    match key.full_tag() {
        "!!str" | "!!merge" => true,
        "" => key.style != Style::Plain || yaml::implicit_tag(value(key)) == "!!str",
        _ => false,
    }
}

/// The error of a node of the wrong kind, with its text.
pub(crate) fn wrong_kind(node: &Node, expected: Kind) -> BuildError {
    BuildError(format!(
        "wrong node kind: expected {} but got {}: node contents:\n{}",
        expected.name(),
        kind(node).name(),
        yaml::emit(node)
    ))
}

/// Null passes; any other kind than the expected is an error.
pub(crate) fn expect(node: &Node, expected: Kind) -> Result<()> {
    if is_null(node) || kind(node) == expected { Ok(()) } else { Err(wrong_kind(node, expected)) }
}

/// The value of a key; nothing in anything but a mapping.
pub(crate) fn field<'a>(node: &'a Node, name: &str) -> Option<&'a Node> {
    node.get(name)
}

pub(crate) fn field_mut<'a>(node: &'a mut Node, name: &str) -> Option<&'a mut Node> {
    let NodeKind::Mapping(entries) = &mut node.kind else { return None };
    entries.iter_mut().find(|(key, _)| key.as_scalar() == Some(name)).map(|(_, value)| value)
}

/// The value of a key of a mapping; nothing in null, an error in anything else.
pub(crate) fn get<'a>(node: &'a Node, name: &str) -> Result<Option<&'a Node>> {
    expect(node, Kind::Mapping)?;
    Ok(field(node, name))
}

/// One step of a path.
pub(crate) enum Part<'a> {
    Field(&'a str),
    Index(usize),
    Last,
    Element(&'a str, &'a str),
}

/// Reads a step as kyaml's `PathGetter` does; empty steps give nothing.
pub(crate) fn part(text: &str) -> Result<Option<Part<'_>>> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(index) = text.parse::<i64>() {
        return match usize::try_from(index) {
            Ok(index) => Ok(Some(Part::Index(index))),
            Err(_) => fail(format!("array index {index} cannot be negative")),
        };
    }
    match text {
        "-" => Ok(Some(Part::Last)),
        "*" => fail("wildcard is not supported in PathGetter"),
        _ if text.starts_with('[') && text.ends_with(']') => {
            let (name, value) = split_element(text)?;
            Ok(Some(Part::Element(name, value)))
        }
        _ => Ok(Some(Part::Field(text))),
    }
}

/// `[name=value]` as its two halves.
pub(crate) fn split_element(text: &str) -> Result<(&str, &str)> {
    let inner = text.strip_suffix(']').unwrap_or(text);
    let inner = inner.strip_prefix('[').unwrap_or(inner);
    let message = "list path element must contain fieldName=fieldValue for element to match";
    inner.split_once('=').map_or_else(|| fail(message), Ok)
}

/// Follows a path; nothing where a step leads nowhere.
pub(crate) fn lookup<'a, S: AsRef<str>>(node: &'a Node, path: &[S]) -> Result<Option<&'a Node>> {
    let mut at = node;
    for step in path {
        let Some(part) = part(step.as_ref())? else { continue };
        let next = match part {
            Part::Field(name) => get(at, name)?,
            Part::Index(index) => elements(at)?.get(index),
            Part::Last => elements(at)?.last(),
            Part::Element(name, value) => element(elements(at)?, name, value),
        };
        match next {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// [`lookup`] for changing.
pub(crate) fn lookup_mut<'a, S: AsRef<str>>(
    node: &'a mut Node,
    path: &[S],
) -> Result<Option<&'a mut Node>> {
    let mut at = node;
    for step in path {
        let Some(part) = part(step.as_ref())? else { continue };
        let next = match part {
            Part::Field(name) => {
                expect(at, Kind::Mapping)?;
                field_mut(at, name)
            }
            Part::Index(index) => elements_mut(at)?.get_mut(index),
            Part::Last => elements_mut(at)?.last_mut(),
            Part::Element(name, value) => {
                let items = elements_mut(at)?;
                items.iter_mut().find(|item| is_element(item, name, value))
            }
        };
        match next {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

fn element<'a>(items: &'a [Node], name: &str, wanted: &str) -> Option<&'a Node> {
    items.iter().find(|item| is_element(item, name, wanted))
}

fn is_element(item: &Node, name: &str, wanted: &str) -> bool {
    if name.is_empty() {
        return value(item) == wanted;
    }
    field(item, name).is_some_and(|found| value(found) == wanted)
}

/// Items of a sequence, none of null; an error in anything else.
pub(crate) fn elements(node: &Node) -> Result<&[Node]> {
    expect(node, Kind::Sequence)?;
    Ok(node.items().unwrap_or_default())
}

pub(crate) fn elements_mut(node: &mut Node) -> Result<&mut [Node]> {
    expect(node, Kind::Sequence)?;
    Ok(match &mut node.kind {
        NodeKind::Sequence(items) => items,
        _ => &mut [],
    })
}

/// The value of a key, made as an empty node of this kind where it is not there.
pub(crate) fn field_or_create<'a>(
    node: &'a mut Node,
    name: &str,
    created: Kind,
) -> Result<Option<&'a mut Node>> {
    if is_null(node) {
        return Ok(None);
    }
    expect(node, Kind::Mapping)?;
    let NodeKind::Mapping(entries) = &mut node.kind else { return Ok(None) };
    let found = entries.iter().position(|(key, _)| key.as_scalar() == Some(name));
    let at = found.unwrap_or_else(|| {
        entries.push((key(name), created.empty()));
        entries.len() - 1
    });
    Ok(entries.get_mut(at).map(|(_, value)| value))
}

/// A path of keys, mappings made on the way, the last of this kind.
pub(crate) fn path_or_create<'a>(
    node: &'a mut Node,
    path: &[&str],
    last: Kind,
) -> Result<Option<&'a mut Node>> {
    let mut at = node;
    for (index, name) in path.iter().enumerate() {
        let created = if index + 1 == path.len() { last } else { Kind::Mapping };
        match field_or_create(at, name, created)? {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// Takes a key out of a mapping.
pub(crate) fn clear(node: &mut Node, name: &str) -> Result<()> {
    expect(node, Kind::Mapping)?;
    if let NodeKind::Mapping(entries) = &mut node.kind
        && let Some(at) = entries.iter().position(|(key, _)| key.as_scalar() == Some(name))
    {
        entries.remove(at);
    }
    Ok(())
}

/// Quotes a new text that YAML 1.1 would misread.
fn guard(new: &mut Node) {
    if new.style == Style::Plain && is_text(new) && reads_as_other(value(new)) {
        new.style = Style::DoubleQuoted;
        new.implied = if new.implied == Implied::FromText { Implied::Text } else { new.implied };
    }
}

/// Style of the old node on the new one, tag in memory kept.
fn take_style(new: &mut Node, style: Style) {
    new.fix_implied();
    new.style = style;
}

/// Puts a value in place of a scalar, in the style of the old one.
pub(crate) fn set_scalar(node: &mut Node, mut new: Node) -> Result<()> {
    guard(&mut new);
    expect(node, Kind::Scalar)?;
    if !is_null(&new) {
        let style =
            if matches!(node.kind, NodeKind::Scalar(_)) { node.style } else { Style::Plain };
        take_style(&mut new, style);
        *node = new;
    }
    Ok(())
}

/// Sets a key: null removes it, an old value lends its style.
pub(crate) fn set_field(node: &mut Node, name: &str, mut new: Node) -> Result<()> {
    guard(&mut new);
    if is_null(&new) {
        return clear(node, name);
    }
    replace_field(node, name, new)
}

/// Sets a key even to null.
pub(crate) fn replace_field(node: &mut Node, name: &str, mut new: Node) -> Result<()> {
    expect(node, Kind::Mapping)?;
    let NodeKind::Mapping(entries) = &mut node.kind else { return Ok(()) };
    match entries.iter_mut().find(|(key, _)| key.as_scalar() == Some(name)) {
        Some((_, old)) => {
            take_style(&mut new, old.style);
            *old = new;
        }
        None => entries.push((key(name), new)),
    }
    Ok(())
}

/// Null, or a mapping without entries.
pub(crate) fn is_null_or_empty_map(node: &Node) -> bool {
    is_null(node) || node.entries().is_some_and(<[_]>::is_empty)
}
