//! Regular expressions as Go writes them.
//!
//! One rule: what Go takes literally is escaped before it is compiled.

use regex::Regex;

use crate::error::{Result, fail};

/// Compiles a pattern of Go's syntax.
pub(crate) fn compile(pattern: &str) -> Result<Regex> {
    match Regex::new(&translate(pattern)) {
        Ok(regex) => Ok(regex),
        Err(error) => {
            let text = error.to_string();
            let last = text.lines().last().unwrap_or_default();
            let reason = last.trim_start_matches("error: ");
            fail(format!("error parsing regexp: {reason}: `{pattern}`"))
        }
    }
}

/// Braces that are no repetition, and brackets inside brackets, are literal in Go.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut class = false;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                let escaped = after.chars().next();
                match escaped {
                    Some(c @ ('<' | '>')) => out.push(c),
                    Some(c) => {
                        out.push('\\');
                        out.push(c);
                    }
                    None => out.push('\\'),
                }
                rest = &after[escaped.map_or(0, char::len_utf8)..];
                continue;
            }
            '[' if !class => {
                class = true;
                out.push('[');
                // A bracket or caret right behind the opening one is part of it.
                let mut begins = after;
                for first in ['^', ']'] {
                    if let Some(more) = begins.strip_prefix(first) {
                        out.push_str(if first == ']' { "\\]" } else { "^" });
                        begins = more;
                    }
                }
                rest = begins;
                continue;
            }
            '[' if after.starts_with(':') => out.push('['),
            '[' => out.push_str("\\["),
            ']' if class && !out.ends_with(":") => {
                class = false;
                out.push(']');
            }
            '&' | '~' if class => {
                out.push('\\');
                out.push(c);
            }
            '{' if !class && !is_repetition(after) => out.push_str("\\{"),
            '}' if !class && !closes_repetition(&out) => out.push_str("\\}"),
            c => out.push(c),
        }
        rest = after;
    }
    out
}

fn is_repetition(after: &str) -> bool {
    let Some((inside, _)) = after.split_once('}') else { return false };
    let (from, to) = inside.split_once(',').unwrap_or((inside, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !from.is_empty() && digits(from) && digits(to)
}

fn closes_repetition(out: &str) -> bool {
    let Some(at) = out.rfind('{') else { return false };
    let group =
        out[..at].ends_with("\\p") || out[..at].ends_with("\\P") || out[..at].ends_with("\\x");
    group
        || (!out[..at].ends_with('\\')
            && out[at + 1..].bytes().all(|b| b.is_ascii_digit() || b == b','))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_takes_literally_matches_literally() {
        for (pattern, text, matches) in [
            (r"^(?:\${name}-app)$", "${name}-app", true),
            (r"^a{2}$", "aa", true),
            (r"^a{2,3}$", "aaa", true),
            (r"^a{x}$", "a{x}", true),
            (r"^[[a]$", "[", true),
            (r"^[]a]$", "]", true),
            (r"^[[:alpha:]]+$", "ab", true),
            (r"^[^a]$", "b", true),
            (r"^\<$", "<", true),
            (r"^\pL$", "é", true),
            (r"^a.*$", "b", false),
        ] {
            let found = compile(pattern).map(|regex| regex.is_match(text));
            assert_eq!(found, Ok(matches), "{pattern} on {text}");
        }
        assert!(compile("(").is_err());
    }
}
