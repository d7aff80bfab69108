//! From nodes to JSON values and back, with what is lost and gained on the way.
//!
//! kustomize prints a node, reads it again as untyped values and makes JSON of
//! them; here that is one step. One rule: a scalar means what it would mean after
//! it was printed. Start at [`print`] and [`to_value`].

use std::borrow::Cow;

use objects::{Map, Value};
use yaml::{Canonical, Node, NodeKind, Scalar, Schema, Style};

use crate::error::{BuildError, Context, Result, fail};
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

/// Prints a resource as kustomize does.
pub(crate) fn print(root: &Node) -> Result<String> {
    check(root).context(|| go::syntax(root))?;
    let mut out = Canonical::new();
    write(root, false, &mut out)?;
    Ok(out.finish())
}

/// Whether a resource survives the way through JSON.
pub(crate) fn check(root: &Node) -> Result<()> {
    if has_repeated_key(root) {
        return Err(repeated_keys(root));
    }
    if has_tabbed_block(root)
        && let Err(error) = yaml::parse_first(&yaml::emit(root))
    {
        return fail(format!("yaml: {error}"));
    }
    check_below(root, false, true)
}

fn check_below(at: &Node, flow: bool, top: bool) -> Result<()> {
    let flow = flow || at.style == Style::Flow;
    match &at.kind {
        NodeKind::Mapping(entries) => {
            for (key, value) in entries {
                if !top && !node::is_text_key(key) {
                    return fail("json: unsupported type: map[interface {}]interface {}");
                }
                check_below(value, flow, false)?;
            }
            Ok(())
        }
        NodeKind::Sequence(items) => {
            items.iter().try_for_each(|item| check_below(item, flow, false))
        }
        NodeKind::Scalar(_) if at.tag.is_none() && at.implied == yaml::Implied::FromText => {
            match at.style == Style::Plain && node::value(at).starts_with(['.', '-', '+']) {
                true => finite(typed(at, flow)?),
                false => Ok(()),
            }
        }
        _ => finite(typed(at, flow)?),
    }
}

fn finite(typed: Typed<'_>) -> Result<()> {
    match typed {
        Typed::Float(number) if !number.is_finite() => {
            fail(format!("json: unsupported value: {}", go::plain_float(number)))
        }
        _ => Ok(()),
    }
}

/// A block scalar that begins with a tab is printed in a form that cannot be read.
fn has_tabbed_block(at: &Node) -> bool {
    match &at.kind {
        NodeKind::Mapping(entries) => entries.iter().any(|(_, value)| has_tabbed_block(value)),
        NodeKind::Sequence(items) => items.iter().any(has_tabbed_block),
        NodeKind::Scalar(text) => {
            let block = matches!(at.style, Style::Literal | Style::Folded)
                || (at.style == Style::Plain && text.contains('\n'));
            block && text.starts_with('\t')
        }
        NodeKind::Alias(_) => false,
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

fn has_repeated_key(at: &Node) -> bool {
    match &at.kind {
        NodeKind::Mapping(entries) => {
            repeats(entries) || entries.iter().any(|(_, value)| has_repeated_key(value))
        }
        NodeKind::Sequence(items) => items.iter().any(has_repeated_key),
        _ => false,
    }
}

fn repeats(entries: &[(Node, Node)]) -> bool {
    if entries.len() <= 16 {
        let key = |at: usize| entries[at].0.as_scalar();
        return (1..entries.len()).any(|at| (0..at).any(|before| key(before) == key(at)));
    }
    let mut keys: Vec<_> = entries.iter().map(|(key, _)| key.as_scalar()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

/// The error names lines of the printed text, so it is printed and read again.
fn repeated_keys(root: &Node) -> BuildError {
    let text = yaml::emit(root);
    let mut problems = Vec::new();
    if let Ok(Some(read)) = yaml::parse_first(&text) {
        collect_repeated(&read, &mut problems);
    }
    BuildError(format!("yaml: unmarshal errors:\n{}", problems.join("\n")))
}

fn collect_repeated(at: &Node, problems: &mut Vec<String>) {
    match &at.kind {
        NodeKind::Mapping(entries) => {
            let found = problems.len();
            for (index, (first, _)) in entries.iter().enumerate() {
                for (second, _) in &entries[index + 1..] {
                    if first.as_scalar() == second.as_scalar() {
                        problems.push(format!(
                            "  line {}: mapping key {} already defined at line {}",
                            second.place.line,
                            go::quote(node::value(second)),
                            first.place.line
                        ));
                    }
                }
            }
            if problems.len() == found {
                entries.iter().for_each(|(_, value)| collect_repeated(value, problems));
            }
        }
        NodeKind::Sequence(items) => items.iter().for_each(|item| collect_repeated(item, problems)),
        _ => {}
    }
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
