//! Which subcharts take part, under which names, and what their parents import from them.
//!
//! Source: Helm `pkg/chart/v2/util` `dependencies.go`: aliases, tags, conditions, import-values.

use std::sync::Arc;

use objects::{Map, Value};

use super::coalesce::{coalesce_values, merge_tables};
use super::load::{Chart, Parts};
use super::metadata::Dependency;
use crate::version::is_in_range;

/// The chart with the subcharts that take part (Helm: `ProcessDependencies`).
pub(crate) fn process(chart: &Chart, values: &Map) -> Result<Chart, String> {
    let chart = enabled(chart, values, "")?;
    imported(&chart)
}

/// The path of a chart below its parents: `app/charts/db`.
pub(crate) fn full_path(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}/charts/{name}") }
}

fn enabled(chart: &Chart, values: &Map, path: &str) -> Result<Chart, String> {
    if chart.metadata().dependencies.is_empty() {
        return Ok(chart.clone());
    }
    let mut parts = chart.parts().clone();
    rename(&mut parts);
    for need in &mut parts.metadata.dependencies {
        need.enabled = true;
    }
    let chart = Chart::of(parts);
    let all = coalesce_values(&chart, values, false)?;
    let mut parts = chart.parts().clone();
    for need in &mut parts.metadata.dependencies {
        by_tags(need, &all);
        by_conditions(need, &all, path);
    }
    let (on, off): (Vec<_>, Vec<_>) =
        parts.metadata.dependencies.into_iter().partition(|need| need.enabled);
    let is_off = |name: &Arc<str>| off.iter().any(|need| need.name == *name);
    parts.metadata.dependencies = on.into_iter().filter(|need| !is_off(&need.name)).collect();
    let mut subcharts = Vec::new();
    for subchart in parts.dependencies {
        let name = &subchart.metadata().name;
        if !is_off(name) {
            subcharts.push(enabled(&subchart, &all, &format!("{path}{name}."))?);
        }
    }
    parts.dependencies = subcharts;
    Ok(Chart::of(parts))
}

/// The subcharts that nobody named, then one for each entry, under its alias.
fn rename(parts: &mut Parts) {
    let fits = |chart: &Chart, need: &Dependency| {
        let metadata = chart.metadata();
        metadata.name == need.name && is_in_range(&need.version, &metadata.version)
    };
    let needs = &mut parts.metadata.dependencies;
    let unnamed = parts.dependencies.iter().filter(|chart| !needs.iter().any(|n| fits(chart, n)));
    let mut charts: Vec<Chart> = unnamed.cloned().collect();
    for need in needs {
        if let Some(chart) = parts.dependencies.iter().find(|chart| fits(chart, need)) {
            let mut copy = chart.parts().clone();
            if !need.alias.is_empty() {
                copy.metadata.name = need.alias.clone();
            }
            charts.push(Chart::of(copy));
        }
        if !need.alias.is_empty() {
            need.name = need.alias.clone();
        }
    }
    parts.dependencies = charts;
}

fn by_tags(need: &mut Dependency, values: &Map) {
    let Some(Value::Map(tags)) = values.get("tags") else { return };
    let mut on = false;
    let mut off = false;
    for tag in &need.tags {
        match tags.get(tag) {
            Some(Value::Bool(true)) => on = true,
            Some(Value::Bool(false)) => off = true,
            _ => {}
        }
    }
    need.enabled = on || !off;
}

fn by_conditions(need: &mut Dependency, values: &Map, path: &str) {
    for condition in need.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
        let path = format!("{path}{condition}");
        let found = path.split('.').try_fold(None, |at: Option<&Value>, key| match at {
            None => values.get(key).map(Some),
            Some(value) => value.get(key).map(Some),
        });
        if let Some(Some(Value::Bool(flag))) = found {
            need.enabled = *flag;
            return;
        }
    }
}

/// Imports values from the deepest chart upwards.
fn imported(chart: &Chart) -> Result<Chart, String> {
    let mut parts = chart.parts().clone();
    let subcharts: Result<Vec<_>, _> = parts.dependencies.iter().map(imported).collect();
    parts.dependencies = subcharts?;
    if parts.metadata.dependencies.is_empty() {
        return Ok(Chart::of(parts));
    }
    let chart = Chart::of(parts);
    let mut values = coalesce_values(&chart, &Map::new(), true)?;
    let mut parts = chart.parts().clone();
    let mut taken = Map::new();
    for need in &mut parts.metadata.dependencies {
        for import in &need.import_values {
            if let Some(found) = import_one(&need.name, import, &values) {
                merge_tables(&mut taken, &found, true);
            }
        }
        need.import_values = need.import_values.iter().filter_map(normal).collect();
    }
    merge_tables(&mut values, &taken, true);
    parts.values = values;
    Ok(Chart::of(parts))
}

/// An import as `child` and `parent`, as Helm keeps it.
fn normal(import: &Value) -> Option<Value> {
    let (child, parent) = ends(import)?;
    let mut map = Map::new();
    map.insert("child", Value::String(child.into()));
    map.insert("parent", Value::String(parent.into()));
    Some(Value::Map(Arc::new(map)))
}

fn ends(import: &Value) -> Option<(String, String)> {
    match import {
        Value::String(name) => Some((format!("exports.{name}"), ".".to_owned())),
        Value::Map(map) => {
            let end = |key: &str| {
                let value = map.get(key).map_or(crate::value::Val::Nil, crate::value::Val::from);
                crate::go::print(&value)
            };
            Some((end("child"), end("parent")))
        }
        _ => None,
    }
}

fn import_one(chart: &str, import: &Value, values: &Map) -> Option<Map> {
    let (child, parent) = ends(import)?;
    let path = format!("{chart}.{child}");
    let mut table = values;
    for key in path.split('.') {
        table = table.get(key)?.as_map()?;
    }
    if parent == "." {
        return Some(table.clone());
    }
    let inner = Value::Map(Arc::new(table.clone()));
    let whole = parent.rsplit('.').fold(inner, |value, key| {
        let mut map = Map::new();
        map.insert(key, value);
        Value::Map(Arc::new(map))
    });
    match whole {
        Value::Map(map) => Some(Arc::unwrap_or_clone(map)),
        _ => None,
    }
}
