//! JSON: writing as `encoding/json` does, reading with its words of refusal.

use std::fmt::Write;
use std::sync::Arc;

use super::strings::string;
use super::{Answer, Entry, refuse, text};
use crate::go;
use crate::template::Param::{Any, Str};
use crate::value::{Dict, ItemType, List, MapType, Val};

/// How deep values may nest, in reading and writing (Go: 10,000 in reading).
const DEPTH: usize = crate::bounds::NESTING;

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "toJson" => (&[Any], None, |_, a| string(to_json(&a[0], Style::PLAIN).unwrap_or_default())),
        "mustToJson" => (&[Any], None, |_, a| must(to_json(&a[0], Style::PLAIN))),
        "toPrettyJson" => {
            (&[Any], None, |_, a| string(to_json(&a[0], Style::PRETTY).unwrap_or_default()))
        }
        "mustToPrettyJson" => (&[Any], None, |_, a| must(to_json(&a[0], Style::PRETTY))),
        "toRawJson" | "mustToRawJson" => (&[Any], None, |_, a| must(to_json(&a[0], Style::RAW))),
        "fromJson" => (&[Str], None, |_, a| Ok(from_json(text(&a[0])))),
        "fromJsonArray" => (&[Str], None, |_, a| Ok(from_json_array(text(&a[0])))),
        "mustFromJson" => (&[Str], None, |_, a| read(text(&a[0])).or_else(refuse)),
        _ => return None,
    };
    Some(entry)
}

fn must(written: Result<String, String>) -> Answer {
    written.map_or_else(refuse, string)
}

fn from_json(text: &str) -> Val {
    let problem = match read(text) {
        Ok(map @ Val::Map(_)) => return map,
        Ok(Val::Nil) => return Val::dict([]),
        Ok(other) => cannot(&other, "map[string]interface {}"),
        Err(problem) => problem,
    };
    Val::dict([("Error".into(), Val::str(problem))])
}

fn from_json_array(text: &str) -> Val {
    let problem = match read(text) {
        Ok(list @ Val::List(_)) => return list,
        Ok(Val::Nil) => return Val::list(Vec::new()),
        Ok(other) => cannot(&other, "[]interface {}"),
        Err(problem) => problem,
    };
    Val::list(vec![Val::str(problem)])
}

