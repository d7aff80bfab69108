//! Whether a schema is structural, and walking one by a field path.
//!
//! Source: apiextensions-apiserver `schema/validation.go`.

use objects::Value;

use super::super::node::Node;
use crate::Cause;

/// Where in the schema a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

/// Every structural rule that a schema breaks, sorted by text as the server sorts them.
pub(super) fn validate(schema: &Value, field: &str) -> Vec<Cause> {
    let mut out = Vec::new();
    invariants(schema, Level::Root, field, &mut out, 0);
    out.sort_by_key(ToString::to_string);
    out
}

fn flag(schema: &Value, key: &str) -> bool {
    schema.bool_at(&[key]).unwrap_or(false)
}

fn invariants(schema: &Value, level: Level, field: &str, out: &mut Vec<Cause>, depth: usize) {
    if depth > 100 {
        return;
    }
    let kind = schema.str_at(&["type"]).unwrap_or_default();
    let items = schema.get("items").filter(|items| items.as_map().is_some());
    if kind == "array" && items.is_none() {
        out.push(Cause::required(&format!("{field}.items"), "must be specified"));
    }
    if let Some(items) = items {
        invariants(items, Level::Item, &format!("{field}.items"), out, depth + 1);
    }
    for (name, child) in properties(schema) {
        let place = format!("{field}.properties[{name}]");
        let meta = name.as_ref() == "metadata" && level == Level::Root;
        if !meta {
            invariants(child, Level::Field, &place, out, depth + 1);
        }
    }
    if let Some(values) = schema.get("additionalProperties") {
        let place = format!("{field}.additionalProperties");
        if level == Level::Root && *values != Value::Bool(false) {
            out.push(Cause::forbidden(&place, "must not be used at the root"));
        }
        if values.as_map().is_some() {
            invariants(values, Level::Field, &place, out, depth + 1);
        }
    }
    types(schema, kind, level, field, out);
    resource(schema, kind, level, field, out);
    for key in ["allOf", "anyOf", "oneOf"] {
        for (at, nested_schema) in schema.list_at(&[key]).iter().enumerate() {
            let pattern = flag(schema, "x-kubernetes-int-or-string") && key != "oneOf";
            nested(
                nested_schema,
                &format!("{field}.{key}[{at}]"),
                key == "allOf",
                pattern,
                out,
                depth + 1,
            );
        }
    }
    if let Some(not) = schema.get("not").filter(|not| not.as_map().is_some()) {
        nested(not, &format!("{field}.not"), false, false, out, depth + 1);
    }
    pattern(schema, field, out);
    complete(schema, schema, field, out, 0);
}

fn properties(schema: &Value) -> impl Iterator<Item = (&std::sync::Arc<str>, &Value)> {
    schema.get("properties").and_then(Value::as_map).into_iter().flat_map(|map| map.iter())
}

fn types(schema: &Value, kind: &str, level: Level, field: &str, out: &mut Vec<Cause>) {
    let (embedded, free, mixed) = (
        flag(schema, "x-kubernetes-embedded-resource"),
        flag(schema, "x-kubernetes-preserve-unknown-fields"),
        flag(schema, "x-kubernetes-int-or-string"),
    );
    let place = format!("{field}.type");
    if mixed && free {
        let field = format!("{field}.x-kubernetes-preserve-unknown-fields");
        let detail = "must be false if x-kubernetes-int-or-string is true";
        out.push(Cause::invalid(&field, &true.into(), detail));
    }
    if embedded && kind != "object" {
        let detail = "must be object if x-kubernetes-embedded-resource is true";
        out.push(match kind {
            "" => Cause::required(&place, detail),
            kind => Cause::invalid(&place, &kind.into(), detail),
        });
    } else if kind.is_empty() && !mixed && !free {
        let detail = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        out.push(Cause::required(&place, detail));
    }
    if level == Level::Root && !kind.is_empty() && kind != "object" {
        out.push(Cause::invalid(&place, &kind.into(), "must be object at the root"));
    }
}

fn resource(schema: &Value, kind: &str, level: Level, field: &str, out: &mut Vec<Cause>) {
    let embedded = flag(schema, "x-kubernetes-embedded-resource");
    if embedded && schema.get("additionalProperties").is_some() {
        let detail = "must not be used if x-kubernetes-embedded-resource is set";
        out.push(Cause::forbidden(&format!("{field}.additionalProperties"), detail));
    }
    let _ = kind;
    if level == Level::Root || embedded {
        for key in ["kind", "apiVersion"] {
            let found = schema.at(&["properties", key, "type"]).and_then(Value::as_str);
            if schema.at(&["properties", key]).is_some() && found != Some("string") {
                let place = format!("{field}.properties[{key}].type");
                out.push(Cause::invalid(
                    &place,
                    &found.unwrap_or_default().into(),
                    "must be string",
                ));
            }
        }
        if let Some(meta) = schema.at(&["properties", "metadata"]) {
            metadata(meta, level, &format!("{field}.properties[metadata]"), out);
        }
    }
    let free = flag(schema, "x-kubernetes-preserve-unknown-fields");
    if embedded && !free && properties(schema).next().is_none() {
        let detail = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        out.push(Cause::required(&format!("{field}.properties"), detail));
    }
}

