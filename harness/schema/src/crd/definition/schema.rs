//! Rules for one OpenAPI v3 schema of a definition.
//!
//! Source: apiextensions-apiserver `ValidateCustomResourceDefinitionOpenAPISchema`.

use std::sync::{Mutex, PoisonError};

use objects::Value;

use super::super::expression;
use super::super::node::Node;
use super::structural;
use crate::Cause;
use crate::apply::same;
use crate::cause::{go_json, quote};

/// Sound schemas of this process: worlds and writes meet the same ones again and again.
static SOUND: Mutex<Vec<Value>> = Mutex::new(Vec::new());
/// More schemas than this are not remembered.
const MOST_SOUND: usize = 512;

/// Every rule that a schema breaks.
pub(super) fn validate(schema: &Value, field: &str, out: &mut Vec<Cause>) {
    let known = SOUND.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if known.iter().any(|known| same(known, schema)) {
        return;
    }
    let before = out.len();
    judge(schema, field, out);
    if out.len() == before {
        let mut sound = SOUND.lock().unwrap_or_else(PoisonError::into_inner);
        if sound.len() >= MOST_SOUND {
            sound.clear();
        }
        sound.push(schema.clone());
    }
}

fn judge(schema: &Value, field: &str, out: &mut Vec<Cause>) {
    if schema.bool_at(&["nullable"]) == Some(true) {
        out.push(Cause::forbidden(
            &format!("{field}.nullable"),
            "nullable cannot be true at the root",
        ));
    }
    let before = out.len();
    walk(schema, field, out, 0);
    let problems = structural::validate(schema, field);
    out.extend(problems);
    if out.len() == before {
        expressions(schema, field, out, 0);
        defaults(schema, field, out, 0);
    }
}

