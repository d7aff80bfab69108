//! Fields of Go structs taken from JSON values, with the decoder's refusals.
//!
//! Source: Go `encoding/json`: names match whatever their case, null leaves a field as it
//! is, and the first mismatch is reported. sigs.k8s.io/yaml turns numbers and booleans into
//! text where a text is wanted.

use std::collections::BTreeMap;
use std::sync::Arc;

use objects::{Map, Value};

use super::read::single_precision;

/// The kind of a JSON value as Go's messages name it.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "array",
        Value::Map(_) => "object",
    }
}

/// The fields of one object and its place in the messages; keeps the first refusal.
pub(crate) struct Fields<'v> {
    map: Option<&'v Map>,
    path: String,
    problem: Option<String>,
}

impl<'v> Fields<'v> {
    /// The fields of a root value for a Go type.
    pub(crate) fn of(value: &'v Value, go_type: &str) -> Self {
        let problem = match value {
            Value::Null | Value::Map(_) => None,
            other => Some(format!("{} into Go value of type {go_type}", kind_of(other))),
        };
        Self { map: value.as_map(), path: String::new(), problem }
    }

    /// Ends with the first refusal met.
    pub(crate) fn finish(self) -> Result<(), String> {
        match self.problem {
            None => Ok(()),
            Some(problem) => Err(format!(
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {problem}"
            )),
        }
    }

    fn get(&self, name: &str) -> Option<&'v Value> {
        let map = self.map?;
        let found = map.get(name);
        let found = found.or_else(|| {
            map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        });
        found.filter(|value| !value.is_null())
    }

    fn refuse(&mut self, name: &str, value: &Value, go_type: &str) {
        if self.problem.is_none() {
            let (kind, path) = (kind_of(value), &self.path);
            self.problem =
                Some(format!("{kind} into Go struct field {path}.{name} of type {go_type}"));
        }
    }

    /// Text; empty where there is none.
    pub(crate) fn text(&mut self, name: &str) -> Arc<str> {
        let Some(value) = self.get(name) else { return "".into() };
        text_of(value).unwrap_or_else(|| {
            self.refuse(name, value, "string");
            "".into()
        })
    }

    /// A truth value; false where there is none.
    pub(crate) fn flag(&mut self, name: &str) -> bool {
        match self.get(name) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                self.refuse(name, other, "bool");
                false
            }
        }
    }

    /// A list of whatever.
    pub(crate) fn list(&mut self, name: &str, go_type: &str) -> &'v [Value] {
        match self.get(name) {
            None => &[],
            Some(Value::List(items)) => items,
            Some(other) => {
                self.refuse(name, other, go_type);
                &[]
            }
        }
    }

    /// A list of texts.
    pub(crate) fn texts(&mut self, name: &str) -> Vec<Arc<str>> {
        let mut texts = Vec::new();
        for item in self.list(name, "[]string") {
            match text_of(item) {
                Some(text) => texts.push(text),
                None if item.is_null() => texts.push("".into()),
                None => self.refuse(name, item, "string"),
            }
        }
        texts
    }

    /// A map from text to text; `None` where there is none.
    pub(crate) fn text_map(&mut self, name: &str) -> Option<BTreeMap<Arc<str>, Arc<str>>> {
        const TYPE: &str = "map[string]string";
        let value = self.get(name)?;
        let Some(map) = value.as_map() else {
            self.refuse(name, value, TYPE);
            return None;
        };
        let mut texts = BTreeMap::new();
        for (key, value) in map {
            match text_of(value) {
                Some(text) => texts.insert(key.clone(), text),
                None if value.is_null() => texts.insert(key.clone(), "".into()),
                None => {
                    self.refuse(name, value, "string");
                    None
                }
            };
        }
        Some(texts)
    }

    /// Reads an object below a field, where there is one.
    pub(crate) fn inside<T>(
        &mut self,
        name: &str,
        go_type: &str,
        read: impl FnOnce(&mut Fields<'v>) -> T,
    ) -> Option<T> {
        let value = self.get(name)?;
        if value.as_map().is_none() {
            self.refuse(name, value, go_type);
            return None;
        }
        Some(self.item(name, value, read))
    }

    /// Reads one object of a list below a field.
    pub(crate) fn item<T>(
        &mut self,
        name: &str,
        value: &'v Value,
        read: impl FnOnce(&mut Fields<'v>) -> T,
    ) -> T {
        let path = format!("{}.{name}", self.path);
        let mut inner = Fields { map: value.as_map(), path, problem: None };
        if !matches!(value, Value::Null | Value::Map(_)) {
            self.refuse(name, value, "object");
        }
        let done = read(&mut inner);
        self.problem = self.problem.take().or(inner.problem);
        done
    }
}

/// Text as sigs.k8s.io/yaml makes it for a field that wants text.
fn text_of(value: &Value) -> Option<Arc<str>> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string().into()),
        Value::Float(number) => Some(single_precision(*number).into()),
        Value::Bool(flag) => Some(flag.to_string().into()),
        Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}
