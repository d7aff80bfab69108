//! What a scalar is after kustomize printed it and read it again.
//!
//! One rule: style and tag decide as go-yaml decides. Start at [`typed`].

use std::borrow::Cow;

use yaml::{Node, NodeKind, Scalar, Schema, Style};

use crate::error::{Result, fail};
use crate::{go, node};

/// A scalar with its type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Typed<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Whole numbers that need all 64 bits.
    Unsigned(u64),
    Float(f64),
    Text(Cow<'a, str>),
}

/// What a scalar is after printing and reading; `flow` inside `{}` or `[]`.
pub(crate) fn typed(node: &Node, flow: bool) -> Result<Typed<'_>> {
    let text = node::value(node);
    if let Some(tag) = &node.tag {
        return by_tag(tag, text);
    }
    if node.style == Style::Folded && !flow && text.contains('\n') {
        return Ok(Typed::Text(reread(text)));
    }
    let quoted = !matches!(node.style, Style::Plain | Style::Flow) || text.contains('\n');
    if node.implied == yaml::Implied::FromText {
        return Ok(if quoted || (flow && text.is_empty()) {
            plain_text(text)
        } else {
            implicit(text)
        });
    }
    let known = node.full_tag();
    let again = yaml::implicit_tag(text);
    match known {
        "!!str" => Ok(plain_text(text)),
        "" if quoted || (flow && text.is_empty()) => Ok(plain_text(text)),
        "" => Ok(implicit(text)),
        known if known == again && quoted => Ok(plain_text(text)),
        known if known == again => Ok(implicit(text)),
        known => by_tag(known, text),
    }
}

fn plain_text(text: &str) -> Typed<'_> {
    Typed::Text(Cow::Borrowed(text))
}

fn implicit(text: &str) -> Typed<'_> {
    match yaml::implicit_tag(text) {
        "!!str" | "!!merge" => plain_text(text),
        "!!timestamp" => Typed::Text(Cow::Owned(go::timestamp(text))),
        _ => match yaml::resolve(&Node::scalar(text), Schema::GoYaml3) {
            Scalar::Null => Typed::Null,
            Scalar::Bool(flag) => Typed::Bool(flag),
            Scalar::Int(number) => Typed::Int(number),
            Scalar::Float(number) => unsigned(text).map_or(Typed::Float(number), Typed::Unsigned),
            Scalar::Text(_) => plain_text(text),
        },
    }
}

fn unsigned(text: &str) -> Option<u64> {
    (yaml::implicit_tag(text) == "!!int").then(|| text.replace('_', "").parse().ok()).flatten()
}

fn by_tag<'a>(tag: &str, text: &'a str) -> Result<Typed<'a>> {
    let found = implicit(text);
    match (tag, found) {
        ("!!int", found @ (Typed::Int(_) | Typed::Unsigned(_)))
        | ("!!float", found @ Typed::Float(_))
        | ("!!bool", found @ Typed::Bool(_))
        | ("!!null", found @ Typed::Null) => Ok(found),
        ("!!float", Typed::Int(number)) => Ok(Typed::Float(number as f64)),
        ("!!timestamp", Typed::Text(time)) if yaml::implicit_tag(text) == "!!timestamp" => {
            Ok(Typed::Text(time))
        }
        ("!!int" | "!!float" | "!!bool" | "!!null" | "!!timestamp", _) => {
            let read = yaml::implicit_tag(text);
            fail(format!("yaml: cannot decode {read} `{text}` as a {tag}"))
        }
        ("!!binary", _) => {
            let mut node = Node::scalar(text);
            node.tag = Some("!!binary".into());
            match yaml::resolve(&node, Schema::GoYaml3) {
                Scalar::Text(text) => Ok(Typed::Text(Cow::Owned(text))),
                _ => Ok(plain_text(text)),
            }
        }
        _ => Ok(plain_text(text)),
    }
}

/// A folded text that was printed and read again, which does not always keep it.
fn reread(text: &str) -> Cow<'_, str> {
    let mut value = Node::scalar(text);
    value.style = Style::Folded;
    let root = Node::new(NodeKind::Mapping(vec![(Node::scalar("a"), value)]));
    let read = yaml::parse_first(&yaml::emit(&root)).ok().flatten();
    let read = read.as_ref().and_then(|root| root.get("a")).and_then(Node::as_scalar);
    read.map_or(Cow::Borrowed(text), |read| Cow::Owned(read.to_owned()))
}
