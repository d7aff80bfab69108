//! The scale subresource: replicas of workloads and custom kinds through one small object.

use client::{Patch, Status, Verb};
use objects::{Object, Value};

use super::{Act, Outcome};
use crate::context::Context;
use crate::state::State;
use crate::write::{self, Change};
use crate::{read, refusal, typed};

/// Reads or writes a Scale.
pub(crate) fn perform(
    state: &mut State,
    context: &mut Context,
    act: &Act,
) -> Result<Outcome, Status> {
    let live = read::get(state, &act.kind, &act.namespace, &act.name)?;
    let scale = scale_of(act, &live)?;
    if act.verb == Verb::Patch(Patch::Apply) {
        return apply(state, context, act, &live);
    }
    let wanted = match act.verb {
        Verb::Get => return Ok(Outcome::One { code: 200, object: scale }),
        Verb::Update => Object(act.body()),
        Verb::Patch(form) => patched(&scale, act, form)?,
        _ => return Err(refusal::not_allowed()),
    };
    let given = wanted.name();
    if !given.is_empty() && given != act.name {
        return Err(refusal::bad_request(format!(
            "the name of the object ({given}) does not match the name on the URL ({})",
            act.name
        )));
    }
    check_number(act, &live, &wanted)?;
    let replicas = wanted.int_at(&["spec", "replicas"]).unwrap_or(0);
    if replicas < 0 {
        let text = "must be greater than or equal to 0";
        let cause = schema::Cause::invalid("spec.replicas", &Value::Int(replicas), text);
        let named = "Scale.autoscaling";
        return Err(refusal::invalid_named("autoscaling", "Scale", named, &act.name, &[cause]));
    }
    let mut new = live.clone();
    let path = replica_path(act);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    new.set(&path, replicas);
    let version = wanted.resource_version();
    if !version.is_empty() {
        new.set(&["metadata", "resourceVersion"], version);
    }
    let change = Change { sub: "scale", owned: false };
    let written = write::store_changed(state, context, &act.kind, &live, new, change)?;
    Ok(Outcome::One { code: 200, object: scale_of(act, &written.object)? })
}

/// Replicas are a number; what a patch makes of them else is shown with the whole Scale.
fn check_number(act: &Act, live: &Object, wanted: &Object) -> Result<(), Status> {
    let word = match wanted.at(&["spec", "replicas"]) {
        None | Some(Value::Null | Value::Int(_)) => return Ok(()),
        Some(Value::Float(number)) => format!("number {number}"),
        Some(other) => other.type_name().to_owned(),
    };
    let problem = format!(
        "json: cannot unmarshal {word} into Go struct field ScaleSpec.spec.replicas of type int32"
    );
    if !matches!(act.verb, Verb::Patch(_)) {
        return Err(refusal::bad_request(format!(
            "Scale in version \"v1\" cannot be handled as a Scale: {problem}"
        )));
    }
    let mut shown = wanted.clone();
    let entries = live.list_at(&["metadata", "managedFields"]).iter();
    let path = ["fieldsV1", "f:spec", "f:replicas"];
    let entries: Vec<Value> =
        entries.filter(|entry| entry.at(&path).is_some()).map(scale_entry).collect();
    if !entries.is_empty() {
        shown.set(&["metadata", "managedFields"], entries);
    }
    let gvk = objects::Gvk::new("autoscaling", "v1", "Scale");
    let touched = crate::go_text::Touched::by_merge(&act.body());
    let shown = format!("{:?}", crate::go_text::object(&shown.0, &gvk, &touched));
    let cause = schema::Cause::invalid_shown("patch", &shown, &problem);
    Err(refusal::invalid_named("", "", "", "", &[cause]))
}

/// An entry of the scaled object as its Scale shows it: replicas alone.
fn scale_entry(entry: &Value) -> Value {
    let mut shown = Value::map();
    for key in ["manager", "operation", "fieldsType", "subresource"] {
        if let Some(value) = entry.get(key) {
            shown.set(&[key], value.clone());
        }
    }
    shown.set(&["apiVersion"], "autoscaling/v1");
    shown.set(&["fieldsV1", "f:spec", "f:replicas"], Value::map());
    shown
}

