//! The values of a release: from references, then from the spec.
//!
//! Rules from fluxcd/pkg: chartutil/values. Maps are copied only where both sides have one; what
//! is not copied is shared, so that a write to it shows in the spec's own values, too.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::Target;
use flux::reason;
use helm::Values;
use objects::{Gvk, Map, Object, Value};

use super::end::End;
use super::reconcile::Run;

/// One entry of `spec.valuesFrom`.
struct Reference {
    kind: String,
    name: String,
    key: String,
    target: Option<String>,
    optional: bool,
    literal: bool,
}

/// A problem with a reference; an optional one may only be missing.
enum Trouble {
    Missing(String),
    Wrong(String),
}

type Found = BTreeMap<(String, String), Option<Object>>;

impl Run {
    pub(super) async fn compose_values(&mut self) -> Result<(), End> {
        match self.composed().await {
            Ok(values) => {
                self.values = values;
                Ok(())
            }
            Err(problem) => {
                self.not_ready(reason::VALUES_ERROR, &problem);
                self.event(true, reason::VALUES_ERROR, &problem, Vec::new()).await;
                Err(End::Backoff)
            }
        }
    }

    async fn composed(&self) -> Result<Value, String> {
        let inline = self.spec(&["values"]).filter(|values| values.as_map().is_some());
        let mut inline = inline.cloned().unwrap_or_else(Value::map);
        let mut result = Value::map();
        let mut found = Found::new();
        let references = self.spec(&["valuesFrom"]).and_then(Value::as_list).unwrap_or_default();
        for entry in references {
            let reference = Reference::read(entry);
            let data = match self.data(&reference, &mut found).await {
                Ok(data) => data,
                Err(Trouble::Missing(_)) if reference.optional => continue,
                Err(Trouble::Missing(problem) | Trouble::Wrong(problem)) => return Err(problem),
            };
            if let Some(target) = &reference.target {
                write(&mut result, &mut inline, target, &data, reference.literal)
                    .map_err(|problem| self.unresolved(&reference, &problem))?;
            } else {
                let read = read(&data).map_err(|problem| self.unresolved(&reference, &problem))?;
                result = merge(&result, &read);
            }
        }
        Ok(merge(&result, &inline))
    }

    async fn data(&self, reference: &Reference, found: &mut Found) -> Result<String, Trouble> {
        let Reference { kind, name, key, .. } = reference;
        if !matches!(kind.as_str(), "ConfigMap" | "Secret") {
            let words = "unsupported values reference kind";
            return Err(Trouble::Wrong(self.unresolved(reference, words)));
        }
        let at = (kind.clone(), name.clone());
        if !found.contains_key(&at) {
            let target = Target::new(Gvk::new("", "v1", kind), &self.name.0, name);
            match self.world.api.get(target).await {
                Ok(object) => drop(found.insert(at.clone(), Some(object))),
                Err(status) if status.is_not_found() => {
                    found.insert(at, None);
                    let problem = self.unresolved(reference, &status.to_string());
                    return Err(Trouble::Missing(problem));
                }
                Err(status) => return Err(Trouble::Wrong(status.to_string())),
            }
        }
        let missing = |words: &str| Trouble::Missing(self.unresolved(reference, words));
        let object = found.get(&at).and_then(Option::as_ref);
        let object = object.ok_or_else(|| missing("resource not found"))?;
        let text = object.str_at(&["data", key]).ok_or_else(|| missing("key not found"))?;
        if kind == "ConfigMap" {
            return Ok(text.to_owned());
        }
        let bytes = STANDARD.decode(text).unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn unresolved(&self, reference: &Reference, why: &str) -> String {
        let Reference { kind, name, key, optional, .. } = reference;
        let optional = if *optional { " optional" } else { "" };
        let namespace = &self.name.0;
        format!(
            "could not resolve{optional} {kind} chart values reference '{namespace}/{name}' with \
             key '{key}': {why}"
        )
    }
}

impl Reference {
    fn read(entry: &Value) -> Self {
        let text = |key: &str| entry.str_at(&[key]).filter(|text| !text.is_empty());
        let flag = |key: &str| entry.bool_at(&[key]).unwrap_or(false);
        Self {
            kind: text("kind").unwrap_or_default().to_owned(),
            name: text("name").unwrap_or_default().to_owned(),
            key: text("valuesKey").unwrap_or("values.yaml").to_owned(),
            target: text("targetPath").map(str::to_owned),
            optional: flag("optional"),
            literal: flag("literal"),
        }
    }
}

/// Reads a text of values.
fn read(text: &str) -> Result<Value, String> {
    let read = objects::load_yaml(text, yaml::Schema::Yaml11)
        .map_err(|problem| format!("error converting YAML to JSON: {problem}"))?;
    match read.into_iter().next() {
        None | Some(Value::Null) => Ok(Value::map()),
        Some(value) if value.as_map().is_some() => Ok(whole(&value)),
        Some(other) => Err(format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into Go value \
             of type common.Values",
            other.type_name()
        )),
    }
}

