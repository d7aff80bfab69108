//! Reading a value into the typed form of a kind, as Go's decoder does.
//!
//! Knows wrong types and unknown fields with the server's words, and the forms
//! that a round trip through Go gives values (canonical quantities, dropped
//! empty fields). Must not know defaults or rules. Start at [`decode`].

mod go;
mod quantity;
mod scalar;

use std::fmt::Write;
use std::sync::Arc;

use objects::{Map, Value};

use crate::{Kind, Shape, Type, shared};

pub use quantity::canonical_quantity;

/// A body that does not fit its kind: a 400 with this text behind
/// `X in version "v1" cannot be handled as a X: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(pub String);

/// Deepest nesting that is followed.
const MOST_DEPTH: usize = 100;

/// Makes a value what Go's decoder and encoder would make of it; gives the
/// unknown fields that were dropped, each as `unknown field "spec.foo"`.
///
/// An empty `metadata.managedFields` list stays, because it means a reset
/// ([`crate::apply::update`]).
///
/// # Errors
/// The first value of a wrong type, in the decoder's words.
pub fn decode(shape: &Shape, value: &mut Value) -> Result<Vec<String>, DecodeError> {
    let mut walker = Walker { path: String::new(), unknown: Vec::new() };
    let place = Place { owner: "" };
    walker.value(shape.top(), value, &place, 0)?;
    Ok(walker.unknown)
}

/// Turns empty lists that are always written into null, as the stored form does.
pub fn settle(shape: &Shape, value: &mut Value) {
    if has_empty_list(value) {
        settle_type(shape.top(), value);
    }
}

fn has_empty_list(value: &Value) -> bool {
    match value {
        Value::List(items) => items.is_empty() || items.iter().any(has_empty_list),
        Value::Map(map) => map.iter().any(|(_, item)| has_empty_list(item)),
        _ => false,
    }
}

fn settle_type(of: Type<'_>, value: &mut Value) {
    if matches!(of.kind(), Kind::Any | Kind::Atom) {
        return;
    }
    match value {
        Value::List(items) if items.is_empty() => *value = Value::Null,
        Value::List(items) => {
            shared::each_item(items, |_, item| settle_type(of.item(), item));
        }
        Value::Map(map) => {
            shared::each_entry(map, |name, item| {
                let field = of.field(name);
                if let Some(field) = field.filter(|_| name.as_ref() != "managedFields") {
                    settle_type(field, item);
                }
            });
        }
        _ => {}
    }
}

/// Whether a text is RFC 3339.
pub(crate) fn is_time(text: &str) -> bool {
    scalar::parse_time(text).is_some()
}

/// A quantity in billionths; the error is Go's text.
pub(crate) fn quantity_nanos(text: &str) -> Result<i128, &'static str> {
    quantity::parse_quantity(text).map(|quantity| quantity.nanos)
}

/// The zero value of a kind as Go writes it: structs by value and fields without `omitempty`.
pub(crate) fn zero(shape: &Shape) -> Value {
    let mut map = Map::new();
    go::complete(shape.top(), &mut map);
    map.into()
}

/// Where a value stands, for Go's messages: the struct that holds it.
#[derive(Clone, Copy)]
struct Place<'a> {
    owner: &'a str,
}

struct Walker {
    /// With list indexes: `spec.containers[0]`.
    path: String,
    unknown: Vec<String>,
}

impl Walker {
    fn misfit(&self, of: Type<'_>, word: &str, place: &Place<'_>) -> DecodeError {
        let go_type = go::type_name(of);
        if place.owner.is_empty() {
            return DecodeError(format!(
                "json: cannot unmarshal {word} into Go value of type {go_type}"
            ));
        }
        let owner = place.owner.rsplit('.').next().unwrap_or_default();
        let path = go::without_indexes(&self.path);
        DecodeError(format!(
            "json: cannot unmarshal {word} into Go struct field {owner}.{path} of type {go_type}"
        ))
    }

    fn value(
        &mut self,
        of: Type<'_>,
        value: &mut Value,
        place: &Place<'_>,
        depth: usize,
    ) -> Result<(), DecodeError> {
        if depth > MOST_DEPTH {
            return Err(DecodeError("exceeded max depth".to_owned()));
        }
        match of.kind() {
            Kind::Any | Kind::Atom => Ok(()),
            Kind::Object if of.preserves_unknown() && of.fields().next().is_none() => Ok(()),
            Kind::Object => self.object(of, value, place, depth),
            Kind::List => self.list(of, value, place, depth),
            Kind::Map => self.map(of, value, place, depth),
            _ => self.scalar(of, value, place),
        }
    }

    fn scalar(
        &mut self,
        of: Type<'_>,
        value: &mut Value,
        place: &Place<'_>,
    ) -> Result<(), DecodeError> {
        match scalar::read(of.kind(), value) {
            Ok(()) => Ok(()),
            Err(scalar::Misfit::Type(word)) => Err(self.misfit(of, &word, place)),
            Err(scalar::Misfit::Text(text)) => Err(DecodeError(text)),
        }
    }

    fn object(
        &mut self,
        of: Type<'_>,
        value: &mut Value,
        place: &Place<'_>,
        depth: usize,
    ) -> Result<(), DecodeError> {
        let Value::Map(map) = value else {
            return Err(self.misfit(of, go::word(value), place));
        };
        let owner = of.go_name().unwrap_or(place.owner);
        let length = self.path.len();
        let mut drop_any = false;
        shared::entries(map, |name, item| {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            let field = of.field(name);
            match field {
                None => self.unknown.push(format!("unknown field \"{}\"", self.path)),
                Some(_) if item.is_null() => {}
                Some(field) => self.value(field, item, &Place { owner }, depth + 1)?,
            }
            let goes = field.is_none_or(|field| go::is_left_out(of, name, field, item));
            let reset = name.as_ref() == "managedFields" && item.as_list().is_some();
            // An empty list that is always written differs from none until it is stored.
            let kept = reset || (!goes && item.as_list().is_some_and(<[Value]>::is_empty));
            if !kept && (goes || go::is_empty_collection(item, field)) {
                *item = Value::Null;
                drop_any = true;
            }
            self.path.truncate(length);
            Ok(())
        })?;
        if drop_any {
            Arc::make_mut(map).retain(|_, item| !item.is_null());
        }
        if !go::is_complete(of, map) {
            go::complete(of, Arc::make_mut(map));
        }
        Ok(())
    }

    fn list(
        &mut self,
        of: Type<'_>,
        value: &mut Value,
        place: &Place<'_>,
        depth: usize,
    ) -> Result<(), DecodeError> {
        let Value::List(items) = value else {
            return Err(self.misfit(of, go::word(value), place));
        };
        let length = self.path.len();
        let item_type = of.item();
        shared::items(items, |at, item| {
            if item.is_null() {
                *item = go::zero(item_type);
            }
            let _ = write!(self.path, "[{at}]");
            self.value(item_type, item, place, depth + 1)?;
            self.path.truncate(length);
            Ok(())
        })
    }

    fn map(
        &mut self,
        of: Type<'_>,
        value: &mut Value,
        place: &Place<'_>,
        depth: usize,
    ) -> Result<(), DecodeError> {
        let Value::Map(map) = value else {
            return Err(self.misfit(of, go::word(value), place));
        };
        let item_type = of.item();
        if item_type.kind() == Kind::Atom {
            return Ok(());
        }
        shared::entries(map, |_, item| {
            if item.is_null() {
                *item = go::zero(item_type);
            }
            self.value(item_type, item, place, depth + 1)
        })
    }
}

#[cfg(test)]
mod tests;
