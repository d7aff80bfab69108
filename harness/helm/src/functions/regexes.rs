//! Regular expressions.
//!
//! Source: sprig `regex.go` over Go `regexp`: RE2 as in the `regex` crate, with ASCII classes
//! and Go's words for mistakes.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};

use super::strings::{flag, string};
use super::{Answer, Entry, int, refuse, text};
use crate::error::ExecError;
use crate::go;
use crate::template::Param::{Int, Str};
use crate::value::{ItemType, Val};

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "regexMatch" => (&[Str, Str], None, |_, a| {
            flag(compile(text(&a[0])).is_ok_and(|regex| regex.is_match(text(&a[1]))))
        }),
        "mustRegexMatch" => {
            (&[Str, Str], None, |_, a| flag(must(text(&a[0]))?.is_match(text(&a[1]))))
        }
        "regexFindAll" => (&[Str, Str, Int], None, |_, a| find_all(&panics(text(&a[0]))?, &a)),
        "mustRegexFindAll" => (&[Str, Str, Int], None, |_, a| find_all(&must(text(&a[0]))?, &a)),
        "regexFind" => (&[Str, Str], None, |_, a| find(&panics(text(&a[0]))?, text(&a[1]))),
        "mustRegexFind" => (&[Str, Str], None, |_, a| find(&must(text(&a[0]))?, text(&a[1]))),
        "regexReplaceAll" => {
            (&[Str, Str, Str], None, |_, a| replace(&panics(text(&a[0]))?, &a, true))
        }
        "mustRegexReplaceAll" => {
            (&[Str, Str, Str], None, |_, a| replace(&must(text(&a[0]))?, &a, true))
        }
        "regexReplaceAllLiteral" => {
            (&[Str, Str, Str], None, |_, a| replace(&panics(text(&a[0]))?, &a, false))
        }
        "mustRegexReplaceAllLiteral" => {
            (&[Str, Str, Str], None, |_, a| replace(&must(text(&a[0]))?, &a, false))
        }
        "regexSplit" => (&[Str, Str, Int], None, |_, a| split(&panics(text(&a[0]))?, &a)),
        "mustRegexSplit" => (&[Str, Str, Int], None, |_, a| split(&must(text(&a[0]))?, &a)),
        "regexQuoteMeta" => (&[Str], None, |_, a| string(quote_meta(text(&a[0])))),
        _ => return None,
    };
    Some(entry)
}

/// A pattern, or why it is none, in Go's words.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    thread_local! {
        static KNOWN: std::cell::RefCell<BTreeMap<String, Regex>> = const { std::cell::RefCell::new(BTreeMap::new()) };
    }
    const MOST: usize = 500;
    if let Some(known) = KNOWN.with_borrow(|known| known.get(pattern).cloned()) {
        return Ok(known);
    }
    let built = RegexBuilder::new(&translate(pattern)).size_limit(4 << 20).build();
    let regex = built.map_err(|problem| problem_of(pattern, &problem))?;
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(pattern.to_owned(), regex.clone());
    });
    Ok(regex)
}

fn must(pattern: &str) -> Result<Regex, ExecError> {
    compile(pattern).map_err(ExecError::new)
}

fn panics(pattern: &str) -> Result<Regex, ExecError> {
    compile(pattern).map_err(|problem| {
        let quoted =
            if go::can_backquote(pattern) { format!("`{pattern}`") } else { go::quote(pattern) };
        ExecError::new(format!("regexp: Compile({quoted}): {problem}"))
    })
}

