//! Label selectors, with the server's words for what cannot be read.
//!
//! Source: kubernetes apimachinery, `labels/selector.go`.

use client::Status;
use objects::Value;

use super::lexer::{Word, words};
use crate::refusal;

/// A parsed label selector: all requirements must hold.
#[derive(Debug, Clone, Default)]
pub(crate) struct Labels(Vec<Requirement>);

#[derive(Debug, Clone)]
struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    Missing,
    Greater,
    Less,
}

impl Labels {
    pub(crate) fn parse(text: &str) -> Result<Self, Status> {
        let words = words(text);
        let mut parser = Parser { words, at: 0 };
        parser.requirements().map(Self).map_err(refusal::bad_request)
    }

    pub(crate) fn matches(&self, labels: Option<&Value>) -> bool {
        self.0.iter().all(|requirement| {
            let found = labels.and_then(|labels| labels.str_at(&[&requirement.key]));
            let listed = found.is_some_and(|found| requirement.values.iter().any(|v| v == found));
            let number = |text: &str| text.parse::<i64>().ok();
            let compare = || Some((number(found?)?, number(requirement.values.first()?)?));
            match requirement.operator {
                Operator::In => listed,
                Operator::NotIn => !listed,
                Operator::Exists => found.is_some(),
                Operator::Missing => found.is_none(),
                Operator::Greater => compare().is_some_and(|(have, want)| have > want),
                Operator::Less => compare().is_some_and(|(have, want)| have < want),
            }
        })
    }
}

struct Parser {
    words: Vec<Word>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Word {
        self.words.get(self.at).cloned().unwrap_or(Word::End)
    }

    fn next(&mut self) -> Word {
        let word = self.peek();
        self.at += 1;
        word
    }

    /// A word where a value or key is expected: operators are names there.
    fn next_value(&mut self) -> Word {
        match self.next() {
            Word::Operator(text) if text == "in" || text == "notin" => Word::Name(text),
            other => other,
        }
    }

    fn requirements(&mut self) -> Result<Vec<Requirement>, String> {
        let mut found = Vec::new();
        loop {
            match self.peek() {
                Word::Name(_) | Word::Not => {}
                Word::Operator(text) if text == "in" || text == "notin" => {}
                Word::End => return Ok(found),
                other => {
                    let text = other.text();
                    return Err(format!(
                        "found '{text}', expected: !, identifier, or 'end of string'"
                    ));
                }
            }
            found.push(self.requirement()?);
            match self.next() {
                Word::End => return Ok(found),
                Word::Comma => match self.peek() {
                    Word::Name(_) | Word::Not => {}
                    Word::Operator(text) if text == "in" || text == "notin" => {}
                    other => {
                        let text = other.text();
                        return Err(format!("found '{text}', expected: identifier after ','"));
                    }
                },
                other => {
                    let text = other.text();
                    return Err(format!("found '{text}', expected: ',' or 'end of string'"));
                }
            }
        }
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let frame = |text: String| format!("unable to parse requirement: {text}");
        let missing = self.peek() == Word::Not;
        if missing {
            self.next();
        }
        let key = match self.next_value() {
            Word::Name(key) => key,
            other => {
                let text = other.text();
                return Err(frame(format!("found '{text}', expected: identifier")));
            }
        };
        check_key(&key).map_err(frame)?;
        if missing {
            return Ok(Requirement { key, operator: Operator::Missing, values: Vec::new() });
        }
        if matches!(self.peek(), Word::End | Word::Comma) {
            return Ok(Requirement { key, operator: Operator::Exists, values: Vec::new() });
        }
        let (operator, set) = self.operator().map_err(frame)?;
        let values = if set { self.set() } else { self.single() }.map_err(frame)?;
        check_values(&key, operator, &values).map_err(frame)?;
        Ok(Requirement { key, operator, values })
    }

    fn operator(&mut self) -> Result<(Operator, bool), String> {
        let word = self.next();
        let found = match &word {
            Word::Operator(text) => match text.as_str() {
                "in" => Some((Operator::In, true)),
                "notin" => Some((Operator::NotIn, true)),
                "=" | "==" => Some((Operator::In, false)),
                "!=" => Some((Operator::NotIn, false)),
                ">" => Some((Operator::Greater, false)),
                "<" => Some((Operator::Less, false)),
                _ => None,
            },
            _ => None,
        };
        found.ok_or_else(|| {
            format!("found '{}', expected: in, notin, =, ==, !=, gt, lt", word.text())
        })
    }

