//! Whether an apply would change a live object (fluxcd/pkg: ssa/manager_diff).

use client::Status;
use objects::{Map, Object, Value};

/// Whether the live object differs from what the dry-run made of it.
pub(crate) fn has_drifted(live: &Object, dry: &Object) -> bool {
    let part = |object: &Object, key: &str| {
        let value = object.at(&["metadata", key]).cloned().unwrap_or(Value::Null);
        if value.as_map().is_some_and(Map::is_empty) { Value::Null } else { value }
    };
    if part(live, "labels") != part(dry, "labels")
        || part(live, "annotations") != part(dry, "annotations")
    {
        return true;
    }
    content(live) != content(dry)
}

/// Everything but metadata and status.
pub(crate) fn content(object: &Object) -> Map {
    let entries = object.as_map().into_iter().flat_map(Map::iter);
    let kept = entries.filter(|(key, _)| !matches!(key.as_ref(), "metadata" | "status"));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What is said of a dry-run that was refused (fluxcd/pkg: ssa/errors).
pub(crate) fn dry_run_failed(object: &Object, status: &Status) -> String {
    let name = object.id();
    if status.is_not_found() && object.namespace().is_empty() {
        return format!("{name} namespace not specified: {status}");
    }
    if status.is_not_found() {
        return format!("{name} not found: {status}");
    }
    let causes = status.details.list_at(&["causes"]);
    let conflict = causes.iter().any(|c| c.str_at(&["reason"]) == Some("FieldManagerConflict"));
    let reason = if conflict { "FieldManagerConflict" } else { &status.reason };
    let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
    format!("{name} dry-run failed{reason}: {status}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_other_metadata_are_no_drift() {
        let object = |json: &str| Object(objects::from_json(json.as_bytes()).unwrap());
        let live = object(
            r#"{"metadata":{"resourceVersion":"1","labels":{}},"data":{"a":"b"},"status":{"x":1}}"#,
        );
        let same = object(r#"{"metadata":{"resourceVersion":"2"},"data":{"a":"b"}}"#);
        let other = object(r#"{"metadata":{},"data":{"a":"c"}}"#);
        assert!(!has_drifted(&live, &same));
        assert!(has_drifted(&live, &other));
    }
}
