//! From nodes to JSON values and back, with what is lost and gained on the way.
//!
//! kustomize prints a node, reads it again as untyped values and makes JSON of
//! them; here that is one step. One rule: a scalar means what it would mean after
//! it was printed. Start at [`print`] and [`to_value`].

use objects::{Map, Value};
use yaml::{Canonical, Node, NodeKind, Style};

use crate::check::check;
use crate::error::{Context, Result};
use crate::node;
use crate::syntax::syntax;
use crate::typed::{Typed, typed};

/// Prints a resource as kustomize does.
pub(crate) fn print(root: &Node) -> Result<String> {
    check(root).context(|| syntax(root))?;
    let mut out = Canonical::new();
    write(root, false, &mut out)?;
    Ok(out.finish())
}

fn write(at: &Node, flow: bool, out: &mut Canonical) -> Result<()> {
    let flow = flow || at.style == Style::Flow;
    match &at.kind {
        NodeKind::Sequence(items) => {
            out.start_sequence(items.is_empty());
            for item in items {
                write(item, flow, out)?;
            }
            out.end();
        }
        NodeKind::Mapping(entries) => {
            let mut sorted: Vec<_> = entries.iter().map(|(k, v)| (node::value(k), v)).collect();
            yaml::sort_by_key(&mut sorted, &|(key, _)| key);
            out.start_mapping(sorted.is_empty());
            for (key, value) in sorted {
                out.key(key);
                write(value, flow, out)?;
            }
            out.end();
        }
        _ => match typed(at, flow)? {
            Typed::Null => out.plain("null"),
            Typed::Bool(flag) => out.plain(if flag { "true" } else { "false" }),
            Typed::Int(number) => out.plain(&number.to_string()),
            Typed::Unsigned(number) => out.plain(&number.to_string()),
            Typed::Float(number) => out.plain(&printed_float(number)),
            Typed::Text(text) => out.text(&text),
        },
    }
    Ok(())
}

/// A float that went through JSON: whole numbers lose their point.
fn printed_float(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 18_446_744_073_709_551_616.0 {
        format!("{number:.0}")
    } else {
        yaml::format_float(number)
    }
}

/// The value of a node as JSON has it.
pub(crate) fn to_value(root: &Node) -> Result<Value> {
    check(root)?;
    let mut value = value_of(root, false)?;
    // At the top every key becomes a text, and an entry whose key is null is lost.
    if let (NodeKind::Mapping(entries), Some(map)) = (&root.kind, value.as_map_mut()) {
        let null = |key: &&Node| matches!(typed(key, false), Ok(Typed::Null));
        for key in entries.iter().map(|(key, _)| key).filter(null) {
            map.remove(node::value(key));
        }
    }
    Ok(value)
}

fn value_of(at: &Node, flow: bool) -> Result<Value> {
    let flow = flow || at.style == Style::Flow;
    Ok(match &at.kind {
        NodeKind::Sequence(items) => {
            let items: Result<Vec<_>> = items.iter().map(|item| value_of(item, flow)).collect();
            items?.into()
        }
        NodeKind::Mapping(entries) => {
            let entries: Result<Map> = entries
                .iter()
                .map(|(key, value)| Ok((node::value(key), value_of(value, flow)?)))
                .collect::<Result<Vec<_>>>()
                .map(|entries| entries.into_iter().collect());
            entries?.into()
        }
        _ => match typed(at, flow)? {
            Typed::Null => Value::Null,
            Typed::Bool(flag) => Value::Bool(flag),
            Typed::Int(number) => Value::Int(number),
            Typed::Unsigned(number) => Value::Float(number as f64),
            Typed::Float(number) => number_value(number),
            Typed::Text(text) => text.as_ref().into(),
        },
    })
}

fn number_value(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        Value::Int(number as i64)
    } else {
        Value::Float(number)
    }
}

/// A node as kustomize makes it of JSON: every number has been a float.
pub(crate) fn from_value(value: &Value) -> Node {
    match value {
        Value::Null => Node::scalar("null"),
        Value::Bool(flag) => Node::scalar(flag.to_string()),
        Value::Int(number) => Node::scalar(yaml::format_float(*number as f64)),
        Value::Float(number) => Node::scalar(yaml::format_float(*number)),
        Value::String(text) => {
            let mut node = node::text(text.as_ref());
            if text.contains('\n') {
                node.style = Style::Literal;
            } else if yaml::implicit_tag(text) != "!!str" {
                node.style = Style::DoubleQuoted;
            }
            node
        }
        Value::List(items) => Node::new(NodeKind::Sequence(items.iter().map(from_value).collect())),
        Value::Map(map) => {
            let entries =
                map.iter().map(|(key, value)| (node::text(key.as_ref()), from_value(value)));
            Node::new(NodeKind::Mapping(entries.collect()))
        }
    }
}
