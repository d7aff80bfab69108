//! Text: cutting, padding, quoting, joining, testing.
//!
//! Source: sprig `strings.go`. Lengths and positions count bytes, as there.

use super::cast::{strings_of, text_of};
use super::{Answer, Entry, count, int, refuse, text};
use crate::bounds;
use crate::go;
use crate::template::Param::{Any, Int, Str};
use crate::value::Val;

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "trim" => (&[Str], None, |_, a| string(text(&a[0]).trim())),
        "upper" => (&[Str], None, |_, a| string(text(&a[0]).to_uppercase())),
        "lower" => (&[Str], None, |_, a| string(text(&a[0]).to_lowercase())),
        "trimall" | "trimAll" => (&[Str, Str], None, |_, a| {
            let set: Vec<char> = text(&a[0]).chars().collect();
            string(text(&a[1]).trim_matches(&set[..]))
        }),
        "trimSuffix" => (&[Str, Str], None, |_, a| {
            let (suffix, whole) = (text(&a[0]), text(&a[1]));
            string(whole.strip_suffix(suffix).unwrap_or(whole))
        }),
        "trimPrefix" => (&[Str, Str], None, |_, a| {
            let (prefix, whole) = (text(&a[0]), text(&a[1]));
            string(whole.strip_prefix(prefix).unwrap_or(whole))
        }),
        "contains" => (&[Str, Str], None, |_, a| flag(text(&a[1]).contains(text(&a[0])))),
        "hasPrefix" => (&[Str, Str], None, |_, a| flag(text(&a[1]).starts_with(text(&a[0])))),
        "hasSuffix" => (&[Str, Str], None, |_, a| flag(text(&a[1]).ends_with(text(&a[0])))),
        "replace" => {
            (&[Str, Str, Str], None, |_, a| replace(text(&a[0]), text(&a[1]), text(&a[2])))
        }
        "repeat" => (&[Int, Str], None, |_, a| {
            string(text(&a[1]).repeat(count(int(&a[0]), text(&a[1]).len())?))
        }),
        "indent" => (&[Int, Str], None, |_, a| indent(int(&a[0]), text(&a[1]), "")),
        "nindent" => (&[Int, Str], None, |_, a| indent(int(&a[0]), text(&a[1]), "\n")),
        "trunc" => (&[Int, Str], None, |_, a| trunc(int(&a[0]), text(&a[1]))),
        "substr" => (&[Int, Int, Str], None, |_, a| substr(int(&a[0]), int(&a[1]), text(&a[2]))),
        "abbrev" => (&[Int, Str], None, |_, a| abbrev(int(&a[0]), text(&a[1]))),
        "quote" => (&[], Some(Any), |_, a| string(each(&a, |value| go::quote(&text_of(value))))),
        "squote" => {
            (&[], Some(Any), |_, a| string(each(&a, |value| format!("'{}'", go::print(value)))))
        }
        "cat" => (&[], Some(Any), |_, a| string(each(&a, go::print))),
        "join" => (&[Str, Any], None, |_, a| join(text(&a[0]), &strings_of(&a[1]))),
        "toString" => (&[Any], None, |_, a| Ok(Val::Str(text_of(&a[0])))),
        "toStrings" => (&[Any], None, |_, a| Ok(Val::strings(strings_of(&a[0])))),
        "splitList" => (&[Str, Str], None, |_, a| {
            let pieces = pieces(text(&a[0]), text(&a[1]), usize::MAX);
            if pieces.len() > bounds::MOST_ITEMS {
                return refuse("the list would be too long");
            }
            Ok(Val::strings(pieces))
        }),
        "split" => {
            (&[Str, Str], None, |_, a| Ok(numbered(pieces(text(&a[0]), text(&a[1]), usize::MAX))))
        }
        "splitn" => (&[Str, Int, Str], None, |_, a| {
            let most = usize::try_from(int(&a[1])).unwrap_or(usize::MAX);
            Ok(numbered(pieces(text(&a[0]), text(&a[2]), most)))
        }),
        "plural" => (&[Str, Str, Int], None, |_, a| Ok(a[usize::from(int(&a[2]) != 1)].clone())),
        _ => return None,
    };
    Some(entry)
}

