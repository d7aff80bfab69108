//! JSON patches (RFC 6902), with the mistakes in the words of kustomize's library.

use objects::{Map, Value};

use crate::error::{BuildError, Result, fail};

/// One operation.
#[derive(Debug, Clone)]
struct Operation {
    op: String,
    path: Option<String>,
    from: Option<String>,
    value: Option<Value>,
}

/// A decoded patch.
#[derive(Debug, Clone)]
pub(crate) struct JsonPatch(Vec<Operation>);

impl JsonPatch {
    /// Decodes a list of operations.
    pub(crate) fn decode(value: &Value) -> Result<Self> {
        let wrong = |found: &str| {
            fail(format!("json: cannot unmarshal {found} into Go value of type jsonpatch.Patch"))
        };
        let items = match value {
            Value::List(items) => items,
            Value::Null => return Ok(Self(Vec::new())),
            Value::Map(_) => return wrong("object"),
            Value::String(_) => return wrong("string"),
            Value::Bool(_) => return wrong("bool"),
            _ => return wrong("number"),
        };
        let operations: Result<Vec<_>> = items.iter().map(Operation::decode).collect();
        operations.map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The document after all operations.
    pub(crate) fn apply(&self, document: &Value) -> Result<Value> {
        let mut document = document.clone();
        for operation in &self.0 {
            operation.apply(&mut document)?;
        }
        Ok(document)
    }
}

impl Operation {
    fn decode(value: &Value) -> Result<Self> {
        let Some(map) = value.as_map() else {
            let found = match value {
                Value::List(_) => "array",
                Value::String(_) => "string",
                Value::Bool(_) => "bool",
                _ => "number",
            };
            return fail(format!(
                "json: cannot unmarshal {found} into Go value of type jsonpatch.Operation"
            ));
        };
        let text = |key| map.get(key).and_then(Value::as_str).map(str::to_owned);
        Ok(Self {
            op: text("op").unwrap_or_else(|| "unknown".into()),
            path: text("path"),
            from: text("from"),
            value: map.get("value").cloned(),
        })
    }

    fn path(&self) -> Result<&str> {
        let message = format!("{} operation failed to decode path: missing value", self.op);
        self.path.as_deref().ok_or(BuildError(message))
    }

    fn apply(&self, document: &mut Value) -> Result<()> {
        match self.op.as_str() {
            "add" => add(document, self.path()?, self.value.clone().unwrap_or_default(), "add"),
            "remove" => remove(document, self.path()?, "remove").map(|_| ()),
            "replace" => self.replace(document),
            "move" => self.relocate(document, true),
            "copy" => self.relocate(document, false),
            "test" => self.test(document),
            other => fail(format!("Unexpected kind: {other}")),
        }
    }

    fn replace(&self, document: &mut Value) -> Result<()> {
        let path = self.path()?;
        if path.is_empty() {
            *document = self.value.clone().unwrap_or_default();
            return Ok(());
        }
        let missing = |what: &str| {
            BuildError(format!(
                "replace operation does not apply: doc is missing {what}: {path}: missing value"
            ))
        };
        let (parent, key) = parent_of(document, path).ok_or_else(|| missing("path"))?;
        match parent {
            Value::Map(_) => {
                // The library replaces a key that is not there, too.
                parent.make_map().insert(key.as_str(), self.value.clone().unwrap_or_default());
            }
            Value::List(_) => {
                let items = parent.as_list_mut().ok_or_else(|| missing("path"))?;
                let at = index(&key, items.len()).ok_or_else(|| missing("key"))?;
                let slot = items.get_mut(at).ok_or_else(|| missing("key"))?;
                *slot = self.value.clone().unwrap_or_default();
            }
            _ => return Err(missing("path")),
        }
        Ok(())
    }

    fn relocate(&self, document: &mut Value, takes: bool) -> Result<()> {
        let message = format!("{} operation failed to decode from: missing value", self.op);
        let from = self.from.as_deref().ok_or(BuildError(message))?;
        let value = if takes {
            remove(document, from, "move")?
        } else {
            get(document, from).cloned().ok_or_else(|| {
                BuildError(format!(
                    "copy operation does not apply: doc is missing from path: {from}: missing value"
                ))
            })?
        };
        add(document, self.path()?, value, &self.op)
    }

