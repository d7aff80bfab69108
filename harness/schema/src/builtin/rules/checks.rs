//! Small checks that many kinds share: numbers, ports, selectors, addresses.

use std::net::IpAddr;

use objects::Value;

use super::Out;
use crate::cause::quote;
use crate::{Cause, names};

/// A number that may not be negative.
pub(super) fn not_negative(value: &Value, path: &[&str], prefix: &str, out: &mut Out) {
    if let Some(number) = value.int_at(path).filter(|number| *number < 0) {
        let field = format!("{prefix}{}", path.join("."));
        out.push(Cause::invalid(&field, &Value::Int(number), "must be greater than or equal to 0"));
    }
}

/// A text that must be one of a few.
pub(super) fn one_of(value: &Value, key: &str, field: &str, known: &[&str], out: &mut Out) {
    if let Some(found) = value.get(key).filter(|found| !found.is_null())
        && !known.contains(&found.as_str().unwrap_or_default())
    {
        out.push(Cause::not_supported(field, found, known));
    }
}

/// A port number.
pub(super) fn port_number(value: &Value, field: &str, out: &mut Out) {
    if let Some(number) = value.as_int()
        && !(1..=65535).contains(&number)
    {
        out.push(Cause::invalid(field, value, "must be between 1 and 65535, inclusive"));
    }
}

/// A port by number or name.
pub(super) fn port(value: &Value, field: &str, out: &mut Out) {
    port_number(value, field, out);
    if let Some(name) = value.as_str() {
        out.extend(names::port_name(name).iter().map(|p| Cause::invalid(field, value, p)));
    }
}

/// Whether a text is an IP address that the server takes; the cause otherwise.
pub(super) fn ip(value: &Value, field: &str, out: &mut Out) {
    let text = value.as_str().unwrap_or_default();
    if text.parse::<IpAddr>().is_ok() {
        return;
    }
    let padded = text.split('.').count() == 4
        && text.split('.').any(|part| part.len() > 1 && part.starts_with('0'))
        && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let detail = match padded {
        true => "must not have leading 0s",
        false => "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
    };
    out.push(Cause::invalid(field, value, detail));
}

/// A CIDR block.
pub(super) fn cidr(value: &Value, field: &str, out: &mut Out) {
    let text = value.as_str().unwrap_or_default();
    let fits = text.split_once('/').is_some_and(|(address, bits)| {
        let most = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        bits.parse::<u32>().is_ok_and(|bits| bits <= most)
    });
    if !fits {
        let detail = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
        out.push(Cause::invalid(field, value, detail));
    }
}

