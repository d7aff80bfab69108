//! `--set`: values in one line.
//!
//! Source: Helm `pkg/strvals` `parser.go`: `a.b=1,c[0]=x,d={1,2}`, `\` escapes, and its words.

use std::sync::Arc;

use objects::{Map, Value};

use crate::data::floats;
use crate::go;

const LARGEST_INDEX: usize = 65_536;
const DEEPEST: usize = 30;

/// What the texts behind `=` are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Typed,
    Text,
    Json,
}

/// Reads a line into a map. What stands before a mistake is kept, as in Helm.
pub(super) fn parse_into(text: &str, into: &mut Map, kind: Kind) -> Result<(), String> {
    let mut parser = Parser { rest: text, kind };
    loop {
        match parser.key(into, 0) {
            Ok(()) => {}
            Err(Stop::End) => return Ok(()),
            Err(Stop::Problem(problem)) => return Err(problem),
        }
    }
}

/// Why reading stops.
enum Stop {
    End,
    Problem(String),
}

fn refuse<T>(problem: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Problem(problem.into()))
}

type Step<T> = Result<T, Stop>;

struct Parser<'a> {
    rest: &'a str,
    kind: Kind,
}

impl Parser<'_> {
    /// Characters up to one of these, which is taken; `None` where the text ends first.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut taken = String::new();
        let mut chars = self.rest.chars();
        while let Some(c) = chars.next() {
            if stops.contains(&c) {
                self.rest = chars.as_str();
                return (taken, Some(c));
            }
            if c == '\\' {
                let Some(next) = chars.next() else { break };
                taken.push(next);
            } else {
                taken.push(c);
            }
        }
        self.rest = "";
        (taken, None)
    }

    fn key(&mut self, data: &mut Map, depth: usize) -> Step<()> {
        let (key, stop) = self.until(&['=', '[', ',', '.']);
        let shown = go::quote(&key);
        match stop {
            None if key.is_empty() => Err(Stop::End),
            None => refuse(format!("key {shown} has no value")),
            Some('[') => self.list_key(data, &key, depth),
            Some('=') => self.value_key(data, &key),
            Some(',') => {
                set(data, &key, Value::String("".into()));
                refuse(format!("key {shown} has no value (cannot end with ,)"))
            }
            Some(_) => self.map_key(data, &key, depth + 1),
        }
    }

    fn list_key(&mut self, data: &mut Map, key: &str, depth: usize) -> Step<()> {
        let index = self.index()?;
        let mut list = match data.get(key) {
            None => Vec::new(),
            Some(Value::List(list)) => list.to_vec(),
            Some(other) => return refuse(conversion(other, "[]interface {}")),
        };
        let result = self.item(&mut list, index, depth);
        set(data, key, Value::List(Arc::new(list)));
        result
    }

    fn value_key(&mut self, data: &mut Map, key: &str) -> Step<()> {
        if self.kind == Kind::Json {
            let value = self.json()?;
            set(data, key, value);
            return Ok(());
        }
        match self.value() {
            Ok((value, end)) => {
                set(data, key, value);
                if end { Err(Stop::End) } else { Ok(()) }
            }
            Err(stop) => Err(stop),
        }
    }

    fn map_key(&mut self, data: &mut Map, key: &str, depth: usize) -> Step<()> {
        if depth > DEEPEST {
            return refuse(format!(
                "value name nested level is greater than maximum supported nested level of {DEEPEST}"
            ));
        }
        let mut inner = match data.get(key) {
            None => Map::new(),
            Some(Value::Map(map)) => map.as_ref().clone(),
            Some(other) => return refuse(conversion(other, "map[string]interface {}")),
        };
        let result = self.key(&mut inner, depth);
        if result.is_ok() && inner.is_empty() {
            return refuse(format!("key map {} has no value", go::quote(key)));
        }
        if !inner.is_empty() {
            set(data, key, Value::Map(Arc::new(inner)));
        }
        result
    }

    fn index(&mut self) -> Step<i64> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            return refuse("error parsing index: EOF");
        }
        text.parse().map_err(|_| {
            let text = go::quote(&text);
            Stop::Problem(format!(
                "error parsing index: strconv.Atoi: parsing {text}: invalid syntax"
            ))
        })
    }

    fn item(&mut self, list: &mut Vec<Value>, index: i64, depth: usize) -> Step<()> {
        let Ok(at) = usize::try_from(index) else {
            return refuse(format!("negative {index} index not allowed"));
        };
        let (text, stop) = self.until(&['[', '.', '=']);
        if !text.is_empty() {
            let text = go::quote(&text);
            return refuse(format!("unexpected data at end of array index: {text}"));
        }
        match stop {
            None => Err(Stop::End),
            Some('=') if self.kind == Kind::Json => {
                let value = self.json()?;
                set_index(list, at, value)
            }
            Some('=') => {
                let (value, _) = self.value()?;
                set_index(list, at, value)
            }
            Some('[') => {
                let next = self.index()?;
                let mut inner = match list.get(at) {
                    None | Some(Value::Null) => Vec::new(),
                    Some(Value::List(items)) => items.to_vec(),
                    Some(other) => return refuse(conversion(other, "[]interface {}")),
                };
                self.item(&mut inner, next, depth)?;
                set_index(list, at, Value::List(Arc::new(inner)))
            }
            Some(_) => {
                let mut inner = match list.get(at) {
                    Some(Value::Map(map)) => map.as_ref().clone(),
                    _ => Map::new(),
                };
                let result = self.key(&mut inner, depth);
                if let Err(Stop::Problem(_)) = result {
                    return result;
                }
                set_index(list, at, Value::Map(Arc::new(inner)))?;
                result
            }
        }
    }

    /// The value behind `=`, and whether the text ended there with nothing.
    fn value(&mut self) -> Step<(Value, bool)> {
        if self.rest.is_empty() {
            return Ok((Value::String("".into()), true));
        }
        if let Some(rest) = self.rest.strip_prefix('{') {
            self.rest = rest;
            return self.list().map(|list| (list, false));
        }
        let (text, _) = self.until(&[',']);
        Ok((self.typed(&text), false))
    }

    fn list(&mut self) -> Step<Value> {
        let mut list = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            match stop {
                None => return refuse("list must terminate with '}'"),
                Some(stop) => {
                    list.push(self.typed(&text));
                    if stop == '}' {
                        self.rest = self.rest.strip_prefix(',').unwrap_or(self.rest);
                        return Ok(Value::List(Arc::new(list)));
                    }
                }
            }
        }
    }

    fn typed(&self, text: &str) -> Value {
        if self.kind == Kind::Text {
            return Value::String(text.into());
        }
        for (word, value) in
            [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)]
        {
            if text.eq_ignore_ascii_case(word) {
                return value;
            }
        }
        if text == "0" {
            return Value::Int(0);
        }
        let number = if text.starts_with('0') { None } else { text.parse().ok() };
        number.map_or_else(|| Value::String(text.into()), Value::Int)
    }

    /// One JSON value, and the blanks and the comma behind it.
    fn json(&mut self) -> Step<Value> {
        let text = self.rest.trim_start();
        if text.is_empty() || text.starts_with(',') {
            self.rest = text.strip_prefix(',').unwrap_or(text);
            return Ok(Value::Null);
        }
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
        let value = match values.next() {
            Some(Ok(value)) => value,
            Some(Err(problem)) => return refuse(problem.to_string()),
            None => return Ok(Value::Null),
        };
        let rest = text[values.byte_offset()..].trim_start();
        self.rest = rest.strip_prefix(',').unwrap_or(rest);
        let value = objects::from_json(value.to_string().as_bytes());
        value.map(floats).map_err(|problem| Stop::Problem(problem.to_string()))
    }
}