fn cannot(found: &Val, wanted: &str) -> String {
    let found = match found {
        Val::Map(_) => "object",
        Val::List(_) => "array",
        Val::Str(_) => "string",
        Val::Bool(_) => "bool",
        _ => "number",
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

/// How JSON is laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pretty: bool,
    escapes_html: bool,
}

impl Style {
    pub(super) const PLAIN: Self = Self { pretty: false, escapes_html: true };
    const PRETTY: Self = Self { pretty: true, escapes_html: true };
    const RAW: Self = Self { pretty: false, escapes_html: false };
}

/// `json.Marshal`
pub(super) fn to_json(value: &Val, style: Style) -> Result<String, String> {
    let mut writer = Writer { out: String::new(), style, depth: 0 };
    writer.value(value)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    style: Style,
    depth: usize,
}

impl Writer {
    fn value(&mut self, value: &Val) -> Result<(), String> {
        if self.out.len() > crate::bounds::LONGEST {
            return Err("the JSON would be longer than 64 MiB".to_owned());
        }
        match value {
            Val::Missing | Val::Nil => self.out.push_str("null"),
            Val::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Val::Int(number, _) => {
                let _ = write!(self.out, "{number}");
            }
            Val::Float(number) if !number.is_finite() => {
                let shown = go::format_float(*number, 21);
                return Err(format!("json: unsupported value: {shown}"));
            }
            Val::Float(number) => self.out.push_str(&json_float(*number)),
            Val::Str(text) => self.text(text),
            Val::Native(native) => match native.bytes() {
                Some(bytes) => {
                    let packed = super::encoding::base64(bytes);
                    self.text(&packed);
                }
                None => match native.ordered() {
                    Some(fields) => self.fields(fields)?,
                    None => self.value(&native.plain())?,
                },
            },
            Val::List(List { of: ItemType::NilAny | ItemType::NilString, .. })
            | Val::Map(Dict { of: MapType::NilString, .. }) => self.out.push_str("null"),
            Val::List(list) => {
                let items = list.items.borrow();
                self.collection('[', ']', items.len(), |writer, at| writer.value(&items[at]))?;
            }
            Val::Map(map) => {
                let entries = map.entries.borrow();
                let mut entries = entries.iter();
                let count = entries.len();
                self.collection('{', '}', count, |writer, _| {
                    let Some((key, value)) = entries.next() else { return Ok(()) };
                    writer.text(key);
                    writer.out.push_str(if writer.style.pretty { ": " } else { ":" });
                    writer.value(value)
                })?;
            }
        }
        Ok(())
    }

    fn fields(&mut self, fields: Vec<(&'static str, Val)>) -> Result<(), String> {
        self.collection('{', '}', fields.len(), |writer, at| {
            writer.text(fields[at].0);
            writer.out.push_str(if writer.style.pretty { ": " } else { ":" });
            writer.value(&fields[at].1)
        })
    }

    fn collection(
        &mut self,
        open: char,
        close: char,
        count: usize,
        mut item: impl FnMut(&mut Self, usize) -> Result<(), String>,
    ) -> Result<(), String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(format!("the value nests deeper than {DEPTH} levels"));
        }
        self.out.push(open);
        for at in 0..count {
            if at > 0 {
                self.out.push(',');
            }
            self.new_line();
            item(self, at)?;
        }
        self.depth -= 1;
        if count > 0 {
            self.new_line();
        }
        self.out.push(close);
        Ok(())
    }

    fn new_line(&mut self) {
        if self.style.pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                '<' | '>' | '&' if self.style.escapes_html => self.escape(c),
                '\u{2028}' | '\u{2029}' => self.escape(c),
                c if c < ' ' => self.escape(c),
                c if go::is_stranger(c) => self.out.push_str("\\ufffd"),
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, c: char) {
        let _ = write!(self.out, "\\u{:04x}", u32::from(c));
    }
}

/// A number as `encoding/json` prints it: an exponent only from 1e21 and below 1e-6.
pub(super) fn json_float(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{number:e}");
        return match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        };
    }
    format!("{number}")
}

