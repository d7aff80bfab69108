//! YAML text as a value, by way of JSON as sigs.k8s.io/yaml goes.
//!
//! Source: sigs.k8s.io/yaml `yamlToJSONTarget`: YAML 1.1, keys as text, no infinities.

use std::collections::BTreeMap;
use std::sync::Arc;

use objects::{Map, Value};
use yaml::{Node, NodeKind, Scalar, Schema};

use super::kind_of;
use crate::go;

/// The first document of a text; null for an empty one.
pub(crate) fn read_yaml(text: &str) -> Result<Value, String> {
    let wrong = |problem: String| format!("error converting YAML to JSON: {problem}");
    let root =
        yaml::parse_first(text).map_err(|problem| wrong(format!("yaml: {}", problem.as_v2())))?;
    let Some(root) = root else { return Ok(Value::Null) };
    let mut reader =
        Reader { anchors: BTreeMap::new(), budget: yaml::Limits::default().expanded_nodes };
    reader.value(&root).map_err(wrong)
}

/// [`read_yaml`] into Go's `map[string]interface {}`: a map, empty for null.
pub(crate) fn read_map(text: &str) -> Result<Map, String> {
    match read_yaml(text)? {
        Value::Null => Ok(Map::new()),
        Value::Map(map) => Ok(Arc::unwrap_or_clone(map)),
        other => Err(format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value \
             of type map[string]interface {{}}",
            kind_of(&other)
        )),
    }
}

/// Whole numbers as Go's JSON decoder gives them to untyped values: floating point.
pub(crate) fn floats(value: Value) -> Value {
    match value {
        Value::Int(number) => Value::Float(number as f64),
        Value::List(items) => {
            let items = Arc::unwrap_or_clone(items);
            Value::List(Arc::new(items.into_iter().map(floats).collect()))
        }
        Value::Map(map) => {
            let map = Arc::unwrap_or_clone(map);
            Value::Map(Arc::new(map.into_iter().map(|(key, value)| (key, floats(value))).collect()))
        }
        other => other,
    }
}

/// The documents of a text, cut at lines that begin with `---` as apimachinery's reader does.
pub(crate) fn documents(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut lines = text.split_inclusive('\n').peekable();
    std::iter::from_fn(move || {
        lines.peek()?;
        let mut document = String::new();
        for line in lines.by_ref() {
            let is_separator =
                line.strip_prefix("---").is_some_and(|rest| rest.trim_end().is_empty());
            if is_separator && !document.is_empty() {
                break;
            }
            document.push_str(line);
        }
        Some(document)
    })
}

struct Reader<'a> {
    anchors: BTreeMap<&'a str, (Value, usize)>,
    budget: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, node: &'a Node) -> Result<Value, String> {
        let before = self.budget;
        self.spend(1)?;
        let value = match &node.kind {
            NodeKind::Scalar(_) => scalar(node)?,
            NodeKind::Sequence(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.value(item)).collect();
                Value::List(Arc::new(items?))
            }
            NodeKind::Mapping(entries) => self.mapping(entries)?,
            NodeKind::Alias(name) => return self.alias(name),
        };
        if let Some(anchor) = &node.anchor {
            self.anchors.insert(anchor, (value.clone(), before - self.budget));
        }
        Ok(value)
    }

    fn alias(&mut self, name: &str) -> Result<Value, String> {
        let found = self.anchors.get(name).cloned();
        let (value, size) =
            found.ok_or_else(|| format!("yaml: unknown anchor '{name}' referenced"))?;
        self.spend(size)?;
        Ok(value)
    }

    fn mapping(&mut self, entries: &'a [(Node, Node)]) -> Result<Value, String> {
        let mut merged = Vec::new();
        let mut own: Vec<(Arc<str>, Value)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if key.style == yaml::Style::Plain && key.as_scalar() == Some("<<") {
                merge(&mut merged, self.value(value)?)?;
            } else {
                let key_value = self.value(key)?;
                let value = self.value(value)?;
                own.push((key_text(key_value, &value)?, value));
            }
        }
        if merged.is_empty() {
            return Ok(Value::Map(Arc::new(own.into_iter().collect())));
        }
        merged.extend(own);
        Ok(Value::Map(Arc::new(merged.into_iter().collect())))
    }

    fn spend(&mut self, nodes: usize) -> Result<(), String> {
        let left = self.budget.checked_sub(nodes);
        self.budget = left.ok_or("yaml: document contains excessive aliasing")?;
        Ok(())
    }
}

fn merge(into: &mut Vec<(Arc<str>, Value)>, value: Value) -> Result<(), String> {
    match value {
        Value::Map(map) => into.extend(Arc::unwrap_or_clone(map)),
        Value::List(items) => {
            for item in items.iter().rev() {
                merge(into, item.clone())?;
            }
        }
        _ => return Err("yaml: map merge requires map or sequence of maps as the value".into()),
    }
    Ok(())
}

fn scalar(node: &Node) -> Result<Value, String> {
    Ok(match yaml::resolve(node, Schema::Yaml11) {
        Scalar::Null => Value::Null,
        Scalar::Bool(flag) => Value::Bool(flag),
        Scalar::Int(number) => Value::Int(number),
        Scalar::Float(number) if !number.is_finite() => {
            let shown = go::format_float(number, 21);
            return Err(format!("json: unsupported value: {shown}"));
        }
        Scalar::Float(number) => Value::Float(number),
        Scalar::Text(text) => Value::String(text.into()),
    })
}

fn key_text(key: Value, value: &Value) -> Result<Arc<str>, String> {
    Ok(match key {
        Value::String(text) => text,
        Value::Bool(flag) => flag.to_string().into(),
        Value::Int(number) => number.to_string().into(),
        Value::Float(number) => single_precision(number).into(),
        Value::Null => {
            let value = go::go_syntax(&crate::value::Val::from(value));
            return Err(format!(
                "unsupported map key of type: %!s(<nil>), key: <nil>, value: {value}"
            ));
        }
        Value::List(_) | Value::Map(_) => {
            return Err(format!(
                "yaml: invalid map key: {}",
                go::go_syntax(&crate::value::Val::from(&key))
            ));
        }
    })
}

/// `strconv.FormatFloat(number, 'g', -1, 32)`
pub(super) fn single_precision(number: f64) -> String {
    let short = format!("{:e}", number as f32);
    go::format_float(short.parse().unwrap_or(number), 21)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_those_of_sigs_yaml() {
        for (text, refusal) in [
            (
                "a: [1\n",
                "error converting YAML to JSON: yaml: line 1: did not find expected ',' or ']'",
            ),
            (
                "~: x\n",
                "error converting YAML to JSON: unsupported map key of type: %!s(<nil>), key: <nil>, value: \"x\"",
            ),
            (
                "? [a]\n: b\n",
                "error converting YAML to JSON: yaml: invalid map key: []interface {}{\"a\"}",
            ),
            ("a: .inf\n", "error converting YAML to JSON: json: unsupported value: +Inf"),
            (
                "x\n",
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}",
            ),
        ] {
            assert_eq!(read_map(text).unwrap_err(), refusal, "{text}");
        }
    }

    #[test]
    fn documents_are_cut_at_separator_lines() {
        let cut = |text| documents(text).collect::<Vec<_>>();
        assert_eq!(cut("a: 1\n---\nb: 2\n"), ["a: 1\n", "b: 2\n"]);
        assert_eq!(cut("--- \na: 1\n"), ["--- \na: 1\n"]);
        assert_eq!(cut("a: |\n  ---x\n"), ["a: |\n  ---x\n"]);
    }
}
