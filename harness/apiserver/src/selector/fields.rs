//! Field selectors: a few fields by kind.
//!
//! Source: kubernetes `pkg/apis/*/v1/conversion.go` and the registries' `ToSelectableFields`.

use client::Status;
use objects::{Object, Value};

use crate::catalogue::Kind;
use crate::refusal;

/// `path=value` or `path!=value`.
#[derive(Debug, Clone)]
pub(crate) struct Term {
    path: String,
    equal: bool,
    value: String,
}

impl Term {
    pub(crate) fn name(&self) -> Option<&str> {
        (self.equal && self.path == "metadata.name").then_some(self.value.as_str())
    }

    pub(crate) fn matches(&self, kind: &Kind, object: &Object) -> bool {
        (field(kind, object, &self.path) == self.value) == self.equal
    }
}

/// Reads a field selector.
pub(crate) fn parse(kind: &Kind, text: &str) -> Result<Vec<Term>, Status> {
    let mut terms = Vec::new();
    for part in split(text).into_iter().filter(|part| !part.is_empty()) {
        let (path, equal, value) = split_term(&part).ok_or_else(|| {
            refusal::bad_request(format!("invalid selector: '{text}'; can't understand '{part}'"))
        })?;
        let unescaped = unescape(value).ok_or_else(|| {
            refusal::bad_request(format!(
                "invalid field selector: invalid escape sequence in {part:?}"
            ))
        })?;
        if !is_known(kind, path) {
            return Err(refusal::bad_request(format!("field label not supported: {path}")));
        }
        terms.push(Term { path: path.to_owned(), equal, value: unescaped });
    }
    Ok(terms)
}

/// Splits at commas that are not escaped.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ',' => parts.push(String::new()),
            '\\' => {
                if let Some(last) = parts.last_mut() {
                    last.push(letter);
                    last.extend(letters.next());
                }
            }
            _ => {
                if let Some(last) = parts.last_mut() {
                    last.push(letter);
                }
            }
        }
    }
    parts
}

fn split_term(part: &str) -> Option<(&str, bool, &str)> {
    for (at, letter) in part.char_indices() {
        match letter {
            '!' if part[at..].starts_with("!=") => {
                return Some((&part[..at], false, &part[at + 2..]));
            }
            '=' if part[at..].starts_with("==") => {
                return Some((&part[..at], true, &part[at + 2..]));
            }
            '=' => return Some((&part[..at], true, &part[at + 1..])),
            _ => {}
        }
    }
    None
}

fn unescape(value: &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next()? {
                escaped @ ('\\' | ',' | '=') => out.push(escaped),
                _ => return None,
            },
            ',' | '=' => return None,
            letter => out.push(letter),
        }
    }
    Some(out)
}

fn is_known(kind: &Kind, path: &str) -> bool {
    if path == "metadata.name" || path == "metadata.namespace" {
        return true;
    }
    if let Some(custom) = &kind.custom {
        return custom.selectable.iter().any(|known| known == path);
    }
    fields(kind).contains(&path)
}

fn fields(kind: &Kind) -> &'static [&'static str] {
    match (kind.gvk.group.as_str(), kind.gvk.kind.as_str()) {
        ("", "Pod") => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        ("", "Node") => &["spec.unschedulable"],
        ("", "ReplicationController") => &["status.replicas"],
        ("apps", "ReplicaSet") => &["status.replicas"],
        ("", "Namespace") => &["status.phase"],
        ("", "Secret") => &["type"],
        ("", "Service") => &["spec.clusterIP", "spec.type"],
        ("batch", "Job") => &["status.successful"],
        ("certificates.k8s.io", "CertificateSigningRequest") => &["spec.signerName"],
        ("", "Event") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        ("events.k8s.io", "Event") => &[
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
            "regarding.apiVersion",
            "regarding.resourceVersion",
            "regarding.fieldPath",
            "reason",
            "reportingController",
            "type",
        ],
        _ => &[],
    }
}

fn field(kind: &Kind, object: &Object, path: &str) -> String {
    if path == "source" && kind.gvk.kind == "Event" {
        let source = object.str_at(&["source", "component"]).filter(|text| !text.is_empty());
        return source
            .or_else(|| object.str_at(&["reportingComponent"]))
            .unwrap_or_default()
            .into();
    }
    let path = if path == "status.successful" { "status.succeeded" } else { path };
    let keys: Vec<&str> = path.split('.').collect();
    match object.at(&keys) {
        Some(Value::String(text)) => text.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        Some(Value::Int(number)) => number.to_string(),
        Some(other) if !other.is_null() => objects::to_json(other),
        _ => zero(path).to_owned(),
    }
}

/// What an absent field reads as.
fn zero(path: &str) -> &'static str {
    match path {
        "spec.unschedulable" | "spec.hostNetwork" => "false",
        "status.succeeded" | "status.replicas" => "0",
        _ => "",
    }
}
