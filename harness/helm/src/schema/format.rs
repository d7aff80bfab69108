//! The formats that texts can be asked to have.
//!
//! Source: `santhosh-tekuri/jsonschema` v6 `format.go`. Formats that are not known here are not
//! checked: durations, periods, URI templates and JSON pointers among them.

use crate::go;
use crate::value::Val;

/// Why a value does not have a format; `None` where it has, or is no text.
pub(super) fn problem(name: &str, value: &Val) -> Option<String> {
    let text = value.as_str()?;
    let checked = match name {
        "email" => email(text),
        "hostname" => hostname(text),
        "ipv4" => ipv4(text),
        "ipv6" => ipv6(text),
        "date" => date(text),
        "date-time" => date_time(text),
        "uri" | "iri" => uri(text),
        "uuid" => uuid(text),
        "regex" => crate::functions::compile_pattern(text).map(drop),
        _ => Ok(()),
    };
    checked.err()
}

type Checked = Result<(), String>;

fn refuse(problem: impl Into<String>) -> Checked {
    Err(problem.into())
}

fn character(c: char) -> String {
    let quoted = go::quote(&c.to_string());
    format!("invalid character '{}'", &quoted[1..quoted.len() - 1])
}

fn email(text: &str) -> Checked {
    if text.len() > 254 {
        return refuse("more than 255 characters long");
    }
    let Some((local, domain)) = text.rsplit_once('@') else { return refuse("missing @") };
    if local.len() > 64 {
        return refuse("local part more than 64 characters long");
    }
    let quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    if quoted {
        if local[1..local.len() - 1].contains(['\\', '"']) {
            return refuse("backslash and quote are not allowed within quoted local part");
        }
    } else {
        unquoted(local)?;
    }
    if let Some(inside) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return match inside.strip_prefix("IPv6:") {
            Some(address) => ipv6(address).map_err(|p| format!("invalid ipv6 address: {p}")),
            None => ipv4(inside).map_err(|p| format!("invalid ipv4 address: {p}")),
        };
    }
    hostname(domain).map_err(|problem| format!("invalid domain: {problem}"))
}

fn unquoted(local: &str) -> Checked {
    if local.starts_with('.') {
        return refuse("starts with dot");
    }
    if local.ends_with('.') {
        return refuse("ends with dot");
    }
    if local.contains("..") {
        return refuse("consecutive dots");
    }
    let good = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
    local.chars().find(|c| !good(*c)).map_or(Ok(()), |c| Err(character(c)))
}

fn hostname(text: &str) -> Checked {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.len() > 253 {
        return refuse("more than 253 characters long");
    }
    for label in text.split('.') {
        if label.is_empty() || label.len() > 63 {
            return refuse("label must be 1 to 63 characters long");
        }
        if label.starts_with('-') {
            return refuse("label starts with hyphen");
        }
        if label.ends_with('-') {
            return refuse("label ends with hyphen");
        }
        if let Some(c) = label.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '-')) {
            return Err(character(c));
        }
    }
    Ok(())
}

fn ipv4(text: &str) -> Checked {
    let groups: Vec<&str> = text.split('.').collect();
    if groups.len() != 4 {
        return refuse("expected four decimals");
    }
    for group in groups {
        if group.len() > 1 && group.starts_with('0') {
            return refuse("leading zeros");
        }
        match group.parse::<i64>() {
            Ok(number) if (0..=255).contains(&number) => {}
            Ok(_) => return refuse("decimal must be between 0 and 255"),
            Err(_) => {
                let group = go::quote(group);
                return refuse(format!("strconv.Atoi: parsing {group}: invalid syntax"));
            }
        }
    }
    Ok(())
}

fn ipv6(text: &str) -> Checked {
    if !text.contains(':') {
        return refuse("missing colon");
    }
    if text.contains('%') {
        return refuse("zone id is not a part of ipv6 address");
    }
    let parsed = text.parse::<std::net::Ipv6Addr>();
    parsed.map(drop).map_err(|_| format!("ParseAddr({}): unable to parse IP", go::quote(text)))
}

fn date(text: &str) -> Checked {
    go::parse_time("2006-01-02", text).map(drop)
}

fn date_time(text: &str) -> Checked {
    if text.len() < 20 {
        return refuse("less than 20 characters long");
    }
    if !matches!(text.as_bytes()[10], b't' | b'T') {
        return refuse("11th character must be t or T");
    }
    let Some((day, _)) = text.split_at_checked(10) else {
        return refuse("11th character must be t or T");
    };
    date(day).map_err(|problem| format!("invalid date element: {problem}"))?;
    let upper = text.to_ascii_uppercase();
    go::parse_time("2006-01-02T15:04:05Z07:00", &upper)
        .map(drop)
        .map_err(|_| "invalid time element: hour/min/sec out of range".to_owned())
}

fn uri(text: &str) -> Checked {
    let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
    let starts = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
    let good = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    if starts && scheme.chars().all(good) { Ok(()) } else { refuse("relative url") }
}

fn uuid(text: &str) -> Checked {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let groups: Vec<&str> = text.split('-').collect();
    if groups.len() != LENGTHS.len() {
        return refuse("must have 5 elements");
    }
    for (at, (group, length)) in groups.into_iter().zip(LENGTHS).enumerate() {
        if group.len() != length {
            return refuse(format!("element {} must be {length} characters long", at + 1));
        }
        if let Some(c) = group.chars().find(|c| !c.is_ascii_hexdigit()) {
            return refuse(format!("non-hex character '{c}'"));
        }
    }
    Ok(())
}
