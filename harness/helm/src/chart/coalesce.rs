//! Values of a user laid over those of a chart and its subcharts, with globals.
//!
//! Source: Helm `pkg/chart/common/util` `coalesce.go`. Null from the user takes a chart's
//! default away; when charts are merged (`merge`), null stays.

use std::sync::Arc;

use objects::{Map, Value};

use super::load::Chart;

const GLOBAL: &str = "global";

/// The user's values completed by those of a chart (Helm: `CoalesceValues`, `MergeValues`).
pub(crate) fn coalesce_values(chart: &Chart, values: &Map, merge: bool) -> Result<Map, String> {
    let mut values = values.clone();
    coalesce(chart, &mut values, merge)?;
    Ok(values)
}

fn coalesce(chart: &Chart, values: &mut Map, merge: bool) -> Result<(), String> {
    take_defaults(chart, values, merge);
    for subchart in chart.subcharts() {
        let name = &subchart.metadata().name;
        let mut inner = match values.get(name) {
            None => Map::new(),
            Some(Value::Map(map)) => map.as_ref().clone(),
            Some(other) => return Err(mismatch(name, other)),
        };
        take_globals(&mut inner, values);
        coalesce(subchart, &mut inner, merge)?;
        values.insert(name.clone(), Value::Map(Arc::new(inner)));
    }
    Ok(())
}

/// Go's `%t` of something that is no truth value.
fn mismatch(name: &str, value: &Value) -> String {
    let shown = crate::go::sprintf("%t", &[crate::value::Val::from(value)]);
    format!("type mismatch on {name}: {shown}")
}

fn take_globals(into: &mut Map, from: &Map) {
    let mut globals = match into.get(GLOBAL) {
        None => Map::new(),
        Some(Value::Map(map)) => map.as_ref().clone(),
        Some(_) => return,
    };
    let empty = Arc::new(Map::new());
    let source = match from.get(GLOBAL) {
        None => &empty,
        Some(Value::Map(map)) => map,
        Some(_) => return,
    };
    for (key, value) in source.iter() {
        match (value, globals.get(key)) {
            (Value::Map(map), Some(Value::Map(known))) => {
                let mut merged = map.as_ref().clone();
                merge_tables(&mut merged, known, true);
                globals.insert(key.clone(), Value::Map(Arc::new(merged)));
            }
            // Conflicts between a table and what is none are skipped.
            (Value::Map(_), Some(_)) => {}
            (Value::Map(_), None) => {
                globals.insert(key.clone(), value.clone());
            }
            (_, Some(Value::Map(_))) => {}
            (_, _) => {
                globals.insert(key.clone(), value.clone());
            }
        }
    }
    into.insert(GLOBAL, Value::Map(Arc::new(globals)));
}

fn take_defaults(chart: &Chart, values: &mut Map, merge: bool) {
    for (key, default) in &chart.parts().values {
        match (values.get_mut(key), default) {
            (None, default) => {
                if merge {
                    values.insert(key.clone(), default.clone());
                } else if !default.is_null() {
                    values.insert(key.clone(), without_nulls(default));
                }
            }
            (Some(Value::Null), _) if !merge => {
                values.remove(key);
            }
            (Some(Value::Map(known)), Value::Map(default)) => {
                let is_subchart = chart.subcharts().iter().any(|sub| sub.metadata().name == *key);
                let merge = merge || is_subchart;
                if merge {
                    merge_tables(Arc::make_mut(known), default, true);
                } else {
                    let cleaned = without_nulls(&Value::Map(default.clone()));
                    if let Value::Map(default) = cleaned {
                        merge_tables(Arc::make_mut(known), &default, false);
                    }
                }
            }
            (Some(_), _) => {}
        }
    }
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Map(map) if has_null(value) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            let kept = kept.map(|(key, value)| (key.clone(), without_nulls(value)));
            Value::Map(Arc::new(kept.collect()))
        }
        other => other.clone(),
    }
}

fn has_null(value: &Value) -> bool {
    value.as_map().is_some_and(|map| map.values().any(|value| value.is_null() || has_null(value)))
}

/// Completes a table by another whose values count less (Helm: `coalesceTablesFullKey`).
pub(super) fn merge_tables(into: &mut Map, from: &Map, merge: bool) {
    for (key, value) in from {
        match (into.get_mut(key), value) {
            (None, value) => {
                into.insert(key.clone(), value.clone());
            }
            (Some(Value::Null), value) if !merge && !value.is_null() => {
                into.remove(key);
            }
            // Null in what counts more replaces the other's value before the tables meet.
            (Some(Value::Null), _) => {}
            (Some(Value::Map(known)), Value::Map(value)) => {
                if !Arc::ptr_eq(known, value) || has_null(&Value::Map(value.clone())) {
                    merge_tables(Arc::make_mut(known), value, merge);
                }
            }
            (Some(_), _) => {}
        }
    }
}
