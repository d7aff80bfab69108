//! What a scalar means: the two resolutions of plain scalars.
//!
//! One rule: a text gets a type only if the tool we follow gives it one; all else
//! is text. Start at [`resolve`].

use base64::Engine;

use crate::{Node, Style, numbers};

/// Which rules give a plain scalar its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// YAML 1.1 as go-yaml v2 and so sigs.k8s.io/yaml read it: `yes`, `on`, `0o7`, `1_000`.
    Yaml11,
    /// The YAML 1.2 core schema, as scenario files are read.
    Core12,
    /// As go-yaml v3 reads into untyped values: like [`Schema::Yaml11`], but `yes` is text.
    GoYaml3,
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
///
/// A tag that the text cannot fulfil (`!!int x`) leaves it text, and timestamps
/// stay text, as in Kubernetes.
#[must_use]
pub fn resolve(node: &Node, schema: Schema) -> Scalar {
    let Some(text) = node.as_scalar() else { return Scalar::Null };
    let typed = match node.tag.as_deref() {
        None if node.style == Style::Plain => plain(text, schema),
        Some("!!int" | "!!bool" | "!!null") => plain(text, schema),
        Some("!!float") => plain(text, schema).map(float),
        Some("!!binary") => return Scalar::Text(binary(text)),
        _ => None,
    };
    typed.unwrap_or_else(|| Scalar::Text(text.to_owned()))
}

fn float(scalar: Scalar) -> Scalar {
    match scalar {
        Scalar::Int(number) => Scalar::Float(number as f64),
        other => other,
    }
}

fn binary(text: &str) -> String {
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed);
    bytes.map_or_else(|_| text.to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The type of a plain text other than text.
pub(crate) fn plain(text: &str, schema: Schema) -> Option<Scalar> {
    match text.as_bytes().first() {
        None | Some(b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O') => {
            word(text, schema)
        }
        Some(b'.' | b'+' | b'-' | b'0'..=b'9') => {
            numbers::special(text).map(Scalar::Float).or_else(|| match schema {
                Schema::Core12 => numbers::core12(text),
                Schema::Yaml11 | Schema::GoYaml3 => numbers::go(text),
            })
        }
        _ => None,
    }
}

fn word(text: &str, schema: Schema) -> Option<Scalar> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Scalar::Null),
        "true" | "True" | "TRUE" => Some(Scalar::Bool(true)),
        "false" | "False" | "FALSE" => Some(Scalar::Bool(false)),
        _ if schema == Schema::Yaml11 => old_bool(text).map(Scalar::Bool),
        _ => None,
    }
}

/// The booleans of YAML 1.1 that later versions dropped.
pub(crate) fn old_bool(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// The tag that go-yaml v3 gives a plain text (`!!int`, `!!str`, …).
#[must_use]
pub fn implicit_tag(text: &str) -> &'static str {
    if text == "<<" {
        return "!!merge";
    }
    if numbers::is_timestamp(text) {
        return "!!timestamp";
    }
    match plain(text, Schema::GoYaml3) {
        None | Some(Scalar::Text(_)) => "!!str",
        Some(Scalar::Null) => "!!null",
        Some(Scalar::Bool(_)) => "!!bool",
        Some(Scalar::Int(_)) => "!!int",
        // Whole numbers of 64 bits without a sign are kept as floating point here.
        Some(Scalar::Float(_)) if numbers::is_unsigned(text) => "!!int",
        Some(Scalar::Float(_)) => "!!float",
    }
}

/// Whether go-yaml reads a plain text as text in this schema.
pub(crate) fn is_v2_text(text: &str, schema: Schema) -> bool {
    !numbers::is_timestamp(text) && plain(text, schema).is_none()
}
