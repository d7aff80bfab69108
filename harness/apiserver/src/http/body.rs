//! Bodies: JSON and YAML, with Go's words for what cannot be read.

use client::{Patch, Status, Verb};
use objects::Value;

use super::{duplicates, merged, options};
use crate::context::{Context, Validation};
use crate::perform::Act;
use crate::{Request, protobuf, refusal};

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// The form of a patch by its content type; what is unknown is found by [`read`].
pub(crate) fn patch_form(request: &Request) -> Patch {
    match media(request).as_str() {
        "application/json-patch+json" => Patch::Json,
        "application/merge-patch+json" => Patch::Merge,
        "application/apply-patch+yaml" => Patch::Apply,
        _ => Patch::Strategic,
    }
}

fn media(request: &Request) -> String {
    let header = request.header("content-type").unwrap_or_default();
    header.split(';').next().unwrap_or_default().trim().to_lowercase()
}

/// Reads a body into an act.
pub(crate) fn read(context: &mut Context, request: &Request, act: &mut Act) -> Result<(), Status> {
    match act.verb {
        Verb::Get | Verb::List => Ok(()),
        Verb::Delete | Verb::DeleteCollection => {
            let body = delete_body(request)?;
            let (delete, dry_run) = options::delete(request, body.as_ref())?;
            act.delete = delete;
            context.dry_run |= dry_run;
            Ok(())
        }
        Verb::Patch(form) => patch_body(context, request, act, form),
        Verb::Create if matches!(act.sub.as_str(), "exec" | "attach" | "portforward" | "proxy") => {
            Ok(())
        }
        Verb::Create | Verb::Update => {
            act.body = Some(object_body(context, request, act)?);
            Ok(())
        }
    }
}

fn delete_body(request: &Request) -> Result<Option<Value>, Status> {
    if request.body.is_empty() {
        return Ok(None);
    }
    let value = match media(request).as_str() {
        "application/yaml" => yaml(&request.body).map_err(refusal::bad_request)?,
        "" | "application/json" => objects::from_json(&request.body)
            .map_err(|_| refusal::bad_request(json_problem(&request.body)))?,
        PROTOBUF => protobuf::read(&request.body).map_err(refusal::bad_request)?,
        _ => return Err(refusal::unsupported()),
    };
    Ok(Some(value))
}

fn patch_body(
    context: &mut Context,
    request: &Request,
    act: &mut Act,
    form: Patch,
) -> Result<(), Status> {
    let mut accepted = vec![
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/apply-patch+yaml",
    ];
    if !act.kind.is_custom() {
        accepted.insert(2, "application/strategic-merge-patch+json");
    }
    if !accepted.contains(&media(request).as_str()) {
        let mut status = refusal::unsupported();
        if act.kind.is_custom() && media(request).contains("strategic") {
            let list = accepted.join(", ");
            status.message = format!(
                "the body of the request was in an unknown format - accepted media types include: {list}"
            );
            status.details = Value::Null;
        }
        return Err(status);
    }
    if form == Patch::Apply {
        act.force = request
            .query("force")
            .is_some_and(|force| matches!(force, "true" | "1" | "t" | "T" | "True" | "TRUE"));
        act.body = Some(apply_body(&request.body)?);
        let doubled = match context.validation {
            Validation::Strict => yaml_duplicates(&request.body),
            _ => Vec::new(),
        };
        if !doubled.is_empty() {
            let lines = doubled.join("\n  ");
            return Err(refusal::bad_request(format!(
                "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  {lines}"
            )));
        }
        return Ok(());
    }
    let value = objects::from_json(&request.body)
        .map_err(|_| refusal::bad_request(json_problem(&request.body)))?;
    if context.validation != Validation::Ignore && form != Patch::Json {
        let found = duplicates::find(&request.body);
        context.doubled = found;
    }
    if form == Patch::Json && context.validation != Validation::Ignore {
        context.doubled = unknown_operations(&value);
    }
    act.body = Some(if value.is_null() { Value::map() } else { value });
    Ok(())
}

/// Keys that no operation of a JSON patch has.
fn unknown_operations(patch: &Value) -> Vec<String> {
    let known = ["op", "path", "from", "value"];
    let operations = patch.as_list().unwrap_or_default().iter().enumerate();
    operations
        .flat_map(|(at, operation)| {
            let keys = operation.as_map().into_iter().flat_map(objects::Map::keys);
            keys.filter(|key| !known.contains(&key.as_ref()))
                .map(move |key| format!("json patch unknown field \"[{at}].{key}\""))
                .collect::<Vec<_>>()
        })
        .collect()
}

fn apply_body(bytes: &[u8]) -> Result<Value, Status> {
    let value = yaml(bytes).map_err(|problem| {
        let text = format!("error decoding YAML: error converting YAML to JSON: {problem}");
        refusal::bad_request(text)
    })?;
    if matches!(value, Value::Map(_) | Value::Null) {
        return Ok(value);
    }
    let word = go_word(&value);
    let text = format!(
        "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {word} into Go value of type map[string]interface {{}}"
    );
    Err(refusal::bad_request(text))
}

