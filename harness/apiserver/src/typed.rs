//! Typed treatment of bodies: reading, defaults, rules, ownership of fields.
//!
//! One rule: built-in and custom kinds look alike to everything above.

use std::sync::Arc;

use client::Status;
use objects::{Gvk, Object, Value};
use schema::apply::{ApplyError, Versions, Write};
use schema::{Cause, Shape};

use crate::catalogue::{Catalogue, Kind};
use crate::context::{Context, Validation};
use crate::{convert, refusal};

/// Reads a body as its kind: types, unknown fields, defaults.
/// What is the live object's own is taken as it is.
pub(crate) fn read(
    context: &mut Context,
    kind: &Kind,
    live: Option<&Object>,
    value: &mut Value,
) -> Result<(), Status> {
    let unknown = beside(kind, live, value, |value| decode(kind, value))?;
    report_unknown(context, kind, unknown)?;
    default(kind, value);
    Ok(())
}

/// Refuses or warns of unknown fields, as asked.
pub(crate) fn report_unknown(
    context: &mut Context,
    kind: &Kind,
    mut unknown: Vec<String>,
) -> Result<(), Status> {
    if !kind.is_custom() && !context.order.is_empty() {
        let place = |text: &String| {
            let path = text.split('"').nth(1).unwrap_or_default();
            context.order.iter().position(|known| known == path)
        };
        unknown.sort_by_key(place);
    }
    let mut found = std::mem::take(&mut context.doubled);
    found.append(&mut unknown);
    let unknown = found;
    match context.validation {
        Validation::Strict if !unknown.is_empty() => {
            let text = format!("strict decoding error: {}", unknown.join(", "));
            return Err(cannot_handle(kind, &text));
        }
        Validation::Warn => unknown.into_iter().for_each(|text| context.warn(text)),
        _ => {}
    }
    Ok(())
}

/// Reads types; gives the unknown fields that were dropped.
pub(crate) fn decode(kind: &Kind, value: &mut Value) -> Result<Vec<String>, Status> {
    let read = match &kind.custom {
        Some(custom) => custom.version.decode(value),
        None => schema::decode::decode(&kind.shape, value),
    };
    drop_nulls(value);
    read.map_err(|problem| cannot_handle(kind, &problem.to_string()))
}

fn drop_nulls(value: &mut Value) {
    let metadata = value.get("metadata").and_then(Value::as_map);
    if !metadata.is_some_and(|metadata| metadata.values().any(Value::is_null)) {
        return;
    }
    if let Some(metadata) = value.as_map_mut().and_then(|map| map.get_mut("metadata"))
        && let Some(metadata) = metadata.as_map_mut()
    {
        metadata.retain(|_, value| !value.is_null());
    }
}

pub(crate) fn cannot_handle(kind: &Kind, problem: &str) -> Status {
    let (name, version) = (&kind.gvk.kind, &kind.gvk.version);
    refusal::bad_request(format!(
        "{name} in version \"{version}\" cannot be handled as a {name}: {problem}"
    ))
}

/// Treats an object but for what it shares with the live one, which was treated when it was stored.
pub(crate) fn beside<T>(
    kind: &Kind,
    live: Option<&Object>,
    value: &mut Value,
    treat: impl FnOnce(&mut Value) -> T,
) -> T {
    let Some(live) = live.filter(|live| kind.is_settled(live)) else { return treat(value) };
    let is_live = |name: &str, item: &Value| match (live.get(name), item) {
        (Some(Value::Map(live)), Value::Map(item)) => Arc::ptr_eq(live, item),
        _ => false,
    };
    let entries = value.as_map().into_iter().flatten();
    let shared = entries.filter(|(name, item)| is_live(name, item));
    let shared: Vec<(Arc<str>, Value)> = shared.map(|(k, v)| (k.clone(), v.clone())).collect();
    if shared.is_empty() {
        return treat(value);
    }
    if let Some(map) = value.as_map_mut() {
        map.retain(|name, _| !shared.iter().any(|(known, _)| known.as_ref() == name));
    }
    let done = treat(value);
    if let Some(map) = value.as_map_mut() {
        shared.into_iter().for_each(|(name, item)| drop(map.insert(name, item)));
    }
    done
}

/// Fills in defaults.
pub(crate) fn default(kind: &Kind, value: &mut Value) {
    match &kind.custom {
        Some(custom) => custom.version.default(value),
        None => schema::builtin::default(value),
    }
}

/// Empty lists that ownership has seen, as storage keeps them: nil.
pub(crate) fn settle(kind: &Kind, live: Option<&Object>, object: &mut Object) {
    if !kind.is_custom() {
        let settle = |object: &mut Value| schema::decode::settle(&kind.shape, object);
        beside(kind, live, &mut object.0, settle);
    }
}