fn each_child(schema: &Value, field: &str, mut visit: impl FnMut(&Value, &str)) {
    let properties = schema.get("properties").and_then(Value::as_map).into_iter().flatten();
    for (name, child) in properties {
        visit(child, &format!("{field}.properties[{name}]"));
    }
    for key in ["additionalProperties", "items", "not"] {
        if let Some(child) = schema.get(key).filter(|child| child.as_map().is_some()) {
            visit(child, &format!("{field}.{key}"));
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for (at, child) in schema.list_at(&[key]).iter().enumerate() {
            visit(child, &format!("{field}.{key}[{at}]"));
        }
    }
}

fn walk(schema: &Value, field: &str, out: &mut Vec<Cause>, depth: usize) {
    if depth > 100 {
        return;
    }
    standard(schema, field, out);
    each_child(schema, field, |child, place| walk(child, place, out, depth + 1));
    if schema.bool_at(&["x-kubernetes-preserve-unknown-fields"]) == Some(false) {
        let place = format!("{field}.x-kubernetes-preserve-unknown-fields");
        out.push(Cause::invalid(&place, &false.into(), "must be true or undefined"));
    }
    map_type(schema, field, out);
    list_type(schema, field, out);
    rules(schema, field, out);
}

fn standard(schema: &Value, field: &str, out: &mut Vec<Cause>) {
    if schema.bool_at(&["uniqueItems"]) == Some(true) {
        let detail =
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        out.push(Cause::forbidden(&format!("{field}.uniqueItems"), detail));
    }
    let both = schema.get("additionalProperties").is_some_and(|found| *found != Value::Bool(false))
        && schema.get("properties").and_then(Value::as_map).is_some_and(|map| !map.is_empty());
    if both {
        let detail = "additionalProperties and properties are mutual exclusive";
        out.push(Cause::forbidden(&format!("{field}.additionalProperties"), detail));
    }
    let kind = schema.str_at(&["type"]).unwrap_or_default();
    let place = format!("{field}.type");
    if kind == "null" {
        let detail = "type cannot be set to null, use nullable as an alternative";
        out.push(Cause::forbidden(&place, detail));
    } else if !matches!(kind, "" | "string" | "number" | "integer" | "boolean" | "array" | "object")
    {
        let known = ["array", "boolean", "integer", "number", "object", "string"];
        out.push(Cause::not_supported(&place, &kind.into(), &known));
    }
    for key in ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"]
    {
        if schema.get(key).is_some() {
            out.push(Cause::forbidden(
                &format!("{field}.{key}"),
                &format!("{key} is not supported"),
            ));
        }
    }
    if schema.get("items").is_some_and(|items| items.as_list().is_some()) {
        let detail = "items must be a schema object and not an array";
        out.push(Cause::forbidden(&format!("{field}.items"), detail));
    }
}

fn map_type(schema: &Value, field: &str, out: &mut Vec<Cause>) {
    let Some(map_type) = schema.str_at(&["x-kubernetes-map-type"]) else { return };
    must_be(schema, "object", "x-kubernetes-map-type", field, out);
    if !matches!(map_type, "atomic" | "granular") {
        let place = format!("{field}.x-kubernetes-map-type");
        out.push(Cause::not_supported(&place, &map_type.into(), &["atomic", "granular"]));
    }
}

fn must_be(schema: &Value, wanted: &str, because: &str, field: &str, out: &mut Vec<Cause>) {
    let kind = schema.str_at(&["type"]).unwrap_or_default();
    let detail = format!("must be {wanted} if {because} is specified");
    let place = format!("{field}.type");
    match kind {
        "" => out.push(Cause::required(&place, &detail)),
        kind if kind != wanted => out.push(Cause::invalid(&place, &kind.into(), &detail)),
        _ => {}
    }
}

fn list_type(schema: &Value, field: &str, out: &mut Vec<Cause>) {
    let list_type = schema.str_at(&["x-kubernetes-list-type"]);
    let keys = schema.list_at(&["x-kubernetes-list-map-keys"]);
    let place = format!("{field}.x-kubernetes-list-type");
    if let Some(list_type) = list_type {
        must_be(schema, "array", "x-kubernetes-list-type", field, out);
        if list_type == "set" {
            set_items(schema, field, out);
        }
        if !matches!(list_type, "atomic" | "set" | "map") {
            out.push(Cause::not_supported(&place, &list_type.into(), &["atomic", "set", "map"]));
        }
    }
    if !keys.is_empty() && list_type != Some("map") {
        let detail = "must be map if x-kubernetes-list-map-keys is non-empty";
        out.push(match list_type {
            None => Cause::required(&place, detail),
            Some(found) => Cause::invalid(&place, &found.into(), detail),
        });
    }
    if list_type == Some("map") {
        keyed_list(schema, keys, field, out);
    }
}

fn set_items(schema: &Value, field: &str, out: &mut Vec<Cause>) {
    let Some(items) = schema.get("items") else { return };
    let detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
    let text = |key: &str| items.str_at(&[key]);
    match text("type") {
        Some("array") if text("x-kubernetes-list-type").is_some_and(|found| found != "atomic") => {
            let place = format!("{field}.items.x-kubernetes-list-type");
            out.push(Cause::invalid(
                &place,
                &items.get("x-kubernetes-list-type").cloned().unwrap_or_default(),
                detail,
            ));
        }
        Some("object") if text("x-kubernetes-map-type") != Some("atomic") => {
            let place = format!("{field}.items.x-kubernetes-map-type");
            out.push(Cause::invalid(
                &place,
                &items.get("x-kubernetes-list-type").cloned().unwrap_or_default(),
                detail,
            ));
        }
        _ => {}
    }
}

fn keyed_list(schema: &Value, keys: &[Value], field: &str, out: &mut Vec<Cause>) {
    let place = format!("{field}.x-kubernetes-list-map-keys");
    if keys.is_empty() {
        let detail = "must not be empty if x-kubernetes-list-type is map";
        out.push(Cause::required(&place, detail));
    }
    let Some(items) = schema.get("items") else {
        let detail = "must have a schema if x-kubernetes-list-type is map";
        out.push(Cause::required(&format!("{field}.items"), detail));
        return;
    };
    let kind = items.str_at(&["type"]).unwrap_or_default();
    if kind != "object" {
        let detail = "must be object if parent array's x-kubernetes-list-type is map";
        out.push(Cause::invalid(&format!("{field}.items.type"), &kind.into(), detail));
        return;
    }
    for (at, key) in keys.iter().enumerate() {
        let name = key.as_str().unwrap_or_default();
        let property = items.at(&["properties", name]);
        let prop_field = format!("{field}.items.properties[{name}]");
        match property.map(|found| found.str_at(&["type"]).unwrap_or_default()) {
            None => {
                let detail = "entries must all be names of item properties";
                out.push(Cause::invalid(&place, &keys.to_vec().into(), detail));
            }
            Some("array" | "object") => {
                let detail =
                    "must be a scalar type if parent array's x-kubernetes-list-type is map";
                out.push(Cause::invalid(&format!("{prop_field}.type"), &kind.into(), detail));
            }
            Some(_) => {}
        }
        if keys[..at].contains(key) {
            let detail = "must not contain duplicate entries";
            out.push(Cause::invalid(&place, &keys.to_vec().into(), detail));
        }
        let required = items.list_at(&["required"]).contains(key);
        if let Some(property) = property
            && property.get("default").is_none()
            && !required
        {
            let detail = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            out.push(Cause::required(&format!("{prop_field}.default"), detail));
        }
    }
}

const REASONS: &[&str] =
    &["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

fn rules(schema: &Value, field: &str, out: &mut Vec<Cause>) {
    for (at, rule) in schema.list_at(&["x-kubernetes-validations"]).iter().enumerate() {
        let field = format!("{field}.x-kubernetes-validations[{at}]");
        let text = |key: &str| rule.str_at(&[key]).unwrap_or_default();
        let (expression, message) = (text("rule").trim(), text("message"));
        if expression.is_empty() {
            out.push(Cause::required(&format!("{field}.rule"), "rule is not specified"));
        }
        let place = format!("{field}.message");
        if !message.is_empty() && message.trim().is_empty() {
            out.push(Cause::invalid(&place, &message.into(), "must be non-empty if specified"));
        } else if message.trim().contains('\n') {
            out.push(Cause::invalid(&place, &message.into(), "must not contain line breaks"));
        } else if expression.contains('\n') && message.trim().is_empty() {
            let detail = "message must be specified if rule contains line breaks";
            out.push(Cause::required(&place, detail));
        }
        let reason = text("reason");
        if !reason.is_empty() && !REASONS.contains(&reason) {
            out.push(Cause::not_supported(&format!("{field}.reason"), &reason.into(), REASONS));
        }
        let path = text("fieldPath");
        if !path.is_empty() {
            let place = format!("{field}.fieldPath");
            if path.contains('\n') {
                out.push(Cause::invalid(&place, &path.into(), "must not contain line breaks"));
            }
            if structural::field_at(&Node::parse(schema), path).is_err() {
                out.push(Cause::invalid(&place, &path.into(), "must be a valid path"));
            }
        }
    }
}

/// A rule as Go prints its internal type.
fn shown_rule(rule: &Value) -> String {
    let text = |key: &str| quote(rule.str_at(&[key]).unwrap_or_default());
    let optional = |key: &str| rule.get(key).map_or("null".to_owned(), go_json);
    format!(
        "{{\"Rule\":{},\"Message\":{},\"MessageExpression\":{},\"Reason\":{},\"FieldPath\":{},\"OptionalOldSelf\":{}}}",
        text("rule"),
        text("message"),
        text("messageExpression"),
        optional("reason"),
        text("fieldPath"),
        optional("optionalOldSelf"),
    )
}

/// Expressions must compile; their types and costs are not estimated here.
fn expressions(schema: &Value, field: &str, out: &mut Vec<Cause>, depth: usize) {
    if depth > 100 {
        return;
    }
    for (at, rule) in schema.list_at(&["x-kubernetes-validations"]).iter().enumerate() {
        let field = format!("{field}.x-kubernetes-validations[{at}]");
        let text = |key: &str| rule.str_at(&[key]).unwrap_or_default();
        if let Err(error) = expression::program(text("rule")) {
            let detail = format!("compilation failed: {error}");
            out.push(Cause::invalid_shown(&format!("{field}.rule"), &shown_rule(rule), &detail));
            continue;
        }
        let old = expression::mentions(text("rule"), "oldSelf");
        if rule.get("optionalOldSelf").is_some() && !old {
            let place = format!("{field}.optionalOldSelf");
            let detail = "may not be set if oldSelf is not used in rule";
            out.push(Cause::invalid(
                &place,
                &rule.get("optionalOldSelf").cloned().unwrap_or_default(),
                detail,
            ));
        }
    }
    each_child(schema, field, |child, place| expressions(child, place, out, depth + 1));
}

/// Defaults must fit their own schema.
fn defaults(schema: &Value, field: &str, out: &mut Vec<Cause>, depth: usize) {
    if depth > 100 {
        return;
    }
    if let Some(default) = schema.get("default") {
        let node = Node::parse(schema);
        let mut judge = super::super::values::Judge { causes: Vec::new(), prefix: "" };
        judge.value(&node, "", default, None);
        for mut cause in judge.causes {
            let place = format!("{field}.default");
            cause.field = match cause.field.as_str() {
                "<nil>" => place,
                inner => format!("{place}.{inner}"),
            };
            out.push(cause);
        }
    }
    each_child(schema, field, |child, place| defaults(child, place, out, depth + 1));
}