fn conversion(found: &Value, wanted: &str) -> String {
    let found = match found {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    };
    format!("unable to parse key: interface conversion: interface {{}} is {found}, not {wanted}")
}

fn set(data: &mut Map, key: &str, value: Value) {
    if !key.is_empty() {
        data.insert(key, value);
    }
}

fn set_index(list: &mut Vec<Value>, at: usize, value: Value) -> Step<()> {
    if at > LARGEST_INDEX {
        return refuse(format!(
            "index of {at} is greater than maximum supported index of {LARGEST_INDEX}"
        ));
    }
    if list.len() <= at {
        list.resize(at + 1, Value::Null);
    }
    list[at] = value;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set_all(kind: Kind, text: &str) -> Result<String, String> {
        let mut map = Map::new();
        parse_into(text, &mut map, kind)?;
        Ok(objects::to_json(&Value::Map(Arc::new(map))))
    }

    #[test]
    fn lines_become_values_as_in_strvals() {
        for (kind, text, json) in [
            (Kind::Typed, "a=1,b.c=x", r#"{"a":1,"b":{"c":"x"}}"#),
            (Kind::Typed, "a=true,b=null,c=,d=007", r#"{"a":true,"b":null,"c":"","d":"007"}"#),
            (Kind::Typed, "a[1].b=2,a[0]=x", r#"{"a":["x",{"b":2}]}"#),
            (Kind::Typed, "a={1,x,true}", r#"{"a":[1,"x",true]}"#),
            (Kind::Typed, r"a\.b=x\,y,c=1.5", r#"{"a.b":"x,y","c":"1.5"}"#),
            (Kind::Typed, "a[0][1]=x", r#"{"a":[[null,"x"]]}"#),
            (Kind::Text, "a=1,b=true", r#"{"a":"1","b":"true"}"#),
            (Kind::Json, r#"a={"b":[1,2]},c="x""#, r#"{"a":{"b":[1,2]},"c":"x"}"#),
        ] {
            assert_eq!(set_all(kind, text), Ok(json.to_owned()), "{text}");
        }
    }

    #[test]
    fn mistakes_in_lines_are_named_as_in_strvals() {
        for (text, refusal) in [
            ("a", "key \"a\" has no value"),
            ("a,b=1", "key \"a\" has no value (cannot end with ,)"),
            ("a={1", "list must terminate with '}'"),
            ("a[-1]=1", "negative -1 index not allowed"),
            ("a[99999999]=1", "index of 99999999 is greater than maximum supported index of 65536"),
            ("a[x]=1", "error parsing index: strconv.Atoi: parsing \"x\": invalid syntax"),
            (
                "a=1,a.b=2",
                "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}",
            ),
        ] {
            assert_eq!(set_all(Kind::Typed, text), Err(refusal.to_owned()), "{text}");
        }
    }
}
