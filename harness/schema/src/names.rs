//! What names may look like (kubernetes apimachinery: `util/validation`).

/// Most characters of a DNS label.
const LABEL: usize = 63;
/// Most characters of a DNS subdomain.
const SUBDOMAIN: usize = 253;

const SUBDOMAIN_TEXT: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_TEXT: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035_TEXT: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_TEXT: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE_TEXT: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_TEXT: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

fn too_long(most: usize) -> String {
    format!("must be no more than {most} bytes")
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| lower(*byte))
        && bytes.last().is_some_and(|byte| lower(*byte))
        && bytes.iter().all(|byte| lower(*byte) || *byte == b'-')
}

/// Problems of a DNS subdomain.
pub(crate) fn subdomain(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if text.len() > SUBDOMAIN {
        found.push(too_long(SUBDOMAIN));
    }
    if !text.split('.').all(is_label) {
        found.push(SUBDOMAIN_TEXT.to_owned());
    }
    found
}

/// Problems of a DNS-1123 label.
pub(crate) fn label(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if text.len() > LABEL {
        found.push(too_long(LABEL));
    }
    if !is_label(text) {
        found.push(LABEL_TEXT.to_owned());
    }
    found
}

/// Problems of a DNS-1035 label.
pub(crate) fn label_1035(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if text.len() > LABEL {
        found.push(too_long(LABEL));
    }
    if !is_label(text) || !text.starts_with(|first: char| first.is_ascii_lowercase()) {
        found.push(LABEL_1035_TEXT.to_owned());
    }
    found
}

fn is_qualified_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    let inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(inner)
}

/// Problems of a qualified name such as a label key.
pub(crate) fn qualified(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((prefix, name)) if !name.contains('/') => {
            if prefix.is_empty() {
                found.push("prefix part must be non-empty".to_owned());
            } else {
                found.extend(
                    subdomain(prefix).into_iter().map(|text| format!("prefix part {text}")),
                );
            }
            name
        }
        Some(_) => {
            return vec![format!(
                "a valid label key {QUALIFIED_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        found.push("name part must be non-empty".to_owned());
    } else if name.len() > LABEL {
        found.push(format!("name part {}", too_long(LABEL)));
    }
    if !is_qualified_part(name) {
        found.push(format!("name part {QUALIFIED_TEXT}"));
    }
    found
}

/// Problems of a label value.
pub(crate) fn label_value(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if text.len() > LABEL {
        found.push(too_long(LABEL));
    }
    if !text.is_empty() && !is_qualified_part(text) {
        found.push(LABEL_VALUE_TEXT.to_owned());
    }
    found
}

/// Problems of a name that becomes a part of a path (RBAC kinds).
pub(crate) fn path_segment(text: &str) -> Vec<String> {
    match text {
        "." | ".." => vec![format!("may not be '{text}'")],
        _ => ["/", "%"]
            .iter()
            .filter(|part| text.contains(**part))
            .map(|part| format!("may not contain '{part}'"))
            .collect(),
    }
}

/// Problems of a key of a ConfigMap or Secret.
pub(crate) fn config_key(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if text.len() > SUBDOMAIN {
        found.push(format!("must be no more than {SUBDOMAIN} characters"));
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if text.is_empty() || !text.bytes().all(legal) {
        found.push(KEY_TEXT.to_owned());
    }
    if text == "." || text == ".." {
        found.push(format!("must not be '{text}'"));
    } else if text.starts_with("..") {
        found.push("must not start with '..'".to_owned());
    }
    found
}

/// Problems of an object's name by the rule for subdomains or labels, in the words for names.
pub(crate) fn object_name(text: &str, label_only: bool) -> Vec<String> {
    let most = if label_only { LABEL } else { SUBDOMAIN };
    let mut found = Vec::new();
    if text.len() > most {
        found.push(format!("must be no more than {most} characters"));
    }
    if label_only && text.contains('.') && text.split('.').all(is_label) {
        found.push("must not contain dots".to_owned());
    } else if label_only && !is_label(text) {
        found.push(LABEL_TEXT.to_owned());
    } else if !text.split('.').all(is_label) {
        found.push(SUBDOMAIN_TEXT.to_owned());
    }
    found
}

/// Problems of a wildcard host such as `*.example.com`.
pub(crate) fn wildcard(text: &str) -> Vec<String> {
    const TEXT: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    let rest = text.strip_prefix("*.").unwrap_or_default();
    match rest.split('.').all(is_label) {
        true => Vec::new(),
        false => vec![TEXT.to_owned()],
    }
}

/// Problems of a port's name.
pub(crate) fn port_name(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if text.len() > 15 {
        found.push("must be no more than 15 characters".to_owned());
    }
    if !text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        found.push(
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned(),
        );
    } else if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        found.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        found.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        found.push("must not begin or end with a hyphen".to_owned());
    }
    found
}
