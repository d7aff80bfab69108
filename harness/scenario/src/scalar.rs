//! Reading text, numbers, flags, durations and any value, and the two containers
//! of the language: [`Many`] and [`Entries`].
//!
//! Where text is expected, a plain number, boolean or date is refused: `1.10`
//! would lose its zero and `1e10` its meaning.

use std::ops::Deref;
use std::time::Duration;

use objects::Value;
use yaml::{Node, NodeKind, Scalar, Schema, Style};

use crate::read::{self, Read, Reader, describe};
use crate::shape::Shape;

/// A list that may be written as its only item.
#[derive(Debug, Clone, PartialEq)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for Many<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> From<T> for Many<T> {
    fn from(item: T) -> Self {
        Self(vec![item])
    }
}

/// A map of the user's names, in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Entries<K, V>(pub Vec<(K, V)>);

impl<K, V> Default for Entries<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K, V> Deref for Entries<K, V> {
    type Target = [(K, V)];

    fn deref(&self) -> &[(K, V)] {
        &self.0
    }
}

impl<V> Entries<String, V> {
    /// The value of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&V> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// A type that is written as one text: also as the key of a map.
pub(crate) trait Written: Sized {
    /// In words, with its article: `an object such as Deployment/apps/podinfo`.
    const WHAT: &'static str;
    /// A regular expression for editors; empty where anything goes.
    const PATTERN: &'static str = "";

    /// What to do about a plain number, boolean or date in its place.
    fn instead(text: &str) -> String {
        format!("quote it: \"{text}\"")
    }

    /// Reads the text.
    ///
    /// # Errors
    /// What is wrong with it, and perhaps what to do.
    fn parse(text: &str) -> Result<Self, (String, Option<String>)>;
}

/// Implements [`Read`] for types that are [`Written`].
macro_rules! read_written {
    ($($type:ty),* $(,)?) => {$(
        impl $crate::read::Read for $type {
            fn shape() -> $crate::shape::Shape {
                use $crate::scalar::Written;
                $crate::shape::Shape::Text { what: Self::WHAT, pattern: Self::PATTERN }
            }

            fn read(node: &yaml::Node, reader: &mut $crate::read::Reader<'_>) -> Option<Self> {
                let what = <Self as $crate::scalar::Written>::WHAT;
                let instead = <Self as $crate::scalar::Written>::instead;
                let text = $crate::scalar::text_or(node, what, instead, reader)?;
                $crate::scalar::written(text, node, reader)
            }
        }
    )*};
}
pub(crate) use read_written;

impl Written for String {
    const WHAT: &'static str = "text";

    fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
        Ok(text.to_owned())
    }
}

impl Written for Duration {
    const WHAT: &'static str = "a duration such as 90s, 5m or 1h30m";
    const PATTERN: &'static str = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$";

    fn instead(text: &str) -> String {
        format!("add its unit: {text}s, {text}m or {text}h")
    }

    fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
        clock::parse_duration(text).map_err(|error| {
            let days = text.strip_suffix('d').and_then(|days| days.parse::<u64>().ok());
            let help =
                days.map(|days| format!("days are written in hours: {}h", days.saturating_mul(24)));
            (error.to_string(), help)
        })
    }
}

read_written!(String, Duration);

/// Parses a text that was read, and notes what is wrong with it.
pub(crate) fn written<T: Written>(text: &str, node: &Node, reader: &mut Reader<'_>) -> Option<T> {
    match T::parse(text) {
        Ok(value) => Some(value),
        Err((message, None)) => {
            reader.wrong(node, message);
            None
        }
        Err((message, Some(help))) => {
            reader.wrong_help(node, message, help);
            None
        }
    }
}

/// The text of a node; a diagnostic that says "quote it" for a plain number, boolean or date.
pub(crate) fn text<'n>(node: &'n Node, what: &str, reader: &mut Reader<'_>) -> Option<&'n str> {
    text_or(node, what, String::instead, reader)
}

