//! Value rules of a schema: types, enums, bounds, formats, compositions.
//!
//! One rule: unchanged values are not judged again (ratcheting). The texts are
//! those of kube-openapi `validation`, as apiextensions-apiserver passes them on.

use objects::Value;

use super::formats;
use super::node::Node;
use crate::apply::same;
use crate::cause::{go_json, quote};
use crate::{Cause, ListKind};

/// Judges a value; `place` is where errors stand, `name` what their texts call it.
pub(super) struct Judge {
    pub(super) causes: Vec<Cause>,
    /// Put before every field: `status` when only the status is judged.
    pub(super) prefix: &'static str,
}

impl Judge {
    fn field(&self, name: &str) -> String {
        match (self.prefix.is_empty(), name.is_empty()) {
            (true, true) => "<nil>".to_owned(),
            (true, false) => name.to_owned(),
            (false, true) => self.prefix.to_owned(),
            (false, false) => format!("{}.{name}", self.prefix),
        }
    }

    fn invalid(&mut self, name: &str, value: &Value, text: &str) {
        let field = self.field(name);
        let detail = if name.is_empty() { format!(" {text}") } else { format!("{name} {text}") };
        self.causes.push(Cause::invalid(&field, value, detail.trim_start()));
    }

    /// An error that names its field in its text only.
    fn loose(&mut self, text: &str) {
        let field = self.field("");
        self.causes.push(Cause::invalid_shown(&field, "\"\"", text));
    }

    pub(super) fn value(&mut self, node: &Node, name: &str, value: &Value, old: Option<&Value>) {
        if old.is_some_and(|old| same(old, value)) {
            return;
        }
        if !(value.is_null() && node.nullable) {
            self.kind(node, name, value);
        }
        if let Some(allowed) = &node.enumeration
            && !allowed.iter().any(|known| same(known, value))
        {
            self.unsupported(name, value, allowed);
        }
        self.compositions(node, name, value, old);
        match value {
            Value::String(text) => self.text(node, name, value, text),
            Value::Int(_) | Value::Float(_) => self.number(node, name, value),
            Value::List(items) => self.list(node, name, items, old),
            Value::Map(map) => self.map(node, name, map, old),
            _ => {}
        }
    }

    fn unsupported(&mut self, name: &str, value: &Value, allowed: &[Value]) {
        let names: Vec<String> = allowed
            .iter()
            .map(|known| known.as_str().map_or_else(|| go_json(known), str::to_owned))
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        self.causes.push(Cause::not_supported(&self.field(name), value, &names));
    }

    fn kind(&mut self, node: &Node, name: &str, value: &Value) {
        let wanted = if node.int_or_string { "integer,string" } else { node.kind.as_str() };
        let fits = match (wanted, value) {
            ("", _) => true,
            ("integer,string", Value::Int(_) | Value::String(_)) => true,
            ("integer,string" | "integer", Value::Float(number)) => number.fract() == 0.0,
            ("integer" | "number", Value::Int(_)) | ("number", Value::Float(_)) => true,
            ("string", Value::String(_)) | ("boolean", Value::Bool(_)) => true,
            ("array", Value::List(_)) | ("object", Value::Map(_)) => true,
            _ => false,
        };
        if !fits {
            let found = value.type_name();
            let text = match name.is_empty() {
                true => format!("in body must be of type {wanted}: \"{found}\""),
                false => format!("{name} in body must be of type {wanted}: \"{found}\""),
            };
            let shown = Value::from(found);
            self.causes.push(Cause::type_invalid(&self.field(name), &shown, &text));
            if node.kind == "integer" && matches!(value, Value::Float(_)) {
                let form = match node.format.as_str() {
                    "" => "(default format)".to_owned(),
                    format => format!("with format {format}"),
                };
                self.loose(&format!("Checked value must be of type integer {form} in {name}"));
            }
        }
    }

    fn text(&mut self, node: &Node, name: &str, value: &Value, text: &str) {
        let length = text.chars().count();
        if let Some(most) = node.limits.max_length
            && length > most
        {
            self.causes.push(Cause::too_long(&self.field(name), most));
        } else if let Some(least) = node.limits.min_length
            && length < least
        {
            self.invalid(name, value, &format!("in body should be at least {least} chars long"));
        } else if let Some(pattern) = &node.pattern
            && pattern.regex.as_ref().is_some_and(|regex| !regex.is_match(text))
        {
            self.invalid(name, value, &format!("in body should match '{}'", pattern.text));
        }
        if !node.format.is_empty() && !formats::fits(&node.format, text) {
            let (format, shown) = (&node.format, quote(text));
            let field = self.field(name);
            let detail = format!("{name} in body must be of type {format}: {shown}");
            self.causes.push(Cause::type_invalid(&field, value, detail.trim_start()));
        }
    }

