//! One broken rule: the field, the machine-readable reason and the server's words.

use std::fmt;

use objects::Value;

/// A cause of a 422, as `details.causes` lists it.
///
/// Source of the texts: kubernetes apimachinery, `util/validation/field`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Path such as `spec.ports[0].name`.
    pub field: String,
    /// `FieldValueInvalid`, `FieldValueRequired`, …
    pub reason: &'static str,
    /// Without the field: `Required value`.
    pub message: String,
}

impl fmt::Display for Cause {
    /// With the field, as the message of a `Status` repeats it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.field, self.message)
    }
}

impl Cause {
    fn new(field: &str, reason: &'static str, message: String) -> Self {
        Self { field: field.to_owned(), reason, message }
    }

    fn with(field: &str, reason: &'static str, head: &str, detail: &str) -> Self {
        let message = if detail.is_empty() { head.to_owned() } else { format!("{head}: {detail}") };
        Self::new(field, reason, message)
    }

    /// `Required value`, with a detail unless that is empty.
    #[must_use]
    pub fn required(field: &str, detail: &str) -> Self {
        Self::with(field, "FieldValueRequired", "Required value", detail)
    }

    /// `Invalid value: VALUE: DETAIL`
    #[must_use]
    pub fn invalid(field: &str, value: &Value, detail: &str) -> Self {
        let head = format!("Invalid value: {}", shown(value));
        Self::with(field, "FieldValueInvalid", &head, detail)
    }

    /// `Invalid value: SHOWN: DETAIL` where the server shows something else than the value.
    #[must_use]
    pub fn invalid_shown(field: &str, shown: &str, detail: &str) -> Self {
        Self::with(field, "FieldValueInvalid", &format!("Invalid value: {shown}"), detail)
    }

    /// `Invalid value: "TYPE": DETAIL` with the reason of a wrong type.
    #[must_use]
    pub fn type_invalid(field: &str, value: &Value, detail: &str) -> Self {
        let head = format!("Invalid value: {}", shown(value));
        Self::with(field, "FieldValueTypeInvalid", &head, detail)
    }

    /// `Unsupported value: "x": supported values: "a", "b"`
    #[must_use]
    pub fn not_supported(field: &str, value: &Value, supported: &[&str]) -> Self {
        let names: Vec<_> = supported.iter().map(|name| quote(name)).collect();
        let detail = format!("supported values: {}", names.join(", "));
        let detail = if supported.is_empty() { "" } else { &detail };
        let head = format!("Unsupported value: {}", shown(value));
        Self::with(field, "FieldValueNotSupported", &head, detail)
    }

    /// `Forbidden: DETAIL`
    #[must_use]
    pub fn forbidden(field: &str, detail: &str) -> Self {
        Self::with(field, "FieldValueForbidden", "Forbidden", detail)
    }

    /// `Duplicate value: VALUE`
    #[must_use]
    pub fn duplicate(field: &str, value: &Value) -> Self {
        let head = format!("Duplicate value: {}", shown(value));
        Self::new(field, "FieldValueDuplicate", head)
    }

    /// `Not found: VALUE`
    #[must_use]
    pub fn not_found(field: &str, value: &Value) -> Self {
        Self::new(field, "FieldValueNotFound", format!("Not found: {}", shown(value)))
    }

    /// `Too long: may not be more than N bytes`
    #[must_use]
    pub fn too_long(field: &str, limit: usize) -> Self {
        let message = format!("Too long: may not be more than {limit} bytes");
        Self::new(field, "FieldValueTooLong", message)
    }

    /// `Too many: N: must have at most LIMIT items`
    #[must_use]
    pub fn too_many(field: &str, count: usize, limit: usize) -> Self {
        let items = if limit == 1 { "item" } else { "items" };
        let message = format!("Too many: {count}: must have at most {limit} {items}");
        Self::new(field, "FieldValueTooMany", message)
    }
}

/// All causes in one text: the only one, or `[a, b]`; equal ones said once.
#[must_use]
pub fn summary(causes: &[Cause]) -> String {
    let mut texts: Vec<String> = Vec::with_capacity(causes.len());
    for cause in causes {
        let text = cause.to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    match texts.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}

/// A value as Go prints it in field errors: text quoted, collections as JSON.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        other => go_json(other),
    }
}

/// Compact JSON as Go writes it: `<`, `>`, `&` escaped.
pub(crate) fn go_json(value: &Value) -> String {
    let text = objects::to_json(value);
    if !text.contains(['<', '>', '&']) {
        return text;
    }
    text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// Text in double quotes as Go's `%q` writes it.
pub(crate) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\u{b}' => out.push_str("\\v"),
            control if control.is_control() => {
                out.push_str(&format!("\\x{:02x}", control as u32));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
