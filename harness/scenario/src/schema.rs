//! The JSON Schema of scenario files, from the same description as the parser.
//!
//! Start at [`json_schema`].

use std::collections::BTreeMap;

use objects::{Map, Value};

use crate::header::Scenario;
use crate::read::Read;
use crate::shape::{Body, Field, Part, Rest, Shape};
use crate::step::StepsFile;

/// The JSON Schema (draft 2020-12) of a scenario file, as text that ends in a line break.
#[must_use]
pub fn json_schema() -> String {
    let mut defs = Defs(BTreeMap::new());
    let root = defs.schema(&Scenario::shape());
    defs.schema(&StepsFile::shape());
    let mut schema = Value::from([
        ("$schema", Value::from("https://json-schema.org/draft/2020-12/schema")),
        ("title", "fluxrig scenario".into()),
        ("$defs", Value::Map(defs.finish().into())),
    ]);
    for (key, value) in root.as_map().into_iter().flat_map(Map::iter) {
        schema.set(&[key], value.clone());
    }
    let mut out = String::new();
    pretty(&schema, 0, &mut out);
    out.push('\n');
    out
}

/// The named parts that were met so far.
struct Defs(BTreeMap<String, Value>);

impl Defs {
    fn finish(self) -> Map {
        self.0.into_iter().collect()
    }

    fn schema(&mut self, shape: &Shape) -> Value {
        match shape {
            Shape::Text { pattern: "", .. } => typed("string"),
            Shape::Text { pattern, what } => {
                let mut text = typed("string");
                text.set(&["pattern"], format!("(?:{pattern})|\\$\\("));
                text.set(&["description"], *what);
                text
            }
            Shape::Number => {
                let mut number = typed("integer");
                number.set(&["minimum"], 0);
                number
            }
            Shape::Flag => typed("boolean"),
            Shape::Any => Value::map(),
            Shape::List(item) => {
                let item = self.schema(item);
                Value::from([("type", Value::from("array")), ("items", item)])
            }
            Shape::Map { key, value } => {
                let value = self.schema(value);
                let mut map = typed("object");
                map.set(&["additionalProperties"], value);
                map.set(&["description"], format!("each key is {key}"));
                map
            }
            Shape::OneOf(shapes) => {
                let any: Vec<Value> = shapes.iter().map(|shape| self.schema(shape)).collect();
                Value::from([("anyOf", any)])
            }
            Shape::Part(part) => self.reference(part()),
        }
    }

    /// A reference to a named part, described once.
    fn reference(&mut self, part: Part) -> Value {
        if !self.0.contains_key(part.name) {
            self.0.insert(part.name.to_owned(), Value::Null);
            let described = self.part(&part);
            self.0.insert(part.name.to_owned(), described);
        }
        Value::from([("$ref", format!("#/$defs/{}", part.name))])
    }

    fn part(&mut self, part: &Part) -> Value {
        let mut schema = match &part.body {
            Body::Words(words) => {
                let words: Value = words.iter().map(|(word, _)| Value::from(*word)).collect();
                Value::from([("type", Value::from("string")), ("enum", words)])
            }
            Body::Record { fields, short, rest } => self.record(fields, short.as_ref(), rest),
            Body::Choice { common, options } => self.choice(common, options),
        };
        schema.set(&["description"], part.doc.as_str());
        schema
    }

    fn record(&mut self, fields: &[Field], short: Option<&Shape>, rest: &[Rest]) -> Value {
        let mut map = self.map(fields);
        for rest in rest {
            let mut value = self.schema(&rest.shape);
            value.set(&["description"], rest.doc.as_str());
            map.set(&["patternProperties", rest.pattern], value);
        }
        match short {
            None => map,
            Some(short) => Value::from([("anyOf", vec![self.schema(short), map])]),
        }
    }

    fn map(&mut self, fields: &[Field]) -> Value {
        let mut map = typed("object");
        map.set(&["additionalProperties"], false);
        map.set(&["properties"], Value::map());
        for field in fields {
            let property = self.property(field);
            map.set(&["properties", field.key], property);
        }
        let required: Vec<Value> =
            fields.iter().filter(|field| field.required).map(|field| field.key.into()).collect();
        if !required.is_empty() {
            map.set(&["required"], required);
        }
        map
    }

    fn property(&mut self, field: &Field) -> Value {
        let mut property = self.schema(&field.shape);
        property.set(&["description"], field.doc.as_str());
        property
    }

    /// A map with exactly one of the options; their maps may hold the common keys too.
    fn choice(&mut self, common: &[Field], options: &[Field]) -> Value {
        let mut map = self.map(common);
        for option in options {
            let mut property = match (&option.shape, common.is_empty()) {
                (Shape::Part(part), false) => self.action(&part(), option.key, common),
                (shape, _) => self.schema(shape),
            };
            property.set(&["description"], option.doc.as_str());
            map.set(&["properties", option.key], property);
        }
        let one = |option: &Field| Value::from([("required", vec![Value::from(option.key)])]);
        map.set(&["oneOf"], options.iter().map(one).collect::<Value>());
        map
    }

    /// The map of an action: its own keys, and the common ones.
    fn action(&mut self, part: &Part, key: &str, common: &[Field]) -> Value {
        let name = format!("step-{key}");
        let Body::Record { fields, short, rest } = &part.body else {
            return self.reference(part.clone());
        };
        let all: Vec<Field> = fields.iter().chain(common).cloned().collect();
        let described = self.record(&all, short.as_ref(), rest);
        self.0.insert(name.clone(), described);
        Value::from([("$ref", format!("#/$defs/{name}"))])
    }
}

fn typed(name: &str) -> Value {
    Value::from([("type", name)])
}

/// JSON with two spaces a level, as people and diffs like it.
fn pretty(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::List(items) if !items.is_empty() => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "\n  " } else { ",\n  " });
                out.push_str(&indent);
                pretty(item, depth + 1, out);
            }
            out.push_str(&format!("\n{indent}]"));
        }
        Value::Map(map) if !map.is_empty() => {
            out.push('{');
            for (at, (key, item)) in map.iter().enumerate() {
                out.push_str(if at == 0 { "\n  " } else { ",\n  " });
                out.push_str(&format!("{indent}{}: ", objects::to_json(&Value::from(&**key))));
                pretty(item, depth + 1, out);
            }
            out.push_str(&format!("\n{indent}}}"));
        }
        plain => out.push_str(&objects::to_json(plain)),
    }
}
