//! Rules in CEL (`x-kubernetes-validations`) on the objects of a custom resource.
//!
//! One rule: programs are compiled once a process, at their first use. What the
//! `cel` crate cannot do is an error of the rule, never a silent pass.
//! Source: apiextensions-apiserver `schema/cel`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use cel::objects::{Key, OptionalValue};
use cel::{Context, ExecutionError, Program};
use objects::Value;

use super::functions;
use super::node::Node;
use super::values::correlated;
use crate::Cause;
use crate::apply::same;

/// One rule.
#[derive(Debug, Default)]
pub(super) struct Rule {
    pub(super) rule: String,
    message: String,
    message_expression: String,
    reason: String,
    field_path: String,
    optional_old: bool,
    pub(super) uses_old: bool,
}

impl Rule {
    pub(super) fn parse(value: &Value) -> Self {
        let text = |key: &str| value.str_at(&[key]).unwrap_or_default().to_owned();
        let rule = text("rule");
        Self {
            uses_old: mentions(&rule, "oldSelf"),
            rule,
            message: text("message"),
            message_expression: text("messageExpression"),
            reason: text("reason"),
            field_path: text("fieldPath"),
            optional_old: value.bool_at(&["optionalOldSelf"]).unwrap_or(false),
        }
    }
}

/// Whether an expression has this word.
pub(super) fn mentions(expression: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    expression.match_indices(word).any(|(at, _)| {
        let before = expression[..at].chars().next_back();
        let after = expression[at + word.len()..].chars().next();
        !before.is_some_and(|c| is_part(c) || c == '.') && !after.is_some_and(is_part)
    })
}

type Programs = BTreeMap<String, Result<Arc<Program>, String>>;

/// The compiled form of an expression, or why it does not compile.
pub(super) fn program(expression: &str) -> Result<Arc<Program>, String> {
    static PROGRAMS: OnceLock<Mutex<Programs>> = OnceLock::new();
    let programs = PROGRAMS.get_or_init(Mutex::default);
    let mut programs = programs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = programs.get(expression) {
        return known.clone();
    }
    let compiled = functions::environment()
        .compile(expression)
        .map(Arc::new)
        .map_err(|errors| errors.to_string());
    programs.insert(expression.to_owned(), compiled.clone());
    compiled
}

/// Judges an object by every rule of its schema.
pub(super) fn validate(root: &Node, object: &Value, old: Option<&Value>, out: &mut Vec<Cause>) {
    walk(root, "", object, old, true, out);
}

fn walk(
    node: &Node,
    path: &str,
    value: &Value,
    old: Option<&Value>,
    root: bool,
    out: &mut Vec<Cause>,
) {
    if !node.has_rules || value.is_null() {
        return;
    }
    let unchanged = old.is_some_and(|old| same(old, value));
    for holder in std::iter::once(node).chain(&node.all_of) {
        for rule in &holder.rules {
            let ratchets = unchanged && !rule.uses_old;
            let waits = rule.uses_old && old.is_none() && !rule.optional_old;
            if !ratchets && !waits {
                out.extend(judge(node, rule, path, value, old, root));
            }
        }
    }
    let dot = if path.is_empty() { "" } else { "." };
    match value {
        Value::Map(map) => {
            for (name, item) in map.iter() {
                let old = old.and_then(|old| old.get(name));
                if let Some(child) = node.property(name) {
                    if !child.has_rules {
                        continue;
                    }
                    walk(child, &format!("{path}{dot}{name}"), item, old, child.embedded, out);
                } else if let Some(child) = &node.additional {
                    walk(child, &format!("{path}[{name}]"), item, old, child.embedded, out);
                }
            }
        }
        Value::List(items) => {
            if let Some(child) = node.items.as_deref().filter(|child| child.has_rules) {
                for (at, item) in items.iter().enumerate() {
                    let old = correlated(node, old, item);
                    walk(child, &format!("{path}[{at}]"), item, old, child.embedded, out);
                }
            }
        }
        _ => {}
    }
}

fn judge(
    node: &Node,
    rule: &Rule,
    path: &str,
    value: &Value,
    old: Option<&Value>,
    root: bool,
) -> Option<Cause> {
    let mut context = functions::context();
    context.add_variable_from_value("self", to_cel(node, value, root));
    if rule.uses_old {
        let old = old.map(|old| to_cel(node, old, root));
        let old = match (rule.optional_old, old) {
            (true, Some(old)) => cel::Value::Opaque(Arc::new(OptionalValue::of(old))),
            (true, None) => cel::Value::Opaque(Arc::new(OptionalValue::none())),
            (false, old) => old.unwrap_or(cel::Value::Null),
        };
        context.add_variable_from_value("oldSelf", old);
    }
    let place = if path.is_empty() { "<nil>" } else { path };
    let kind = if node.int_or_string { "" } else { node.kind.as_str() };
    let shown = format!("\"{kind}\"");
    let said = if rule.message.is_empty() { &rule.rule } else { &rule.message };
    let program = match program(&rule.rule) {
        Ok(program) => program,
        Err(error) => {
            let detail = format!("rule compile error: compilation failed: {error}");
            return Some(Cause::invalid_shown(place, &shown, &detail));
        }
    };
    match program.execute(&context) {
        Ok(cel::Value::Bool(true)) => None,
        Ok(_) => Some(failed(node, rule, place, value, &context)),
        Err(error) => {
            let detail = format!("{} evaluating rule: {said}", execution_text(&error));
            Some(Cause::invalid_shown(place, &shown, &detail))
        }
    }
}

