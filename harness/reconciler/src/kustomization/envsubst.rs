//! `${…}` expressions, as Flux evaluates them.
//!
//! Rules from fluxcd/pkg: envsubst (a fork of drone/envsubst with a strict mode).
//! Start at [`expand`].

use std::collections::BTreeMap;

/// Replaces every expression of a text.
pub(super) fn expand(
    text: &str,
    variables: &BTreeMap<String, String>,
    strict: bool,
) -> Result<String, String> {
    let mut scanner = Scanner { text, at: 0, variables, strict, depth: 0 };
    let mut out = String::with_capacity(text.len());
    while let Some(letter) = scanner.peek() {
        if letter == '$' {
            scanner.dollar(&mut out)?;
        } else {
            scanner.at += letter.len_utf8();
            out.push(letter);
        }
    }
    Ok(out)
}

const DEEPEST: usize = 32;

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    variables: &'a BTreeMap<String, String>,
    strict: bool,
    depth: usize,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, mark: &str) -> bool {
        let found = self.rest().starts_with(mark);
        if found {
            self.at += mark.len();
        }
        found
    }

    /// At a dollar: `$$`, an expression, or just a dollar.
    fn dollar(&mut self, out: &mut String) -> Result<(), String> {
        if self.take("$$") {
            out.push('$');
        } else if self.take("${") {
            out.push_str(&self.expression()?);
        } else {
            self.take("$");
            out.push('$');
        }
        Ok(())
    }

    /// After `${`: the value, up to and with the closing brace.
    fn expression(&mut self) -> Result<String, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("bad substitution".to_owned());
        }
        let value = self.inside()?;
        self.depth -= 1;
        Ok(value)
    }

    fn inside(&mut self) -> Result<String, String> {
        if self.take("#") {
            let name = self.name()?;
            self.close()?;
            return Ok(self.value(&name)?.len().to_string());
        }
        let name = self.name()?;
        let next = self.peek().ok_or("bad substitution")?;
        match next {
            '}' => {
                self.at += 1;
                self.value(&name)
            }
            '^' | ',' => self.case(&name),
            ':' => self.colon(&name),
            '=' => {
                self.at += 1;
                self.default(&name)
            }
            '#' | '%' => self.trim(&name),
            '/' => self.replace(&name),
            _ => Err("missing closing brace".to_owned()),
        }
    }

    fn name(&mut self) -> Result<String, String> {
        let rest = self.rest();
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end == 0 {
            let empty = rest.starts_with('}') || rest.is_empty();
            let problem = if empty { "bad substitution" } else { "unable to parse variable name" };
            return Err(problem.to_owned());
        }
        self.at += end;
        Ok(rest[..end].to_owned())
    }

    fn close(&mut self) -> Result<(), String> {
        if self.take("}") { Ok(()) } else { Err("missing closing brace".to_owned()) }
    }

    fn value(&self, name: &str) -> Result<String, String> {
        match self.variables.get(name) {
            Some(value) => Ok(value.clone()),
            None if self.strict => Err(format!("variable not set (strict mode): {name:?}")),
            None => Ok(String::new()),
        }
    }

    fn case(&mut self, name: &str) -> Result<String, String> {
        let value = self.value(name)?;
        let marks = ["^^", ",,", "^", ","];
        let found = marks.into_iter().find(|mark| self.rest().starts_with(mark));
        let mark = found.unwrap_or_default();
        self.at += mark.len();
        self.close()?;
        Ok(match mark {
            "^^" => value.to_uppercase(),
            ",," => value.to_lowercase(),
            "^" => first(&value, |c| c.to_uppercase().collect()),
            _ => first(&value, |c| c.to_lowercase().collect()),
        })
    }

    /// `:-`, `:=`, `:+`, `:?` or a position.
    fn colon(&mut self, name: &str) -> Result<String, String> {
        self.at += 1;
        if matches!(self.peek(), Some('-' | '=' | '+' | '?')) {
            self.at += 1;
            return self.default(name);
        }
        let value = self.value(name)?;
        let position = self.argument(&[':', '}'])?;
        let length = if self.take(":") { Some(self.argument(&['}'])?) } else { None };
        self.close()?;
        Ok(substring(&value, &position, length.as_deref()))
    }

    /// The value if there is one that is not empty, else what follows.
    fn default(&mut self, name: &str) -> Result<String, String> {
        let fallback = self.argument(&['}'])?;
        if !self.take("}") {
            return Err("unable to parse default function".to_owned());
        }
        let known = self.variables.get(name).filter(|value| !value.is_empty());
        Ok(known.cloned().unwrap_or(fallback))
    }

    fn trim(&mut self, name: &str) -> Result<String, String> {
        let value = self.value(name)?;
        let found = ["##", "#", "%%", "%"].into_iter().find(|mark| self.rest().starts_with(mark));
        let mark = found.unwrap_or("#");
        self.at += mark.len();
        let pattern = self.argument(&['}'])?;
        self.close()?;
        let pattern: Vec<char> = pattern.chars().collect();
        Ok(trimmed(&value, mark, &pattern))
    }

    fn replace(&mut self, name: &str) -> Result<String, String> {
        let value = self.value(name)?;
        let found = ["//", "/#", "/%", "/"].into_iter().find(|mark| self.rest().starts_with(mark));
        let mark = found.unwrap_or("/");
        self.at += mark.len();
        let old = self.argument(&['/', '}'])?;
        let new = if self.take("/") { self.argument(&['}'])? } else { String::new() };
        self.close()?;
        Ok(match mark {
            _ if old.is_empty() => value,
            "//" => value.replace(&old, &new),
            "/#" => value.strip_prefix(&old).map_or(value.clone(), |rest| format!("{new}{rest}")),
            "/%" => value.strip_suffix(&old).map_or(value.clone(), |rest| format!("{rest}{new}")),
            _ => value.replacen(&old, &new, 1),
        })
    }

    /// Text up to one of the marks; expressions in it are evaluated.
    fn argument(&mut self, ends: &[char]) -> Result<String, String> {
        let mut out = String::new();
        while let Some(letter) = self.peek() {
            if ends.contains(&letter) {
                return Ok(out);
            }
            if self.rest().starts_with("${") {
                self.at += 2;
                out.push_str(&self.expression()?);
            } else if letter == '\\' && matches!(self.rest().chars().nth(1), Some('/' | '\\')) {
                out.extend(self.rest().chars().nth(1));
                self.at += 2;
            } else {
                out.push(letter);
                self.at += letter.len_utf8();
            }
        }
        Err("missing closing brace".to_owned())
    }
}