/// Server-side apply: the replicas become the manager's, through this subresource.
fn apply(
    state: &mut State,
    context: &mut Context,
    act: &Act,
    live: &Object,
) -> Result<Outcome, Status> {
    let body = act.body();
    let mut config = Value::from([("metadata", Value::from([("name", act.name.as_str())]))]);
    act.kind.stamp(&mut config);
    if let Some(replicas) = body.at(&["spec", "replicas"]) {
        let path = replica_path(act);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        config.set(&path, replicas.clone());
    }
    let kind = &act.kind;
    let merged =
        typed::apply(&state.catalogue, context, kind, "scale", Some(live), &config, act.force)?;
    let change = Change { sub: "scale", owned: true };
    let written = write::store_changed(state, context, kind, live, merged, change)?;
    Ok(Outcome::One { code: 200, object: scale_of(act, &written.object)? })
}

fn patched(scale: &Object, act: &Act, form: Patch) -> Result<Object, Status> {
    let body = act.body();
    let patched = match form {
        Patch::Json => schema::patch::json(scale, &body).map_err(|problem| Status {
            code: 422,
            reason: "Invalid".to_owned(),
            message: problem.to_string(),
            details: Value::map(),
        })?,
        _ => schema::patch::merge(scale, &body),
    };
    Ok(Object(patched))
}

fn replica_path(act: &Act) -> Vec<String> {
    let scale = act.kind.custom.as_ref().and_then(|custom| custom.scale.clone());
    scale.map_or_else(|| vec!["spec".to_owned(), "replicas".to_owned()], |scale| scale.spec)
}

fn scale_of(act: &Act, live: &Object) -> Result<Object, Status> {
    let mut scale = Object(Value::map());
    scale.set(&["apiVersion"], "autoscaling/v1");
    scale.set(&["kind"], "Scale");
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(value) = live.at(&["metadata", field]) {
            scale.set(&["metadata", field], value.clone());
        }
    }
    let (spec, status, selector) = numbers(act, live)?;
    scale.set(&["spec"], Value::map());
    if spec != 0 {
        scale.set(&["spec", "replicas"], spec);
    }
    scale.set(&["status", "replicas"], status);
    if let Some(selector) = selector.filter(|selector| !selector.is_empty()) {
        scale.set(&["status", "selector"], selector);
    }
    Ok(scale)
}

fn numbers(act: &Act, live: &Object) -> Result<(i64, i64, Option<String>), Status> {
    let Some(paths) = act.kind.custom.as_ref().and_then(|custom| custom.scale.clone()) else {
        let spec = live.int_at(&["spec", "replicas"]).unwrap_or(0);
        let status = live.int_at(&["status", "replicas"]).unwrap_or(0);
        return Ok((spec, status, live.at(&["spec", "selector"]).map(selector_text)));
    };
    let at = |path: &[String]| {
        let keys: Vec<&str> = path.iter().map(String::as_str).collect();
        live.at(&keys).cloned()
    };
    let spec = at(&paths.spec).and_then(|value| value.as_int());
    let Some(spec) = spec else {
        let text = format!("the spec replicas field \".{}\" does not exist", paths.spec.join("."));
        return Err(refusal::plain(text));
    };
    let status = at(&paths.status).and_then(|value| value.as_int()).unwrap_or(0);
    let selector = paths.selector.and_then(|path| at(&path));
    Ok((spec, status, selector.and_then(|value| value.as_str().map(str::to_owned))))
}

/// A selector in one line, as Go prints it.
fn selector_text(selector: &Value) -> String {
    let labels = selector.at(&["matchLabels"]).unwrap_or(selector);
    let mut parts: Vec<String> = labels
        .as_map()
        .into_iter()
        .flat_map(objects::Map::iter)
        .filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)))
        .collect();
    for expression in selector.list_at(&["matchExpressions"]) {
        let key = expression.str_at(&["key"]).unwrap_or_default();
        let values = expression.list_at(&["values"]).iter().filter_map(Value::as_str);
        let values = values.collect::<Vec<_>>().join(",");
        match expression.str_at(&["operator"]) {
            Some("In") => parts.push(format!("{key} in ({values})")),
            Some("NotIn") => parts.push(format!("{key} notin ({values})")),
            Some("Exists") => parts.push(key.to_owned()),
            Some("DoesNotExist") => parts.push(format!("!{key}")),
            _ => {}
        }
    }
    parts.join(",")
}
