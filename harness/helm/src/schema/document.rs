//! A schema document: its draft, and where references lead.

use std::collections::BTreeMap;

use crate::go;
use crate::value::Val;

/// How deep a schema may nest.
const DEPTH: usize = 500;

/// The keywords below which stand schemas: one, many by name, many in a list.
const ONE: [&str; 12] = [
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
const BY_NAME: [&str; 6] =
    ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];
const LISTED: [&str; 5] = ["allOf", "anyOf", "items", "oneOf", "prefixItems"];

/// A schema document.
pub(super) struct Document {
    pub(super) root: Val,
    /// 4, 6, 7, 2019 or 2020.
    pub(super) draft: u32,
    /// Schemas by `$id` and by anchor.
    named: BTreeMap<String, Val>,
}

/// What a reference leads to.
pub(super) enum Target {
    Schema(Val),
    /// It leads outside, to something that may be anything.
    Anything,
}

impl Document {
    pub(super) fn new(root: &Val) -> Result<Self, String> {
        let url = root.get("$schema");
        let draft = match url.as_ref().and_then(Val::as_str) {
            None => 2020,
            Some(url) => draft_of(url).ok_or_else(|| {
                let url = go::quote(url.trim_end_matches('#'));
                format!("failing loading {url}: the metaschema is none that is known here")
            })?,
        };
        let mut document = Self { root: root.clone(), draft, named: BTreeMap::new() };
        let mut unknown = None;
        document.walk(root, &mut Vec::new(), &mut unknown);
        match unknown {
            Some(path) => Err(document.bad_type(&path)),
            None => Ok(document),
        }
    }

    /// Notes names, and the first `type` that is none.
    fn walk(&mut self, schema: &Val, path: &mut Vec<String>, unknown: &mut Option<Vec<String>>) {
        if path.len() > DEPTH || !matches!(schema, Val::Map(_)) {
            return;
        }
        for key in ["$id", "id", "$anchor", "$dynamicAnchor"] {
            if let Some(Val::Str(name)) = schema.get(key) {
                let plain = name.trim_end_matches('#').trim_start_matches('#').to_owned();
                self.named.entry(plain).or_insert_with(|| schema.clone());
            }
        }
        if let Some(kind) = schema.get("type")
            && !is_type(&kind)
            && unknown.is_none()
        {
            *unknown = Some(path.clone());
        }
        for (key, inner) in children(schema) {
            let depth = path.len();
            path.extend(key);
            self.walk(&inner, path, unknown);
            path.truncate(depth);
        }
    }

    /// The words for a `type` that is none, as the metaschema of 2020-12 refuses it.
    fn bad_type(&self, path: &[String]) -> String {
        let meta = match self.draft {
            4 => "http://json-schema.org/draft-04/schema#",
            6 => "http://json-schema.org/draft-06/schema#",
            7 => "http://json-schema.org/draft-07/schema#",
            2019 => "https://json-schema.org/draft/2019-09/schema#",
            _ => "https://json-schema.org/draft/2020-12/schema#",
        };
        let mut out = format!(
            "\"file:///values.schema.json#\" is not valid against metaschema: jsonschema validation \
             failed with '{meta}'"
        );
        let mut indent = String::new();
        if self.draft >= 2019 {
            // One level for each schema on the way down.
            let mut at = String::new();
            out.push_str("\n- at '': 'allOf' failed");
            for pair in path.chunks(2) {
                indent.push_str("  ");
                at.push_str(&format!("/{}", pair.join("/")));
                out.push_str(&format!("\n{indent}- at '{at}': 'allOf' failed"));
            }
            indent.push_str("  ");
        }
        let at = path.iter().map(|part| format!("/{part}")).collect::<String>();
        let at = format!("{at}/type");
        let got = self.type_at(path);
        out.push_str(&format!("\n{indent}- at '{at}': 'anyOf' failed"));
        out.push_str(&format!(
            "\n{indent}  - at '{at}': value must be one of 'array', 'boolean', 'integer', 'null', \
             'number', 'object', 'string'"
        ));
        out.push_str(&format!("\n{indent}  - at '{at}': got {got}, want array"));
        out
    }

