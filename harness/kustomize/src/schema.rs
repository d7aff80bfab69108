//! How lists of the known kinds are merged: strategies and keys.
//!
//! One rule: only what merging needs is kept of a schema. Start at [`Schemas`].

use std::collections::BTreeMap;
use std::rc::Rc;

use objects::Value;

use crate::error::{Result, fail};

/// Types by name, and which type a kind has.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    types: BTreeMap<String, Rc<Type>>,
    kinds: BTreeMap<(String, String), Rc<Type>>,
}

/// A mapping's fields.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Type {
    fields: BTreeMap<String, Field>,
    /// What every key that is no field has.
    others: Option<Box<Field>>,
}

/// What is known of a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Field {
    shape: Shape,
    strategy: String,
    keys: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
enum Shape {
    #[default]
    Leaf,
    Named(String),
    Inline(Rc<Type>),
    List(Box<Field>),
}

/// The schema of a value under merge.
#[derive(Debug, Clone)]
pub(crate) enum Schema {
    Whole(Rc<Type>),
    Part(Field),
}

impl Schemas {
    /// The kinds that kustomize bundles.
    pub(crate) fn builtin() -> Self {
        let mut schemas = Self::default();
        schemas.add_builtin();
        schemas
    }

    /// Adds the kinds that kustomize bundles.
    pub(crate) fn add_builtin(&mut self) {
        let lines = include_str!("data/merge_keys.txt").lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            let (Some(name), Some(kinds)) = (words.next(), words.next()) else { continue };
            let fields = words.filter_map(builtin_field).collect();
            self.add(name, kinds, Type { fields, others: None });
        }
    }

    fn add(&mut self, name: &str, kinds: &str, made: Type) {
        let made = Rc::new(made);
        for kind in kinds.split(';').filter_map(|kind| kind.split_once(':')) {
            self.kinds.insert((kind.0.into(), kind.1.into()), Rc::clone(&made));
        }
        self.types.insert(name.into(), made);
    }

    /// The types of an OpenAPI document that a kustomization names.
    pub(crate) fn from_open_api(document: &Value) -> Result<Self> {
        let mut schemas = Self::default();
        let Some(definitions) = document.get("definitions").and_then(Value::as_map) else {
            return Ok(schemas);
        };
        for (name, definition) in definitions {
            let made = type_of(definition, 0)?;
            let mut kinds = Vec::new();
            for gvk in definition.list_at(&["x-kubernetes-group-version-kind"]) {
                let text = |key| gvk.str_at(&[key]).unwrap_or_default();
                let slash = if text("group").is_empty() { "" } else { "/" };
                kinds.push(format!("{}{slash}{}:{}", text("group"), text("version"), text("kind")));
            }
            schemas.add(short(name), &kinds.join(";"), made);
        }
        Ok(schemas)
    }

    /// The schema that a JSON document describes; references lead to known types.
    pub(crate) fn of_value(&self, value: &Value) -> Option<Schema> {
        value.as_map().filter(|map| !map.is_empty())?;
        let field = field_of(value, 0).ok()?;
        Some(self.resolve(&field))
    }

    pub(crate) fn of_kind(&self, api_version: &str, kind: &str) -> Option<Schema> {
        self.kinds.get(&(api_version.into(), kind.into())).cloned().map(Schema::Whole)
    }

    fn resolve(&self, field: &Field) -> Schema {
        match &field.shape {
            Shape::Named(name) => match self.types.get(short(name)) {
                Some(found) => Schema::Whole(Rc::clone(found)),
                None => Schema::Part(Field::default()),
            },
            Shape::Inline(inline) => Schema::Whole(Rc::clone(inline)),
            _ => Schema::Part(field.clone()),
        }
    }

    /// Schema of a key of a mapping.
    pub(crate) fn field(&self, schema: &Schema, name: &str) -> Option<Schema> {
        let Schema::Whole(of) = schema else { return None };
        let field = of.fields.get(name).or(of.others.as_deref())?;
        Some(self.resolve(field))
    }

    /// Schema of the items of a list.
    pub(crate) fn items(&self, schema: &Schema) -> Option<Schema> {
        match schema {
            Schema::Part(Field { shape: Shape::List(item), .. }) => Some(self.resolve(item)),
            _ => None,
        }
    }
}

impl Schema {
    /// Strategy (`merge`, `merge,retainKeys`, …) and keys of a list.
    pub(crate) fn strategy(&self) -> (&str, &[String]) {
        match self {
            Self::Part(field) => (&field.strategy, &field.keys),
            Self::Whole(_) => ("", &[]),
        }
    }

    pub(crate) fn merges_items(&self) -> bool {
        self.strategy().0.split(',').any(|strategy| strategy == "merge")
    }
}

/// Type names without the prefix that all built-in ones share.
fn short(name: &str) -> &str {
    name.strip_prefix("io.k8s.api.").unwrap_or(name)
}

fn builtin_field(word: &str) -> Option<(String, Field)> {
    let (name, rest) = word.split_once('=')?;
    let mut parts = rest.split('|');
    let shape = parts.next()?;
    let strategy = parts.next().unwrap_or_default().to_owned();
    let keys = parts.next().map(|keys| keys.split('+').map(Into::into).collect());
    let named = |name: &str| match name {
        "" => Shape::Leaf,
        name => Shape::Named(name.into()),
    };
    let shape = if let Some(item) = shape.strip_prefix("[]") {
        Shape::List(Box::new(Field { shape: named(item), ..Field::default() }))
    } else if let Some(value) = shape.strip_prefix("{}") {
        let others = Some(Box::new(Field { shape: named(value), ..Field::default() }));
        Shape::Inline(Rc::new(Type { fields: BTreeMap::new(), others }))
    } else {
        named(shape)
    };
    Some((name.into(), Field { shape, strategy, keys: keys.unwrap_or_default() }))
}

const DEEPEST: usize = 200;

fn type_of(schema: &Value, depth: usize) -> Result<Type> {
    let mut made = Type::default();
    if let Some(properties) = schema.get("properties").and_then(Value::as_map) {
        for (name, property) in properties {
            made.fields.insert(name.to_string(), field_of(property, depth + 1)?);
        }
    }
    if let Some(others @ Value::Map(_)) = schema.get("additionalProperties") {
        made.others = Some(Box::new(field_of(others, depth + 1)?));
    }
    Ok(made)
}

fn field_of(schema: &Value, depth: usize) -> Result<Field> {
    if depth > DEEPEST {
        return fail("the schema file is nested too deeply");
    }
    let text = |key| schema.str_at(&[key]).unwrap_or_default().to_owned();
    let list_keys: Vec<String> = schema
        .list_at(&["x-kubernetes-list-map-keys"])
        .iter()
        .filter_map(|key| key.as_str().map(Into::into))
        .collect();
    let merge_key = text("x-kubernetes-patch-merge-key");
    let keys = match (list_keys.is_empty(), merge_key.is_empty()) {
        (false, _) => list_keys,
        (true, false) => vec![merge_key],
        (true, true) => Vec::new(),
    };
    let reference = text("$ref");
    let shape = if !reference.is_empty() {
        Shape::Named(reference.trim_start_matches("#/definitions/").into())
    } else if text("type") == "array" {
        let item = schema.get("items").map(|items| field_of(items, depth + 1)).transpose()?;
        Shape::List(Box::new(item.unwrap_or_default()))
    } else {
        Shape::Inline(Rc::new(type_of(schema, depth + 1)?))
    };
    Ok(Field { shape, strategy: text("x-kubernetes-patch-strategy"), keys })
}
