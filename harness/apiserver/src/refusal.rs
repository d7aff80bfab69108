//! Refusals in the server's words.
//!
//! Source: kubernetes apimachinery, `api/errors`, and recorded answers.

use client::Status;
use objects::Value;
use schema::Cause;

use crate::catalogue::Kind;

fn details(kind: &Kind, name: &str) -> Value {
    let mut details = Value::map();
    if !kind.gvk.group.is_empty() {
        details.set(&["group"], kind.gvk.group.as_str());
    }
    details.set(&["kind"], Value::String(kind.plural.clone()));
    if !name.is_empty() {
        details.set(&["name"], name);
    }
    details
}

fn with_details(code: u16, reason: &str, message: String, details: Value) -> Status {
    Status { code, reason: reason.to_owned(), message, details }
}

/// 404 of one object.
pub(crate) fn not_found(kind: &Kind, name: &str) -> Status {
    let message = format!("{} \"{name}\" not found", kind.resource_name());
    with_details(404, "NotFound", message, details(kind, name))
}

/// 404 of a namespace.
pub(crate) fn namespace_not_found(name: &str) -> Status {
    let details = Value::from([("kind", "namespaces"), ("name", name)]);
    with_details(404, "NotFound", format!("namespaces \"{name}\" not found"), details)
}

/// 404 of a resource that is not served.
pub(crate) fn no_resource() -> Status {
    let message = "the server could not find the requested resource".to_owned();
    with_details(404, "NotFound", message, Value::map())
}

/// 409 of a creation.
pub(crate) fn already_exists(kind: &Kind, name: &str) -> Status {
    let message = format!("{} \"{name}\" already exists", kind.resource_name());
    with_details(409, "AlreadyExists", message, details(kind, name))
}

/// 409 of a version or a precondition.
pub(crate) fn conflict(kind: &Kind, name: &str, why: &str) -> Status {
    let message =
        format!("Operation cannot be fulfilled on {} \"{name}\": {why}", kind.resource_name());
    with_details(409, "Conflict", message, details(kind, name))
}

/// 409 of an update with an old version.
pub(crate) fn stale(kind: &Kind, name: &str) -> Status {
    let why = "the object has been modified; please apply your changes to the latest version and try again";
    conflict(kind, name, why)
}

/// 403 with the server's frame.
pub(crate) fn forbidden(kind: &Kind, name: &str, why: &str) -> Status {
    let message = if name.is_empty() {
        format!("{} is forbidden: {why}", kind.resource_name())
    } else {
        format!("{} \"{name}\" is forbidden: {why}", kind.resource_name())
    };
    with_details(403, "Forbidden", message, details(kind, name))
}

/// 400
pub(crate) fn bad_request(message: impl Into<String>) -> Status {
    Status::new(400, "BadRequest", message)
}

/// 405
pub(crate) fn not_allowed() -> Status {
    let message = "the server does not allow this method on the requested resource".to_owned();
    with_details(405, "MethodNotAllowed", message, Value::map())
}

/// 406 of a form that the resource does not have.
pub(crate) fn not_acceptable(message: String) -> Status {
    Status::new(406, "NotAcceptable", message)
}

/// 415
pub(crate) fn unsupported() -> Status {
    let message = "415: Unsupported Media Type".to_owned();
    with_details(415, "UnsupportedMediaType", message, Value::map())
}

/// 500 without a reason, as plain Go errors become.
pub(crate) fn plain(message: impl Into<String>) -> Status {
    Status::new(500, "", message)
}

/// 410
pub(crate) fn expired(message: impl Into<String>) -> Status {
    Status::new(410, "Expired", message)
}

/// 422 with all causes at once.
pub(crate) fn invalid(kind: &Kind, name: &str, causes: &[Cause]) -> Status {
    let named = named_kind(&kind.gvk.group, &kind.gvk.kind);
    invalid_named(&kind.gvk.group, &kind.gvk.kind, &named, name, causes)
}

/// 422 of a kind that is no resource of its own.
pub(crate) fn invalid_named(
    group: &str,
    kind: &str,
    named: &str,
    name: &str,
    causes: &[Cause],
) -> Status {
    let listed: Value = causes.iter().map(cause_value).collect();
    let mut details = Value::map();
    if !group.is_empty() {
        details.set(&["group"], group);
    }
    if !kind.is_empty() {
        details.set(&["kind"], kind);
    }
    if !name.is_empty() {
        details.set(&["name"], name);
    }
    details.set(&["causes"], listed);
    let message = format!("{named} \"{name}\" is invalid: {}", schema::summary(causes));
    with_details(422, "Invalid", message, details)
}

/// `Deployment.apps`
pub(crate) fn named_kind(group: &str, kind: &str) -> String {
    if group.is_empty() { kind.to_owned() } else { format!("{kind}.{group}") }
}

fn cause_value(cause: &Cause) -> Value {
    Value::from([
        ("field", Value::from(cause.field.as_str())),
        ("message", cause.message.as_str().into()),
        ("reason", cause.reason.into()),
    ])
}
