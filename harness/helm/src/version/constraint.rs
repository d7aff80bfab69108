//! Ranges of versions: alternatives of conditions that must all hold.

use std::cmp::Ordering;

use super::{Version, compare};
use crate::go;

const LONGEST: usize = 512;
const MOST_GROUPS: usize = 32;

/// Alternatives of conditions.
#[derive(Debug)]
pub(crate) struct Constraint(Vec<Vec<Condition>>);

#[derive(Debug)]
struct Condition {
    operator: Operator,
    version: Version,
    /// How much of the version was left open.
    open: Open,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Not,
    Greater,
    Less,
    AtLeast,
    AtMost,
    Tilde,
    Caret,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    All,
}

impl Constraint {
    /// Reads a range.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("constraint string is too long (max {LONGEST} bytes)"));
        }
        let text = without_hyphens(text);
        let groups: Vec<&str> = text.split("||").collect();
        if groups.len() > MOST_GROUPS {
            return Err(format!("too many constraint groups (max {MOST_GROUPS})"));
        }
        groups.into_iter().map(group).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a version lies in the range.
    pub(crate) fn allows(&self, version: &Version) -> bool {
        self.0.iter().any(|group| {
            let pre = group.iter().any(|condition| !condition.version.pre.is_empty());
            (pre || version.pre.is_empty())
                && group.iter().all(|condition| condition.holds(version))
        })
    }
}

/// `1.2 - 1.4` is `>= 1.2, <= 1.4`.
fn without_hyphens(text: &str) -> String {
    let Some((left, right)) = text.split_once(" - ") else { return text.to_owned() };
    let left = left.trim_end();
    let start = left.rfind([' ', ',', '|', '\t']).map_or(0, |at| at + 1);
    let (before, from) = left.split_at(start);
    let right = right.trim_start();
    let (to, after) = right.split_at(version_length(right));
    if from.is_empty() || version_length(from) != from.len() || to.is_empty() {
        return text.to_owned();
    }
    let after = without_hyphens(after.trim_start());
    format!("{}>= {from}, <= {to} {after}", before.trim_end())
}

fn group(text: &str) -> Result<Vec<Condition>, String> {
    let improper = || format!("improper constraint: {}", go::quote(text));
    let mut conditions = Vec::new();
    let mut rest = text.trim_start();
    loop {
        let (operator, after) = operator(rest);
        let after = after.trim_start();
        let length = version_length(after);
        if length == 0 {
            return Err(improper());
        }
        conditions.push(condition(operator, &after[..length])?);
        let tail = &after[length..];
        rest = tail.trim_start();
        if rest.is_empty() {
            return Ok(conditions);
        }
        match rest.strip_prefix(',') {
            Some(next) => rest = next.trim_start(),
            None if rest.len() < tail.len() => {}
            None => return Err(improper()),
        }
    }
}

fn operator(text: &str) -> (Operator, &str) {
    const ALL: [(&str, Operator); 11] = [
        ("!=", Operator::Not),
        (">=", Operator::AtLeast),
        ("=>", Operator::AtLeast),
        ("<=", Operator::AtMost),
        ("=<", Operator::AtMost),
        ("~>", Operator::Tilde),
        ("=", Operator::Equal),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("~", Operator::Tilde),
        ("^", Operator::Caret),
    ];
    let found = ALL
        .iter()
        .find_map(|(sign, operator)| text.strip_prefix(sign).map(|rest| (*operator, rest)));
    found.unwrap_or((Operator::Equal, text))
}

/// How many bytes at the start of a text are a version with wildcards.
fn version_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let run = |from: usize, good: fn(u8) -> bool| {
        from + bytes[from..].iter().take_while(|byte| good(**byte)).count()
    };
    let number = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'x' | b'X' | b'*');
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let start = usize::from(bytes.first() == Some(&b'v'));
    let mut at = run(start, number);
    if at == start {
        return 0;
    }
    for _ in 0..2 {
        let next = if bytes.get(at) == Some(&b'.') { run(at + 1, number) } else { at };
        if next <= at + 1 {
            break;
        }
        at = next;
    }
    for sign in [b'-', b'+'] {
        if bytes.get(at) != Some(&sign) {
            continue;
        }
        let mut end = run(at + 1, word);
        if end == at + 1 {
            continue;
        }
        while bytes.get(end) == Some(&b'.') && run(end + 1, word) > end + 1 {
            end = run(end + 1, word);
        }
        at = end;
    }
    at
}