/// A label selector.
pub(super) fn selector(selector: &Value, field: &str, out: &mut Out) {
    crate::meta::label_map(selector.get("matchLabels"), &format!("{field}.matchLabels"), out);
    for (at, rule) in selector.list_at(&["matchExpressions"]).iter().enumerate() {
        let field = format!("{field}.matchExpressions[{at}]");
        let values = rule.list_at(&["values"]);
        match rule.str_at(&["operator"]).unwrap_or_default() {
            "In" | "NotIn" if values.is_empty() => {
                let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                out.push(Cause::required(&format!("{field}.values"), detail));
            }
            "Exists" | "DoesNotExist" if !values.is_empty() => {
                let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                out.push(Cause::forbidden(&format!("{field}.values"), detail));
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => {
                let detail = "not a valid selector operator";
                out.push(Cause::invalid(&format!("{field}.operator"), &other.into(), detail));
            }
        }
        let key = rule.get("key").cloned().unwrap_or_default();
        let problems = names::qualified(key.as_str().unwrap_or_default());
        let place = format!("{field}.key");
        out.extend(problems.iter().map(|p| Cause::invalid(&place, &key, p)));
        for (at, value) in values.iter().enumerate() {
            let problems = names::label_value(value.as_str().unwrap_or_default());
            let place = format!("{field}.values[{at}]");
            out.extend(problems.iter().map(|p| Cause::invalid(&place, value, p)));
        }
    }
}

/// Whether a selector selects nothing in particular.
pub(super) fn is_empty_selector(selector: &Value) -> bool {
    let labels = selector.get("matchLabels").and_then(Value::as_map);
    labels.is_none_or(objects::Map::is_empty) && selector.list_at(&["matchExpressions"]).is_empty()
}

/// Whether a label selector matches labels; `None` if it cannot be read.
pub(super) fn matches(selector: &Value, labels: Option<&Value>) -> Option<bool> {
    let label = |key: &str| labels.and_then(|labels| labels.str_at(&[key]));
    for (key, value) in selector.get("matchLabels").and_then(Value::as_map).into_iter().flatten() {
        if !names::label_value(value.as_str()?).is_empty() {
            return None;
        }
        if label(key) != value.as_str() {
            return Some(false);
        }
    }
    for rule in selector.list_at(&["matchExpressions"]) {
        let values: Vec<_> = rule.list_at(&["values"]).iter().map(Value::as_str).collect();
        let found = label(rule.str_at(&["key"])?);
        let fits = match rule.str_at(&["operator"])? {
            "In" if !values.is_empty() => found.is_some() && values.contains(&found),
            "NotIn" if !values.is_empty() => found.is_none() || !values.contains(&found),
            "Exists" if values.is_empty() => found.is_some(),
            "DoesNotExist" if values.is_empty() => found.is_none(),
            _ => return None,
        };
        if !fits {
            return Some(false);
        }
    }
    Some(true)
}

/// A number or percentage (`maxSurge` and the like); `true` if it can be read on.
pub(super) fn count_or_percent(value: &Value, field: &str, out: &mut Out) -> bool {
    match value {
        Value::Int(number) if *number < 0 => {
            out.push(Cause::invalid(field, value, "must be greater than or equal to 0"));
            false
        }
        Value::String(text) => {
            let digits = text.strip_suffix('%').unwrap_or_default();
            let fits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !fits {
                let detail = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
                out.push(Cause::invalid(field, value, detail));
            }
            fits
        }
        _ => true,
    }
}

/// The number of a count or percentage, with its sign `%` dropped.
pub(super) fn number_of(value: Option<&Value>) -> i64 {
    match value {
        Some(Value::Int(number)) => *number,
        Some(Value::String(text)) => text.trim_end_matches('%').parse().unwrap_or(0),
        _ => 0,
    }
}

/// Not more than 100 %.
pub(super) fn at_most_all(value: &Value, field: &str, out: &mut Out) {
    if value.as_str().is_some() && number_of(Some(value)) > 100 {
        out.push(Cause::invalid(field, value, "must not be greater than 100%"));
    }
}

/// A field that may not change; `name` as the message shows the value.
pub(super) fn unchanged(new: &Value, old: &Value, path: &[&str], out: &mut Out) {
    if new.at(path) != old.at(path) {
        let value = new.at(path).cloned().unwrap_or_default();
        out.push(Cause::invalid(&path.join("."), &value, "field is immutable"));
    }
}

/// Names of a list that stand there twice.
pub(super) fn duplicates(items: &[Value], key: &str, field: &str, out: &mut Out) {
    for (at, item) in items.iter().enumerate() {
        let Some(name) = item.get(key).filter(|name| name.as_str() != Some("")) else { continue };
        if items[..at].iter().any(|earlier| earlier.get(key) == Some(name)) {
            out.push(Cause::duplicate(&format!("{field}[{at}].{key}"), name));
        }
    }
}

/// A struct's text in Go's JSON: `{"Type":"x","RollingUpdate":null}`.
pub(super) fn go_struct(fields: &[(&str, Option<&Value>)]) -> String {
    let parts = fields.iter().map(|(name, value)| {
        let value = value.map_or_else(|| "null".to_owned(), crate::cause::go_json);
        format!("{}:{value}", quote(name))
    });
    format!("{{{}}}", parts.collect::<Vec<_>>().join(","))
}
