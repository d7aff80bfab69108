//! The string and encoder extensions of cel-go, and base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::CelError;
use super::eval::Outcome;
use super::value::Val;

/// Base64 with padding.
pub(super) fn base64_encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Base64 with or without padding.
pub(super) fn base64_decode(text: &str) -> Outcome {
    let bytes = STANDARD
        .decode(text)
        .or_else(|_| base64::engine::general_purpose::STANDARD_NO_PAD.decode(text));
    bytes
        .map(|bytes| Val::Bytes(bytes.into()))
        .map_err(|_| CelError::new("illegal base64 data at input byte 0"))
}

/// Bytes as text, if they are UTF-8.
pub(super) fn utf8(bytes: &[u8]) -> Option<String> {
    String::from_utf8(bytes.to_vec()).ok()
}

/// Methods of text; `None` if there is none of that name for these arguments.
pub(super) fn method(function: &str, text: &str, args: &[Val]) -> Option<Outcome> {
    Some(match (function, args) {
        ("contains", [Val::String(part)]) => Ok(Val::Bool(text.contains(part.as_ref()))),
        ("startsWith", [Val::String(part)]) => Ok(Val::Bool(text.starts_with(part.as_ref()))),
        ("endsWith", [Val::String(part)]) => Ok(Val::Bool(text.ends_with(part.as_ref()))),
        ("matches", [Val::String(pattern)]) => {
            super::pattern::compile(pattern).map(|regex| Val::Bool(regex.is_match(text)))
        }
        ("lowerAscii", []) => Ok(Val::text(text.to_ascii_lowercase())),
        ("upperAscii", []) => Ok(Val::text(text.to_ascii_uppercase())),
        ("trim", []) => Ok(Val::text(text.trim())),
        ("reverse", []) => Ok(Val::text(text.chars().rev().collect::<String>())),
        ("charAt", [Val::Int(at)]) => char_at(text, *at),
        ("indexOf", [Val::String(part)]) => Ok(index_of(text, part, 0)),
        ("indexOf", [Val::String(part), Val::Int(from)]) => {
            bounded(text, *from).map(|from| index_of(text, part, from))
        }
        ("lastIndexOf", [Val::String(part)]) => Ok(last_index_of(text, part)),
        ("replace", [Val::String(old), Val::String(new)]) => {
            Ok(Val::text(text.replace(old.as_ref(), new)))
        }
        ("replace", [Val::String(old), Val::String(new), Val::Int(times)]) => {
            Ok(Val::text(match usize::try_from(*times) {
                Ok(times) => text.replacen(old.as_ref(), new, times),
                Err(_) => text.replace(old.as_ref(), new),
            }))
        }
        ("split", [Val::String(by)]) => Ok(split(text, by, -1)),
        ("split", [Val::String(by), Val::Int(limit)]) => Ok(split(text, by, *limit)),
        ("substring", [Val::Int(from)]) => substring(text, *from, text.chars().count() as i64),
        ("substring", [Val::Int(from), Val::Int(to)]) => substring(text, *from, *to),
        ("format", [args]) if args.is_list() => format(text, &args.items().unwrap_or_default()),
        _ => return None,
    })
}

fn out_of_range(at: i64) -> CelError {
    CelError(format!("index out of range: {at}"))
}

fn bounded(text: &str, at: i64) -> Result<usize, CelError> {
    let length = text.chars().count();
    usize::try_from(at).ok().filter(|at| *at <= length).ok_or_else(|| out_of_range(at))
}

fn char_at(text: &str, at: i64) -> Outcome {
    let at = bounded(text, at)?;
    Ok(Val::text(text.chars().nth(at).map(String::from).unwrap_or_default()))
}

fn index_of(text: &str, part: &str, from: usize) -> Val {
    let start: usize = text.chars().take(from).map(char::len_utf8).sum();
    let found = text[start..].find(part).map(|at| text[..start + at].chars().count());
    Val::Int(found.map_or(-1, |at| at as i64))
}

fn last_index_of(text: &str, part: &str) -> Val {
    let found = text.rfind(part).map(|at| text[..at].chars().count());
    Val::Int(found.map_or(-1, |at| at as i64))
}

fn split(text: &str, by: &str, limit: i64) -> Val {
    let parts: Vec<Val> = match limit {
        0 => Vec::new(),
        _ if by.is_empty() => text.chars().map(|c| Val::text(c.to_string())).collect(),
        1.. => text.splitn(usize::try_from(limit).unwrap_or(1), by).map(Val::text).collect(),
        _ => text.split(by).map(Val::text).collect(),
    };
    Val::list(parts)
}

fn substring(text: &str, from: i64, to: i64) -> Outcome {
    let (start, end) = (bounded(text, from)?, bounded(text, to)?);
    if start > end {
        let message = format!("invalid substring range. start: {from}, end: {to}");
        return Err(CelError(message));
    }
    Ok(Val::text(text.chars().skip(start).take(end - start).collect::<String>()))
}

/// `join` of a list of texts.
pub(super) fn join(list: &Val, by: &str) -> Option<Val> {
    let items = list.items()?;
    let texts: Option<Vec<String>> = items
        .iter()
        .map(|item| if let Val::String(text) = item { Some(text.to_string()) } else { None })
        .collect();
    Some(Val::text(texts?.join(by)))
}

/// The common verbs of `format`: `%s`, `%d`, `%%`.
fn format(text: &str, args: &[Val]) -> Outcome {
    let mut out = String::new();
    let mut args = args.iter();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '%' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('%') => out.push('%'),
            Some('s' | 'd') => {
                let arg = args.next().ok_or_else(|| CelError::new("index 0 out of range"))?;
                out.push_str(&arg.show());
            }
            other => {
                let verb = other.map(String::from).unwrap_or_default();
                let message = format!(
                    "could not parse formatting clause: unrecognized formatting clause \"{verb}\""
                );
                return Err(CelError(message));
            }
        }
    }
    Ok(Val::text(out))
}