/// Every rule that an object, or its change, breaks.
fn causes(kind: &Kind, sub: &str, new: &Value, old: Option<&Value>) -> Vec<Cause> {
    let Some(custom) = &kind.custom else { return schema::builtin::validate(new, old) };
    let mut causes = schema::builtin::validate_meta(new, old);
    // Finalizers of custom kinds need no domain; that is a rule of the built-in ones.
    causes.retain(|cause| !cause.message.contains("neither a standard finalizer name"));
    causes.extend(match sub {
        "status" => custom.version.validate_status(new, old),
        _ => custom.version.validate(new, old),
    });
    causes
}

/// Refuses an object that breaks rules.
pub(crate) fn validate(
    kind: &Kind,
    sub: &str,
    new: &Object,
    old: Option<&Object>,
) -> Result<(), Status> {
    let mut causes = causes(kind, sub, new, old.map(|old| &old.0));
    if let Some(old) = old {
        let own = crate::metadata::change(old, new);
        causes.retain(|cause| !own.iter().any(|told| told.field == cause.field));
        causes.splice(0..0, own);
    }
    if causes.is_empty() { Ok(()) } else { Err(refusal::invalid(kind, new.name(), &causes)) }
}

/// The versions of one kind, as field ownership asks for them.
struct KindVersions<'a> {
    catalogue: &'a Catalogue,
    kind: &'a Kind,
}

impl KindVersions<'_> {
    fn gvk(&self, api_version: &str) -> Gvk {
        Gvk::from_api_version(api_version, &self.kind.gvk.kind)
    }
}

impl Versions for KindVersions<'_> {
    fn shape(&self, api_version: &str) -> Option<Shape> {
        if api_version == self.kind.api_version.as_ref() {
            return Some(self.kind.shape.clone());
        }
        self.catalogue.by_kind(&self.gvk(api_version)).map(|kind| kind.shape.clone())
    }

    fn convert(&self, object: &Value, api_version: &str) -> Option<Value> {
        let mut object = object.clone();
        convert::convert(&mut object, &self.gvk(api_version));
        Some(object)
    }
}

fn reset_fields(kind: &Kind, sub: &str) -> &'static [&'static [&'static str]] {
    match (&kind.custom, sub) {
        (None, _) => schema::builtin::reset_fields(&kind.gvk, sub),
        (Some(_), "") if kind.has_status() => &[&["status"]],
        (Some(_), "status") => &[&["metadata"], &["spec"]],
        (Some(_), _) => &[],
    }
}

/// The object with the ownership that a plain write makes.
pub(crate) fn own(
    catalogue: &Catalogue,
    context: &Context,
    kind: &Kind,
    sub: &str,
    live: Option<&Object>,
    new: &Object,
) -> Object {
    let time = context.time();
    let write = Write {
        manager: &context.manager,
        api_version: &kind.api_version,
        subresource: sub,
        time: &time,
        reset: reset_fields(kind, sub),
    };
    let versions = KindVersions { catalogue, kind };
    let live = live.map(|live| &live.0);
    Object(schema::apply::update(&versions, &kind.shape, live, new, &write))
}

/// Server-side apply, up to defaults.
pub(crate) fn apply(
    catalogue: &Catalogue,
    context: &Context,
    kind: &Kind,
    sub: &str,
    live: Option<&Object>,
    config: &Value,
    force: bool,
) -> Result<Object, Status> {
    let time = context.time();
    let write = Write {
        manager: &context.manager,
        api_version: &kind.api_version,
        subresource: sub,
        time: &time,
        reset: reset_fields(kind, sub),
    };
    let versions = KindVersions { catalogue, kind };
    let live = live.map(|live| &live.0);
    let merged = schema::apply::apply(&versions, &kind.shape, live, config, &write, force);
    merged.map(Object).map_err(apply_refusal)
}

fn apply_refusal(problem: ApplyError) -> Status {
    let message = problem.to_string();
    match problem {
        ApplyError::Conflict(conflicts) => {
            let causes = conflicts.iter().map(|conflict| {
                Value::from([
                    ("reason", "FieldManagerConflict"),
                    ("message", conflict.message.as_str()),
                    ("field", conflict.field.as_str()),
                ])
            });
            let details = Value::from([("causes", causes.collect::<Value>())]);
            Status { code: 409, reason: "Conflict".to_owned(), message, details }
        }
        ApplyError::BadRequest(_) => refusal::bad_request(message),
        ApplyError::Typed(_) => refusal::plain(message),
    }
}
