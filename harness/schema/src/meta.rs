//! `metadata`: names, labels, annotations, finalizers, owners, immutable fields.

use objects::{Object, Value};

use crate::{Cause, names};

/// Most bytes that annotations may have together.
const MOST_ANNOTATION_BYTES: usize = 256 * 1024;

/// Rules for `metadata` alone, with the name rule of the object's kind
/// (kubernetes apimachinery: `api/validation`).
#[must_use]
pub fn validate_meta(object: &Value, old: Option<&Value>) -> Vec<Cause> {
    let mut out = Vec::new();
    let meta = object.get("metadata").cloned().unwrap_or_default();
    let Some(old) = old else {
        name(object, &meta, &mut out);
        parts(&meta, &mut out);
        return out;
    };
    let old = old.get("metadata").cloned().unwrap_or_default();
    // The server judges a change once for every kind and once more by the kind's own rules.
    for _ in 0..2 {
        immutable(&meta, &old, &mut out);
        late_finalizers(&meta, &old, &mut out);
        labels(&meta, "metadata", &mut out);
        annotations(&meta, "metadata", &mut out);
        owners(&meta, &mut out);
    }
    out
}

/// What is judged in every creation, and in changes of kinds that are judged whole.
pub(crate) fn parts(meta: &Value, out: &mut Vec<Cause>) {
    labels(meta, "metadata", out);
    annotations(meta, "metadata", out);
    owners(meta, out);
    finalizers(meta, out);
}

/// An object that is being deleted takes no new finalizers.
fn late_finalizers(meta: &Value, old: &Value, out: &mut Vec<Cause>) {
    if old.get("deletionTimestamp").is_none_or(Value::is_null) {
        return;
    }
    let known = old.list_at(&["finalizers"]);
    let new = meta.list_at(&["finalizers"]).iter().filter(|name| !known.contains(name));
    let new: Vec<String> =
        new.map(|name| crate::cause::quote(name.as_str().unwrap_or_default())).collect();
    if !new.is_empty() {
        let detail = format!(
            "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
            new.join(", ")
        );
        out.push(Cause::forbidden("metadata.finalizers", &detail));
    }
}

fn text<'a>(meta: &'a Value, key: &str) -> &'a str {
    meta.str_at(&[key]).unwrap_or_default()
}

fn name(object: &Value, meta: &Value, out: &mut Vec<Cause>) {
    let rule = rule_of(object);
    let generate = text(meta, "generateName");
    if !generate.is_empty() {
        let prefix = generate.trim_end_matches('-');
        let value = Value::from(generate);
        // A prefix may end in a dash: judge it as if a letter stood there.
        let judged =
            if prefix.len() < generate.len() { format!("{prefix}a") } else { generate.to_owned() };
        out.extend(
            rule(&judged).iter().map(|p| Cause::invalid("metadata.generateName", &value, p)),
        );
    }
    let name = text(meta, "name");
    if name.is_empty() {
        let detail = "name or generateName is required";
        out.push(Cause::required("metadata.name", detail));
    } else {
        let value = Value::from(name);
        out.extend(rule(name).iter().map(|p| Cause::invalid("metadata.name", &value, p)));
    }
}

/// The rule for names of a kind.
fn rule_of(object: &Value) -> fn(&str) -> Vec<String> {
    let object = Object(object.clone());
    let label: fn(&str) -> Vec<String> = |name| names::object_name(name, true);
    match (object.gvk().group.as_str(), object.kind()) {
        ("", "Namespace" | "Service") => label,
        ("rbac.authorization.k8s.io", _) => names::path_segment,
        ("apiextensions.k8s.io" | "certificates.k8s.io", _) => |_| Vec::new(),
        _ => |name| names::object_name(name, false),
    }
}

/// Labels of a map with metadata.
pub(crate) fn labels(meta: &Value, field: &str, out: &mut Vec<Cause>) {
    label_map(meta.get("labels"), &format!("{field}.labels"), out);
}

