//! The function library that Kubernetes adds to CEL, on top of the `cel` crate.
//!
//! Source: kubernetes apiserver `cel/library`. Quantities and URLs are maps
//! with one marked entry, so that equality works.

use std::sync::{Arc, OnceLock};

use cel::extractors::{Arguments, This};
use cel::objects::Key;
use cel::{Context, Env, ExecutionError, Value, extensions};

use crate::decode::{canonical_quantity, quantity_nanos};

type Answer = Result<Value, ExecutionError>;

/// The environment that rules are compiled for.
pub(super) fn environment() -> &'static Arc<Env> {
    static ENVIRONMENT: OnceLock<Arc<Env>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut env = Env::stdlib();
        // An extension that does not fit leaves its functions out; rules that need them then fail aloud.
        let _ = env.add_extension(extensions::strings);
        let _ = env.add_extension(extensions::lists);
        let _ = env.add_extension(extensions::math);
        Arc::new(env)
    })
}

/// A context with every function and no variable.
pub(super) fn context() -> Context<'static, 'static> {
    let mut context = Context::with_env(environment().clone());
    let _ = context.add_function("quantity", |text: Arc<String>| quantity(&text));
    let _ =
        context.add_function("isQuantity", |text: Arc<String>| canonical_quantity(&text).is_ok());
    let _ = context.add_function("isGreaterThan", |This(left): This<Value>, right: Value| {
        Ok::<_, ExecutionError>(nanos(&left)? > nanos(&right)?)
    });
    let _ = context.add_function("isLessThan", |This(left): This<Value>, right: Value| {
        Ok::<_, ExecutionError>(nanos(&left)? < nanos(&right)?)
    });
    let _ = context.add_function("compareTo", |This(left): This<Value>, right: Value| {
        Ok::<_, ExecutionError>(nanos(&left)?.cmp(&nanos(&right)?) as i64)
    });
    let _ = context.add_function("sign", |This(value): This<Value>| {
        Ok::<_, ExecutionError>(nanos(&value)?.signum() as i64)
    });
    let _ = context.add_function("asInteger", |This(value): This<Value>| {
        Ok::<_, ExecutionError>((nanos(&value)? / 1_000_000_000) as i64)
    });
    let _ = context.add_function("isInteger", |This(value): This<Value>| {
        Ok::<_, ExecutionError>(nanos(&value)? % 1_000_000_000 == 0)
    });
    urls(&mut context);
    lists(&mut context);
    let _ = context.add_function("find", |This(text): This<Arc<String>>, pattern: Arc<String>| {
        let found = compiled(&pattern)?.find(&text).map(|found| found.as_str().to_owned());
        Ok::<Value, ExecutionError>(Value::from(found.unwrap_or_default()))
    });
    let _ = context.add_function("findAll", find_all);
    context
}

fn find_all(This(text): This<Arc<String>>, Arguments(args): Arguments) -> Answer {
    let Some(Value::String(pattern)) = args.first() else {
        return Err(ExecutionError::MissingArgumentOrTarget);
    };
    let most = match args.get(1) {
        Some(Value::Int(most)) if *most >= 0 => *most as usize,
        _ => usize::MAX,
    };
    let regex = compiled(pattern)?;
    let found = regex.find_iter(&text).take(most);
    Ok(Value::List(Arc::new(found.map(|found| Value::from(found.as_str())).collect())))
}

fn compiled(pattern: &str) -> Result<regex::Regex, ExecutionError> {
    regex::Regex::new(pattern).map_err(|error| failure("matches", &error.to_string()))
}

fn failure(function: &str, message: &str) -> ExecutionError {
    ExecutionError::FunctionError { function: function.to_owned(), message: message.to_owned() }
}

fn marked(mark: &str, value: Value) -> Value {
    let entry = (Key::String(Arc::new(mark.to_owned())), value);
    Value::Map(cel::objects::Map { map: Arc::new([entry].into_iter().collect()) })
}

fn mark_of(value: &Value, mark: &str) -> Option<String> {
    let Value::Map(map) = value else { return None };
    match map.get(&Key::String(Arc::new(mark.to_owned())))? {
        Value::String(text) => Some(text.to_string()),
        _ => None,
    }
}

