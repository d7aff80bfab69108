//! The index of a chart repository, read.
//!
//! Rules from helm: pkg/repo (what an index must hold), and fluxcd/source-controller:
//! internal/helm/repository (which version is meant).

use std::collections::BTreeMap;

use objects::{Map, Value};
use semver::Version;

use crate::semver_range::{Range, parse_version};

/// An index.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Index {
    pub(super) top: Value,
    /// Versions by chart, newest first.
    pub(super) entries: BTreeMap<String, Vec<Value>>,
}

/// The version of a chart that an index names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Where it lies, relative to the repository or absolute.
    pub(crate) urls: Vec<String>,
}

const KNOWN: [&str; 6] =
    ["serverInfo", "apiVersion", "generated", "entries", "publicKeys", "annotations"];

impl Index {
    /// Reads an index in YAML or JSON; versions that are no charts are left out.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        if bytes.is_empty() {
            return Err("empty index.yaml file".to_owned());
        }
        let text = String::from_utf8_lossy(bytes);
        let documents = objects::load_yaml(&text, yaml::Schema::Yaml11)
            .map_err(|cause| format!("error converting YAML to JSON: {cause}"))?;
        let top = documents.into_iter().next().unwrap_or_default();
        let decoding = |problem: String| {
            Err(format!("error unmarshaling JSON: while decoding JSON: json: {problem}"))
        };
        if !top.is_null() && top.as_map().is_none() {
            let kind = kind_of(&top);
            return decoding(format!(
                "cannot unmarshal {kind} into Go value of type repo.IndexFile"
            ));
        }
        let unknown = top.as_map().into_iter().flat_map(Map::keys);
        if let Some(key) = unknown.into_iter().find(|key| !KNOWN.contains(&key.as_ref())) {
            return decoding(format!("unknown field {:?}", key.as_ref()));
        }
        if top.str_at(&["apiVersion"]).is_none_or(str::is_empty) {
            return Err("no API version specified".to_owned());
        }
        let charts = match top.get("entries") {
            None | Some(Value::Null) => None,
            Some(Value::Map(map)) => Some(map),
            Some(other) => {
                let kind = kind_of(other);
                return decoding(format!(
                    "cannot unmarshal {kind} into Go struct field IndexFile.entries of type map[string]repo.ChartVersions"
                ));
            }
        };
        let entries = charts.into_iter().flat_map(|map| map.iter());
        let entries = entries.map(|(name, list)| (name.to_string(), versions(list))).collect();
        Ok(Self { top, entries })
    }

    /// The version of a chart that a name and a range mean.
    pub(crate) fn find(&self, name: &str, range: &str) -> Result<Wanted, String> {
        let versions = self.entries.get(name).ok_or("no chart name found")?;
        if versions.is_empty() {
            return Err("no chart version found".to_owned());
        }
        let of = |entry: &Value| entry.str_at(&["version"]).unwrap_or_default().to_owned();
        if let Some(exact) = versions.iter().find(|entry| !range.is_empty() && of(entry) == range) {
            return Ok(wanted(exact));
        }
        let range_or_any = if range.is_empty() { "*" } else { range };
        let constraint = Range::parse(range_or_any)?;
        let mut best: Option<(Version, &Value)> = None;
        for entry in versions {
            let Some(version) = parse_version(&of(entry)) else { continue };
            if constraint.allows(&version)
                && best
                    .as_ref()
                    .is_none_or(|(known, other)| is_newer((&version, entry), (known, other)))
            {
                best = Some((version, entry));
            }
        }
        let none = || format!("no '{name}' chart with version matching '{range}' found");
        best.map(|(_, entry)| wanted(entry)).ok_or_else(none)
    }
}

fn is_newer((version, entry): (&Version, &Value), (known, other): (&Version, &Value)) -> bool {
    let created = |entry: &Value| entry.str_at(&["created"]).unwrap_or_default().to_owned();
    match version.cmp_precedence(known) {
        std::cmp::Ordering::Equal => created(entry) > created(other),
        order => order.is_gt(),
    }
}

fn wanted(entry: &Value) -> Wanted {
    let text = |key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
    let urls = entry.list_at(&["urls"]).iter().filter_map(Value::as_str);
    Wanted { name: text("name"), version: text("version"), urls: urls.map(str::to_owned).collect() }
}

/// The versions that are charts, newest first; those that are no versions come last.
fn versions(list: &Value) -> Vec<Value> {
    let list = list.as_list().unwrap_or_default().iter().filter(|entry| entry.as_map().is_some());
    let text = |entry: &Value, key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
    let is_valid = |entry: &&Value| {
        let name = text(entry, "name");
        !name.is_empty()
            && !name.contains(['/', '\\'])
            && loose_version(&text(entry, "version")).is_some()
    };
    let mut kept: Vec<(Option<Version>, Value)> = list
        .filter(is_valid)
        .map(|entry| (loose_version(&text(entry, "version")), entry.clone()))
        .collect();
    kept.sort_by(|(one, _), (other, _)| match (one, other) {
        (Some(one), Some(other)) => other.cmp_precedence(one),
        _ => std::cmp::Ordering::Equal,
    });
    kept.into_iter().map(|(_, entry)| entry).collect()
}

/// A version of one to three parts, as Masterminds' `NewVersion` reads it.
fn loose_version(text: &str) -> Option<Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let core = text.split(['-', '+']).next().unwrap_or_default();
    let missing = match core.split('.').count() {
        1 => ".0.0",
        2 => ".0",
        _ => "",
    };
    Version::parse(&format!("{core}{missing}{}", &text[core.len()..])).ok()
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::List(_) => "array",
        Value::Map(_) => "object",
        _ => "number",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "apiVersion: v1\nentries:\n  app:\n\
        \x20 - {apiVersion: v2, name: app, version: 1.0.0, urls: [app-1.0.0.tgz]}\n\
        \x20 - {apiVersion: v2, name: app, version: 2.0.0-rc.1, urls: [app-2.0.0-rc.1.tgz]}\n\
        \x20 - {apiVersion: v2, name: app, version: 1.10.0, urls: [app-1.10.0.tgz]}\n\
        \x20 - {apiVersion: v2, name: app, version: one}\n\
        \x20 empty: []\n";

    #[test]
    fn a_range_means_its_newest_version() {
        let index = Index::parse(INDEX.as_bytes()).unwrap();
        let find = |name: &str, range: &str| {
            index.find(name, range).map(|found| found.version).unwrap_or_else(|problem| problem)
        };
        for (name, range, expected) in [
            ("app", "", "1.10.0"),
            ("app", "*", "1.10.0"),
            ("app", "1.0.x", "1.0.0"),
            ("app", "2.0.0-rc.1", "2.0.0-rc.1"),
            ("app", ">=2.0.0-0", "2.0.0-rc.1"),
            ("app", "3.x", "no 'app' chart with version matching '3.x' found"),
            ("app", "one", "improper constraint: \"one\""),
            ("nope", "", "no chart name found"),
            ("empty", "", "no chart version found"),
        ] {
            assert_eq!(find(name, range), expected, "{name} {range}");
        }
    }

    #[test]
    fn an_index_that_is_none_is_refused_in_helms_words() {
        for (text, expected) in [
            ("", "empty index.yaml file"),
            ("entries: {}\n", "no API version specified"),
            (
                "apiVersion: v1\nfoo: 1\n",
                "error unmarshaling JSON: while decoding JSON: json: unknown field \"foo\"",
            ),
            (
                "text\n",
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type repo.IndexFile",
            ),
        ] {
            assert_eq!(Index::parse(text.as_bytes()).unwrap_err(), expected);
        }
    }
}