/// `json.Unmarshal` into an untyped value.
pub(crate) fn read(text: &str) -> Result<Val, String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let value = reader.value("looking for beginning of value")?;
    reader.spaces();
    match reader.peek() {
        None => Ok(value),
        Some(c) => Err(unexpected(c, "after top-level value")),
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

const TRUNCATED: &str = "unexpected end of JSON input";

fn unexpected(c: char, place: &str) -> String {
    let shown = match c {
        '\'' => "'\\''".to_owned(),
        '"' => "'\"'".to_owned(),
        c => {
            let quoted = go::quote(&c.to_string());
            format!("'{}'", &quoted[1..quoted.len() - 1])
        }
    };
    format!("invalid character {shown} {place}")
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn bump(&mut self) -> Result<char, String> {
        let c = self.peek().ok_or(TRUNCATED)?;
        self.at += c.len_utf8();
        Ok(c)
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(' ' | '\t' | '\r' | '\n')) {
            self.at += 1;
        }
    }

    fn value(&mut self, place: &str) -> Result<Val, String> {
        self.spaces();
        match self.peek().ok_or(TRUNCATED)? {
            '{' => self.nested(Self::object),
            '[' => self.nested(Self::array),
            '"' => self.string().map(Val::str),
            't' => self.word("true", Val::Bool(true)),
            'f' => self.word("false", Val::Bool(false)),
            'n' => self.word("null", Val::Nil),
            '-' | '0'..='9' => self.number(),
            c => Err(unexpected(c, place)),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Val, String>) -> Result<Val, String> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("exceeded max depth".to_owned());
        }
        self.at += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Val, String> {
        let mut entries: Vec<(Arc<str>, Val)> = Vec::new();
        self.spaces();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(Val::dict(entries));
        }
        loop {
            self.spaces();
            match self.peek().ok_or(TRUNCATED)? {
                '"' => {}
                c => return Err(unexpected(c, "looking for beginning of object key string")),
            }
            let key = self.string()?;
            self.spaces();
            match self.bump()? {
                ':' => {}
                c => return Err(unexpected(c, "after object key")),
            }
            entries.push((key.into(), self.value("looking for beginning of value")?));
            self.spaces();
            match self.bump()? {
                ',' => {}
                '}' => return Ok(Val::dict(entries)),
                c => return Err(unexpected(c, "after object key:value pair")),
            }
        }
    }

    fn array(&mut self) -> Result<Val, String> {
        let mut items = Vec::new();
        self.spaces();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(Val::list(items));
        }
        loop {
            items.push(self.value("looking for beginning of value")?);
            self.spaces();
            match self.bump()? {
                ',' => {}
                ']' => return Ok(Val::list(items)),
                c => return Err(unexpected(c, "after array element")),
            }
        }
    }

    fn word(&mut self, word: &str, value: Val) -> Result<Val, String> {
        for (at, wanted) in word.char_indices() {
            let c = self.bump()?;
            if c != wanted {
                let wanted = format!("in literal {word} (expecting '{wanted}')");
                let _ = at;
                return Err(unexpected(c, &wanted));
            }
        }
        Ok(value)
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            match self.bump()? {
                '"' => return Ok(out),
                '\\' => self.escape(&mut out)?,
                c if c < ' ' => return Err(unexpected(c, "in string literal")),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), String> {
        let c = match self.bump()? {
            c @ ('"' | '\\' | '/') => c,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut code = self.hex()?;
                if (0xd800..0xdc00).contains(&code) && self.text[self.at..].starts_with("\\u") {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex()?;
                    if (0xdc00..0xe000).contains(&low) {
                        code = 0x1_0000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                    } else {
                        self.at = back;
                    }
                }
                char::from_u32(code).unwrap_or('\u{fffd}')
            }
            c => return Err(unexpected(c, "in string escape code")),
        };
        out.push(c);
        Ok(())
    }

    fn hex(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let c = self.bump()?;
            let digit = c.to_digit(16);
            code = code * 16
                + digit.ok_or_else(|| unexpected(c, "in \\u hexadecimal character escape"))?;
        }
        Ok(code)
    }

    fn digits(&mut self, place: &str) -> Result<(), String> {
        match self.peek() {
            Some('0'..='9') => {}
            Some(c) => return Err(unexpected(c, place)),
            None => return Err(TRUNCATED.to_owned()),
        }
        while matches!(self.peek(), Some('0'..='9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Val, String> {
        let start = self.at;
        if self.peek() == Some('-') {
            self.at += 1;
        }
        if self.peek() == Some('0') {
            self.at += 1;
        } else {
            self.digits("in numeric literal")?;
        }
        if self.peek() == Some('.') {
            self.at += 1;
            self.digits("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.at += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.at += 1;
            }
            self.digits("in exponent of numeric literal")?;
        }
        let text = &self.text[start..self.at];
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Val::Float(number)),
            _ => Err(format!("json: cannot unmarshal number {text} into Go value of type float64")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_read_and_refused_as_in_go() {
        for (text, outcome) in [
            (
                "{\"a\": [1, 1.5e3, true, null, \"x\\u00e9\"]}",
                "{\"a\":[1,1500,true,null,\"x\u{e9}\"]}",
            ),
            ("{", "unexpected end of JSON input"),
            ("{a}", "invalid character 'a' looking for beginning of object key string"),
            ("[1 2]", "invalid character '2' after array element"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("tru", "unexpected end of JSON input"),
            ("trux", "invalid character 'x' in literal true (expecting 'e')"),
            ("1 1", "invalid character '1' after top-level value"),
            ("\"<&>\"", "\"\\u003c\\u0026\\u003e\""),
            ("1e21", "1e+21"),
            ("1e-7", "1e-7"),
        ] {
            let found = read(text).and_then(|value| to_json(&value, Style::PLAIN));
            assert_eq!(found.unwrap_or_else(|problem| problem), outcome, "{text}");
        }
    }
}
