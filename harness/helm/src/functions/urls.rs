//! Addresses: `urlParse` and `urlJoin`.
//!
//! Source: sprig `url.go` over Go `net/url`.

use super::strings::string;
use super::{Answer, Entry, refuse, text};
use crate::error::ExecError;
use crate::go;
use crate::template::Param::{Dict, Str};
use crate::value::Val;

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "urlParse" => (&[Str], None, |_, a| parse(text(&a[0]))),
        "urlJoin" => (&[Dict], None, |_, a| join(&a[0])),
        _ => return None,
    };
    Some(entry)
}

#[derive(Default)]
struct Url {
    scheme: String,
    opaque: String,
    user: Option<String>,
    host: String,
    path: String,
    query: String,
    fragment: String,
}

fn parse(text: &str) -> Answer {
    let url = split(text).map_err(|problem| {
        let text = go::quote(text);
        ExecError::new(format!("unable to parse url: parse {text}: {problem}"))
    })?;
    let hostname = match url.host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inside, _)) => inside,
        None => url.host.split(':').next().unwrap_or_default(),
    };
    let parts = [
        ("scheme", url.scheme.as_str()),
        ("host", &url.host),
        ("hostname", hostname),
        ("path", &url.path),
        ("query", &url.query),
        ("opaque", &url.opaque),
        ("fragment", &url.fragment),
        ("userinfo", url.user.as_deref().unwrap_or_default()),
    ];
    Ok(Val::dict(parts.map(|(key, part)| (key.into(), Val::str(part)))))
}

fn split(text: &str) -> Result<Url, String> {
    let mut url = Url::default();
    if text.chars().any(|c| c < ' ' || c == '\u{7f}') {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    url.fragment = unescape(fragment, false)?;
    let (scheme, rest) = scheme(rest)?;
    url.scheme = scheme.to_lowercase();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    url.query = query.to_owned();
    if !rest.starts_with('/') {
        if !url.scheme.is_empty() {
            url.opaque = rest.to_owned();
            return Ok(url);
        }
        let first = rest.split('/').next().unwrap_or_default();
        if first.contains(':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let path = match rest.strip_prefix("//").filter(|_| !rest.starts_with("///")) {
        Some(after) => {
            let end = after.find('/').unwrap_or(after.len());
            authority(&mut url, &after[..end])?;
            &after[end..]
        }
        None if rest.starts_with("///") => &rest[2..],
        None => rest,
    };
    url.path = unescape(path, false)?;
    Ok(url)
}

fn scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, c) in text.char_indices() {
        match c {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

fn authority(url: &mut Url, text: &str) -> Result<(), String> {
    let host = match text.rsplit_once('@') {
        Some((user, host)) => {
            let (name, password) = match user.split_once(':') {
                Some((name, password)) => (name, Some(password)),
                None => (user, None),
            };
            let mut shown = escape(&unescape(name, true)?, Place::User);
            if let Some(password) = password {
                shown.push(':');
                shown.push_str(&escape(&unescape(password, true)?, Place::User));
            }
            url.user = Some(shown);
            host
        }
        None => text,
    };
    let port = match host.strip_prefix('[') {
        Some(rest) => match rest.rfind(']') {
            Some(end) => &rest[end + 1..],
            None => return Err("missing ']' in host".to_owned()),
        },
        None => host.find(':').map_or("", |at| &host[at..]),
    };
    let good =
        port.strip_prefix(':').is_none_or(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    if !good || (!port.is_empty() && !port.starts_with(':')) {
        return Err(format!("invalid port {} after host", go::quote(port)));
    }
    url.host = unescape(host, true)?;
    if let Some(c) = url.host.chars().find(|c| " <>\"^`{}|\\".contains(*c)) {
        return Err(format!("invalid character {} in host name", go::quote(&c.to_string())));
    }
    Ok(())
}

fn unescape(text: &str, _host: bool) -> Result<String, String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        let pair = text.get(at + 1..at + 3).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let Some(byte) = pair else {
            let end = text.len().min(at + 3);
            let shown = go::quote(text.get(at..end).unwrap_or("%"));
            return Err(format!("invalid URL escape {shown}"));
        };
        out.push(byte);
        at += 3;
    }
    Ok(go::text_of_bytes(&out).into_owned())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    User,
    Host,
    Path,
    Fragment,
}

fn escape(text: &str, place: Place) -> String {
    let mut out = String::new();
    for byte in go::bytes_of_text(text).iter() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~$&+=".contains(byte);
        let more: &[u8] = match place {
            Place::User => b";,",
            Place::Host => b"!'()*,;:[]<>\"",
            Place::Path => b"/:@;,",
            Place::Fragment => b"/:@;,?!()*'",
        };
        if plain || more.contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn join(parts: &Val) -> Answer {
    let part = |key: &str| match parts.get(key) {
        None => Ok(String::new()),
        Some(Val::Str(text)) => Ok(text.to_string()),
        Some(Val::Nil | Val::Missing) => {
            Err(ExecError::new("runtime error: invalid memory address or nil pointer dereference"))
        }
        Some(other) => Err(ExecError::new(format!(
            "unable to parse {key} key, must be of type string, but {} found",
            other.kind()
        ))),
    };
    let (scheme, host, path) = (part("scheme")?, part("host")?, part("path")?);
    let (query, opaque, fragment) = (part("query")?, part("opaque")?, part("fragment")?);
    let userinfo = part("userinfo")?;
    let user = if userinfo.is_empty() {
        None
    } else {
        match split(&format!("proto://{userinfo}@host")) {
            Ok(url) => url.user,
            Err(problem) => return refuse(format!("unable to parse userinfo in dict: {problem}")),
        }
    };
    let mut out = String::new();
    if !scheme.is_empty() {
        out.push_str(&format!("{scheme}:"));
    }
    if opaque.is_empty() {
        if !scheme.is_empty() || !host.is_empty() || user.is_some() {
            if !host.is_empty() || !path.is_empty() || user.is_some() {
                out.push_str("//");
            }
            if let Some(user) = user {
                out.push_str(&format!("{user}@"));
            }
            out.push_str(&escape(&host, Place::Host));
        }
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            out.push('/');
        }
        if out.is_empty() && path.split('/').next().is_some_and(|first| first.contains(':')) {
            out.push_str("./");
        }
        out.push_str(&escape(&path, Place::Path));
    } else {
        out.push_str(&opaque);
    }
    if !query.is_empty() {
        out.push_str(&format!("?{query}"));
    }
    if !fragment.is_empty() {
        out.push_str(&format!("#{}", escape(&fragment, Place::Fragment)));
    }
    string(out)
}
