//! Expressions of admission policies and match conditions: no schema behind the values.

use std::sync::Arc;

use cel::objects::Key;
use objects::{Map, Value};

use super::expression::{execution_text, program, to_cel};
use super::functions;
use super::node::Node;

/// What an expression came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluated {
    /// `true` or `false`.
    Bool(bool),
    /// A text.
    Text(String),
    /// Anything else, as a value where JSON has one.
    Other(Value),
}

/// Evaluates a CEL expression with variables, in the function library of Kubernetes.
///
/// # Errors
/// What cel-go says of it: a mistake of the expression, or of its evaluation.
pub fn evaluate(expression: &str, variables: &[(&str, &Value)]) -> Result<Evaluated, String> {
    let open = Node { preserve: true, ..Node::default() };
    let mut context = functions::context();
    for (name, value) in variables {
        context.add_variable_from_value(*name, to_cel(&open, value, false));
    }
    let program = program(expression)?;
    match program.execute(&context) {
        Ok(cel::Value::Bool(flag)) => Ok(Evaluated::Bool(flag)),
        Ok(cel::Value::String(text)) => Ok(Evaluated::Text(text.to_string())),
        Ok(other) => Ok(Evaluated::Other(from_cel(&other))),
        Err(error) => Err(execution_text(&error)),
    }
}

/// A CEL value as JSON; what JSON lacks becomes null.
fn from_cel(value: &cel::Value) -> Value {
    match value {
        cel::Value::Bool(flag) => (*flag).into(),
        cel::Value::Int(number) => Value::Int(*number),
        cel::Value::UInt(number) => Value::Int(i64::try_from(*number).unwrap_or(i64::MAX)),
        cel::Value::Float(number) => Value::Float(*number),
        cel::Value::String(text) => text.as_str().into(),
        cel::Value::List(items) => items.iter().map(from_cel).collect(),
        cel::Value::Map(map) => {
            let entries = map.map.iter().filter_map(|(key, value)| match key {
                Key::String(key) => Some((Arc::<str>::from(key.as_str()), from_cel(value))),
                _ => None,
            });
            entries.collect::<Map>().into()
        }
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_sees_its_variables_and_says_what_is_missing() {
        let object = objects::from_json(br#"{"data":{"k":"v"}}"#).unwrap();
        let ask = |text: &str| evaluate(text, &[("object", &object)]);
        assert_eq!(ask("object.data.k == 'v'"), Ok(Evaluated::Bool(true)));
        assert_eq!(ask("'a' + object.data.k"), Ok(Evaluated::Text("av".to_owned())));
        assert_eq!(ask("object.data.none == 'x'"), Err("no such key: none".to_owned()));
    }
}