fn first(text: &str, change: impl Fn(char) -> String) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |letter| change(letter) + letters.as_str())
}

/// Bytes of a text; a position that is no number leaves it alone.
fn substring(value: &str, position: &str, length: Option<&str>) -> String {
    let Ok(position) = position.trim().parse::<i64>() else { return value.to_owned() };
    let size = i64::try_from(value.len()).unwrap_or(i64::MAX);
    let start = if position < 0 { (size + position).max(0) } else { position.min(size) };
    let end = match length.map(|text| text.trim().parse::<i64>()) {
        None => size,
        Some(Err(_)) => return value.to_owned(),
        Some(Ok(length)) => (start + length).clamp(start, size),
    };
    let at = |place: i64| usize::try_from(place).unwrap_or(0);
    let bytes = value.as_bytes().get(at(start)..at(end)).unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

fn trimmed(value: &str, mark: &str, pattern: &[char]) -> String {
    let letters: Vec<char> = value.chars().collect();
    let total = letters.len();
    let lengths: Vec<usize> =
        if mark.len() == 1 { (0..=total).collect() } else { (0..=total).rev().collect() };
    let prefix = mark.starts_with('#');
    for length in lengths {
        let part = if prefix { &letters[..length] } else { &letters[total - length..] };
        if glob(pattern, part, 0) {
            let kept = if prefix { &letters[length..] } else { &letters[..total - length] };
            return kept.iter().collect();
        }
    }
    value.to_owned()
}

fn glob(pattern: &[char], text: &[char], depth: usize) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) if depth < DEEPEST => {
            (0..=text.len()).any(|skip| glob(rest, &text[skip..], depth + 1))
        }
        Some(('?', rest)) => !text.is_empty() && glob(rest, &text[1..], depth),
        Some((letter, rest)) => text.first() == Some(letter) && glob(rest, &text[1..], depth),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, strict: bool) -> Result<String, String> {
        let pairs = [("v", "Value"), ("empty", ""), ("path", "a/b/c.tar.gz"), ("w", "x")];
        let variables = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into_iter().collect();
        expand(text, &variables, strict)
    }

    #[test]
    fn expressions_give_what_flux_gives() {
        for (text, expected) in [
            ("a ${v} b", "a Value b"),
            ("$v $$ $${v} $", "$v $ ${v} $"),
            ("${none}|${none:-d}|${empty:=d}|${v=d}|${empty:+e}|${none:?q}", "|d|d|Value|e|q"),
            ("${none:-${w}y}", "xy"),
            ("${#v}", "5"),
            ("${v^} ${v^^} ${v,} ${v,,}", "Value VALUE value value"),
            ("${v:1} ${v:1:2} ${v:-2}", "alue al Value"),
            ("${v:0:20}", "Value"),
            (
                "${path#*/} ${path##*/} ${path%.*} ${path%%.*}",
                "b/c.tar.gz c.tar.gz a/b/c.tar a/b/c",
            ),
            (
                "${path/b/B} ${path//a/A} ${path/#a/Z} ${path/%gz/xz}",
                "a/B/c.tar.gz A/b/c.tAr.gz Z/b/c.tar.gz a/b/c.tar.xz",
            ),
            ("${path//\\//-}", "a-b-c.tar.gz"),
        ] {
            assert_eq!(with(text, false).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn mistakes_are_named_as_flux_names_them() {
        for (text, problem) in [
            ("${v-d}", "missing closing brace"),
            ("${v", "bad substitution"),
            ("${}", "bad substitution"),
            ("${v:-d", "missing closing brace"),
            ("${ v}", "unable to parse variable name"),
            ("${none}", "variable not set (strict mode): \"none\""),
        ] {
            assert_eq!(with(text, true), Err(problem.to_owned()), "{text}");
        }
        let deep = "${a:-".repeat(100);
        assert!(with(&deep, false).is_err());
    }
}