    fn test(&self, document: &Value) -> Result<()> {
        let path = self.path()?;
        let found = if path.is_empty() { Some(document) } else { get(document, path) };
        let wanted = self.value.clone().unwrap_or_default();
        let equal = match found {
            Some(found) => same(found, &wanted),
            None => wanted.is_null(),
        };
        if equal { Ok(()) } else { fail(format!("testing value {path} failed: test failed")) }
    }
}

/// Equal values; whole numbers and floats alike.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => *a as f64 == *b,
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| same(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            a.len() == b.len()
                && a.iter().zip(b.iter()).all(|((ka, a), (kb, b))| ka == kb && same(a, b))
        }
        (a, b) => a == b,
    }
}

fn steps(path: &str) -> Vec<String> {
    let steps = path.split('/').skip(1);
    steps.map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

fn index(key: &str, length: usize) -> Option<usize> {
    let at: i64 = key.parse().ok()?;
    match usize::try_from(at) {
        Ok(at) => Some(at),
        Err(_) => length.checked_sub(usize::try_from(-at).ok()?),
    }
}

fn get<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    let mut at = document;
    for step in steps(path) {
        at = match at {
            Value::Map(map) => map.get(&step)?,
            Value::List(items) => items.get(index(&step, items.len())?)?,
            _ => return None,
        };
    }
    Some(at)
}

/// The container of a path's last step, and that step.
fn parent_of<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let mut steps = steps(path);
    let last = steps.pop()?;
    let mut at = document;
    for step in steps {
        at = match at {
            Value::Map(_) => at.as_map_mut()?.get_mut(&step)?,
            Value::List(_) => {
                let items = at.as_list_mut()?;
                let index = index(&step, items.len())?;
                items.get_mut(index)?
            }
            _ => return None,
        };
    }
    Some((at, last))
}

fn add(document: &mut Value, path: &str, value: Value, op: &str) -> Result<()> {
    if path.is_empty() {
        *document = value;
        return Ok(());
    }
    let shown = crate::go::quote(path);
    let missing = || {
        BuildError(format!(
            "{op} operation does not apply: doc is missing path: {shown}: missing value"
        ))
    };
    let (parent, key) = parent_of(document, path).ok_or_else(missing)?;
    match parent {
        Value::Map(_) => {
            parent.make_map().insert(key.as_str(), value);
        }
        Value::List(_) => {
            let items = parent.as_list_mut().ok_or_else(missing)?;
            let at = if key == "-" { Some(items.len()) } else { position(&key, items.len()) };
            match at {
                Some(at) if at <= items.len() => items.insert(at, value),
                Some(_) => {
                    return fail(format!(
                        "error in {op} for path: '{path}': Unable to access invalid index: {key}: invalid index referenced"
                    ));
                }
                None => {
                    return fail(format!(
                        "error in {op} for path: '{path}': strconv.Atoi: parsing {}: invalid syntax",
                        crate::go::quote(&key)
                    ));
                }
            }
        }
        _ => return Err(missing()),
    }
    Ok(())
}

/// Where an item is put in; negative places count from behind the last.
fn position(key: &str, length: usize) -> Option<usize> {
    let at: i64 = key.parse().ok()?;
    match usize::try_from(at) {
        Ok(at) => Some(at),
        Err(_) => Some((length + 1).checked_sub(usize::try_from(-at).ok()?).unwrap_or(usize::MAX)),
    }
}

fn remove(document: &mut Value, path: &str, op: &str) -> Result<Value> {
    let shown = crate::go::quote(path);
    let missing = || {
        BuildError(format!(
            "{op} operation does not apply: doc is missing path: {shown}: missing value"
        ))
    };
    let (parent, key) = parent_of(document, path).ok_or_else(missing)?;
    let wrong =
        |problem: String| BuildError(format!("error in {op} for path: '{path}': {problem}"));
    match parent {
        Value::Map(_) => {
            let removed = parent.as_map_mut().and_then(|map: &mut Map| map.remove(&key));
            let problem = format!("Unable to remove nonexistent key: {key}: missing value");
            removed.ok_or_else(|| wrong(problem))
        }
        Value::List(_) => {
            let items = parent.as_list_mut().ok_or_else(missing)?;
            let problem =
                format!("Unable to access invalid index: {key}: invalid index referenced");
            let at = index(&key, items.len()).filter(|at| *at < items.len());
            at.map(|at| items.remove(at)).ok_or_else(|| wrong(problem))
        }
        _ => Err(missing()),
    }
}
