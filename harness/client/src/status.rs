//! A refusal, as the API words it.

use objects::Value;

/// A `Status` of `Failure`.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Status {
    /// HTTP code.
    pub code: u16,
    /// Machine-readable reason: `NotFound`, `Conflict`, `Invalid`, …
    pub reason: String,
    /// What the server says.
    pub message: String,
    /// `details`, with causes; `null` where there are none.
    pub details: Value,
}

impl Status {
    /// A refusal without details.
    #[must_use]
    pub fn new(code: u16, reason: &str, message: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), message: message.into(), details: Value::Null }
    }

    /// Whether the object or its kind is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.reason == "NotFound"
    }

    /// Whether a version, a manager or a name conflicts.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.reason == "Conflict"
    }

    /// Whether the object exists already.
    #[must_use]
    pub fn already_exists(&self) -> bool {
        self.reason == "AlreadyExists"
    }

    /// As the body of an answer.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut body = Value::from([
            ("kind", Value::from("Status")),
            ("apiVersion", "v1".into()),
            ("metadata", Value::map()),
            ("status", "Failure".into()),
            ("message", self.message.as_str().into()),
            ("reason", self.reason.as_str().into()),
            ("code", i64::from(self.code).into()),
        ]);
        if !self.details.is_null() {
            body.set(&["details"], self.details.clone());
        }
        body
    }
}