pub(super) fn string(text: impl Into<std::sync::Arc<str>>) -> Answer {
    Ok(Val::str(text))
}

pub(super) fn flag(flag: bool) -> Answer {
    Ok(Val::Bool(flag))
}

fn replace(from: &str, to: &str, text: &str) -> Answer {
    let added = text.matches(from).count().saturating_mul(to.len());
    if text.len().saturating_add(added) > bounds::LONGEST {
        return refuse("the result would be longer than 64 MiB");
    }
    string(text.replace(from, to))
}

fn join(separator: &str, parts: &[std::sync::Arc<str>]) -> Answer {
    let added = parts.len().saturating_mul(separator.len());
    let size = parts.iter().map(|part| part.len()).sum::<usize>();
    if size.saturating_add(added) > bounds::LONGEST {
        return refuse("the result would be longer than 64 MiB");
    }
    string(parts.join(separator))
}

/// Every value but nil, shown and joined by a space.
fn each(values: &[Val], show: impl Fn(&Val) -> String) -> String {
    let shown: Vec<_> = values.iter().filter(|value| !value.is_nil()).map(show).collect();
    shown.join(" ")
}

fn indent(spaces: i64, text: &str, before: &str) -> Answer {
    let lines = text.matches('\n').count() + 1;
    let pad = " ".repeat(count(spaces, lines)?);
    string(format!("{before}{pad}{}", text.replace('\n', &format!("\n{pad}"))))
}

/// Text of bytes that may be cut inside a character.
fn cut(bytes: &[u8]) -> Answer {
    string(go::text_of_bytes(bytes))
}

fn trunc(length: i64, text: &str) -> Answer {
    let bytes = go::bytes_of_text(text);
    let size = bytes.len() as i64;
    if length < 0 && size + length > 0 {
        return cut(&bytes[(size + length) as usize..]);
    }
    if length >= 0 && size > length {
        return cut(&bytes[..length as usize]);
    }
    string(text)
}

fn substr(start: i64, end: i64, text: &str) -> Answer {
    let bytes = go::bytes_of_text(text);
    let size = bytes.len() as i64;
    let (from, to) = match (start, end) {
        (start, end) if start < 0 => (0, end),
        (start, end) if end < 0 || end > size => (start, size),
        bounds => bounds,
    };
    if from > to || to > size || to < 0 {
        let shown = if to > size {
            format!("[:{to}] with length {size}")
        } else {
            format!("[{from}:{to}]")
        };
        return refuse(format!("runtime error: slice bounds out of range {shown}"));
    }
    cut(&bytes[from as usize..to as usize])
}

fn abbrev(width: i64, text: &str) -> Answer {
    let Ok(width) = usize::try_from(width) else { return string(text) };
    let bytes = go::bytes_of_text(text);
    if width < 4 || bytes.len() <= width {
        return string(text);
    }
    string(format!("{}...", go::text_of_bytes(&bytes[..width - 3])))
}

/// `strings.SplitN`; an empty separator splits between characters.
fn pieces<'a>(separator: &str, text: &'a str, most: usize) -> Vec<&'a str> {
    if most == 0 {
        return Vec::new();
    }
    if !separator.is_empty() {
        return text.splitn(most, separator).collect();
    }
    let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).take(most).collect();
    starts.push(text.len());
    starts
        .windows(2)
        .map(|pair| (pair[0], pair[1]))
        .map(|(from, to)| &text[from..to])
        .collect::<Vec<_>>()
}

fn numbered(pieces: Vec<&str>) -> Val {
    let entries =
        pieces.iter().enumerate().map(|(at, piece)| (format!("_{at}").into(), Val::str(*piece)));
    let Val::Map(mut map) = Val::dict(entries) else { return Val::Nil };
    map.of = crate::value::MapType::String;
    Val::Map(map)
}
