//! ConfigMaps, Secrets and service accounts.

use objects::Value;

use super::Out;
use crate::{Cause, names};

/// Most bytes of a Secret's or ConfigMap's values.
const MOST_BYTES: usize = 1024 * 1024;

/// ConfigMap.
pub(super) fn config_map(object: &Value, old: Option<&Value>, out: &mut Out) {
    if let Some(old) = old.filter(|old| old.bool_at(&["immutable"]) == Some(true)) {
        frozen(object, old, &["data", "binaryData"], out);
    }
    let mut bytes = 0;
    for field in ["data", "binaryData"] {
        for (key, value) in object.get(field).and_then(Value::as_map).into_iter().flatten() {
            config_key(&format!("{field}[{key}]"), key, out);
            if field == "data" && object.at(&["binaryData", key]).is_some() {
                let detail = "duplicate of key present in binaryData";
                out.push(Cause::invalid(&format!("data[{key}]"), &key.as_ref().into(), detail));
            }
            bytes += value.as_str().map_or(0, str::len);
        }
    }
    if bytes > MOST_BYTES {
        out.push(Cause::too_long("", MOST_BYTES));
    }
}

fn config_key(field: &str, key: &str, out: &mut Out) {
    let shown = Value::from(key);
    out.extend(names::config_key(key).iter().map(|p| Cause::invalid(field, &shown, p)));
}

/// What may not change once `immutable` is set.
fn frozen(object: &Value, old: &Value, fields: &[&str], out: &mut Out) {
    if object.bool_at(&["immutable"]) != Some(true) {
        out.push(Cause::forbidden("immutable", "field is immutable when `immutable` is set"));
    }
    for field in fields {
        let empty = |value: Option<&Value>| {
            value.is_none_or(|v| v.as_map().is_none_or(objects::Map::is_empty))
        };
        let (new, known) = (object.get(field), old.get(field));
        if new != known && !(empty(new) && empty(known)) {
            out.push(Cause::forbidden(field, "field is immutable when `immutable` is set"));
        }
    }
}

/// Secret.
pub(super) fn secret(object: &Value, old: Option<&Value>, out: &mut Out) {
    if let Some(old) = old {
        let kind = object.get("type").cloned().unwrap_or_default();
        if Some(&kind) != old.get("type") {
            out.push(Cause::invalid("type", &kind, "field is immutable"));
        }
        if old.bool_at(&["immutable"]) == Some(true) {
            frozen(object, old, &["data"], out);
        }
    }
    let mut bytes = 0;
    for (key, value) in object.get("data").and_then(Value::as_map).into_iter().flatten() {
        config_key(&format!("data[{key}]"), key, out);
        bytes += value.as_str().map_or(0, |text| text.len() / 4 * 3);
    }
    if bytes > MOST_BYTES {
        out.push(Cause::too_long("data", MOST_BYTES));
    }
    secret_type(object, out);
}

fn secret_type(object: &Value, out: &mut Out) {
    let needs = |out: &mut Out, key: &str| {
        if object.at(&["data", key]).is_none() {
            out.push(Cause::required(&format!("data[{key}]"), ""));
        }
    };
    match object.str_at(&["type"]).unwrap_or_default() {
        "kubernetes.io/service-account-token" => {
            const NAME: &str = "kubernetes.io/service-account.name";
            if object.str_at(&["metadata", "annotations", NAME]).is_none_or(str::is_empty) {
                out.push(Cause::required(&format!("metadata.annotations[{NAME}]"), ""));
            }
        }
        "kubernetes.io/dockercfg" => docker(object, ".dockercfg", out),
        "kubernetes.io/dockerconfigjson" => docker(object, ".dockerconfigjson", out),
        "kubernetes.io/basic-auth" => {
            let user = object.at(&["data", "username"]).is_some();
            if !user && object.at(&["data", "password"]).is_none() {
                out.push(Cause::required("data[username]", ""));
                out.push(Cause::required("data[password]", ""));
            }
        }
        "kubernetes.io/ssh-auth" => needs(out, "ssh-privatekey"),
        "kubernetes.io/tls" => {
            needs(out, "tls.crt");
            needs(out, "tls.key");
        }
        _ => {}
    }
}

fn docker(object: &Value, key: &str, out: &mut Out) {
    use base64::Engine;
    let field = format!("data[{key}]");
    let Some(text) = object.str_at(&["data", key]) else {
        out.push(Cause::required(&field, ""));
        return;
    };
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
    if let Err(error) = objects::from_json(&bytes) {
        let detail = if bytes.is_empty() {
            "unexpected end of JSON input".to_owned()
        } else {
            go_json_error(&bytes, &error.to_string())
        };
        out.push(Cause::invalid_shown(&field, "\"<secret contents redacted>\"", &detail));
    }
}

fn go_json_error(bytes: &[u8], error: &str) -> String {
    match bytes.first() {
        Some(first) if !matches!(first, b'{' | b'[' | b'"') => {
            format!("invalid character '{}' looking for beginning of value", char::from(*first))
        }
        _ => match (error.starts_with("expected value"), error.rsplit_once("column ")) {
            (true, Some((_, column))) => {
                let at = column.parse::<usize>().unwrap_or(1).saturating_sub(1);
                let found = char::from(bytes.get(at).copied().unwrap_or(b'?'));
                format!("invalid character '{found}' looking for beginning of value")
            }
            _ => error.to_owned(),
        },
    }
}