/// Go's classes `\d`, `\w`, `\s`, `\b` are ASCII; `\z`, `\C`, `(?<name>` and `\Q…\E` differ too.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('d') => out.push_str(if in_class { "0-9" } else { "[0-9]" }),
                Some('D') => out.push_str("[^0-9]"),
                Some('w') => out.push_str(if in_class { "0-9A-Za-z_" } else { "[0-9A-Za-z_]" }),
                Some('W') => out.push_str("[^0-9A-Za-z_]"),
                Some('s') => {
                    out.push_str(if in_class { "\\t\\n\\x0C\\r " } else { "[\\t\\n\\x0C\\r ]" })
                }
                Some('S') => out.push_str("[^\\t\\n\\x0C\\r ]"),
                Some('b') if !in_class => out.push_str("(?-u:\\b)"),
                Some('B') if !in_class => out.push_str("(?-u:\\b{start-half}\\b{end-half}|\\B)"),
                Some('Q') => quoted(&mut chars, &mut out),
                Some(c) => {
                    out.push('\\');
                    out.push(c);
                }
                None => out.push('\\'),
            },
            '[' if in_class && chars.peek() != Some(&':') => out.push_str("\\["),
            '[' if in_class => {
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '[' => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                if chars.next_if_eq(&']').is_some() {
                    out.push_str("\\]");
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(c);
            }
            '-' if in_class && chars.peek() == Some(&'-') => out.push_str("\\-"),
            '#' | ' ' if in_class => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

fn quoted(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    while let Some(c) = chars.next() {
        if c == '\\' && chars.next_if_eq(&'E').is_some() {
            return;
        }
        out.push_str(&regex::escape(&c.to_string()));
    }
}

/// Go's words for the mistakes that charts make.
fn problem_of(pattern: &str, problem: &regex::Error) -> String {
    let text = problem.to_string();
    let parse = |what: &str, at: &str| format!("error parsing regexp: {what}: `{at}`");
    let whole = |what: &str| parse(what, pattern);
    if text.contains("unclosed group") {
        return whole("missing closing )");
    }
    if text.contains("unopened group") {
        return whole("unexpected )");
    }
    if text.contains("unclosed character class") {
        let at = pattern.rfind('[').map_or(pattern, |at| &pattern[at..]);
        return parse("missing closing ]", at);
    }
    if text.contains("look-around") {
        let at = pattern.find("(?").map_or("(?", |at| {
            let length = if pattern[at..].starts_with("(?<") { 4 } else { 3 };
            pattern.get(at..at + length).unwrap_or("(?")
        });
        return parse("invalid or unsupported Perl syntax", at);
    }
    if text.contains("repetition operator missing expression") {
        let at = pattern.find(['*', '+', '?']).map_or("*", |at| &pattern[at..=at]);
        return parse("missing argument to repetition operator", at);
    }
    if text.contains("incomplete escape") {
        return "error parsing regexp: trailing backslash at end of expression: ``".to_owned();
    }
    if text.contains("unrecognized escape") || text.contains("backreferences") {
        let at = text.lines().nth(1).map(str::trim).unwrap_or_default();
        let escape = pattern.find('\\').and_then(|at| pattern.get(at..at + 2)).unwrap_or(at);
        return parse("invalid escape sequence", escape);
    }
    if text.contains("invalid character class range") {
        let at = pattern.find('[').map_or(pattern, |at| &pattern[at + 1..]);
        return parse("invalid character class range", at.get(..3).unwrap_or(at));
    }
    if text.contains("Compiled regex exceeds size limit") {
        return whole("expression too large");
    }
    whole("invalid regular expression")
}

fn find(regex: &Regex, text: &str) -> Answer {
    string(regex.find(text).map_or("", |found| found.as_str()))
}

/// At most so many; all for a negative number.
fn limit(number: i64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn find_all(regex: &Regex, arguments: &[Val]) -> Answer {
    let found = regex
        .find_iter(text(&arguments[1]))
        .take(limit(int(&arguments[2])).min(crate::bounds::MOST_ITEMS));
    let found: Vec<&str> = found.map(|found| found.as_str()).collect();
    Ok(if found.is_empty() { Val::no_list(ItemType::NilString) } else { Val::strings(found) })
}

fn split(regex: &Regex, arguments: &[Val]) -> Answer {
    let (whole, most) = (text(&arguments[1]), limit(int(&arguments[2])));
    if most == 0 {
        return Ok(Val::no_list(ItemType::NilString));
    }
    if !regex.as_str().is_empty() && whole.is_empty() {
        return Ok(Val::strings([""]));
    }
    let mut pieces: Vec<&str> = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in regex.find_iter(whole) {
        if pieces.len() == most - 1 {
            break;
        }
        end = found.start();
        if found.end() != 0 {
            pieces.push(&whole[start..end]);
        }
        start = found.end();
    }
    if end != whole.len() {
        pieces.push(&whole[start..]);
    }
    Ok(Val::strings(pieces))
}

fn replace(regex: &Regex, arguments: &[Val], expands: bool) -> Answer {
    let (whole, with) = (text(&arguments[1]), text(&arguments[2]));
    let mut out = String::new();
    let mut last = 0;
    for found in regex.captures_iter(whole) {
        let Some(all) = found.get(0) else { continue };
        out.push_str(&whole[last..all.start()]);
        if expands {
            expand(&mut out, with, &found)
        } else {
            out.push_str(with)
        }
        last = all.end();
        if out.len() > crate::bounds::LONGEST {
            return refuse("the result would be longer than 64 MiB");
        }
    }
    out.push_str(&whole[last..]);
    string(out)
}

/// `$1`, `${name}`, `$name` (as long as it can be), `$$`.
fn expand(out: &mut String, template: &str, found: &regex::Captures<'_>) {
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let word = |text: &str| {
            text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len())
        };
        let (name, after) = match rest.strip_prefix('{') {
            Some(inner) => match inner.find('}') {
                Some(end) if end > 0 && word(&inner[..end]) == end => {
                    (&inner[..end], &inner[end + 1..])
                }
                _ => ("", rest),
            },
            None => rest.split_at(word(rest)),
        };
        if name.is_empty() {
            out.push('$');
            continue;
        }
        let group = match name.parse::<usize>() {
            Ok(number) => found.get(number),
            Err(_) => found.name(name),
        };
        out.push_str(group.map_or("", |group| group.as_str()));
        rest = after;
    }
    out.push_str(rest);
}

fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
