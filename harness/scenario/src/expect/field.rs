//! Paths to fields of objects: `spec.rules[*].host`, `containers[name=app].image`,
//! `data["tls.crt"]`.

use std::fmt;

use crate::scalar::{Written, read_written};

/// A path to a field, or to several where it has `*`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// The way, from the root of the object.
    pub segments: Vec<Segment>,
}

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// A key of a map.
    Key(String),
    /// Every entry of a map or a list.
    All,
    /// An item of a list, from 0.
    Index(usize),
    /// The items of a list whose key has a text.
    Where(String, String),
}

impl fmt::Display for Field {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Key(key) if key.contains(['.', '[', ']']) => write!(out, "[{key:?}]")?,
                Segment::Key(key) if at == 0 => write!(out, "{key}")?,
                Segment::Key(key) => write!(out, ".{key}")?,
                Segment::All => write!(out, "[*]")?,
                Segment::Index(index) => write!(out, "[{index}]")?,
                Segment::Where(key, text) => write!(out, "[{key}={text}]")?,
            }
        }
        Ok(())
    }
}

impl Written for Field {
    const WHAT: &'static str = "a field such as spec.rules[*].host";

    fn parse(text: &str) -> Result<Self, (String, Option<String>)> {
        let wrong = |what: &str| {
            let help = "write spec.rules[*].host, containers[name=app].image or data[\"a.b\"]";
            (
                format!("`{}` is not a field: {what}", crate::read::shorten(text)),
                Some(help.to_owned()),
            )
        };
        let mut segments = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            rest = if let Some(inside) = rest.strip_prefix('[') {
                let (segment, after) = bracket(inside).map_err(wrong)?;
                segments.push(segment);
                after
            } else {
                let part = rest.strip_prefix('.').unwrap_or(rest);
                if segments.is_empty() && part.len() != rest.len() {
                    return Err(wrong("it begins with a dot"));
                }
                let end = part.find(['.', '[']).unwrap_or(part.len());
                let (key, after) = part.split_at(end);
                match key {
                    "" => return Err(wrong("a name is missing")),
                    "*" => segments.push(Segment::All),
                    key => segments.push(Segment::Key(key.to_owned())),
                }
                after
            };
            if !(rest.is_empty() || rest.starts_with(['.', '['])) {
                return Err(wrong("after `]` stands `.` or `[`"));
            }
        }
        if segments.is_empty() { Err(wrong("it is empty")) } else { Ok(Self { segments }) }
    }
}

/// What stands in brackets, and the text behind them.
fn bracket(inside: &str) -> Result<(Segment, &str), &'static str> {
    if let Some(quoted) = inside.strip_prefix('"') {
        let (key, rest) = quoted.split_once('"').ok_or("a quote is not closed")?;
        let rest = rest.strip_prefix(']').ok_or("a bracket is not closed")?;
        return Ok((Segment::Key(key.to_owned()), rest));
    }
    let (content, rest) = inside.split_once(']').ok_or("a bracket is not closed")?;
    let segment = match content.split_once('=') {
        Some((key, text)) => Segment::Where(key.to_owned(), text.to_owned()),
        None if content == "*" => Segment::All,
        None => Segment::Index(
            content.parse().map_err(|_| "in brackets stands a number, * or key=text")?,
        ),
    };
    Ok((segment, rest))
}

read_written!(Field);
