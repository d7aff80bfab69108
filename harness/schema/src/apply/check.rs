//! Whether an applied configuration fits its type, in the words of structured-merge-diff.

use objects::Value;

use super::element::Element;
use crate::cause::quote;
use crate::{Kind, ListKind, Type};

/// Every misfit, as one text.
pub(crate) fn check(of: Type<'_>, value: &Value) -> Result<(), String> {
    let mut checker = Checker { path: String::new(), found: Vec::new() };
    checker.value(of, value);
    match checker.found.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        many => {
            let lines = many.iter().map(|line| format!("  {line}"));
            Err(std::iter::once("errors:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n"))
        }
    }
}

struct Checker {
    path: String,
    found: Vec<String>,
}

impl Checker {
    fn say(&mut self, message: &str) {
        let text = match self.path.is_empty() {
            true => message.to_owned(),
            false => format!("{}: {message}", self.path),
        };
        self.found.push(text);
    }

    fn value(&mut self, of: Type<'_>, value: &Value) {
        match of.kind() {
            Kind::Object | Kind::Map => self.map(of, value),
            Kind::List => self.list(of, value),
            Kind::Any | Kind::Atom => match value {
                Value::Map(_) => self.map(of, value),
                Value::List(_) => self.list(of, value),
                _ => {}
            },
            _ => self.scalar(of, value),
        }
    }

    fn scalar(&mut self, of: Type<'_>, value: &Value) {
        let (text, number) = (matches!(value, Value::String(_)), value.as_f64().is_some());
        match of.kind() {
            _ if value.is_null() => {}
            Kind::Int32 | Kind::Int64 | Kind::Number if !number => {
                let found = go_type(value);
                self.say(&format!("expected numeric (int or float), got {found}"));
            }
            Kind::Bool if value.as_bool().is_none() => {
                self.say(&format!("expected boolean, got &{{{}}}", go_plain(value)));
            }
            Kind::String | Kind::Bytes | Kind::Time | Kind::MicroTime if !text => {
                let found = go_syntax(value);
                self.say(&format!(
                    "expected string, got &value.valueUnstructured{{Value:{found}}}"
                ));
            }
            Kind::Quantity | Kind::IntOrString
                if matches!(value, Value::Map(_) | Value::List(_)) =>
            {
                self.say(&format!("expected any scalar, got &{{{}}}", go_plain(value)));
            }
            _ => {}
        }
    }

    fn map(&mut self, of: Type<'_>, value: &Value) {
        let map = match value {
            Value::Map(map) => map,
            Value::Null => return,
            other => {
                self.say(&format!("expected map, got &{{{}}}", go_plain(other)));
                return;
            }
        };
        for (key, value) in map.iter() {
            let Some(field) = of.field(key) else {
                self.within(&format!(".{key}"), |checker| {
                    checker.say("field not declared in schema");
                });
                return;
            };
            self.within(&format!(".{key}"), |checker| checker.value(field, value));
        }
    }

    fn within(&mut self, step: &str, run: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(step);
        run(self);
        self.path.truncate(length);
    }

    fn list(&mut self, of: Type<'_>, value: &Value) {
        let items = match value {
            Value::List(items) => items,
            Value::Null => return,
            other => {
                self.say(&format!("expected list, got &{{{}}}", go_plain(other)));
                return;
            }
        };
        let mut seen: Vec<Element> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            if of.list_kind() == ListKind::Atomic {
                self.within(&format!("[{at}]"), |checker| checker.value(of.item(), item));
                continue;
            }
            let element = match Element::of_item(of, item) {
                Ok(element) => element,
                Err(problem) => {
                    self.say(&format!("element {at}: {problem}"));
                    return;
                }
            };
            if seen.contains(&element) {
                self.say(&format!("duplicate entries for key {element}"));
            }
            self.within(&element.to_string(), |checker| checker.value(of.item(), item));
            seen.push(element);
        }
    }
}

/// As `%T` prints a decoded value.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::List(_) => "[]interface {}",
        Value::Map(_) => "map[string]interface {}",
    }
}

/// As `%v` prints a decoded value.
pub(crate) fn go_plain(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.to_string(),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(go_plain).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Map(map) => {
            let entries: Vec<_> =
                map.iter().map(|(key, value)| format!("{key}:{}", go_plain(value))).collect();
            format!("map[{}]", entries.join(" "))
        }
        scalar => objects::to_json(scalar),
    }
}

/// As `%#v` prints a decoded value.
fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => quote(text),
        Value::List(items) => {
            let items: Vec<_> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Map(map) => {
            let entries: Vec<_> = map
                .iter()
                .map(|(key, value)| format!("{}:{}", quote(key), go_syntax(value)))
                .collect();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        scalar => objects::to_json(scalar),
    }
}
