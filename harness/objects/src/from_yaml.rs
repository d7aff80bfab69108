//! From YAML nodes to values, as Kubernetes tools read YAML.

use std::collections::BTreeMap;
use std::sync::Arc;

use yaml::{Node, NodeKind, Scalar, Schema};

use crate::{Map, Value};

/// Why a YAML text gives no values.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LoadError {
    /// It is not YAML.
    #[error("yaml: {0}")]
    Syntax(#[from] yaml::Error),
    /// An alias without its anchor, a key that is a collection, a merge of no map.
    #[error("yaml: line {line}: {problem}", line = place.line)]
    Meaning {
        /// What is wrong.
        problem: String,
        /// Where.
        place: yaml::Place,
    },
}

/// Reads every document of a text; empty documents are left out.
///
/// # Errors
/// If the text is not YAML or cannot be expressed as JSON.
pub fn load_yaml(text: &str, schema: Schema) -> Result<Vec<Value>, LoadError> {
    let documents = yaml::parse(text)?;
    let values = documents.iter().map(|node| value_of(node, schema));
    values.filter(|value| !matches!(value, Ok(Value::Null))).collect()
}

/// The value of one document: aliases expanded (bounded), `<<` merged, keys as text.
///
/// # Errors
/// If it cannot be expressed as JSON.
pub fn value_of(root: &Node, schema: Schema) -> Result<Value, LoadError> {
    let mut reader =
        Reader { schema, anchors: BTreeMap::new(), budget: yaml::Limits::default().expanded_nodes };
    reader.value(root)
}

struct Reader<'a> {
    schema: Schema,
    anchors: BTreeMap<&'a str, (Value, usize)>,
    budget: usize,
}

impl<'a> Reader<'a> {
    fn value(&mut self, node: &'a Node) -> Result<Value, LoadError> {
        let before = self.budget;
        self.spend(1, node)?;
        let value = match &node.kind {
            NodeKind::Scalar(_) => scalar(node, self.schema),
            NodeKind::Sequence(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.value(item)).collect();
                items?.into()
            }
            NodeKind::Mapping(entries) => self.mapping(entries)?,
            NodeKind::Alias(name) => return self.alias(name, node),
        };
        if let Some(anchor) = &node.anchor {
            self.anchors.insert(anchor, (value.clone(), before - self.budget));
        }
        Ok(value)
    }

    fn alias(&mut self, name: &str, node: &Node) -> Result<Value, LoadError> {
        let found = self.anchors.get(name).cloned();
        let (value, size) =
            found.ok_or_else(|| wrong(format!("unknown anchor '{name}' referenced"), node))?;
        self.spend(size, node)?;
        Ok(value)
    }

    fn mapping(&mut self, entries: &'a [(Node, Node)]) -> Result<Value, LoadError> {
        let mut merged = Vec::new();
        let mut own: Vec<(Arc<str>, Value)> = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if key.style == yaml::Style::Plain && key.as_scalar() == Some("<<") {
                let value_node = value;
                let value = self.value(value_node)?;
                merge(&mut merged, value, value_node)?;
            } else {
                let key = self.key(key)?;
                own.push((key, self.value(value)?));
            }
        }
        merged.extend(own);
        Ok(merged.into_iter().collect::<Map>().into())
    }

    fn key(&mut self, node: &'a Node) -> Result<Arc<str>, LoadError> {
        match self.value(node)? {
            Value::String(text) => Ok(text),
            Value::Null => Ok("null".into()),
            Value::Bool(flag) => Ok(flag.to_string().into()),
            Value::Int(number) => Ok(number.to_string().into()),
            Value::Float(number) => Ok(number.to_string().into()),
            Value::List(_) | Value::Map(_) => Err(wrong("invalid map key".to_owned(), node)),
        }
    }

    fn spend(&mut self, nodes: usize, node: &Node) -> Result<(), LoadError> {
        let left = self.budget.checked_sub(nodes);
        self.budget =
            left.ok_or_else(|| wrong("document contains excessive aliasing".to_owned(), node))?;
        Ok(())
    }
}

fn merge(into: &mut Vec<(Arc<str>, Value)>, value: Value, node: &Node) -> Result<(), LoadError> {
    match value {
        Value::Map(map) => into.extend(map.iter().map(|(k, v)| (k.clone(), v.clone()))),
        Value::List(items) => {
            for item in items.iter().rev() {
                merge(into, item.clone(), node)?;
            }
        }
        _ => {
            return Err(wrong(
                "map merge requires map or sequence of maps as the value".to_owned(),
                node,
            ));
        }
    }
    Ok(())
}

fn scalar(node: &Node, schema: Schema) -> Value {
    match yaml::resolve(node, schema) {
        Scalar::Null => Value::Null,
        Scalar::Bool(flag) => Value::Bool(flag),
        Scalar::Int(number) => Value::Int(number),
        Scalar::Float(number) => Value::Float(number),
        Scalar::Text(text) => text.into(),
    }
}

fn wrong(problem: String, node: &Node) -> LoadError {
    LoadError::Meaning { problem, place: node.place }
}
