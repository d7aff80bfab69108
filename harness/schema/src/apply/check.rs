//! Whether an applied configuration fits its type, in the words of structured-merge-diff.

use objects::Value;

use super::element::Element;
use crate::cause::quote;
use crate::{Kind, ListKind, Type};

/// Every misfit, as one text.
pub(crate) fn check(of: Type<'_>, value: &Value) -> Result<(), String> {
    let mut checker = Checker { path: Vec::new(), found: Vec::new() };
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

/// One step of the way to a value; written out only for a misfit.
#[derive(Clone)]
enum Step<'a> {
    Field(&'a str),
    Index(usize),
    Item(Element),
}

struct Checker<'a> {
    path: Vec<Step<'a>>,
    found: Vec<String>,
}

impl<'a> Checker<'a> {
    fn say(&mut self, message: &str) {
        let steps = self.path.iter().map(|step| match step {
            Step::Field(name) => format!(".{name}"),
            Step::Index(at) => format!("[{at}]"),
            Step::Item(element) => element.to_string(),
        });
        let path: String = steps.collect();
        let text = match path.is_empty() {
            true => message.to_owned(),
            false => format!("{path}: {message}"),
        };
        self.found.push(text);
    }

    fn value(&mut self, of: Type<'_>, value: &'a Value) {
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

    fn map(&mut self, of: Type<'_>, value: &'a Value) {
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
                self.within(Step::Field(key), |checker| {
                    checker.say("field not declared in schema");
                });
                return;
            };
            self.within(Step::Field(key), |checker| checker.value(field, value));
        }
    }

    fn within(&mut self, step: Step<'a>, run: impl FnOnce(&mut Self)) {
        self.path.push(step);
        run(self);
        self.path.pop();
    }

    fn list(&mut self, of: Type<'_>, value: &'a Value) {
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
                self.within(Step::Index(at), |checker| checker.value(of.item(), item));
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
            self.within(Step::Item(element.clone()), |checker| checker.value(of.item(), item));
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
