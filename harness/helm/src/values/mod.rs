//! What a user gives a chart: values from files, from `--set`, merged.
//!
//! Knows Helm's rules for reading and merging them. Must not know charts. Start at [`Values`].

mod set;

use std::sync::Arc;

use objects::{Map, Value};

use crate::data::{documents, floats, read_map};

/// Values for a chart: a map. Later ones win over earlier ones; null takes a default away.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Values(pub(crate) Map);

/// Why a text gives no values. Prints as Helm does, behind the name of what was read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValuesError(String);

impl Values {
    /// Reads the documents of a YAML text and merges them. Numbers are floating point.
    ///
    /// # Errors
    /// If it is not YAML, or a document is no map.
    pub fn parse(text: &str) -> Result<Self, ValuesError> {
        load_values(text).map(Self).map_err(ValuesError)
    }

    /// Values that came as JSON, such as `spec.values`. Numbers are floating point.
    ///
    /// # Errors
    /// If it is neither a map nor null.
    pub fn of(value: &Value) -> Result<Self, ValuesError> {
        match floats(value.clone()) {
            Value::Null => Ok(Self::default()),
            Value::Map(map) => Ok(Self(Arc::unwrap_or_clone(map))),
            other => Err(ValuesError(format!(
                "json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
                crate::data::kind_of(&other)
            ))),
        }
    }

    /// Lays other values over these, maps into maps (`-f` after `-f`).
    pub fn merge(&mut self, over: &Self) {
        merge_maps(&mut self.0, &over.0);
    }

    /// Reads `a.b=1,c[0]=x` into these values, as `--set` does.
    ///
    /// # Errors
    /// As Helm's `strvals` refuses it.
    pub fn set(&mut self, text: &str) -> Result<(), ValuesError> {
        set::parse_into(text, &mut self.0, set::Kind::Typed).map_err(ValuesError)
    }

    /// As [`Values::set`], every value text (`--set-string`).
    ///
    /// # Errors
    /// As [`Values::set`].
    pub fn set_string(&mut self, text: &str) -> Result<(), ValuesError> {
        set::parse_into(text, &mut self.0, set::Kind::Text).map_err(ValuesError)
    }

    /// As [`Values::set`], every value JSON (`--set-json`); a whole object is merged.
    ///
    /// # Errors
    /// As [`Values::set`].
    pub fn set_json(&mut self, text: &str) -> Result<(), ValuesError> {
        if text.trim_start().starts_with('{') {
            let value = objects::from_json(text.as_bytes());
            let value = value.map_err(|problem| ValuesError(problem.to_string()))?;
            self.merge(&Self::of(&value)?);
            return Ok(());
        }
        set::parse_into(text, &mut self.0, set::Kind::Json).map_err(ValuesError)
    }

    /// The values as one map.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::Map(Arc::new(self.0.clone()))
    }
}

/// Values of a text: its documents, merged (Helm: `LoadValues`).
pub(crate) fn load_values(text: &str) -> Result<Map, String> {
    let mut values = Map::new();
    for document in documents(text) {
        let map = read_map(&document)
            .map_err(|problem| format!("cannot unmarshal yaml document: {problem}"))?;
        let Value::Map(map) = floats(Value::Map(Arc::new(map))) else { continue };
        merge_maps(&mut values, &map);
    }
    Ok(values)
}

/// Lays a map over another (Helm: `MergeMaps`); null is a value like any other.
fn merge_maps(into: &mut Map, over: &Map) {
    if into.is_empty() {
        *into = over.clone();
        return;
    }
    for (key, value) in over {
        match (into.get_mut(key), value) {
            (Some(known @ Value::Map(_)), Value::Map(over)) => {
                let mut inner = known.as_map().cloned().unwrap_or_default();
                merge_maps(&mut inner, over);
                *known = Value::Map(Arc::new(inner));
            }
            _ => {
                into.insert(key.clone(), value.clone());
            }
        }
    }
}
