//! Tables, as kubectl prints them.
//!
//! Columns of built-in kinds are data (`data/columns.txt`, recorded from
//! kube-apiserver 1.36); their cells stand in `table/cells.rs`.

mod cells;
mod columns;
mod custom;

use clock::Moment;
use objects::{Object, Value};

use crate::catalogue::Kind;
use crate::partial;

/// A table of objects.
pub(crate) fn table(
    now: Moment,
    kind: &Kind,
    metadata: Value,
    items: &[Object],
    include: &str,
    columns: bool,
) -> Value {
    let rows = items.iter().map(|item| {
        let cells = match &kind.custom {
            Some(custom) => custom::cells(now, custom, item),
            None => cells::cells(now, kind, item),
        };
        let mut row = Value::from([("cells", Value::from(cells))]);
        match include {
            "None" => row.set(&["object"], Value::Null),
            "Object" => row.set(&["object"], item.0.clone()),
            _ => row.set(&["object"], partial::row(item)),
        }
        row
    });
    let definitions: Value = if columns {
        match &kind.custom {
            Some(custom) => custom::columns(custom),
            None => columns::built_in(kind),
        }
    } else {
        Value::from(Vec::new())
    };
    Value::from([
        ("apiVersion", Value::from("meta.k8s.io/v1")),
        ("kind", "Table".into()),
        ("metadata", metadata),
        ("columnDefinitions", definitions),
        ("rows", rows.collect()),
    ])
}
