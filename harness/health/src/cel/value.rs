//! CEL's values. JSON lists and maps stay as they are until looked into.

use std::cmp::Ordering;
use std::sync::Arc;

use objects::Value;

/// A value during evaluation.
#[derive(Debug, Clone)]
pub(crate) enum Val {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    /// Nanoseconds.
    Duration(i64),
    /// Nanoseconds since 1970.
    Timestamp(i128),
    List(Arc<Vec<Val>>),
    Map(Arc<Vec<(Val, Val)>>),
    /// A JSON list or map.
    Json(Value),
    Optional(Option<Box<Val>>),
    Type(&'static str),
}

impl From<&Value> for Val {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(flag) => Self::Bool(*flag),
            Value::Int(number) => Self::Int(*number),
            Value::Float(number) => Self::Double(*number),
            Value::String(text) => Self::String(text.clone()),
            Value::List(_) | Value::Map(_) => Self::Json(value.clone()),
        }
    }
}

impl Val {
    pub(crate) fn text(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    pub(crate) fn list(items: Vec<Self>) -> Self {
        Self::List(Arc::new(items))
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> Option<Vec<Self>> {
        match self {
            Self::List(items) => Some(items.to_vec()),
            Self::Json(Value::List(items)) => Some(items.iter().map(Self::from).collect()),
            _ => None,
        }
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> Option<Vec<(Self, Self)>> {
        match self {
            Self::Map(entries) => Some(entries.to_vec()),
            Self::Json(Value::Map(map)) => {
                let entries = map.iter().map(|(k, v)| (Self::String(k.clone()), Self::from(v)));
                Some(entries.collect())
            }
            _ => None,
        }
    }

    pub(crate) fn is_map(&self) -> bool {
        matches!(self, Self::Map(_) | Self::Json(Value::Map(_)))
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::List(_) | Self::Json(Value::List(_)))
    }

    /// The value of a map's key.
    pub(crate) fn entry(&self, key: &Self) -> Option<Self> {
        match (self, key) {
            (Self::Json(Value::Map(map)), Self::String(key)) => map.get(key).map(Self::from),
            (Self::Map(entries), _) => {
                entries.iter().find(|(known, _)| known.equals(key)).map(|(_, v)| v.clone())
            }
            _ => None,
        }
    }

    /// CEL's equality: numbers across types, anything else only within a type.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        if let (Some(a), Some(b)) = (self.items(), other.items()) {
            return a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.equals(b));
        }
        if let (Some(a), Some(b)) = (self.entries(), other.entries()) {
            let found = |(key, value): &(Self, Self)| {
                other.entry(key).is_some_and(|other| value.equals(&other))
            };
            return a.len() == b.len() && a.iter().all(found);
        }
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Optional(a), Self::Optional(b)) => match (a, b) {
                (Some(a), Some(b)) => a.equals(b),
                (None, None) => true,
                _ => false,
            },
            (Self::Type(a), Self::Type(b)) => a == b,
            _ => self.compare(other) == Some(Ordering::Equal),
        }
    }

    /// CEL's order, where there is one.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::String(a), Self::String(b)) => Some(a.cmp(b)),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            (Self::Timestamp(a), Self::Timestamp(b)) => Some(a.cmp(b)),
            (Self::Double(a), b) => a.partial_cmp(&b.as_double()?),
            (a, Self::Double(b)) => a.as_double()?.partial_cmp(b),
            (a, b) => Some(a.as_whole()?.cmp(&b.as_whole()?)),
        }
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Uint(_) | Self::Double(_))
    }

    pub(crate) fn as_whole(&self) -> Option<i128> {
        match self {
            Self::Int(number) => Some(i128::from(*number)),
            Self::Uint(number) => Some(i128::from(*number)),
            _ => None,
        }
    }

    fn as_double(&self) -> Option<f64> {
        match self {
            Self::Int(number) => Some(*number as f64),
            Self::Uint(number) => Some(*number as f64),
            Self::Double(number) => Some(*number),
            _ => None,
        }
    }

    /// CEL's name of the type.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Optional(_) => "optional_type",
            Self::Type(_) => "type",
            value if value.is_list() => "list",
            _ => "map",
        }
    }

    /// Go's name of the type, as `%T` prints it.
    pub(crate) fn go_type(&self) -> &'static str {
        match self {
            Self::Null => "types.Null",
            Self::Bool(_) => "types.Bool",
            Self::Int(_) => "types.Int",
            Self::Uint(_) => "types.Uint",
            Self::Double(_) => "types.Double",
            Self::String(_) => "types.String",
            Self::Bytes(_) => "types.Bytes",
            Self::Duration(_) => "types.Duration",
            Self::Timestamp(_) => "types.Timestamp",
            Self::Optional(_) => "*types.Optional",
            Self::Type(_) => "*types.Type",
            value if value.is_list() => "*types.baseList",
            _ => "*types.baseMap",
        }
    }

    /// As a key or index is shown in errors.
    pub(crate) fn show(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(flag) => flag.to_string(),
            Self::Int(number) => number.to_string(),
            Self::Uint(number) => number.to_string(),
            Self::Double(number) => format_double(*number),
            Self::String(text) => text.to_string(),
            other => objects::to_json(&other.to_value()),
        }
    }

    /// Whether it is its type's zero.
    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(flag) => !flag,
            Self::Int(number) => *number == 0,
            Self::Uint(number) => *number == 0,
            Self::Double(number) => *number == 0.0,
            Self::String(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::Duration(nanos) => *nanos == 0,
            Self::Timestamp(nanos) => *nanos == 0,
            Self::Optional(value) => value.is_none(),
            Self::Type(_) => false,
            other => other.items().map_or_else(
                || other.entries().is_some_and(|entries| entries.is_empty()),
                |items| items.is_empty(),
            ),
        }
    }

    /// As JSON would hold it.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Null | Self::Optional(None) => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Int(number) => Value::Int(*number),
            Self::Uint(number) => {
                i64::try_from(*number).map_or(Value::Float(*number as f64), Value::Int)
            }
            Self::Double(number) => Value::Float(*number),
            Self::String(text) => Value::String(text.clone()),
            Self::Bytes(bytes) => super::strings::base64_encode(bytes).into(),
            Self::Duration(nanos) => super::time::format_duration(*nanos).into(),
            Self::Timestamp(nanos) => super::time::format_timestamp(*nanos).into(),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Map(entries) => {
                let entries = entries.iter().map(|(k, v)| (k.show(), v.to_value()));
                entries.collect::<objects::Map>().into()
            }
            Self::Json(value) => value.clone(),
            Self::Optional(Some(value)) => value.to_value(),
            Self::Type(name) => (*name).into(),
        }
    }
}

/// A floating point number as Go's `%v` prints it (shortest form, exponent from 1e21).
pub(crate) fn format_double(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || (1e-4..1e21).contains(&size) {
        return number.to_string();
    }
    if !number.is_finite() {
        return if number.is_nan() {
            "NaN".into()
        } else if number > 0.0 {
            "+Inf".into()
        } else {
            "-Inf".into()
        };
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    format!("{digits}e{sign}{exponent:0>2}")
}