/// Reads an object; what is wrong with its text is a 400.
fn object_body(context: &mut Context, request: &Request, act: &Act) -> Result<Value, Status> {
    let kind = &act.kind.gvk.kind;
    let unrecognized = |problem: &str, shown: &str| {
        refusal::bad_request(format!(
            "the object provided is unrecognized (must be of type {kind}): {problem} ({shown})"
        ))
    };
    match media(request).as_str() {
        "application/yaml" | "application/x-yaml" => {
            let value = yaml(&request.body)
                .map_err(|problem| unrecognized(&problem, &hex(&request.body)))?;
            let doubled = yaml_duplicates(&request.body);
            context.doubled = match context.validation {
                Validation::Strict if !doubled.is_empty() => {
                    vec![format!("yaml: unmarshal errors:\n  {}", doubled.join("\n  "))]
                }
                _ => doubled,
            };
            Ok(value)
        }
        "" | "application/json" => {
            let value = objects::from_json(&request.body).map_err(|_| {
                let problem = format!(
                    "couldn't get version/kind; json parse error: {}",
                    json_problem(&request.body)
                );
                unrecognized(&problem, &shown(&request.body))
            })?;
            match &value {
                Value::Map(map) => {
                    if let Some(problem) = wrong_names(map) {
                        let head =
                            "couldn't get version/kind; json parse error: json: cannot unmarshal";
                        return Err(unrecognized(
                            &format!("{head} {problem}"),
                            &shown(&request.body),
                        ));
                    }
                }
                Value::Null => return Ok(Value::map()),
                other => {
                    let problem = format!(
                        "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
                        go_word(other)
                    );
                    return Err(unrecognized(&problem, &hex(&request.body)));
                }
            }
            if context.validation != Validation::Ignore {
                context.doubled = duplicates::find(&request.body);
                context.order = duplicates::paths(&request.body);
                if !context.doubled.is_empty() {
                    return Ok(merged::parse(&request.body).unwrap_or(value));
                }
            }
            Ok(value)
        }
        PROTOBUF if !act.kind.is_custom() => protobuf::read(&request.body)
            .map_err(|problem| unrecognized(&problem, &hex(&request.body))),
        _ if act.kind.is_custom() => {
            let mut status = refusal::unsupported();
            status.message = "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf".to_owned();
            status.details = Value::Null;
            Err(status)
        }
        _ => Err(refusal::unsupported()),
    }
}

/// What is wrong with the types of `apiVersion` and `kind`, which are read before all else.
fn wrong_names(map: &objects::Map) -> Option<String> {
    ["apiVersion", "kind"].iter().find_map(|key| match map.get(key) {
        None | Some(Value::Null | Value::String(_)) => None,
        Some(other) => {
            Some(format!("{} into Go struct field .{key} of type string", go_word(other)))
        }
    })
}

fn go_word(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        other => other.type_name(),
    }
}

fn yaml(bytes: &[u8]) -> Result<Value, String> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| "yaml: invalid leading UTF-8 octet".to_owned())?;
    let documents = yaml::parse(text).map_err(|problem| {
        let text = problem.to_string();
        if text.starts_with("yaml:") { text } else { format!("yaml: {text}") }
    })?;
    match documents.first() {
        Some(first) => {
            objects::value_of(first, yaml::Schema::Yaml11).map_err(|problem| problem.to_string())
        }
        None => Ok(Value::map()),
    }
}

/// `line 5: key "name" already set in map`
fn yaml_duplicates(bytes: &[u8]) -> Vec<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let Ok(documents) = yaml::parse(text) else { return Vec::new() };
    let mut found = Vec::new();
    if let Some(first) = documents.first() {
        walk(first, &mut found);
    }
    found
}

fn walk(node: &yaml::Node, found: &mut Vec<String>) {
    match &node.kind {
        yaml::NodeKind::Sequence(items) => items.iter().for_each(|item| walk(item, found)),
        yaml::NodeKind::Mapping(entries) => {
            for (at, (key, value)) in entries.iter().enumerate() {
                let name = key.as_scalar();
                if name.is_some()
                    && entries[..at].iter().any(|(known, _)| known.as_scalar() == name)
                {
                    let name = name.unwrap_or_default();
                    found.push(format!("line {}: key {name:?} already set in map", key.place.line));
                }
                walk(value, found);
            }
        }
        _ => {}
    }
}

/// Bytes that are no object, as Go shows them.
fn hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "<empty>".to_owned();
    }
    let mut out: String = bytes.iter().take(1024).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > 1024 {
        out.push_str(" ...");
    }
    out
}

/// The beginning of a text that looks like JSON, else its bytes.
fn shown(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "<empty>".to_owned();
    }
    let text = String::from_utf8_lossy(bytes);
    if !text.trim_start().starts_with('{') {
        return hex(bytes);
    }
    if bytes.len() > 30 {
        let head: String = text.chars().take(30).collect();
        return format!("{head} ...");
    }
    text.into_owned()
}

/// What Go's decoder says of a broken JSON text.
pub(crate) fn json_problem(bytes: &[u8]) -> String {
    super::duplicates::syntax_problem(bytes)
}
