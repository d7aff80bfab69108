//! The index of a chart repository, written.
//!
//! Keys are sorted and nothing is folded, so that equal charts give equal bytes.

use objects::{Map, Value};

/// An index in YAML. `generated` is its moment, RFC 3339; entries stand in the order given.
pub(crate) fn write(entries: &Map, generated: &str) -> String {
    let top = Value::from([
        ("apiVersion", Value::from("v1")),
        ("entries", entries.clone().into()),
        ("generated", generated.into()),
    ]);
    let mut out = String::new();
    block(&top, 0, &mut out);
    out
}

/// A map or list in block style; everything else on the line it began on.
fn block(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (at, (key, value)) in map.iter().enumerate() {
                if at > 0 || !out.ends_with("- ") {
                    out.push_str(&indent);
                }
                out.push_str(&format!("{}:", scalar(key)));
                below(value, depth, out);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for item in items.iter() {
                out.push_str(&format!("{indent}- "));
                match item {
                    Value::Map(map) if !map.is_empty() => block(item, depth + 1, out),
                    other => out.push_str(&format!("{}\n", inline(other))),
                }
            }
        }
        other => out.push_str(&format!("{}\n", inline(other))),
    }
}

fn below(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Map(map) if !map.is_empty() => {
            out.push('\n');
            block(value, depth + 1, out);
        }
        Value::List(items) if !items.is_empty() => {
            out.push('\n');
            block(value, depth, out);
        }
        other => out.push_str(&format!(" {}\n", inline(other))),
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Map(_) => "{}".to_owned(),
        Value::List(items) if items.is_empty() => "[]".to_owned(),
        other => objects::to_json(other),
    }
}

/// Text in plain style where that reads as the same text, else quoted.
fn scalar(text: &str) -> String {
    if text.chars().any(|c| c.is_control() || (c as u32) > 0x7e) {
        return objects::to_json(&text.into());
    }
    let is_plain = !text.is_empty()
        && text.trim() == text
        && !text.starts_with(|c: char| "-?:,[]{}#&*!|>'\"%@`=".contains(c))
        && !text.contains(": ")
        && !text.ends_with(':')
        && !text.contains(" #")
        && resolves_to_text(text);
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

fn resolves_to_text(text: &str) -> bool {
    let read = objects::load_yaml(text, yaml::Schema::Yaml11).unwrap_or_default();
    let is_time = text.len() >= 10
        && text.as_bytes()[..4].iter().all(u8::is_ascii_digit)
        && text.as_bytes()[4] == b'-';
    matches!(read.as_slice(), [Value::String(same)] if **same == *text) && !is_time
}
