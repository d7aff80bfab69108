//! From JSON values to typed fields, with the mistakes in the words of Go's decoder.
//!
//! One rule: decoding goes on after a mistake, and the first one is reported.
//! Start at [`Decoder`].

use std::collections::BTreeMap;

use objects::{Map, Value};
use yaml::Schema;

use crate::error::{BuildError, Result, fail};

/// How a document is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Unknown fields and numbers in place of text are mistakes.
    Strict,
    /// Unknown fields are mistakes; numbers and booleans become text.
    StrictLenient,
    /// Nothing unknown is a mistake; numbers and booleans become text.
    Lenient,
}

pub(crate) struct Decoder {
    mode: Mode,
    mistake: Option<String>,
    path: Vec<String>,
    structs: Vec<&'static str>,
}

impl Decoder {
    pub(crate) fn new(mode: Mode) -> Self {
        Self { mode, mistake: None, path: Vec::new(), structs: Vec::new() }
    }

    /// The first mistake, if there was one.
    pub(crate) fn finish(self) -> Result<()> {
        self.mistake.map_or(Ok(()), fail)
    }

    fn wrong(&mut self, value: &Value, wanted: &str) {
        let found = match value {
            Value::Null => return,
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Float(_) => "number",
            Value::String(_) => "string",
            Value::List(_) => "array",
            Value::Map(_) => "object",
        };
        let place = match self.structs.last() {
            Some(name) => format!("Go struct field {name}.{}", self.path.join(".")),
            None => "Go value".to_owned(),
        };
        let message = format!("json: cannot unmarshal {found} into {place} of type {wanted}");
        self.mistake.get_or_insert(message);
    }

    /// Visits the entries of a struct; `field` says whether it knows the name.
    pub(crate) fn fields(
        &mut self,
        value: &Value,
        name: &'static str,
        known: &[&'static str],
        mut field: impl FnMut(&mut Self, &'static str, &Value),
    ) {
        let Some(map) = self.object(value, name) else { return };
        self.structs.push(name.rsplit('.').next().unwrap_or(name));
        for (key, value) in map {
            let exact = known.iter().find(|known| **known == key.as_ref());
            let found =
                exact.or_else(|| known.iter().find(|known| known.eq_ignore_ascii_case(key)));
            match found {
                Some(known) => {
                    self.path.push((*known).to_owned());
                    field(self, known, value);
                    self.path.pop();
                }
                None if self.mode != Mode::Lenient => {
                    let message = format!("json: unknown field {}", crate::go::quote(key));
                    self.mistake.get_or_insert(message);
                }
                None => {}
            }
        }
        self.structs.pop();
    }

    fn object<'v>(&mut self, value: &'v Value, name: &str) -> Option<&'v Map> {
        if value.as_map().is_none() {
            self.wrong(value, name);
        }
        value.as_map()
    }

    pub(crate) fn text(&mut self, value: &Value) -> String {
        self.text_as(value, "string")
    }

    pub(crate) fn text_as(&mut self, value: &Value, wanted: &str) -> String {
        match value {
            Value::String(text) => text.to_string(),
            Value::Int(number) if self.mode != Mode::Strict => number.to_string(),
            Value::Float(number) if self.mode != Mode::Strict => crate::go::plain_float(*number),
            Value::Bool(flag) if self.mode != Mode::Strict => flag.to_string(),
            other => {
                self.wrong(other, wanted);
                String::new()
            }
        }
    }

    /// Text in a field of an embedded struct: it is named by the way to it, and numbers
    /// never become text there.
    pub(crate) fn embedded(&mut self, value: &Value, holders: &[&str]) -> String {
        if let Value::String(text) = value {
            return text.to_string();
        }
        let own = self.path.pop().unwrap_or_default();
        let depth = self.path.len();
        self.path.extend(holders.iter().map(|holder| (*holder).to_owned()));
        self.path.push(own.clone());
        self.wrong(value, "string");
        self.path.truncate(depth);
        self.path.push(own);
        String::new()
    }

    pub(crate) fn flag(&mut self, value: &Value) -> bool {
        match value {
            Value::Bool(flag) => *flag,
            other => {
                self.wrong(other, "bool");
                false
            }
        }
    }

    pub(crate) fn whole(&mut self, value: &Value, wanted: &str) -> i64 {
        match value {
            Value::Int(number) => *number,
            Value::Float(number) => {
                let place = self.path.join(".");
                let holder = self.structs.last().unwrap_or(&"");
                let message = format!(
                    "json: cannot unmarshal number {} into Go struct field {holder}.{place} of type {wanted}",
                    crate::go::json(&Value::Float(*number))
                );
                self.mistake.get_or_insert(message);
                0
            }
            other => {
                self.wrong(other, wanted);
                0
            }
        }
    }

    pub(crate) fn list<T>(
        &mut self,
        value: &Value,
        wanted: &str,
        mut item: impl FnMut(&mut Self, &Value) -> T,
    ) -> Vec<T> {
        match value {
            Value::List(items) => items.iter().map(|value| item(self, value)).collect(),
            other => {
                self.wrong(other, wanted);
                Vec::new()
            }
        }
    }

    pub(crate) fn texts(&mut self, value: &Value) -> Vec<String> {
        self.list(value, "[]string", Self::text)
    }

    pub(crate) fn text_map(&mut self, value: &Value) -> BTreeMap<String, String> {
        match value {
            Value::Map(map) => {
                map.iter().map(|(key, value)| (key.to_string(), self.text(value))).collect()
            }
            other => {
                self.wrong(other, "map[string]string");
                BTreeMap::new()
            }
        }
    }
}

/// The first document of a text as sigs.k8s.io/yaml reads it into JSON.
pub(crate) fn yaml_to_json(text: &str) -> Result<Value> {
    let document =
        yaml::parse_first(text).map_err(|error| BuildError(format!("yaml: {}", error.as_v2())))?;
    let Some(document) = document else { return Ok(Value::Null) };
    objects::value_of(&document, Schema::Yaml11).map_err(|error| match error {
        objects::LoadError::Syntax(error) => BuildError(format!("yaml: {}", error.as_v2())),
        objects::LoadError::Meaning { problem, .. } => BuildError(format!("yaml: {problem}")),
    })
}

/// Reads a document into a value, with the words that sigs.k8s.io/yaml puts in front.
pub(crate) fn unmarshal<T>(
    text: &str,
    mode: Mode,
    read: impl FnOnce(&mut Decoder, &Value) -> T,
) -> Result<T> {
    let value = yaml_to_json(text)
        .map_err(|error| BuildError(format!("error converting YAML to JSON: {error}")))?;
    let mut decoder = Decoder::new(mode);
    let made = read(&mut decoder, &value);
    let words = "error unmarshaling JSON: while decoding JSON: ";
    decoder.finish().map_err(|error| BuildError(format!("{words}{error}")))?;
    Ok(made)
}
