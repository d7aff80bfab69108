//! TOML: writing as `BurntSushi/toml` v1.6 does, and reading.

use super::strings::string;
use super::tomlread::read;
use super::{Entry, refuse, text};
use crate::go;
use crate::template::Param::{Any, Str};
use crate::value::Val;

/// How deep tables may nest.
const DEPTH: usize = 200;

pub(super) fn function(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "toToml" => (&[Any], None, |_, a| string(write(&a[0]).unwrap_or_else(|problem| problem))),
        "mustToToml" => (&[Any], None, |_, a| write(&a[0]).map_or_else(refuse, string)),
        "fromToml" => (&[Str], None, |_, a| {
            Ok(read(text(&a[0]))
                .unwrap_or_else(|problem| Val::dict([("Error".into(), Val::str(problem))])))
        }),
        _ => return None,
    };
    Some(entry)
}

fn write(value: &Val) -> Result<String, String> {
    let mut writer = Writer { out: String::new() };
    match value {
        Val::Map(_) => writer.table(&[], value)?,
        Val::Native(native) => writer.table(&[], &native.plain())?,
        Val::Missing | Val::Nil => {}
        _ => return Err("toml: top-level values must be Go maps or structs".to_owned()),
    }
    Ok(writer.out)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    None,
    Table,
    Tables,
    Plain,
}

fn kind(value: &Val) -> Result<Kind, String> {
    Ok(match value {
        Val::Missing | Val::Nil => Kind::None,
        Val::Map(_) => Kind::Table,
        Val::List(list) => {
            let items = list.items.borrow();
            let mut all = !items.is_empty();
            for item in items.iter() {
                match kind(item)? {
                    Kind::None => {
                        return Err("toml: cannot encode array with nil element".to_owned());
                    }
                    Kind::Table => {}
                    _ => all = false,
                }
            }
            if all { Kind::Tables } else { Kind::Plain }
        }
        _ => Kind::Plain,
    })
}

struct Writer {
    out: String,
}

type Entries = Vec<(String, Val)>;

impl Writer {
    fn new_line(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, key: &[String]) {
        self.out.extend(std::iter::repeat_n("  ", key.len().saturating_sub(1)));
    }

    /// Plain entries first, then those that are tables, each sorted by key.
    fn entries(value: &Val) -> Result<(Entries, Entries), String> {
        let Val::Map(map) = value else { return Ok((Vec::new(), Vec::new())) };
        let mut parts = (Vec::new(), Vec::new());
        for (key, value) in map.entries.borrow().iter() {
            let entry = (quoted_key(key), value.clone());
            match kind(value)? {
                Kind::None => {}
                Kind::Plain => parts.0.push(entry),
                Kind::Table | Kind::Tables => parts.1.push(entry),
            }
        }
        Ok(parts)
    }

    fn table(&mut self, key: &[String], value: &Val) -> Result<(), String> {
        if key.len() > DEPTH {
            return Err(format!("toml: the tables nest deeper than {DEPTH} levels"));
        }
        let (plain, tables) = Self::entries(value)?;
        for (name, value) in plain {
            let key = [key, std::slice::from_ref(&name)].concat();
            self.indent(&key);
            self.out.push_str(&format!("{name} = "));
            self.element(&value, 0)?;
            self.out.push('\n');
        }
        for (name, value) in tables {
            let key = [key, &[name]].concat();
            if let Val::List(list) = &value {
                for item in list.items.borrow().iter() {
                    self.new_line();
                    self.indent(&key);
                    self.out.push_str(&format!("[[{}]]\n", key.join(".")));
                    self.table(&key, item)?;
                }
                continue;
            }
            if key.len() == 1 {
                self.new_line();
            }
            self.indent(&key);
            self.out.push_str(&format!("[{}]\n", key.join(".")));
            self.table(&key, &value)?;
        }
        Ok(())
    }

    fn element(&mut self, value: &Val, depth: usize) -> Result<(), String> {
        if self.out.len() > crate::bounds::LONGEST || !crate::bounds::spend(1) {
            return Err("toml: the text would be longer than 64 MiB".to_owned());
        }
        if depth > DEPTH {
            return Err(format!("toml: the value nests deeper than {DEPTH} levels"));
        }
        match value {
            Val::Str(text) => self.out.push_str(&quoted(text)),
            Val::Float(number) if number.is_nan() => self.out.push_str("nan"),
            Val::Float(number) if number.is_infinite() => {
                self.out.push_str(if *number > 0.0 { "inf" } else { "-inf" });
            }
            Val::Float(number) => {
                let text = go::format_float(*number, 6);
                self.out.push_str(&text);
                if !text.contains(['e', '.']) {
                    self.out.push_str(".0");
                }
            }
            Val::List(list) => {
                self.out.push('[');
                for (at, item) in list.items.borrow().iter().enumerate() {
                    self.out.push_str(if at > 0 { ", " } else { "" });
                    self.element(item, depth + 1)?;
                }
                self.out.push(']');
            }
            Val::Map(_) => {
                let (plain, tables) = Self::entries(value)?;
                self.out.push('{');
                for (at, (name, value)) in plain.into_iter().chain(tables).enumerate() {
                    self.out.push_str(if at > 0 { ", " } else { "" });
                    self.out.push_str(&format!("{name} = "));
                    self.element(&value, depth + 1)?;
                }
                self.out.push('}');
            }
            Val::Native(native) => match native.plain() {
                Val::Str(text) => self.out.push_str(&text),
                plain => self.element(&plain, depth + 1)?,
            },
            value => self.out.push_str(&go::print(value)),
        }
        Ok(())
    }
}

fn quoted_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_out_as_from_burntsushi() {
        let json = r#"{"b":1,"a":"x\n","t":{"x":[1.5,"y"],"u":{"z":true}},"l":[{"k":1},{"k":2}],"q r":{}}"#;
        let value = super::super::json::read(json).unwrap_or(Val::Nil);
        let expected = "a = \"x\\n\"\nb = 1.0\n\n[[l]]\n  k = 1.0\n\n[[l]]\n  k = 2.0\n\n[\"q r\"]\n\n\
                        [t]\n  x = [1.5, \"y\"]\n  [t.u]\n    z = true\n";
        assert_eq!(write(&value).as_deref(), Ok(expected));
    }
}
