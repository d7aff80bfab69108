//! One step of a field path: a field, a list item by keys or value, an index.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use objects::Value;

use crate::Type;
use crate::cause::{go_json, quote};

/// A scalar with a total order (structured-merge-diff: numbers, texts, booleans).
#[derive(Debug, Clone)]
pub(crate) struct Scalar(pub(crate) Value);

impl Scalar {
    fn rank(&self) -> u8 {
        match self.0 {
            Value::Int(_) | Value::Float(_) => 0,
            Value::String(_) => 1,
            Value::Bool(_) => 2,
            _ => 3,
        }
    }
}

impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Value::Int(left), Value::Int(right)) => left.cmp(right),
            (Value::String(left), Value::String(right)) => left.cmp(right),
            (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
            (left, right) => match (left.as_f64(), right.as_f64()) {
                (Some(left), Some(right)) => left.total_cmp(&right),
                _ => self.rank().cmp(&other.rank()),
            },
        }
    }
}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Scalar {}

/// One step of a path, in the order of sets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Element {
    /// `f:name`
    Field(Arc<str>),
    /// `k:{"name":"a"}`, sorted by key.
    Key(Arc<[(Arc<str>, Scalar)]>),
    /// `v:"a"`
    Item(Scalar),
    /// `i:0`
    Index(i64),
}

impl fmt::Display for Element {
    /// As conflicts print it: `.spec`, `[name="a"]`, `[="v"]`, `[0]`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(out, ".{name}"),
            Self::Key(keys) => {
                let parts: Vec<_> =
                    keys.iter().map(|(key, value)| format!("{key}={}", plain(&value.0))).collect();
                write!(out, "[{}]", parts.join(","))
            }
            Self::Item(value) => write!(out, "[={}]", plain(&value.0)),
            Self::Index(at) => write!(out, "[{at}]"),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        other => objects::to_json(other),
    }
}

impl Element {
    /// As `fieldsV1` writes it.
    pub(crate) fn encode(&self) -> Arc<str> {
        let text = match self {
            Self::Field(name) => {
                let mut text = String::with_capacity(name.len() + 2);
                text.push_str("f:");
                text.push_str(name);
                text
            }
            Self::Key(keys) => {
                let map: objects::Map =
                    keys.iter().map(|(key, value)| (key.clone(), value.0.clone())).collect();
                format!("k:{}", go_json(&map.into()))
            }
            Self::Item(value) => format!("v:{}", go_json(&value.0)),
            Self::Index(at) => format!("i:{at}"),
        };
        text.into()
    }

    /// Reads what [`Self::encode`] writes; `None` for anything else.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_at_checked(2)?;
        match kind {
            "f:" => Some(Self::Field(rest.into())),
            "i:" => rest.parse().ok().map(Self::Index),
            "v:" => objects::from_json(rest.as_bytes()).ok().map(|v| Self::Item(Scalar(v))),
            "k:" => {
                let value =
                    simple_key(rest).or_else(|| objects::from_json(rest.as_bytes()).ok())?;
                let keys = value.as_map()?.iter();
                Some(Self::Key(keys.map(|(k, v)| (k.clone(), Scalar(v.clone()))).collect()))
            }
            _ => None,
        }
    }

    /// The element of a list item; `Err` in the words of structured-merge-diff.
    pub(crate) fn of_item(list: Type<'_>, item: &Value) -> Result<Self, String> {
        let keys = list.list_keys();
        if keys.is_empty() {
            return of_set_item(item);
        }
        let map = match item {
            Value::Map(map) => map,
            Value::Null => {
                return Err("associative list with keys may not have a null element".to_owned());
            }
            _ => {
                return Err("associative list with keys may not have non-map elements".to_owned());
            }
        };
        let mut found: Vec<(Arc<str>, Scalar)> = Vec::with_capacity(keys.len());
        for key in keys {
            let value = map.get(key).cloned();
            let default = || list.item().field(key).and_then(|field| field.default().cloned());
            if let Some(value) = value.or_else(default) {
                found.push((key.clone(), Scalar(value)));
            }
        }
        if found.is_empty() {
            let names: Vec<_> = keys.iter().map(|key| quote(key)).collect();
            let names = names.join(" ");
            return Err(format!(
                "associative list with keys has an element that omits all key fields [{names}] (and doesn't have default values for any key fields)"
            ));
        }
        found.sort_by(|left, right| left.0.cmp(&right.0));
        Ok(Self::Key(found.into()))
    }
}

/// `{"name":"plain"}` without a JSON parser: by far the most common form.
fn simple_key(text: &str) -> Option<Value> {
    let inner = text.strip_prefix("{\"")?.strip_suffix("\"}")?;
    let (key, value) = inner.split_once("\":\"")?;
    let plain = |text: &str| !text.contains(['"', '\\']);
    (plain(key) && plain(value)).then(|| Value::from([(key, value)]))
}

fn of_set_item(item: &Value) -> Result<Element, String> {
    match item {
        Value::Map(_) => {
            Err("associative list without keys has an element that's a map type".to_owned())
        }
        Value::List(_) => Err("not supported: associative list with lists as elements".to_owned()),
        Value::Null => {
            Err("associative list without keys has an element that's an explicit null".to_owned())
        }
        scalar => Ok(Element::Item(Scalar(scalar.clone()))),
    }
}