/// A map of labels (also selectors).
pub(crate) fn label_map(labels: Option<&Value>, field: &str, out: &mut Vec<Cause>) {
    for (key, value) in labels.and_then(Value::as_map).into_iter().flatten() {
        let shown = Value::from(key.as_ref());
        out.extend(names::qualified(key).iter().map(|p| Cause::invalid(field, &shown, p)));
        let problems = names::label_value(value.as_str().unwrap_or_default());
        out.extend(problems.iter().map(|p| Cause::invalid(field, value, p)));
    }
}

/// Annotations of a map with metadata.
pub(crate) fn annotations(meta: &Value, field: &str, out: &mut Vec<Cause>) {
    let field = format!("{field}.annotations");
    let mut bytes = 0;
    for (key, value) in meta.get("annotations").and_then(Value::as_map).into_iter().flatten() {
        let shown = Value::from(key.as_ref());
        let problems = names::qualified(&key.to_lowercase());
        out.extend(problems.iter().map(|p| Cause::invalid(&field, &shown, p)));
        bytes += key.len() + value.as_str().map_or(0, str::len);
    }
    if bytes > MOST_ANNOTATION_BYTES {
        out.push(Cause::too_long(&field, MOST_ANNOTATION_BYTES));
    }
}

fn owners(meta: &Value, out: &mut Vec<Cause>) {
    let owners = meta.list_at(&["ownerReferences"]);
    for owner in owners {
        let field = "metadata.ownerReferences";
        for (key, detail) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            let found = text(owner, key);
            let split = key == "apiVersion" && found.matches('/').count() > 1;
            if found.is_empty() || split || (key == "apiVersion" && found.ends_with('/')) {
                let value = Value::from(found);
                out.push(Cause::invalid(&format!("{field}.{key}"), &value, detail));
            }
        }
        if text(owner, "kind") == "Event" && text(owner, "apiVersion") == "v1" {
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            out.push(Cause::invalid_shown(field, &shown_owner(owner), detail));
        }
    }
    let controllers: Vec<&Value> =
        owners.iter().filter(|owner| owner.bool_at(&["controller"]) == Some(true)).collect();
    if let [first, second, ..] = controllers.as_slice() {
        let named = |owner: &Value| format!("{}/{}", text(owner, "kind"), text(owner, "name"));
        let detail = format!(
            "Only one reference can have Controller set to true. Found \"true\" in references for {} and {}",
            named(first),
            named(second)
        );
        let shown: Vec<String> = owners.iter().map(shown_owner).collect();
        let shown = format!("[{}]", shown.join(","));
        out.push(Cause::invalid_shown("metadata.ownerReferences", &shown, &detail));
    }
}

/// An owner reference with its fields in Go's order.
fn shown_owner(owner: &Value) -> String {
    let keys = ["apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion"];
    let parts = keys.iter().filter_map(|key| {
        let value = owner.get(key)?;
        Some(format!("\"{key}\":{}", crate::cause::go_json(value)))
    });
    format!("{{{}}}", parts.collect::<Vec<_>>().join(","))
}

fn finalizers(meta: &Value, out: &mut Vec<Cause>) {
    for (at, finalizer) in meta.list_at(&["finalizers"]).iter().enumerate() {
        let name = finalizer.as_str().unwrap_or_default();
        let known = matches!(name, "kubernetes" | "orphan" | "foregroundDeletion");
        let problems = names::qualified(name);
        out.extend(problems.iter().map(|p| Cause::invalid("metadata.finalizers", finalizer, p)));
        if !name.contains('/') && !known {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            out.push(Cause::invalid(&format!("metadata.finalizers[{at}]"), finalizer, detail));
        }
    }
}

fn immutable(meta: &Value, old: &Value, out: &mut Vec<Cause>) {
    for key in ["name", "namespace", "uid", "creationTimestamp"] {
        let (new, old) = (meta.get(key), old.get(key));
        if new != old && old.is_some() {
            let value = new.cloned().unwrap_or_default();
            out.push(Cause::invalid(&format!("metadata.{key}"), &value, "field is immutable"));
        }
    }
}