/// [`text`] with other words for what to do.
pub(crate) fn text_or<'n>(
    node: &'n Node,
    what: &str,
    instead: fn(&str) -> String,
    reader: &mut Reader<'_>,
) -> Option<&'n str> {
    let Some(text) = node.as_scalar() else {
        reader.wrong(node, format!("expected {what}, but here is {}", describe(node)));
        return None;
    };
    let kind = match yaml::resolve(node, Schema::Core12) {
        Scalar::Text(_) if node.style == Style::Plain && is_date(text) => "a date",
        Scalar::Text(_) => return Some(text),
        Scalar::Null => {
            reader.wrong(node, format!("expected {what}, but here is nothing"));
            return None;
        }
        Scalar::Bool(_) => "a boolean",
        Scalar::Int(_) | Scalar::Float(_) => "a number",
    };
    let message = format!("expected {what}, but `{}` is {kind}", read::shorten(text));
    reader.wrong_help(node, message, instead(text));
    None
}

/// Whether a plain scalar looks like `2026-01-31`, with or without a time.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && digits(5..7)
        && bytes.get(7) == Some(&b'-')
        && digits(8..10)
        && matches!(bytes.get(10), None | Some(b'T' | b't' | b' '))
}

impl Read for bool {
    fn shape() -> Shape {
        Shape::Flag
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Scalar::Bool(flag) = yaml::resolve(node, Schema::Core12) {
            return Some(flag);
        }
        reader.wrong(node, format!("expected true or false, but here is {}", describe(node)));
        None
    }

    fn absent() -> Option<Self> {
        Some(false)
    }
}

impl Read for u64 {
    fn shape() -> Shape {
        Shape::Number
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if let Scalar::Int(number) = yaml::resolve(node, Schema::Core12)
            && let Ok(number) = u64::try_from(number)
        {
            return Some(number);
        }
        reader.wrong(node, format!("expected a whole number, but here is {}", describe(node)));
        None
    }
}

impl Read for Value {
    fn shape() -> Shape {
        Shape::Any
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match objects::value_of(node, Schema::Core12) {
            Ok(value) => Some(value),
            Err(error) => {
                reader.wrong(node, error.to_string());
                None
            }
        }
    }
}

impl<T: Read> Read for Option<T> {
    fn shape() -> Shape {
        T::shape()
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Read> Read for Box<T> {
    fn shape() -> Shape {
        T::shape()
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        T::read(node, reader).map(Box::new)
    }
}

impl<T: Read> Read for Vec<T> {
    fn shape() -> Shape {
        Shape::List(Box::new(T::shape()))
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let Some(items) = node.items() else {
            reader.wrong_help(
                node,
                format!("expected a list, but here is {}", describe(node)),
                "put it behind `- `, or into `[…]`",
            );
            return None;
        };
        let read: Vec<Option<T>> = items.iter().map(|item| T::read(item, reader)).collect();
        read.into_iter().collect()
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }
}

impl<T: Read> Read for Many<T> {
    fn shape() -> Shape {
        Shape::OneOf(vec![T::shape(), Shape::List(Box::new(T::shape()))])
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        match node.kind {
            NodeKind::Sequence(_) => Vec::read(node, reader).map(Self),
            _ => T::read(node, reader).map(Self::from),
        }
    }

    fn absent() -> Option<Self> {
        Some(Self(Vec::new()))
    }
}

impl<K: Written, V: Read> Read for Entries<K, V> {
    fn shape() -> Shape {
        Shape::Map { key: K::WHAT, value: Box::new(V::shape()) }
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        let entries = read::Entries::of(node, "this", reader)?;
        let read = entries.left().iter().map(|(key, value)| {
            let name = written(key.as_scalar().unwrap_or_default(), key, reader);
            let value = V::read(value, reader);
            Some((name?, value?))
        });
        let read: Vec<_> = read.collect();
        read.into_iter().collect::<Option<_>>().map(Self)
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}