fn metadata(meta: &Value, level: Level, field: &str, out: &mut Vec<Cause>) {
    let kind = meta.str_at(&["type"]).unwrap_or_default();
    if kind != "object" {
        out.push(Cause::invalid(&format!("{field}.type"), &kind.into(), "must be object"));
    }
    if level == Level::Root {
        let named =
            properties(meta).all(|(name, _)| matches!(name.as_ref(), "name" | "generateName"));
        let known = ["type", "properties", "description"];
        let plain =
            meta.as_map().is_some_and(|map| map.keys().all(|key| known.contains(&key.as_ref())));
        if !named || !plain {
            let detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
            out.push(Cause::forbidden(field, detail));
        }
    }
}

fn pattern(schema: &Value, field: &str, out: &mut Vec<Cause>) {
    if let Some(pattern) = schema.str_at(&["pattern"])
        && let Err(error) = regex::Regex::new(pattern)
    {
        let detail = format!("must be a valid regular expression, but isn't: {error}");
        out.push(Cause::invalid(&format!("{field}.pattern"), &pattern.into(), &detail));
    }
}

/// A schema inside `allOf` and the like may only restrict values.
fn nested(
    schema: &Value,
    field: &str,
    rules_allowed: bool,
    mixed_pattern: bool,
    out: &mut Vec<Cause>,
    depth: usize,
) {
    if depth > 100 {
        return;
    }
    let forbid = |out: &mut Vec<Cause>, key: &str, state: &str| {
        let detail = format!("must be {state} to be structural");
        out.push(Cause::forbidden(&format!("{field}.{key}"), &detail));
    };
    if schema.str_at(&["type"]).is_some_and(|kind| !kind.is_empty()) && !mixed_pattern {
        forbid(out, "type", "empty");
    }
    for (key, state) in [("additionalProperties", "undefined"), ("default", "undefined")] {
        if schema.get(key).is_some() {
            forbid(out, key, state);
        }
    }
    for key in ["title", "description"] {
        if schema.str_at(&[key]).is_some_and(|text| !text.is_empty()) {
            forbid(out, key, "empty");
        }
    }
    for key in [
        "nullable",
        "x-kubernetes-preserve-unknown-fields",
        "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string",
    ] {
        if flag(schema, key) {
            forbid(out, key, "false");
        }
    }
    if !schema.list_at(&["x-kubernetes-list-map-keys"]).is_empty() {
        forbid(out, "x-kubernetes-list-map-keys", "empty");
    }
    for key in ["x-kubernetes-list-type", "x-kubernetes-map-type"] {
        if schema.get(key).is_some() {
            forbid(out, key, "undefined");
        }
    }
    if !schema.list_at(&["x-kubernetes-validations"]).is_empty() && !rules_allowed {
        forbid(out, "x-kubernetes-validations", "empty");
    }
    if schema.at(&["properties", "metadata"]).is_some() {
        let detail = "must not be specified in a nested context";
        out.push(Cause::forbidden(&format!("{field}.properties[metadata]"), detail));
    }
    pattern(schema, field, out);
    if let Some(items) = schema.get("items").filter(|items| items.as_map().is_some()) {
        nested(items, &format!("{field}.items"), rules_allowed, false, out, depth + 1);
    }
    for (name, child) in properties(schema) {
        let place = format!("{field}.properties[{name}]");
        nested(child, &place, rules_allowed, false, out, depth + 1);
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for (at, child) in schema.list_at(&[key]).iter().enumerate() {
            nested(
                child,
                &format!("{field}.{key}[{at}]"),
                rules_allowed,
                mixed_pattern,
                out,
                depth + 1,
            );
        }
    }
}

/// Fields that `allOf` and the like speak of must stand in the structure too.
fn complete(schema: &Value, outer: &Value, field: &str, out: &mut Vec<Cause>, depth: usize) {
    if depth > 20 {
        return;
    }
    let lists = ["allOf", "anyOf", "oneOf"].iter().flat_map(|key| {
        let children = schema.list_at(&[key]).iter().enumerate();
        children.map(move |(at, child)| (format!("{key}[{at}]"), child))
    });
    let not = schema.get("not").filter(|not| not.as_map().is_some());
    let all: Vec<_> = lists.chain(not.map(|not| ("not".to_owned(), not))).collect();
    for (step, child) in all {
        for (name, _) in properties(child) {
            let known = outer.at(&["properties", name]).is_some()
                || outer.get("additionalProperties").is_some();
            if !known {
                let place = format!("{field}.properties[{name}]");
                let because = format!("because it is defined in {field}.{step}.properties[{name}]");
                out.push(Cause::required(&place, &because));
            }
        }
        complete(child, outer, field, out, depth + 1);
    }
}

/// The schema at a path such as `.spec.a`; the problem in the server's words.
pub(super) fn field_at<'a>(root: &'a Node, path: &str) -> Result<&'a Node, String> {
    if !path.starts_with(['.', '[']) {
        return Err(format!("expected [ or . but got: {path}"));
    }
    let lost = || "does not refer to a valid field".to_owned();
    path.split('.').skip(1).try_fold(root, |node, step| {
        let (name, key) = match step.split_once('[') {
            Some((name, key)) => (name, Some(key.trim_end_matches(']').trim_matches(['\'', '"']))),
            None => (step, None),
        };
        let found = node.entry(name).ok_or_else(lost)?;
        match key {
            Some(key) => found.entry(key).ok_or_else(lost),
            None => Ok(found),
        }
    })
}
