//! YAML: `toYaml`, `fromYaml` and their kin, by sigs.k8s.io/yaml and go-yaml v3.

use std::sync::Arc;

use yaml::{Canonical, Implied, Node, NodeKind};

use super::json::json_float;
use super::strings::string;
use super::{Answer, Entry, refuse, text};
use crate::bounds;
use crate::data::{floats, read_map, read_yaml};
use crate::go;
use crate::template::Param::{Any, Str};
use crate::value::{Dict, ItemType, List, MapType, Val};

/// How deep values may nest.
const DEPTH: usize = crate::bounds::NESTING;

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "toYaml" => (&[Any], None, |_, a| string(to_yaml(&a[0]))),
        "mustToYaml" => (&[Any], None, |_, a| write(&a[0]).map_or_else(refuse, string)),
        "toYamlPretty" => (&[Any], None, |_, a| Ok(Val::str(pretty(&a[0]).unwrap_or_default()))),
        "fromYaml" => (&[Str], None, |_, a| from_yaml(text(&a[0]))),
        "fromYamlArray" => (&[Str], None, |_, a| from_yaml_array(text(&a[0]))),
        _ => return None,
    };
    Some(entry)
}

/// `toYaml`: nothing where it cannot be written.
pub(crate) fn to_yaml(value: &Val) -> String {
    write(value).unwrap_or_default()
}

fn write(value: &Val) -> Result<String, String> {
    let mut out = Canonical::new();
    emit(value, &mut out, 0)?;
    let mut text = out.finish();
    if text.len() > bounds::LONGEST {
        bounds::too_long();
    }
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

fn emit(value: &Val, out: &mut Canonical, depth: usize) -> Result<(), String> {
    if depth > DEPTH {
        return Err(format!("the value nests deeper than {DEPTH} levels"));
    }
    // A line of YAML costs more than a look at a value.
    if !bounds::spend(40) {
        return Err("the value is too large".to_owned());
    }
    match value {
        Val::Missing | Val::Nil => out.plain("null"),
        Val::Bool(flag) => out.plain(if *flag { "true" } else { "false" }),
        Val::Int(number, _) => out.plain(&number.to_string()),
        Val::Float(number) => out.plain(&float(*number)?),
        Val::Str(text) => {
            // Long texts count for what they weigh.
            if !bounds::spend(text.len() / 64) {
                return Err("the value is too large".to_owned());
            }
            out.text(&clean(text));
        }
        Val::List(List { of: ItemType::NilAny | ItemType::NilString, .. })
        | Val::Map(Dict { of: MapType::NilString, .. }) => out.plain("null"),
        Val::List(list) => {
            let items = list.items.borrow();
            out.start_sequence(items.is_empty());
            for item in items.iter() {
                emit(item, out, depth + 1)?;
            }
            out.end();
        }
        Val::Map(map) => {
            let entries = map.entries.borrow();
            let mut entries: Vec<_> = entries.iter().collect();
            yaml::sort_by_key(&mut entries, &|(key, _)| key);
            out.start_mapping(entries.is_empty());
            for (key, value) in entries {
                out.key(&clean(key));
                emit(value, out, depth + 1)?;
            }
            out.end();
        }
        Val::Native(native) => match native.bytes() {
            Some(bytes) => out.text(&super::encoding::base64(bytes)),
            None => emit(&native.plain(), out, depth + 1)?,
        },
    }
    Ok(())
}

/// Bytes that are no UTF-8 become the replacement character on the way through JSON.
fn clean(text: &str) -> std::borrow::Cow<'_, str> {
    if text.chars().any(go::is_stranger) {
        text.replace(go::is_stranger, "\u{fffd}").into()
    } else {
        text.into()
    }
}

/// A number after its way through JSON: whole where it can be.
fn float(number: f64) -> Result<String, String> {
    const TOP: f64 = 18_446_744_073_709_551_616.0;
    const BOTTOM: f64 = -9_223_372_036_854_775_808.0;
    if !number.is_finite() {
        return Err(format!("json: unsupported value: {}", go::format_float(number, 21)));
    }
    if number == 0.0 {
        return Ok(if number.is_sign_negative() { "-0" } else { "0" }.to_owned());
    }
    if number.fract() == 0.0 && (BOTTOM..TOP).contains(&number) {
        return Ok(json_float(number));
    }
    Ok(yaml::format_float(number))
}