fn quantity(text: &str) -> Answer {
    match quantity_nanos(text) {
        Ok(nanos) => Ok(marked("$quantity", Value::from(nanos.to_string()))),
        Err(error) => Err(failure("quantity", error)),
    }
}

fn nanos(value: &Value) -> Result<i128, ExecutionError> {
    mark_of(value, "$quantity")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| failure("quantity", "no such overload"))
}

/// Scheme, user and host, path, query of an absolute URL; a path alone is a URL too.
fn split_url(text: &str) -> Option<(String, String, String, String)> {
    let (text, query) = text.split_once('?').unwrap_or((text, ""));
    if text.starts_with('/') {
        return Some((String::new(), String::new(), text.to_owned(), query.to_owned()));
    }
    let (scheme, rest) = text.split_once("://")?;
    let legal = scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if scheme.is_empty() || !legal || rest.contains(' ') {
        return None;
    }
    let at = rest.find('/').unwrap_or(rest.len());
    let host = rest[..at].rsplit('@').next().unwrap_or_default();
    Some((scheme.to_owned(), host.to_owned(), rest[at..].to_owned(), query.to_owned()))
}

fn urls(context: &mut Context<'_, '_>) {
    let _ = context.add_function("isURL", |text: Arc<String>| split_url(&text).is_some());
    let _ = context.add_function("url", |text: Arc<String>| match split_url(&text) {
        Some(_) => Ok(marked("$url", Value::String(text))),
        None => {
            Err(failure("url", &format!("URL parse error during conversion from string: parse {text:?}: invalid URI for request")))
        }
    });
    type Part = fn((String, String, String, String)) -> String;
    let parts: [(&str, Part); 5] = [
        ("getScheme", |url| url.0),
        ("getHost", |url| url.1),
        ("getHostname", |url| url.1.split(':').next().unwrap_or_default().to_owned()),
        ("getPort", |url| {
            url.1.split_once(':').map(|(_, port)| port.to_owned()).unwrap_or_default()
        }),
        ("getEscapedPath", |url| url.2),
    ];
    for (name, part) in parts {
        let _ = context.add_function(name, move |This(value): This<Value>| {
            mark_of(&value, "$url")
                .and_then(|text| split_url(&text))
                .map(|url| Value::from(part(url)))
                .ok_or_else(|| failure("url", "no such overload"))
        });
    }
}

fn lists(context: &mut Context<'_, '_>) {
    let _ = context.add_function("isSorted", |This(items): This<Arc<Vec<Value>>>| {
        items.windows(2).all(|pair| pair[0] <= pair[1])
    });
    let _ = context.add_function("sum", |This(items): This<Arc<Vec<Value>>>| {
        items.iter().try_fold(Value::Int(0), |sum, item| match (sum, item) {
            (Value::Int(sum), Value::Int(item)) => sum
                .checked_add(*item)
                .map(Value::Int)
                .ok_or_else(|| failure("sum", "integer overflow")),
            (Value::Int(0), Value::Float(item)) => Ok(Value::Float(*item)),
            (Value::Float(sum), Value::Float(item)) => Ok(Value::Float(sum + item)),
            _ => Err(failure("sum", "no such overload")),
        })
    });
    for (name, wanted) in [("min", std::cmp::Ordering::Less), ("max", std::cmp::Ordering::Greater)]
    {
        let _ = context.add_function(name, move |This(items): This<Arc<Vec<Value>>>| {
            let mut items = items.iter();
            let first = items
                .next()
                .ok_or_else(|| failure(name, &format!("{name} called on empty list")))?;
            Ok::<_, ExecutionError>(items.fold(first.clone(), |best, item| {
                if item.partial_cmp(&best) == Some(wanted) { item.clone() } else { best }
            }))
        });
    }
}

/// A text as its format types it: times, durations and bytes; plain text for the rest.
pub(super) fn typed_text(format: &str, text: &str) -> Value {
    let function = match format {
        "date-time" | "datetime" => "timestamp(x)",
        "duration" => "duration(x)",
        "byte" => "base64.decode(x)",
        _ => return Value::from(text),
    };
    let mut context = Context::with_env(environment().clone());
    context.add_variable_from_value("x", text);
    let typed = super::expression::program(function).ok();
    typed.and_then(|program| program.execute(&context).ok()).unwrap_or_else(|| Value::from(text))
}
