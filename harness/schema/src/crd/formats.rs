//! String formats that are checked (kube-openapi `strfmt`).

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a text fits a format; unknown formats fit always.
pub(super) fn fits(format: &str, text: &str) -> bool {
    match format {
        "date-time" | "datetime" => crate::decode::is_time(text),
        "date" => text.len() == 10 && crate::decode::is_time(&format!("{text}T00:00:00Z")),
        "duration" => is_duration(text),
        "byte" => is_base64(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => is_cidr(text),
        "mac" => is_mac(text),
        "uuid" | "uuid3" | "uuid4" | "uuid5" => is_uuid(text),
        "email" => {
            text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty())
        }
        "hostname" => is_hostname(text),
        "uri" => {
            text.split_once(':').is_some_and(|(scheme, rest)| {
                !rest.is_empty()
                    && !scheme.is_empty()
                    && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
            }) || text.starts_with('/')
        }
        _ => true,
    }
}

/// Go's `time.ParseDuration`, or a number of days and weeks as strfmt allows.
fn is_duration(text: &str) -> bool {
    let body = text.trim_start_matches(['+', '-']);
    if body == "0" {
        return true;
    }
    let mut rest = body;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number = &rest[..digits];
        let units = rest[digits..].trim_start();
        let letters = units.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(units.len());
        let unit = units[..letters].trim();
        let known = matches!(
            unit,
            "ns" | "us"
                | "µs"
                | "μs"
                | "ms"
                | "s"
                | "m"
                | "h"
                | "d"
                | "w"
                | "day"
                | "days"
                | "week"
                | "weeks"
                | "hour"
                | "hours"
                | "minute"
                | "minutes"
                | "second"
                | "seconds"
                | "hr"
                | "hrs"
                | "min"
                | "mins"
                | "sec"
                | "secs"
        );
        if number.is_empty() || number == "." || !known {
            return false;
        }
        rest = &units[letters..];
        parts += 1;
    }
    parts > 0
}

fn is_base64(text: &str) -> bool {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.decode(text).is_ok()
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let bits: u32 = bits.parse().unwrap_or(u32::MAX);
    address.parse::<Ipv4Addr>().is_ok() && bits <= 32
        || address.parse::<Ipv6Addr>().is_ok() && bits <= 128
}

fn is_mac(text: &str) -> bool {
    let parts: Vec<_> = text.split([':', '-']).collect();
    parts.len() == 6
        && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_uuid(text: &str) -> bool {
    let plain: String = text.chars().filter(|letter| *letter != '-').collect();
    plain.len() == 32 && plain.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_hostname(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.len() <= 255 && text.trim_end_matches('.').split('.').all(label)
}