fn failed(node: &Node, rule: &Rule, path: &str, value: &Value, context: &Context<'_, '_>) -> Cause {
    let message = message_of(rule, context);
    let field = match (rule.field_path.is_empty(), path == "<nil>") {
        (true, _) => path.to_owned(),
        (false, true) => rule.field_path.trim_start_matches('.').to_owned(),
        (false, false) => format!("{path}{}", rule.field_path),
    };
    let compound = matches!(value, Value::Map(_) | Value::List(_)) || node.kind == "object";
    match rule.reason.as_str() {
        "FieldValueForbidden" => Cause::forbidden(&field, &message),
        "FieldValueRequired" => Cause::required(&field, &message),
        "FieldValueDuplicate" => Cause::duplicate(&field, value),
        // Collections are too long to show.
        _ if compound => Cause {
            field,
            reason: "FieldValueInvalid",
            message: format!("Invalid value: {message}"),
        },
        _ => Cause::invalid(&field, value, &message),
    }
}

fn message_of(rule: &Rule, context: &Context<'_, '_>) -> String {
    if !rule.message_expression.is_empty()
        && let Ok(program) = program(&rule.message_expression)
        && let Ok(cel::Value::String(text)) = program.execute(context)
        && !text.trim().is_empty()
        && !text.contains('\n')
    {
        return text.trim().to_owned();
    }
    match rule.message.is_empty() {
        true => format!("failed rule: {}", rule.rule.trim()),
        false => rule.message.trim().to_owned(),
    }
}

/// An error in the words of cel-go.
pub(super) fn execution_text(error: &ExecutionError) -> String {
    match error {
        ExecutionError::NoSuchKey(key) => format!("no such key: {key}"),
        ExecutionError::FunctionError { message, .. } => message.clone(),
        ExecutionError::DivisionByZero(_) => "division by zero".to_owned(),
        ExecutionError::RemainderByZero(_) => "modulus by zero".to_owned(),
        ExecutionError::NoSuchOverload(_) => "no such overload".to_owned(),
        ExecutionError::IndexOutOfBounds(cel::Value::Int(at)) => {
            format!("index out of bounds: {at}")
        }
        other => other.to_string(),
    }
}

/// A value as expressions see it: declared fields under escaped names, times and
/// durations typed by format; at the root of a resource its type and name too.
pub(super) fn to_cel(node: &Node, value: &Value, resource: bool) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(flag) => cel::Value::Bool(*flag),
        Value::Int(number) if node.kind == "number" => cel::Value::Float(*number as f64),
        Value::Int(number) => cel::Value::Int(*number),
        Value::Float(number) => cel::Value::Float(*number),
        Value::String(text) => functions::typed_text(&node.format, text),
        Value::List(items) => {
            let open = Node { preserve: true, ..Node::default() };
            let child = node.items.as_deref().unwrap_or(&open);
            let items = items.iter().map(|item| to_cel(child, item, child.embedded));
            cel::Value::List(Arc::new(items.collect()))
        }
        Value::Map(map) => {
            let open = Node { preserve: true, ..Node::default() };
            let free = node.properties.is_empty() && node.additional.is_none();
            let entries = map.iter().filter_map(|(name, item)| {
                let (key, value) = match (node.property(name), &node.additional) {
                    (Some(child), _) if !item.is_null() => {
                        (escaped(name), to_cel(child, item, child.embedded))
                    }
                    (None, Some(child)) => (name.to_string(), to_cel(child, item, child.embedded)),
                    _ if resource && matches!(name.as_ref(), "apiVersion" | "kind") => {
                        (name.to_string(), to_cel(&open, item, false))
                    }
                    _ if resource && name.as_ref() == "metadata" => {
                        (name.to_string(), metadata(item))
                    }
                    _ if free && !resource => (name.to_string(), to_cel(&open, item, false)),
                    _ => return None,
                };
                Some((Key::String(Arc::new(key)), value))
            });
            cel::Value::Map(cel::objects::Map { map: Arc::new(entries.collect()) })
        }
    }
}

fn metadata(value: &Value) -> cel::Value {
    let entries = ["name", "generateName"].iter().filter_map(|key| {
        let text = value.str_at(&[key])?;
        Some((Key::String(Arc::new((*key).to_owned())), cel::Value::from(text)))
    });
    cel::Value::Map(cel::objects::Map { map: Arc::new(entries.collect()) })
}

const RESERVED: &[&str] = &[
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// A field name as an identifier (KEP-2876: escaping).
fn escaped(name: &str) -> String {
    if RESERVED.contains(&name) {
        return format!("__{name}__");
    }
    if !name.contains(['.', '-', '/']) && !name.contains("__") {
        return name.to_owned();
    }
    name.replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__")
}