fn from_yaml(text: &str) -> Answer {
    Ok(match read_map(text) {
        Ok(map) => Val::from(&floats(objects::Value::Map(Arc::new(map)))),
        Err(problem) => Val::dict([("Error".into(), Val::str(problem))]),
    })
}

fn from_yaml_array(text: &str) -> Answer {
    let problem = match read_yaml(text) {
        Ok(list @ objects::Value::List(_)) => return Ok(Val::from(&floats(list))),
        Ok(objects::Value::Null) => return Ok(Val::list(Vec::new())),
        Ok(other) => format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value \
             of type []interface {{}}",
            crate::data::kind_of(&other)
        ),
        Err(problem) => problem,
    };
    Ok(Val::list(vec![Val::str(problem)]))
}

/// go-yaml v3 with an indent of 2, in which lists are indented below their keys.
fn pretty(value: &Val) -> Option<String> {
    Some(pretty_lines(value, 0)?.join("\n"))
}

fn pretty_lines(value: &Val, depth: usize) -> Option<Vec<String>> {
    if depth > DEPTH || !bounds::spend(1) {
        return None;
    }
    let mut lines = Vec::new();
    match value {
        Val::Native(native) => return pretty_lines(&native.plain(), depth + 1),
        Val::Map(map) if !map.entries.borrow().is_empty() => {
            let entries = map.entries.borrow();
            let mut entries: Vec<_> = entries.iter().collect();
            yaml::sort_by_key(&mut entries, &|(key, _)| key);
            for (key, value) in entries {
                if is_block(value) {
                    let head = entry_text(text_node(key), Node::scalar(""));
                    lines.push(head.trim_end().to_owned());
                    let inner = pretty_lines(value, depth + 1)?;
                    lines.extend(inner.into_iter().map(|line| indented(&line)));
                } else {
                    let text = entry_text(text_node(key), scalar_node(value));
                    lines.extend(
                        text.strip_suffix('\n').unwrap_or(&text).split('\n').map(str::to_owned),
                    );
                }
            }
        }
        Val::List(list) if !list.items.borrow().is_empty() => {
            for item in list.items.borrow().iter() {
                for (at, line) in pretty_lines(item, depth + 1)?.into_iter().enumerate() {
                    lines.push(if at == 0 { format!("- {line}") } else { indented(&line) });
                }
            }
        }
        value => {
            let text = yaml::emit(&scalar_node(value));
            lines.extend(text.strip_suffix('\n').unwrap_or(&text).split('\n').map(str::to_owned));
        }
    }
    Some(lines)
}

fn indented(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("  {line}") }
}

/// Whether it stands on lines of its own.
fn is_block(value: &Val) -> bool {
    match value {
        Val::Map(map) => !map.entries.borrow().is_empty(),
        Val::List(list) => !list.items.borrow().is_empty(),
        Val::Native(native) => is_block(&native.plain()),
        _ => false,
    }
}

fn entry_text(key: Node, value: Node) -> String {
    yaml::emit(&Node::new(NodeKind::Mapping(vec![(key, value)])))
}

fn scalar_node(value: &Val) -> Node {
    match value {
        Val::Bool(flag) => Node::scalar(flag.to_string()),
        Val::Int(number, _) => Node::scalar(number.to_string()),
        Val::Float(number) => Node::scalar(yaml::format_float(*number)),
        Val::Str(text) => text_node(text),
        Val::List(_) => Node::new(NodeKind::Sequence(Vec::new())),
        Val::Map(_) => Node::new(NodeKind::Mapping(Vec::new())),
        Val::Native(native) => scalar_node(&native.plain()),
        Val::Missing | Val::Nil => Node::scalar("null"),
    }
}

fn text_node(text: &str) -> Node {
    let mut node = Node::scalar(text);
    node.implied = Implied::Text;
    node
}
