//! One object as the YAML text that substitution works on.
//!
//! Block style, keys sorted; a text is quoted exactly where it would otherwise read as
//! something else, because what stands unquoted is read anew after substitution.

use objects::Value;

/// The text of a value.
pub(super) fn yaml_of(value: &Value) -> String {
    let mut out = String::new();
    block(value, 0, &mut out);
    out
}

const DEEPEST: usize = 200;

fn block(value: &Value, depth: usize, out: &mut String) {
    let pad = "  ".repeat(depth);
    match value {
        Value::Map(map) if !map.is_empty() && depth < DEEPEST => {
            for (key, value) in map.iter() {
                out.push_str(&pad);
                out.push_str(&scalar(key, depth));
                out.push(':');
                below(value, depth, out);
            }
        }
        Value::List(items) if !items.is_empty() && depth < DEEPEST => {
            for item in items.iter() {
                out.push_str(&pad);
                out.push('-');
                below(item, depth, out);
            }
        }
        other => {
            out.push_str(&pad);
            out.push_str(&leaf(other, depth));
            out.push('\n');
        }
    }
}

fn below(value: &Value, depth: usize, out: &mut String) {
    let nested = match value {
        Value::Map(map) => !map.is_empty(),
        Value::List(items) => !items.is_empty(),
        _ => false,
    };
    if nested {
        out.push('\n');
        block(value, depth + 1, out);
    } else {
        out.push(' ');
        out.push_str(&leaf(value, depth));
        out.push('\n');
    }
}

fn leaf(value: &Value, depth: usize) -> String {
    match value {
        Value::String(text) => scalar(text, depth),
        other => objects::to_json(other),
    }
}

fn scalar(text: &str, depth: usize) -> String {
    if text.contains('\n') {
        return literal(text, depth);
    }
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// A block scalar, or a quoted text where a block cannot hold it.
fn literal(text: &str, depth: usize) -> String {
    let lines: Vec<&str> = text.split('\n').collect();
    let odd = text.starts_with([' ', '\n', '\t'])
        || text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if odd {
        return objects::to_json(&Value::from(text));
    }
    let (chomp, body) = match text.strip_suffix('\n') {
        None => ("-", &lines[..]),
        Some(rest) if rest.ends_with('\n') => ("+", &lines[..lines.len() - 1]),
        Some(_) => ("", &lines[..lines.len() - 1]),
    };
    let pad = "  ".repeat(depth + 1);
    let mut out = format!("|{chomp}");
    for line in body {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&pad);
            out.push_str(line);
        }
    }
    out
}

fn quoted(text: &str) -> String {
    if text.chars().any(char::is_control) {
        return objects::to_json(&Value::from(text));
    }
    if reads_as_other(text) || text.is_empty() {
        return objects::to_json(&Value::from(text));
    }
    format!("'{}'", text.replace('\'', "''"))
}

fn reads_as_other(text: &str) -> bool {
    let values = objects::load_yaml(&format!("v: {text}\n"), yaml::Schema::Yaml11);
    let read = values.ok().and_then(|values| values.into_iter().next());
    read.is_none_or(|value| value.get("v").and_then(Value::as_str) != Some(text))
        || matches!(
            text,
            "y" | "Y"
                | "yes"
                | "Yes"
                | "YES"
                | "on"
                | "On"
                | "ON"
                | "n"
                | "N"
                | "no"
                | "No"
                | "NO"
                | "off"
                | "Off"
                | "OFF"
        )
}

fn is_plain(text: &str) -> bool {
    let marks = [
        '!', '&', '*', '{', '}', '[', ']', ',', '#', '|', '>', '@', '`', '"', '\'', '%', ' ', '\t',
    ];
    let spaced = text.chars().nth(1).is_none_or(char::is_whitespace);
    let starts_badly = text.starts_with(marks)
        || (text.starts_with(['-', '?', ':']) && spaced)
        || text.starts_with("---")
        || text.starts_with("...");
    let breaks = text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ', '\t']);
    let control = text.chars().any(char::is_control);
    let fits = !text.is_empty() && !starts_badly && !breaks && !control;
    fits && !reads_as_other(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_as_it_was() {
        let value = objects::from_json(
            br#"{"a":"${x}","b":["1","true",1,null,"a: b","x #y","- z","",{"c":"l1\nl2\n"},{"d":"l1\n\n  l2"},{"e":" x\ny"}],"m":{},"n":[],"q":"it's","t":"\t","on":"yes","u":"~"}"#,
        )
        .unwrap();
        let text = yaml_of(&value);
        let read = objects::load_yaml(&text, yaml::Schema::Yaml11).unwrap();
        assert_eq!(read, [value], "{text}");
        assert!(text.contains("a: ${x}\n"), "{text}");
    }
}