    fn single(&mut self) -> Result<Vec<String>, String> {
        match self.peek() {
            Word::End | Word::Comma => Ok(vec![String::new()]),
            _ => match self.next_value() {
                Word::Name(value) => Ok(vec![value]),
                other => Err(format!("found '{}', expected: identifier", other.text())),
            },
        }
    }

    fn set(&mut self) -> Result<Vec<String>, String> {
        let word = self.next_value();
        if word != Word::Open {
            return Err(format!("found '{}' expected: '('", word.text()));
        }
        let mut values = Vec::new();
        let mut wants_value = true;
        loop {
            match self.next_value() {
                Word::Name(value) if wants_value => {
                    values.push(value);
                    wants_value = false;
                }
                Word::Comma => {
                    if wants_value {
                        values.push(String::new());
                    }
                    wants_value = true;
                }
                Word::Close => {
                    if wants_value {
                        values.push(String::new());
                    }
                    values.sort();
                    values.dedup();
                    return Ok(values);
                }
                other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
            }
        }
    }
}

const NAME: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const KEY: &str = "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const PREFIX: &str = "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn is_name(text: &str) -> bool {
    let ends = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(ends)
        && text.ends_with(ends)
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

fn is_prefix(text: &str) -> bool {
    let part = |part: &str| {
        let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.starts_with(ends) && part.ends_with(ends) && part.chars().all(|c| ends(c) || c == '-')
    };
    text.split('.').all(part)
}

fn check_key(key: &str) -> Result<(), String> {
    let wrong = |why: &str| Err(format!("<nil>: Invalid value: \"{key}\": {why}"));
    let parts: Vec<&str> = key.split('/').collect();
    let name = match parts.as_slice() {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                return wrong("prefix part must be non-empty");
            }
            if !is_prefix(prefix) {
                return wrong(PREFIX);
            }
            name
        }
        _ => return wrong(KEY),
    };
    match *name {
        "" => wrong("name part must be non-empty"),
        name if name.len() > 63 => wrong("name part must be no more than 63 bytes"),
        name if !is_name(name) => wrong(NAME),
        _ => Ok(()),
    }
}

fn check_values(key: &str, operator: Operator, values: &[String]) -> Result<(), String> {
    for (at, value) in values.iter().enumerate() {
        if matches!(operator, Operator::Greater | Operator::Less) && value.parse::<i64>().is_err() {
            return Err(format!(
                "values[{at}]: Invalid value: \"{value}\": for 'Gt', 'Lt' operators, the value must be an integer"
            ));
        }
        let why = match value.as_str() {
            long if long.len() > 63 => "must be no more than 63 bytes",
            "" => continue,
            value if !is_name(value) => VALUE,
            _ => continue,
        };
        return Err(format!("values[{at}][{key}]: Invalid value: \"{value}\": {why}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_choose_by_labels_as_the_server_does() {
        let labels = Value::from([("env", "dev"), ("g", "1"), ("empty", "")]);
        for (text, expected) in [
            ("env=dev", true),
            ("env==prod", false),
            ("env!=prod", true),
            ("tier!=x", true),
            ("env in (dev, prod)", true),
            ("env notin (dev)", false),
            ("tier notin (x)", true),
            ("env,!tier", true),
            ("g>0,g<5", true),
            ("empty=", true),
            ("empty in ()", true),
            ("env in (dev,)", true),
        ] {
            assert_eq!(Labels::parse(text).unwrap().matches(Some(&labels)), expected, "{text}");
        }
        for (text, message) in [
            ("env=dev=x", "found '=', expected: ',' or 'end of string'"),
            ("env in dev", "unable to parse requirement: found 'dev' expected: '('"),
            ("x,,y", "found ',', expected: identifier after ','"),
            (
                "a b",
                "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
            ),
        ] {
            assert_eq!(Labels::parse(text).unwrap_err().message, message, "{text}");
        }
    }
}