    fn number(&mut self, node: &Node, name: &str, value: &Value) {
        let Some(number) = value.as_f64() else { return };
        let limits = &node.limits;
        if let Some(most) = limits.maximum {
            let (broken, word) = match limits.exclusive_maximum {
                true => (number >= most, "less than"),
                false => (number > most, "less than or equal to"),
            };
            if broken {
                self.invalid(name, value, &format!("in body should be {word} {most}"));
            }
        }
        if let Some(least) = limits.minimum {
            let (broken, word) = match limits.exclusive_minimum {
                true => (number <= least, "greater than"),
                false => (number < least, "greater than or equal to"),
            };
            if broken {
                self.invalid(name, value, &format!("in body should be {word} {least}"));
            }
        }
        if let Some(factor) = limits.multiple_of
            && (number / factor).fract() != 0.0
        {
            self.invalid(name, value, &format!("in body should be a multiple of {factor}"));
        }
    }

    fn list(&mut self, node: &Node, name: &str, items: &[Value], old: Option<&Value>) {
        let count = items.len();
        let shown = Value::Int(count as i64);
        if let Some(most) = node.limits.max_items
            && count > most
        {
            self.causes.push(Cause::too_many(&self.field(name), count, most));
        }
        if let Some(least) = node.limits.min_items
            && count < least
        {
            self.invalid(name, &shown, &format!("in body should have at least {least} items"));
        }
        let repeats = |at: usize| items[..at].iter().any(|earlier| same(earlier, &items[at]));
        if node.limits.unique && (1..count).any(repeats) {
            self.causes.push(Cause::invalid_shown(
                &self.field(name),
                "\"\"",
                &format!("{name} in body shouldn't contain duplicates"),
            ));
        }
        if let Some(child) = &node.items {
            for (at, item) in items.iter().enumerate() {
                let old = correlated(node, old, item);
                self.value(child, &format!("{name}[{at}]"), item, old);
            }
        }
    }

    fn map(&mut self, node: &Node, name: &str, map: &objects::Map, old: Option<&Value>) {
        let count = map.len();
        let shown = Value::Int(count as i64);
        if let Some(most) = node.limits.max_properties
            && count > most
        {
            self.causes.push(Cause::too_many(&self.field(name), count, most));
        }
        if let Some(least) = node.limits.min_properties
            && count < least
        {
            self.invalid(name, &shown, &format!("in body should have at least {least} properties"));
        }
        let child_name = |key: &str| match name.is_empty() {
            true => key.to_owned(),
            false => format!("{name}.{key}"),
        };
        for key in node.required.iter().filter(|key| !map.contains_key(key)) {
            let field = self.field(&child_name(key));
            self.causes.push(Cause::required(&field, ""));
        }
        for (key, item) in map {
            if let Some(child) = node.entry(key) {
                let old = old.and_then(|old| old.get(key));
                self.value(child, &child_name(key), item, old);
            }
        }
    }

    fn passes(&self, node: &Node, name: &str, value: &Value, old: Option<&Value>) -> Vec<Cause> {
        let mut inner = Judge { causes: Vec::new(), prefix: self.prefix };
        inner.value(node, name, value, old);
        inner.causes
    }

    fn compositions(&mut self, node: &Node, name: &str, value: &Value, old: Option<&Value>) {
        let shown = quote(name);
        if !node.any_of.is_empty() {
            let tries: Vec<_> =
                node.any_of.iter().map(|one| self.passes(one, name, value, old)).collect();
            if !tries.iter().any(Vec::is_empty) {
                self.loose(&format!("{shown} must validate at least one schema (anyOf)"));
                self.causes.extend(best(tries));
            }
        }
        if !node.one_of.is_empty() {
            let tries: Vec<_> =
                node.one_of.iter().map(|one| self.passes(one, name, value, old)).collect();
            match tries.iter().filter(|causes| causes.is_empty()).count() {
                1 => {}
                0 => {
                    self.loose(&format!(
                        "{shown} must validate one and only one schema (oneOf). Found none valid"
                    ));
                    self.causes.extend(best(tries));
                }
                many => self.loose(&format!(
                    "{shown} must validate one and only one schema (oneOf). Found {many} valid alternatives"
                )),
            }
        }
        if !node.all_of.is_empty() {
            let tries: Vec<_> =
                node.all_of.iter().map(|one| self.passes(one, name, value, old)).collect();
            let passed = tries.iter().filter(|causes| causes.is_empty()).count();
            if passed < tries.len() {
                let none = if passed == 0 { ". None validated" } else { "" };
                self.causes.extend(tries.into_iter().flatten());
                self.loose(&format!("{shown} must validate all the schemas (allOf){none}"));
            }
        }
        if let Some(not) = &node.not
            && self.passes(not, name, value, old).is_empty()
        {
            self.loose(&format!("{shown} must not validate the schema (not)"));
        }
    }
}

/// The alternative that came closest: the fewest errors, the first of equals.
fn best(tries: Vec<Vec<Cause>>) -> Vec<Cause> {
    tries.into_iter().min_by_key(Vec::len).unwrap_or_default()
}

/// The old item that corresponds to an item of a keyed list.
pub(super) fn correlated<'a>(
    node: &Node,
    old: Option<&'a Value>,
    item: &Value,
) -> Option<&'a Value> {
    if node.list != ListKind::Map {
        return None;
    }
    let keys = &node.list_keys;
    let equal = |known: &&Value| keys.iter().all(|key| known.get(key) == item.get(key));
    old?.as_list()?.iter().find(equal)
}