    fn type_at(&self, path: &[String]) -> &'static str {
        let schema = path.iter().try_fold(self.root.clone(), |at, key| step(&at, key));
        schema.and_then(|schema| schema.get("type")).map_or("string", |kind| type_name(&kind))
    }

    /// Follows a reference.
    pub(super) fn resolve(&self, reference: &str) -> Result<Target, String> {
        let (base, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let start = if base.is_empty() {
            self.root.clone()
        } else if let Some(found) = self.by_name(base) {
            found
        } else if base.starts_with("urn:") {
            return Ok(Target::Anything);
        } else {
            let base =
                if base.contains("://") { base.to_owned() } else { format!("file:///{base}") };
            return Err(format!(
                "failing loading {}: schemas outside of the chart are not loaded here",
                go::quote(&base)
            ));
        };
        if !fragment.is_empty() && !fragment.starts_with('/') {
            return match self.by_name(fragment) {
                Some(found) => Ok(Target::Schema(found)),
                None => Err(format!(
                    "no anchor {} found in {}",
                    go::quote(fragment),
                    go::quote("file:///values.schema.json")
                )),
            };
        }
        let mut at = start;
        for part in fragment.split('/').skip(1) {
            let part = part.replace("%25", "%").replace("~1", "/").replace("~0", "~");
            at = step(&at, &part).ok_or_else(|| {
                format!("json-pointer in \"file:///values.schema.json#{fragment}\" not found")
            })?;
        }
        Ok(Target::Schema(at))
    }

    fn by_name(&self, name: &str) -> Option<Val> {
        let found = self.named.get(name).or_else(|| {
            // A relative reference meets an absolute id by its last part.
            self.named.iter().find(|(id, _)| id.rsplit('/').next() == Some(name)).map(|(_, v)| v)
        });
        found.cloned()
    }
}

fn draft_of(url: &str) -> Option<u32> {
    let url = url.trim_end_matches('#').trim_end_matches('/');
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    Some(match rest {
        "json-schema.org/schema" | "json-schema.org/draft/2020-12/schema" => 2020,
        "json-schema.org/draft/2019-09/schema" => 2019,
        "json-schema.org/draft-07/schema" => 7,
        "json-schema.org/draft-06/schema" => 6,
        "json-schema.org/draft-04/schema" => 4,
        _ => return None,
    })
}

fn is_type(kind: &Val) -> bool {
    const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];
    match kind {
        Val::Str(text) => TYPES.contains(&text.as_ref()),
        Val::List(list) => {
            let items = list.items.borrow();
            items
                .iter()
                .all(|item| item.as_str().is_some_and(|text| TYPES.contains(&text.as_ref())))
        }
        _ => false,
    }
}

/// The kind of a value in the words of JSON Schema.
pub(super) fn type_name(value: &Val) -> &'static str {
    match value {
        Val::Str(_) => "string",
        Val::Bool(_) => "boolean",
        Val::List(_) => "array",
        Val::Map(_) => "object",
        Val::Missing | Val::Nil => "null",
        _ => "number",
    }
}

fn step(at: &Val, key: &str) -> Option<Val> {
    match at {
        Val::List(list) => {
            key.parse::<usize>().ok().and_then(|at| list.items.borrow().get(at).cloned())
        }
        at => at.get(key),
    }
}

/// The schemas directly inside a schema, with the steps that lead there.
fn children(schema: &Val) -> Vec<(Vec<String>, Val)> {
    let mut found = Vec::new();
    for key in ONE {
        if let Some(inner @ Val::Map(_)) = schema.get(key) {
            found.push((vec![key.to_owned()], inner));
        }
    }
    for key in BY_NAME {
        if let Some(Val::Map(map)) = schema.get(key) {
            for (name, inner) in map.entries.borrow().iter() {
                found.push((vec![key.to_owned(), name.to_string()], inner.clone()));
            }
        }
    }
    for key in LISTED {
        if let Some(Val::List(list)) = schema.get(key) {
            for (at, inner) in list.items.borrow().iter().enumerate() {
                found.push((vec![key.to_owned(), at.to_string()], inner.clone()));
            }
        }
    }
    found
}
