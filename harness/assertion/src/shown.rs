//! Values as people read them: one line of compact YAML, or a block.

use objects::Value;

/// Longest text shown on one line, in characters.
const WIDTH: usize = 400;

/// A value on one line, shortened where it is long.
pub(crate) fn line(value: &Value) -> String {
    let mut out = String::new();
    flow(value, &mut out);
    shorten(&out)
}

/// `absent`, or the value on one line.
pub(crate) fn found(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".to_owned(), line)
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= WIDTH {
        return text.to_owned();
    }
    let cut: String = text.chars().take(WIDTH).collect();
    format!("{cut}…")
}

fn flow(value: &Value, out: &mut String) {
    match value {
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                flow(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (at, (key, item)) in map.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                out.push_str(&text(key));
                out.push_str(": ");
                flow(item, out);
            }
            out.push('}');
        }
        plain => out.push_str(&scalar(plain)),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::String(string) => text(string),
        Value::List(_) => "[]".to_owned(),
        Value::Map(_) => "{}".to_owned(),
    }
}

/// A text, quoted where YAML 1.1 or 1.2 would read it as something else.
pub(crate) fn text(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./ @()'".contains(c) || c == ':' || c == '=';
    let safe = text.starts_with(|c: char| c.is_alphabetic() || c == '/')
        && text.chars().all(plain)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !is_keyword(text);
    if safe { text.to_owned() } else { objects::to_json(&Value::from(text)) }
}

fn is_keyword(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(&lower.as_str())
}

/// A value as a block of YAML, each line with this indent.
pub(crate) fn block(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Map(map) if !map.is_empty() => {
            for (key, item) in map.iter() {
                out.push_str(&format!("{pad}{}:", text(key)));
                entry(item, indent, out);
            }
        }
        Value::List(items) if !items.is_empty() => {
            for item in items.iter() {
                let mut inner = String::new();
                block(item, indent + 2, &mut inner);
                let first = inner.strip_prefix(&format!("{pad}  ")).unwrap_or(&inner);
                out.push_str(&format!("{pad}- {first}"));
            }
        }
        plain => out.push_str(&format!("{pad}{}\n", scalar(plain))),
    }
}

fn entry(item: &Value, indent: usize, out: &mut String) {
    match item {
        Value::Map(map) if !map.is_empty() => {
            out.push('\n');
            block(item, indent + 2, out);
        }
        Value::List(items) if !items.is_empty() => {
            out.push('\n');
            block(item, indent, out);
        }
        Value::String(string) if string.contains('\n') => literal(string, indent + 2, out),
        plain => out.push_str(&format!(" {}\n", scalar(plain))),
    }
}

/// A text of several lines, as a literal block where that keeps it whole.
fn literal(text: &str, indent: usize, out: &mut String) {
    let odd = |line: &str| line.starts_with([' ', '\t']) || line.contains(char::is_control);
    if text.lines().any(odd) || text.contains('\r') {
        out.push_str(&format!(" {}\n", objects::to_json(&Value::from(text))));
        return;
    }
    let keep = if text.ends_with("\n\n") {
        "|+"
    } else if text.ends_with('\n') {
        "|"
    } else {
        "|-"
    };
    out.push_str(&format!(" {keep}\n"));
    for line in text.lines() {
        let pad = if line.is_empty() { 0 } else { indent };
        out.push_str(&format!("{}{line}\n", " ".repeat(pad)));
    }
}