fn condition(operator: Operator, text: &str) -> Result<Condition, String> {
    let rest = text.strip_prefix('v').unwrap_or(text);
    let tail_at = rest.find(['-', '+']).unwrap_or(rest.len());
    let (numbers, tail) = rest.split_at(tail_at);
    let pre = tail.split('+').next().unwrap_or_default();
    let mut parts = numbers.split('.');
    let mut part = || parts.next().filter(|part| !matches!(*part, "x" | "X" | "*"));
    let (major, minor, patch) = (part(), part(), part());
    let (plain, open) = match (major, minor, patch) {
        (None, ..) => (format!("0.0.0{pre}"), Open::All),
        (Some(major), None, _) => (format!("{major}.0.0{pre}"), Open::Minor),
        (Some(major), Some(minor), None) => (format!("{major}.{minor}.0{pre}"), Open::Patch),
        _ => (text.to_owned(), Open::Nothing),
    };
    let version = Version::parse(&plain).map_err(|_| "constraint parser error".to_owned())?;
    Ok(Condition { operator, version, open })
}

impl Condition {
    fn holds(&self, v: &Version) -> bool {
        let c = &self.version;
        let order = compare(v, c);
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => order == Ordering::Equal,
            Operator::Equal | Operator::Tilde => self.tilde(v, order),
            Operator::Not => self.differs(v, order),
            Operator::Greater => match self.open {
                Open::Nothing => order == Ordering::Greater,
                _ if v.major != c.major => v.major > c.major,
                Open::Minor => false,
                Open::Patch => v.minor > c.minor,
                Open::All => order == Ordering::Greater,
            },
            Operator::Less => order == Ordering::Less,
            Operator::AtLeast => order != Ordering::Less,
            Operator::AtMost if self.open == Open::Nothing => order != Ordering::Greater,
            Operator::AtMost => {
                let above = v.major == c.major && v.minor > c.minor && self.open != Open::Minor;
                v.major <= c.major && !above
            }
            Operator::Caret => self.caret(v, order),
        }
    }

    fn tilde(&self, v: &Version, order: Ordering) -> bool {
        let c = &self.version;
        if order == Ordering::Less {
            return false;
        }
        let zero = (c.major, c.minor, c.patch) == (0, 0, 0);
        if zero && matches!(self.open, Open::Nothing | Open::All) {
            return true;
        }
        v.major == c.major && (v.minor == c.minor || self.open == Open::Minor)
    }

    fn differs(&self, v: &Version, order: Ordering) -> bool {
        let c = &self.version;
        match self.open {
            Open::Nothing => order != Ordering::Equal,
            _ if v.major != c.major => true,
            Open::Minor => false,
            _ if v.minor != c.minor => true,
            Open::Patch => v.pre != c.pre,
            Open::All => v.patch != c.patch || order != Ordering::Equal,
        }
    }

    fn caret(&self, v: &Version, order: Ordering) -> bool {
        let c = &self.version;
        if order == Ordering::Less {
            return false;
        }
        if c.major > 0 || self.open == Open::Minor {
            return v.major == c.major;
        }
        if self.open == Open::All {
            // `^*`: dirty without a dirty minor; the rules below for 0.0.0 apply as they stand.
            return v.major == 0 && v.minor == 0 && v.patch == c.patch;
        }
        if v.major > 0 {
            return false;
        }
        if c.minor > 0 || self.open == Open::Patch {
            return v.minor == c.minor;
        }
        v.minor == 0 && v.patch == c.patch
    }
}
