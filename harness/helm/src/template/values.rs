//! The methods of `common.Values`, which `.Values` is.
//!
//! Source: Helm `pkg/chart/common` `values.go`.

use std::rc::Rc;

use crate::error::ExecError;
use crate::go;
use crate::value::{Argument, Dict, MapType, Val};

/// What a method of this name takes.
pub(super) fn method(name: &str) -> Option<&'static [Argument]> {
    match name {
        "AsMap" => Some(&[]),
        "Table" | "PathValue" => Some(&[Argument::Text]),
        _ => None,
    }
}

/// Calls a method.
pub(super) fn call(values: &Dict, name: &str, arguments: &[Val]) -> Result<Val, ExecError> {
    let path = arguments.first().and_then(Val::as_str).map_or("", |path| path);
    match name {
        "AsMap" if values.entries.borrow().is_empty() => Ok(Val::dict([])),
        "AsMap" => Ok(Val::Map(Dict { entries: Rc::clone(&values.entries), of: MapType::Any })),
        "Table" => table(values, path.split('.')).map(Val::Map),
        _ => path_value(values, path),
    }
}

fn table<'p>(values: &Dict, path: impl Iterator<Item = &'p str>) -> Result<Dict, ExecError> {
    let mut at = values.clone();
    for key in path {
        let found = at.entries.borrow().get(key).cloned();
        let Some(Val::Map(inner)) = found else {
            return Err(ExecError::new(format!("{} is not a table", go::quote(key))));
        };
        at = Dict { entries: inner.entries, of: MapType::Values };
    }
    Ok(at)
}

fn path_value(values: &Dict, path: &str) -> Result<Val, ExecError> {
    if path.is_empty() {
        return Err(ExecError::new("YAML path cannot be empty"));
    }
    let (parents, key) = path.rsplit_once('.').unwrap_or(("", path));
    let none = || ExecError::new(format!("{} is not a value", go::quote(key)));
    let at = if parents.is_empty() {
        values.clone()
    } else {
        table(values, parents.split('.')).map_err(|_| none())?
    };
    let found = at.entries.borrow().get(key).cloned();
    found.filter(|value| !matches!(value, Val::Map(_))).ok_or_else(none)
}
