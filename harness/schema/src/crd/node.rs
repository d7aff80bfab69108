//! A structural schema as a tree.

use std::sync::Arc;

use objects::Value;
use regex::Regex;

use super::expression::Rule;
use crate::ListKind;

/// Deepest nesting of a schema that is followed.
const MOST_DEPTH: usize = 100;

/// One schema: structure, value rules and expressions.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) kind: String,
    pub(super) format: String,
    pub(super) nullable: bool,
    pub(super) default: Option<Value>,
    pub(super) properties: Vec<(Arc<str>, Box<Node>)>,
    /// `additionalProperties` with a schema.
    pub(super) additional: Option<Box<Node>>,
    /// `additionalProperties: true`
    pub(super) additional_any: bool,
    pub(super) items: Option<Box<Node>>,
    pub(super) preserve: bool,
    pub(super) embedded: bool,
    pub(super) int_or_string: bool,
    pub(super) list: ListKind,
    pub(super) list_keys: Vec<Arc<str>>,
    pub(super) map_atomic: bool,
    pub(super) required: Vec<Arc<str>>,
    pub(super) limits: Limits,
    pub(super) all_of: Vec<Node>,
    pub(super) any_of: Vec<Node>,
    pub(super) one_of: Vec<Node>,
    pub(super) not: Option<Box<Node>>,
    pub(super) rules: Vec<Rule>,
    /// Whether a rule stands here or below.
    pub(super) has_rules: bool,
    /// Whether anything below has a default, or null is to be dropped.
    pub(super) enumeration: Option<Vec<Value>>,
    pub(super) pattern: Option<Pattern>,
}

/// Bounds on numbers, texts, lists and maps.
#[derive(Debug, Default)]
pub(super) struct Limits {
    pub(super) minimum: Option<f64>,
    pub(super) maximum: Option<f64>,
    pub(super) exclusive_minimum: bool,
    pub(super) exclusive_maximum: bool,
    pub(super) multiple_of: Option<f64>,
    pub(super) min_length: Option<usize>,
    pub(super) max_length: Option<usize>,
    pub(super) min_items: Option<usize>,
    pub(super) max_items: Option<usize>,
    pub(super) min_properties: Option<usize>,
    pub(super) max_properties: Option<usize>,
    pub(super) unique: bool,
}

/// A regular expression and its text.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) text: String,
    /// `None` if it does not compile here.
    pub(super) regex: Option<Regex>,
}

impl Node {
    pub(super) fn property(&self, name: &str) -> Option<&Node> {
        // In a short list most names are told apart by their length.
        if self.properties.len() <= 24 {
            let found = self.properties.iter().find(|(known, _)| known.as_ref() == name);
            return found.map(|(_, node)| &**node);
        }
        let found = self.properties.binary_search_by(|(known, _)| known.as_ref().cmp(name));
        found.ok().map(|at| &*self.properties[at].1)
    }

    /// The schema of an entry: a declared field, or `additionalProperties`.
    pub(super) fn entry(&self, name: &str) -> Option<&Node> {
        self.property(name).or(self.additional.as_deref())
    }

    pub(super) fn parse(schema: &Value) -> Self {
        Self::parse_at(schema, 0)
    }

    fn parse_at(schema: &Value, depth: usize) -> Self {
        if depth > MOST_DEPTH {
            return Self::default();
        }
        let text = |key: &str| schema.str_at(&[key]).unwrap_or_default().to_owned();
        let flag = |key: &str| schema.bool_at(&[key]).unwrap_or(false);
        let texts = |key: &str| -> Vec<Arc<str>> {
            schema.list_at(&[key]).iter().filter_map(Value::as_str).map(Arc::from).collect()
        };
        let below = |value: &Value| Self::parse_at(value, depth + 1);
        let boxed = |key: &str| {
            let found = schema.get(key).filter(|value| value.as_map().is_some());
            found.map(|value| Box::new(below(value)))
        };
        let many = |key: &str| schema.list_at(&[key]).iter().map(below).collect();
        let properties = schema.get("properties").and_then(Value::as_map).into_iter().flatten();
        let mut node = Self {
            kind: text("type"),
            format: text("format"),
            nullable: flag("nullable"),
            default: schema.get("default").cloned(),
            properties: properties
                .map(|(name, value)| (name.clone(), Box::new(below(value))))
                .collect(),
            additional: boxed("additionalProperties"),
            additional_any: schema.bool_at(&["additionalProperties"]) == Some(true),
            items: boxed("items"),
            preserve: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            list: list_kind(&text("x-kubernetes-list-type")),
            list_keys: texts("x-kubernetes-list-map-keys"),
            map_atomic: text("x-kubernetes-map-type") == "atomic",
            required: texts("required"),
            limits: Limits::parse(schema),
            all_of: many("allOf"),
            any_of: many("anyOf"),
            one_of: many("oneOf"),
            not: boxed("not"),
            rules: schema.list_at(&["x-kubernetes-validations"]).iter().map(Rule::parse).collect(),
            has_rules: false,
            enumeration: schema.get("enum").and_then(Value::as_list).map(<[Value]>::to_vec),
            pattern: Pattern::parse(&text("pattern")),
        };
        node.has_rules = !node.rules.is_empty() || node.children().any(|child| child.has_rules);
        node
    }

    fn children(&self) -> impl Iterator<Item = &Node> {
        let fields = self.properties.iter().map(|(_, node)| &**node);
        let boxes = [&self.additional, &self.items].into_iter().filter_map(|node| node.as_deref());
        fields.chain(boxes).chain(&self.all_of)
    }
}

fn list_kind(text: &str) -> ListKind {
    match text {
        "set" => ListKind::Set,
        "map" => ListKind::Map,
        _ => ListKind::Atomic,
    }
}

impl Limits {
    fn parse(schema: &Value) -> Self {
        let number = |key: &str| schema.get(key).and_then(Value::as_f64);
        let count = |key: &str| schema.int_at(&[key]).and_then(|n| usize::try_from(n).ok());
        let flag = |key: &str| schema.bool_at(&[key]).unwrap_or(false);
        Self {
            minimum: number("minimum"),
            maximum: number("maximum"),
            exclusive_minimum: flag("exclusiveMinimum"),
            exclusive_maximum: flag("exclusiveMaximum"),
            multiple_of: number("multipleOf"),
            min_length: count("minLength"),
            max_length: count("maxLength"),
            min_items: count("minItems"),
            max_items: count("maxItems"),
            min_properties: count("minProperties"),
            max_properties: count("maxProperties"),
            unique: flag("uniqueItems"),
        }
    }
}

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self { text: text.to_owned(), regex: Regex::new(text).ok() })
    }
}
