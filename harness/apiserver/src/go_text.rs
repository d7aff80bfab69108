//! Objects as Go prints them: fields in the order of their structs.
//!
//! What a patch went into has become a map on the way and is sorted by name.

use std::collections::BTreeMap;

use objects::{Gvk, Map, Value};

use crate::protobuf::{go_fields, message_of};

/// The maps that a patch went into, by field.
#[derive(Debug, Default)]
pub(crate) struct Touched(BTreeMap<String, Touched>);

impl Touched {
    /// By a merge patch: every map that it holds.
    pub(crate) fn by_merge(patch: &Value) -> Self {
        let entries = patch.as_map().into_iter().flat_map(Map::iter);
        let maps = entries.filter(|(_, value)| value.as_map().is_some());
        Self(maps.map(|(key, value)| (key.to_string(), Self::by_merge(value))).collect())
    }

    /// By a JSON patch: what holds the ends of its paths.
    pub(crate) fn by_paths(patch: &Value) -> Self {
        let mut all = Self::default();
        for operation in patch.as_list().unwrap_or_default() {
            for path in ["path", "from"].iter().filter_map(|key| operation.str_at(&[key])) {
                let mut place = &mut all;
                let parts: Vec<&str> = path.split('/').skip(1).collect();
                for part in parts.iter().take(parts.len().saturating_sub(1)) {
                    let name = part.replace("~1", "/").replace("~0", "~");
                    place = place.0.entry(name).or_default();
                }
            }
        }
        all
    }
}

/// An object of a built-in kind, or metadata alone in order for others.
pub(crate) fn object(value: &Value, gvk: &Gvk, touched: &Touched) -> String {
    let message = message_of(gvk);
    let fields = go_fields(&message);
    let Some(map) = value.as_map() else { return objects::to_json(value) };
    braces(map.iter().map(|(key, value)| {
        let known = fields.iter().find(|(name, _)| *name == key.as_ref());
        let kind = match (key.as_ref(), known) {
            ("metadata", _) => "meta.ObjectMeta",
            (_, Some((_, kind))) => kind,
            (_, None) => "",
        };
        (key.to_string(), shown(value, kind, touched.0.get(key.as_ref())))
    }))
}

fn shown(value: &Value, message: &str, touched: Option<&Touched>) -> String {
    match value {
        Value::List(items) => {
            let none = Touched::default();
            let items = items.iter().enumerate().map(|(at, item)| {
                let inner = touched.unwrap_or(&none).0.get(&at.to_string());
                shown(item, message, inner)
            });
            format!("[{}]", items.collect::<Vec<_>>().join(","))
        }
        Value::Map(map) => {
            let fields = if message == "meta.FieldsV1" { Vec::new() } else { go_fields(message) };
            let kind_of = |key: &str| fields.iter().find(|(name, _)| *name == key);
            let inner = |key: &str| touched.and_then(|touched| touched.0.get(key));
            let part = |key: &str, value: &Value| {
                let kind = kind_of(key).map_or("", |(_, kind)| kind);
                (key.to_owned(), shown(value, kind, inner(key)))
            };
            if touched.is_some() || fields.is_empty() {
                return braces(map.iter().map(|(key, value)| part(key, value)));
            }
            let first = fields.iter().filter_map(|(name, _)| Some(part(name, map.get(name)?)));
            let rest = map.iter().filter(|(key, _)| kind_of(key).is_none());
            braces(first.chain(rest.map(|(key, value)| part(key, value))))
        }
        other => objects::to_json(other),
    }
}

fn braces(entries: impl Iterator<Item = (String, String)>) -> String {
    let parts: Vec<String> = entries.map(|(key, text)| format!("{key:?}:{text}")).collect();
    format!("{{{}}}", parts.join(","))
}
