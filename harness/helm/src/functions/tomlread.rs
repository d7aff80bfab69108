//! Reading TOML 1.0.
//!
//! Dates stay text. Start at [`read`].

use std::sync::Arc;

use crate::value::{IntType, Val};

/// How deep values may nest.
const DEPTH: usize = 200;

/// The table of a text, or why it is none.
pub(super) fn read(text: &str) -> Result<Val, String> {
    let root = Val::dict([]);
    let mut reader = Reader { text, at: 0 };
    let mut table = root.clone();
    loop {
        reader.blank();
        match reader.peek() {
            None => return Ok(root),
            Some('[') => table = reader.header(&root)?,
            Some(_) => {
                reader.entry(&table, 0)?;
                reader.end_of_line()?;
            }
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn wrong<T>(&self, problem: &str) -> Result<T, String> {
        let line = 1 + self.text[..self.at].matches('\n').count();
        Err(format!("toml: line {line}: {problem}"))
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.take(sign) { Ok(()) } else { self.wrong(&format!("expected '{sign}'")) }
    }

    fn spaces(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
    }

    fn comment(&mut self) {
        if self.peek() == Some('#') {
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    /// Goes over spaces, comments and line ends.
    fn blank(&mut self) {
        loop {
            let before = self.at;
            let trimmed = self.rest().trim_start_matches([' ', '\t', '\r', '\n']).len();
            self.at = self.text.len() - trimmed;
            self.comment();
            if self.at == before {
                return;
            }
        }
    }

    fn end_of_line(&mut self) -> Result<(), String> {
        self.spaces();
        self.comment();
        match self.peek() {
            None | Some('\r' | '\n') => Ok(()),
            Some(c) => self.wrong(&format!("expected a line end, got '{c}'")),
        }
    }

    fn header(&mut self, root: &Val) -> Result<Val, String> {
        let many = self.take("[[");
        if !many {
            self.at += 1;
        }
        let keys = self.keys()?;
        self.expect(if many { "]]" } else { "]" })?;
        self.end_of_line()?;
        let Some((last, parents)) = keys.split_last() else { return self.wrong("no key") };
        let mut table = root.clone();
        for key in parents {
            table = self.inner(&table, key)?;
        }
        if !many {
            return self.inner(&table, last);
        }
        let new = Val::dict([]);
        match table.get(last) {
            Some(Val::List(list)) => list.items.borrow_mut().push(new.clone()),
            Some(_) => return self.wrong(&format!("key '{last}' is no array of tables")),
            None => insert(&table, last, Val::list(vec![new.clone()])),
        }
        Ok(new)
    }

    /// The table of a key, made where it is missing; the last one of an array.
    fn inner(&self, table: &Val, key: &Arc<str>) -> Result<Val, String> {
        match table.get(key) {
            Some(found @ Val::Map(_)) => Ok(found),
            Some(Val::List(list)) => match list.items.borrow().last() {
                Some(last @ Val::Map(_)) => Ok(last.clone()),
                _ => self.wrong(&format!("key '{key}' is no table")),
            },
            Some(_) => self.wrong(&format!("key '{key}' has already been defined")),
            None => {
                let new = Val::dict([]);
                insert(table, key, new.clone());
                Ok(new)
            }
        }
    }

    fn keys(&mut self) -> Result<Vec<Arc<str>>, String> {
        let mut keys = Vec::new();
        loop {
            self.spaces();
            keys.push(self.key()?);
            self.spaces();
            if !self.take(".") {
                return Ok(keys);
            }
            if keys.len() > DEPTH {
                return self.wrong("the keys nest too deep");
            }
        }
    }

    fn key(&mut self) -> Result<Arc<str>, String> {
        match self.peek() {
            Some('"') => self.basic().map(Into::into),
            Some('\'') => self.literal().map(Into::into),
            _ => {
                let bare = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
                let length = self.rest().find(bare).unwrap_or(self.rest().len());
                if length == 0 {
                    return self.wrong("expected a key");
                }
                let key = self.rest()[..length].into();
                self.at += length;
                Ok(key)
            }
        }
    }

    fn entry(&mut self, table: &Val, depth: usize) -> Result<(), String> {
        let keys = self.keys()?;
        self.expect("=")?;
        let value = self.value(depth)?;
        let Some((last, parents)) = keys.split_last() else { return self.wrong("no key") };
        let mut table = table.clone();
        for key in parents {
            table = self.inner(&table, key)?;
        }
        if table.get(last).is_some() {
            return self.wrong(&format!("key '{last}' has already been defined"));
        }
        insert(&table, last, value);
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Val, String> {
        if depth > DEPTH {
            return self.wrong("the values nest too deep");
        }
        self.spaces();
        match self.peek() {
            Some('"') => self.basic().map(Val::str),
            Some('\'') => self.literal().map(Val::str),
            Some('[') => self.array(depth),
            Some('{') => self.inline(depth),
            _ => self.word(),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Val, String> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blank();
            if self.take("]") {
                return Ok(Val::list(items));
            }
            items.push(self.value(depth + 1)?);
            self.blank();
            if !self.take(",") {
                self.expect("]")?;
                return Ok(Val::list(items));
            }
        }
    }

    fn inline(&mut self, depth: usize) -> Result<Val, String> {
        self.at += 1;
        let table = Val::dict([]);
        loop {
            self.blank();
            if self.take("}") {
                return Ok(table);
            }
            self.entry(&table, depth + 1)?;
            self.blank();
            if !self.take(",") {
                self.expect("}")?;
                return Ok(table);
            }
        }
    }

    fn word(&mut self) -> Result<Val, String> {
        let length = self.rest().find([',', ']', '}', '#', '\n', '\r']);
        let word = self.rest()[..length.unwrap_or(self.rest().len())].trim_end().to_owned();
        self.at += word.len();
        let plain = word.replace('_', "");
        Ok(match word.as_str() {
            "true" => Val::Bool(true),
            "false" => Val::Bool(false),
            "inf" | "+inf" => Val::Float(f64::INFINITY),
            "-inf" => Val::Float(f64::NEG_INFINITY),
            "nan" | "+nan" | "-nan" => Val::Float(f64::NAN),
            text if is_date(text) => Val::str(text),
            _ => match (whole(&plain), plain.parse::<f64>()) {
                (Some(number), _) => Val::Int(number, IntType::Int64),
                (None, Ok(number))
                    if plain.starts_with(|c: char| c.is_ascii_digit() || "+-".contains(c)) =>
                {
                    Val::Float(number)
                }
                _ => return self.wrong(&format!("expected value but found {word:?} instead")),
            },
        })
    }

    fn literal(&mut self) -> Result<String, String> {
        let (start, end) = if self.take("'''") { (true, "'''") } else { (false, "'") };
        if !start {
            self.at += 1;
        } else if !self.take("\r\n") {
            self.take("\n");
        }
        let Some(length) = self.rest().find(end) else { return self.wrong("unterminated string") };
        let text = self.rest()[..length].to_owned();
        if !start && text.contains('\n') {
            return self.wrong("strings cannot contain newlines");
        }
        self.at += length + end.len();
        Ok(text)
    }

    fn basic(&mut self) -> Result<String, String> {
        let long = self.take("\"\"\"");
        if !long {
            self.at += 1;
        } else if !self.take("\r\n") {
            self.take("\n");
        }
        let end = if long { "\"\"\"" } else { "\"" };
        let mut out = String::new();
        loop {
            if self.take(end) {
                while long && self.take("\"") {
                    out.push('"');
                }
                return Ok(out);
            }
            let Some(c) = self.peek() else { return self.wrong("unterminated string") };
            self.at += c.len_utf8();
            match c {
                '\\' => self.escape(&mut out, long)?,
                '\n' if !long => return self.wrong("strings cannot contain newlines"),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, out: &mut String, long: bool) -> Result<(), String> {
        let Some(c) = self.peek() else { return self.wrong("unterminated string") };
        self.at += c.len_utf8();
        out.push(match c {
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'f' => '\u{c}',
            'r' => '\r',
            'e' => '\u{1b}',
            '"' | '\\' => c,
            'u' | 'U' => {
                let length = if c == 'u' { 4 } else { 8 };
                let code = self.rest().get(..length).and_then(|d| u32::from_str_radix(d, 16).ok());
                let Some(found) = code.and_then(char::from_u32) else {
                    return self.wrong("invalid unicode escape");
                };
                self.at += length;
                found
            }
            ' ' | '\t' | '\r' | '\n' if long => {
                let kept = self.rest().trim_start().len();
                self.at = self.text.len() - kept;
                return Ok(());
            }
            c => return self.wrong(&format!("invalid escape character '{c}'")),
        });
        Ok(())
    }
}

fn insert(table: &Val, key: &Arc<str>, value: Val) {
    if let Val::Map(map) = table {
        map.entries.borrow_mut().insert(key.clone(), value);
    }
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    (digit(0) && digit(3) && bytes.get(4) == Some(&b'-') && digit(5) && bytes.get(7) == Some(&b'-'))
        || (digit(0) && digit(1) && bytes.get(2) == Some(&b':') && digit(3))
}

fn whole(text: &str) -> Option<i64> {
    let based = |prefix: &str, base: u32| {
        text.strip_prefix(prefix).and_then(|digits| i64::from_str_radix(digits, base).ok())
    };
    based("0x", 16)
        .or_else(|| based("0o", 8))
        .or_else(|| based("0b", 2))
        .or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::super::json::{Style, to_json};
    use super::*;

    #[test]
    fn tables_are_read_and_mistakes_have_their_line() {
        let text = "# c\na = 1\nb = [1.5, 'x', true] # d\nc.d = \"y\\n\"\n[t]\nz = { k = 0x10 }\n\
                    [[l]]\nn = 1\n[[l]]\nn = 2\n[l.m]\no = \"\"\"\nq\n\"\"\"\n";
        let json = read(text).and_then(|value| to_json(&value, Style::PLAIN));
        let expected = r#"{"a":1,"b":[1.5,"x",true],"c":{"d":"y\n"},"l":[{"n":1},{"m":{"o":"q\n"},"n":2}],"t":{"z":{"k":16}}}"#;
        assert_eq!(json.as_deref(), Ok(expected));
        assert_eq!(
            read("a = 1\na = 2\n").err().as_deref(),
            Some("toml: line 2: key 'a' has already been defined")
        );
        assert_eq!(
            read("a = \n").err().as_deref(),
            Some("toml: line 1: expected value but found \"\" instead")
        );
    }
}
