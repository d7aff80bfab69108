//! What an apply would change: dry-run, drift, and the traces of other tools.
//!
//! Rules from fluxcd/pkg: ssa/manager_apply and ssa/patch.

use objects::{Object, Value};

const PREFIX: &str = "kustomize.toolkit.fluxcd.io/";
const OLD_ANNOTATIONS: [&str; 3] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kustomize.toolkit.fluxcd.io/checksum",
    "fluxcd.io/sync-checksum",
];
const OLD_LABEL: &str = "fluxcd.io/sync-gc-mark";

/// Whether a label or annotation of Flux says this, in whatever case.
pub(super) fn says(object: &Object, key: &str, word: &str) -> bool {
    let key = format!("{PREFIX}{key}");
    let said = [object.label(&key), object.annotation(&key)];
    said.into_iter().flatten().any(|value| value.eq_ignore_ascii_case(word))
}

/// Whether applying skips the object.
pub(super) fn is_skipped(desired: &Object, live: Option<&Object>) -> bool {
    let either =
        |key, word| says(desired, key, word) || live.is_some_and(|live| says(live, key, word));
    either("reconcile", "disabled")
        || either("ssa", "Ignore")
        || (live.is_some() && says(desired, "ssa", "IfNotPresent"))
}

/// The JSON patch that removes what other tools left on a live object; `None` if nothing is to do.
pub(super) fn cleanup(live: &Object, manager: &str) -> Option<Value> {
    let mut operations = Vec::new();
    let pointer = |key: &str| key.replace('~', "~0").replace('/', "~1");
    let remove =
        |path: String| Value::from([("op", Value::from("remove")), ("path", Value::from(path))]);
    for key in OLD_ANNOTATIONS.iter().filter(|key| live.annotation(key).is_some()) {
        operations.push(remove(format!("/metadata/annotations/{}", pointer(key))));
    }
    if live.label(OLD_LABEL).is_some() {
        operations.push(remove(format!("/metadata/labels/{}", pointer(OLD_LABEL))));
    }
    if let Some(fields) = folded(live.list_at(&["metadata", "managedFields"]), manager) {
        operations.push(Value::from([
            ("op", Value::from("replace")),
            ("path", "/metadata/managedFields".into()),
            ("value", fields.into()),
        ]));
    }
    (!operations.is_empty()).then(|| operations.into())
}

/// Managed fields with other tools' entries folded into the manager's own; `None` if there are none.
fn folded(entries: &[Value], manager: &str) -> Option<Vec<Value>> {
    let text = |entry: &Value, key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
    let foreign = |entry: &Value| {
        let (name, operation) = (text(entry, "manager"), text(entry, "operation"));
        text(entry, "subresource").is_empty()
            && (name.starts_with("kubectl")
                || (operation == "Update" && (name == "before-first-apply" || name == manager)))
    };
    if !entries.iter().any(foreign) {
        return None;
    }
    let own = |entry: &Value| {
        text(entry, "manager") == manager
            && text(entry, "operation") == "Apply"
            && text(entry, "subresource").is_empty()
    };
    let mut kept: Vec<Value> = entries.iter().filter(|entry| !foreign(entry)).cloned().collect();
    let mut union = Value::map();
    for entry in entries.iter().filter(|entry| foreign(entry) || own(entry)) {
        merge_fields(&mut union, entry.get("fieldsV1").unwrap_or(&Value::Null));
    }
    let first =
        entries.iter().find(|entry| own(entry)).or_else(|| entries.iter().find(|e| foreign(e)));
    let mut entry = first.cloned().unwrap_or_default();
    entry.set(&["manager"], manager);
    entry.set(&["operation"], "Apply");
    entry.set(&["fieldsV1"], union);
    match kept.iter().position(own) {
        Some(at) => kept[at] = entry,
        None => kept.push(entry),
    }
    Some(kept)
}

fn merge_fields(into: &mut Value, from: &Value) {
    let Some(from) = from.as_map() else { return };
    for (key, value) in from {
        merge_fields_at(into.make_map().slot(key), value);
    }
}

fn merge_fields_at(slot: &mut Value, value: &Value) {
    if slot.is_null() {
        *slot = value.clone();
    } else {
        merge_fields(slot, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        Object(objects::from_json(json.as_bytes()).unwrap())
    }

    #[test]
    fn kubectl_is_folded_into_the_controllers_own_entry() {
        let live = object(
            r#"{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"},"managedFields":[
            {"manager":"kubectl-client-side-apply","operation":"Update","fieldsV1":{"f:data":{"f:a":{}}}},
            {"manager":"kustomize-controller","operation":"Apply","fieldsV1":{"f:data":{"f:b":{}}}},
            {"manager":"kube-controller-manager","operation":"Update","subresource":"status","fieldsV1":{}}]}}"#,
        );
        let patch = cleanup(&live, "kustomize-controller").unwrap();
        let text = objects::to_json(&patch);
        assert!(text.contains("last-applied-configuration"), "{text}");
        assert!(text.contains(r#"{"f:data":{"f:a":{},"f:b":{}}}"#), "{text}");
        assert!(!text.contains("client-side"), "{text}");
        assert_eq!(cleanup(&object("{}"), "kustomize-controller"), None);
    }
}
