//! Whole files: everything but the opened values stays as it was written.
//!
//! Start at [`decrypt_file`].

use objects::{Map, Value};
use yaml::{Implied, Node, NodeKind};

use crate::format::bears;
use crate::{Error, Format, Keys, cipher, decrypt};

/// Opens a file; `None` where it does not bear the mark of its format and is plain.
///
/// # Errors
/// If it cannot be read or opened.
pub fn decrypt_file(
    bytes: &[u8],
    format: Format,
    output: Format,
    keys: &Keys,
) -> Result<Option<Vec<u8>>, Error> {
    if !bears(bytes, format) {
        return Ok(None);
    }
    let load = |problem: String| Error::Load { format: format.name(), problem };
    let text = std::str::from_utf8(bytes).map_err(|problem| load(problem.to_string()))?;
    let plain = match format {
        Format::Yaml => yaml_file(text, keys)?,
        Format::Dotenv => dotenv(text, keys)?,
        Format::Ini => return Err(Error::Unknown("an INI file")),
        Format::Json | Format::Binary => {
            let read = objects::from_json(bytes).map_err(|problem| load(problem.to_string()))?;
            let plain = decrypt(&read, keys)?;
            match (output, plain.str_at(&["data"])) {
                (Format::Json, _) | (_, None) => json(&plain, 0) + "\n",
                (_, Some(data)) => data.to_owned(),
            }
        }
    };
    Ok(Some(plain.into_bytes()))
}

/// Every document of a file on its own: values opened where they stand, `sops` cut out.
fn yaml_file(text: &str, keys: &Keys) -> Result<String, Error> {
    let load = |problem: &dyn std::fmt::Display| Error::Load {
        format: Format::Yaml.name(),
        problem: problem.to_string(),
    };
    let documents = yaml::parse(text).map_err(|problem| load(&problem))?;
    let values =
        objects::load_yaml(text, yaml::Schema::Yaml11).map_err(|problem| load(&problem))?;
    let mut changes: Vec<(usize, usize, String)> = Vec::new();
    let sealed = documents.iter().filter(|document| document.get("sops").is_some());
    let metadata = values.iter().filter_map(|value| value.get("sops"));
    for (document, metadata) in sealed.zip(metadata) {
        let key = keys.data_key(metadata)?;
        open_nodes(document, &key, ("", 0), &mut changes)?;
        changes.extend(without_metadata(document, text));
    }
    changes.sort();
    let mut plain = text.to_owned();
    for (from, to, with) in changes.iter().rev() {
        plain.replace_range(*from..*to, with);
    }
    Ok(plain)
}

fn open_nodes(
    node: &Node,
    key: &[u8],
    (place, column): (&str, usize),
    changes: &mut Vec<(usize, usize, String)>,
) -> Result<(), Error> {
    match &node.kind {
        NodeKind::Mapping(entries) => {
            for (name, value) in entries {
                let named = name.as_scalar().unwrap_or_default();
                if place.is_empty() && named == "sops" {
                    continue;
                }
                let below = format!("{place}{named}:");
                open_nodes(value, key, (&below, name.place.column), changes)?;
            }
        }
        NodeKind::Sequence(items) => {
            for item in items {
                open_nodes(item, key, (place, item.place.column), changes)?;
            }
        }
        NodeKind::Scalar(sealed) if cipher::is_sealed(sealed) => {
            let (plain, kind) = cipher::opened(sealed, key, place)?;
            let from = node.place.offset;
            changes.push((from, from + node.place.length, written(&plain, &kind, column)));
        }
        _ => {}
    }
    Ok(())
}

/// A value as sops writes it behind a key of this column.
fn written(plain: &str, kind: &str, column: usize) -> String {
    if kind != "str" {
        return plain.to_lowercase();
    }
    if plain.contains('\n') {
        let indent = " ".repeat(column + 3);
        let end = if plain.ends_with("\n\n") {
            "+"
        } else if plain.ends_with('\n') {
            ""
        } else {
            "-"
        };
        let lines: Vec<String> = plain
            .trim_end_matches('\n')
            .split('\n')
            .map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") })
            .collect();
        return format!("|{end}\n{}", lines.join("\n"));
    }
    let mut node = Node::scalar(plain);
    node.implied = Implied::Text;
    yaml::emit(&node).trim_end_matches('\n').to_owned()
}

/// The bytes of `sops` at the top of a document, up to what follows.
fn without_metadata(document: &Node, text: &str) -> Option<(usize, usize, String)> {
    let entries = document.entries()?;
    let at = entries.iter().position(|(name, _)| name.as_scalar() == Some("sops"))?;
    let from = entries[at].0.place.offset;
    let next = entries.get(at + 1).map(|(name, _)| name.place.offset);
    let rest = &text[from..];
    let mark = rest.find("\n---").map(|end| from + end + 1);
    let end = next.or(mark).unwrap_or(text.len());
    Some((from, end, String::new()))
}

fn dotenv(text: &str, keys: &Keys) -> Result<String, Error> {
    let mut metadata: Vec<Value> = Vec::new();
    let mut lines = Vec::new();
    for line in text.lines() {
        let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            lines.push((String::new(), line.to_owned()));
            continue;
        };
        let Some(part) = name.strip_prefix("sops_") else {
            lines.push((name.to_owned(), value.to_owned()));
            continue;
        };
        if let Some((number, field)) =
            part.strip_prefix("age__list_").and_then(|rest| rest.split_once("__map_"))
            && let Ok(number) = number.parse::<usize>()
            && number < 1_000
        {
            metadata.resize(metadata.len().max(number + 1), Value::map());
            metadata[number].set(&[field], value.replace("\\n", "\n"));
        }
    }
    let key = keys.data_key(&Value::from([("age", Value::from(metadata))]))?;
    let mut plain = String::new();
    for (name, value) in lines {
        if name.is_empty() {
            plain.push_str(&value);
        } else {
            let value = match cipher::is_sealed(&value) {
                true => cipher::opened(&value, &key, &format!("{name}:"))?.0,
                false => value,
            };
            plain.push_str(&format!("{name}={}", value.replace('\n', "\\n")));
        }
        plain.push('\n');
    }
    Ok(plain)
}

/// JSON with tabs, as sops writes it.
fn json(value: &Value, depth: usize) -> String {
    let indent = "\t".repeat(depth + 1);
    let close = "\t".repeat(depth);
    let block = |open: char, lines: Vec<String>, end: char| match lines.is_empty() {
        true => format!("{open}{end}"),
        false => format!("{open}\n{indent}{}\n{close}{end}", lines.join(&format!(",\n{indent}"))),
    };
    match value {
        Value::Map(map) => block('{', members(map, depth), '}'),
        Value::List(items) => {
            block('[', items.iter().map(|item| json(item, depth + 1)).collect(), ']')
        }
        other => objects::to_json(other),
    }
}

fn members(map: &Map, depth: usize) -> Vec<String> {
    let member = |(name, value): (&std::sync::Arc<str>, &Value)| {
        let name = objects::to_json(&Value::from(&**name));
        format!("{name}: {}", json(value, depth + 1))
    };
    map.iter().map(member).collect()
}