/// Maps merge, everything else replaces.
fn merge(into: &Value, over: &Value) -> Value {
    let (Some(from), Some(to)) = (into.as_map(), over.as_map()) else { return over.clone() };
    let mut map = from.clone();
    for (key, value) in to {
        let merged = match map.get(key) {
            Some(known) if known.as_map().is_some() && value.as_map().is_some() => {
                merge(known, value)
            }
            _ => value.clone(),
        };
        map.insert(key.clone(), merged);
    }
    map.into()
}

/// Writes a value at a path of the result, after the spec's values were merged into it.
fn write(
    result: &mut Value,
    inline: &mut Value,
    path: &str,
    value: &str,
    literal: bool,
) -> Result<(), String> {
    let mut shared = Vec::new();
    find_shared(result, inline, &mut Vec::new(), &mut shared);
    let merged = merge(result, inline);
    let written = set(&merged, path, value, literal)?;
    for path in shared {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        if let Some(new) = written.at(&path).filter(|new| merged.at(&path) != Some(*new)) {
            inline.set(&path, new.clone());
        }
    }
    *result = written;
    Ok(())
}

/// The containers of the spec's values that a merge does not copy.
fn find_shared(
    result: &Value,
    inline: &Value,
    at: &mut Vec<String>,
    shared: &mut Vec<Vec<String>>,
) {
    for (key, value) in inline.as_map().into_iter().flat_map(Map::iter) {
        let is_container = value.as_map().is_some() || value.as_list().is_some();
        if !is_container {
            continue;
        }
        at.push(key.to_string());
        match result.get(key) {
            Some(known) if known.as_map().is_some() && value.as_map().is_some() => {
                find_shared(known, value, at, shared);
            }
            _ => shared.push(at.clone()),
        }
        at.pop();
    }
}

fn set(values: &Value, path: &str, value: &str, literal: bool) -> Result<Value, String> {
    let mut into = Values::of(values).map_err(|problem| problem.to_string())?;
    let quoted = |quote: char| value.starts_with(quote) && value.ends_with(quote);
    let written = if literal {
        into.set_string(&format!("{path}={}", escaped(value)))
    } else if quoted('\'') || quoted('"') {
        into.set_string(&format!("{path}={}", value.trim_matches(['\'', '"'])))
    } else {
        into.set(&format!("{path}={value}"))
    };
    written.map_err(|problem| problem.to_string())?;
    Ok(whole(&into.value()))
}

/// A value as `--set` takes it without reading anything into it.
fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for letter in value.chars() {
        if matches!(letter, '\\' | ',' | '[' | ']' | '{' | '}') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}

/// Numbers without a fraction as whole numbers, as Go's JSON writes them.
pub(super) fn whole(value: &Value) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "whole and small enough")]
        Value::Float(number) if number.fract() == 0.0 && number.abs() < EXACT => {
            Value::Int(*number as i64)
        }
        Value::List(items) => items.iter().map(whole).collect(),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| (key.clone(), whole(value)));
            entries.collect::<Map>().into()
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        objects::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_target_path_survives_only_where_its_parent_is_the_specs_own() {
        for (inline, earlier, path, expected) in [
            (r#"{"a":"I"}"#, "{}", "a", r#"{"a":"I"}"#),
            (r#"{"a":{"b":"I"}}"#, "{}", "a.b", r#"{"a":{"b":"T"}}"#),
            (r#"{"a":{"b":"I"}}"#, r#"{"a":{"c":1}}"#, "a.b", r#"{"a":{"b":"I","c":1}}"#),
            (r#"{"a":["I","J"]}"#, "{}", "a[0]", r#"{"a":["T","J"]}"#),
        ] {
            let (mut result, mut inline) = (json(earlier), json(inline));
            write(&mut result, &mut inline, path, "T", false).unwrap();
            assert_eq!(objects::to_json(&merge(&result, &inline)), expected);
        }
    }

    #[test]
    fn literal_values_stay_as_they_are() {
        let written = set(&Value::map(), "a", "x,y={1}\\", true).unwrap();
        assert_eq!(written.str_at(&["a"]), Some("x,y={1}\\"));
        let written = set(&Value::map(), "a", "'1'", false).unwrap();
        assert_eq!(written.str_at(&["a"]), Some("1"));
    }
}
