//! Claims, volumes, storage classes, quotas, priorities.

use objects::Value;

use super::Out;
use super::checks::one_of;
use crate::decode::quantity_nanos;
use crate::{Cause, names};

/// The spec of a claim (of its own or in a template).
pub(super) fn claim_spec(claim: &Value, field: &str, out: &mut Out) {
    let spec = claim.get("spec").cloned().unwrap_or_default();
    let modes = spec.list_at(&["accessModes"]);
    if modes.is_empty() {
        let detail = "at least 1 access mode is required";
        out.push(Cause::required(&format!("{field}.accessModes"), detail));
    }
    let known = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    for mode in modes {
        if !known.contains(&mode.as_str().unwrap_or_default()) {
            out.push(Cause::not_supported(&format!("{field}.accessModes"), mode, &known));
        }
    }
    match spec.at(&["resources", "requests", "storage"]) {
        None => out.push(Cause::required(&format!("{field}.resources[storage]"), "")),
        Some(size) => {
            let amount = size.as_str().and_then(|text| quantity_nanos(text).ok()).unwrap_or(0);
            if amount <= 0 {
                let place = format!("{field}.resources[storage]");
                out.push(Cause::invalid(&place, size, "must be greater than zero"));
            }
        }
    }
    one_of(&spec, "volumeMode", &format!("{field}.volumeMode"), &["Block", "Filesystem"], out);
    if let Some(class) = spec.get("storageClassName").filter(|class| class.as_str() != Some("")) {
        let problems = names::subdomain(class.as_str().unwrap_or_default());
        let place = format!("{field}.storageClassName");
        out.extend(problems.iter().map(|p| Cause::invalid(&place, class, p)));
    }
}

/// PersistentVolumeClaim.
pub(super) fn claim(object: &Value, old: Option<&Value>, out: &mut Out) {
    claim_spec(object, "spec", out);
    let Some(old) = old else { return };
    let bound = old.str_at(&["status", "phase"]) == Some("Bound");
    let mut judged = object.get("spec").cloned().unwrap_or_default();
    let before = old.get("spec").cloned().unwrap_or_default();
    let unset = |spec: &Value| spec.str_at(&["volumeName"]).is_none_or(str::is_empty);
    if unset(&before)
        && let Some(volume) = judged.get("volumeName").cloned()
    {
        // The binder may set the volume once.
        let mut with = before.clone();
        with.set(&["volumeName"], volume);
        if with == judged {
            return;
        }
    }
    if bound {
        if let Some(size) = before.at(&["resources", "requests", "storage"]).cloned() {
            judged.set(&["resources", "requests", "storage"], size);
        }
        if let Some(class) = before.get("volumeAttributesClassName").cloned() {
            judged.set(&["volumeAttributesClassName"], class);
        }
    }
    if judged != before {
        let lines = difference(&shown_claim(&before), &shown_claim(&judged));
        let detail = format!(
            "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n{lines}"
        );
        out.push(Cause::forbidden("spec", &detail));
    }
    if bound {
        shrinks(object, old, out);
    }
    let mode = |spec: &Value| spec.get("volumeMode").cloned().unwrap_or_default();
    if mode(&judged) != mode(&before) {
        out.push(Cause::invalid("volumeMode", &mode(&judged), "field is immutable"));
    }
}

fn shrinks(object: &Value, old: &Value, out: &mut Out) {
    let amount = |value: &Value, path: &[&str]| {
        value.str_at(path).and_then(|text| quantity_nanos(text).ok())
    };
    let path = ["spec", "resources", "requests", "storage"];
    let capacity = amount(old, &["status", "capacity", "storage"]);
    if let (Some(new), Some(known)) = (amount(object, &path), amount(old, &path))
        && new < known
        && capacity.is_none_or(|capacity| new <= capacity)
    {
        let detail = "field can not be less than status.capacity";
        out.push(Cause::forbidden("spec.resources.requests.storage", detail));
    }
}

/// A claim's spec as Go prints its internal type, line by line.
fn shown_claim(spec: &Value) -> String {
    let resources = |key: &str| spec.at(&["resources", key]).cloned().unwrap_or_default();
    let parts = [
        ("AccessModes", spec.get("accessModes").cloned().unwrap_or_default()),
        ("Selector", spec.get("selector").cloned().unwrap_or_default()),
    ];
    let mut out = String::from("{\n");
    for (name, value) in parts {
        out.push_str(&format!(" \"{name}\": {},\n", indented(&value, 1)));
    }
    out.push_str(" \"Resources\": {\n");
    out.push_str(&format!("  \"Limits\": {},\n", indented(&resources("limits"), 2)));
    out.push_str(&format!("  \"Requests\": {}\n }},\n", indented(&resources("requests"), 2)));
    let text = |key: &str| spec.get(key).cloned().unwrap_or_default();
    let volume = spec.str_at(&["volumeName"]).unwrap_or_default();
    out.push_str(&format!(" \"VolumeName\": {},\n", indented(&volume.into(), 1)));
    let rest = [
        ("StorageClassName", "storageClassName"),
        ("VolumeMode", "volumeMode"),
        ("DataSource", "dataSource"),
        ("DataSourceRef", "dataSourceRef"),
        ("VolumeAttributesClassName", "volumeAttributesClassName"),
    ];
    for (at, (name, key)) in rest.iter().enumerate() {
        let comma = if at + 1 < rest.len() { "," } else { "" };
        out.push_str(&format!(" \"{name}\": {}{comma}\n", indented(&text(key), 1)));
    }
    out.push_str("}\n");
    out
}

fn indented(value: &Value, depth: usize) -> String {
    let pad = " ".repeat(depth + 1);
    let end = " ".repeat(depth);
    match value {
        Value::Map(map) if !map.is_empty() => {
            let lines: Vec<_> = map
                .iter()
                .map(|(key, value)| {
                    format!("{pad}{}: {}", crate::cause::quote(key), indented(value, depth + 1))
                })
                .collect();
            format!("{{\n{}\n{end}}}", lines.join(",\n"))
        }
        Value::List(items) if !items.is_empty() => {
            let lines: Vec<_> =
                items.iter().map(|item| format!("{pad}{}", indented(item, depth + 1))).collect();
            format!("[\n{}\n{end}]", lines.join(",\n"))
        }
        other => objects::to_json(other),
    }
}

/// A unified difference with three lines around each change.
pub(super) fn difference(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(3).to_string()
}

/// PersistentVolume.
pub(super) fn volume(object: &Value, out: &mut Out) {
    let spec = object.get("spec").cloned().unwrap_or_default();
    if spec.list_at(&["accessModes"]).is_empty() {
        out.push(Cause::required("spec.accessModes", ""));
    }
    if spec.get("capacity").and_then(Value::as_map).is_none_or(objects::Map::is_empty) {
        out.push(Cause::required("spec.capacity", ""));
    }
    let known = ["Delete", "Recycle", "Retain"];
    let field = "spec.persistentVolumeReclaimPolicy";
    one_of(&spec, "persistentVolumeReclaimPolicy", field, &known, out);
}

/// StorageClass.
pub(super) fn class(object: &Value, old: Option<&Value>, out: &mut Out) {
    if let Some(old) = old {
        let empty = |value: &Value| value.as_map().is_some_and(objects::Map::is_empty);
        for key in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
            let get = |object: &Value| object.get(key).filter(|value| !empty(value)).cloned();
            if get(object) != get(old) {
                let value = object.get(key).cloned().unwrap_or_default();
                out.push(Cause::invalid(key, &value, "field is immutable"));
            }
        }
        return;
    }
    let provisioner = Value::from(object.str_at(&["provisioner"]).unwrap_or_default());
    let text = provisioner.as_str().unwrap_or_default();
    if text.is_empty() {
        out.push(Cause::required("provisioner", ""));
    } else {
        let lower = text.to_lowercase();
        let problems = names::qualified(&lower);
        let shown = Value::from(lower);
        out.extend(problems.iter().map(|p| Cause::invalid("provisioner", &shown, p)));
    }
    for (key, _) in object.get("parameters").and_then(Value::as_map).into_iter().flatten() {
        if key.is_empty() {
            out.push(Cause::invalid("parameters", &"".into(), "field can not be empty."));
        }
    }
    one_of(object, "reclaimPolicy", "reclaimPolicy", &["Delete", "Retain"], out);
    let modes = ["Immediate", "WaitForFirstConsumer"];
    one_of(object, "volumeBindingMode", "volumeBindingMode", &modes, out);
}

/// ResourceQuota.
pub(super) fn quota(object: &Value, out: &mut Out) {
    const STANDARD: &[&str] = &[
        "cpu",
        "memory",
        "ephemeral-storage",
        "requests.cpu",
        "requests.memory",
        "requests.storage",
        "requests.ephemeral-storage",
        "limits.cpu",
        "limits.memory",
        "limits.ephemeral-storage",
        "pods",
        "services",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    ];
    const COUNTED: &[&str] = &[
        "pods",
        "services",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    ];
    for (name, amount) in object.at(&["spec", "hard"]).and_then(Value::as_map).into_iter().flatten()
    {
        let field = format!("spec.hard[{name}]");
        let shown = Value::from(name.as_ref());
        let problems = names::qualified(name);
        out.extend(problems.iter().map(|p| Cause::invalid(&field, &shown, p)));
        let standard = STANDARD.contains(&name.as_ref());
        if problems.is_empty() && !name.contains('/') && !standard {
            let one = "must be a standard resource type or fully qualified";
            out.push(Cause::invalid(&field, &shown, one));
            out.push(Cause::invalid(&field, &shown, "must be a standard resource for quota"));
        }
        let nanos = amount.as_str().and_then(|text| quantity_nanos(text).ok()).unwrap_or(0);
        if nanos < 0 {
            out.push(Cause::invalid(&field, amount, "must be greater than or equal to 0"));
        }
        let whole = COUNTED.contains(&name.as_ref()) || name.starts_with("count/");
        if whole && nanos % 1_000_000_000 != 0 {
            out.push(Cause::invalid(&field, amount, "must be an integer"));
        }
    }
    scopes(object, out);
}

fn scopes(object: &Value, out: &mut Out) {
    const KNOWN: &[&str] = &[
        "Terminating",
        "NotTerminating",
        "BestEffort",
        "NotBestEffort",
        "PriorityClass",
        "CrossNamespacePodAffinity",
        "VolumeAttributesClass",
    ];
    let scopes = object.list_at(&["spec", "scopes"]);
    let shown = Value::from(scopes.to_vec());
    let has = |name: &str| scopes.iter().any(|scope| scope.as_str() == Some(name));
    let pods_only = |name: &str| {
        matches!(
            name,
            "pods"
                | "cpu"
                | "memory"
                | "requests.cpu"
                | "requests.memory"
                | "limits.cpu"
                | "limits.memory"
        )
    };
    let resources: Vec<_> = object
        .at(&["spec", "hard"])
        .and_then(Value::as_map)
        .into_iter()
        .flat_map(|map| map.keys())
        .collect();
    for scope in scopes {
        if !KNOWN.contains(&scope.as_str().unwrap_or_default()) {
            out.push(Cause::invalid("spec.scopes", &shown, "unsupported scope"));
        } else if resources.iter().any(|name| !pods_only(name)) {
            let detail = "unsupported scope applied to resource";
            out.push(Cause::invalid("spec.scopes", &shown, detail));
        }
    }
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        if has(one) && has(other) {
            out.push(Cause::invalid("spec.scopes", &shown, "conflicting scopes"));
        }
    }
}

/// PriorityClass.
pub(super) fn priority_class(object: &Value, old: Option<&Value>, out: &mut Out) {
    const MOST: i64 = 1_000_000_000;
    if let Some(old) = old {
        if object.get("value") != old.get("value") {
            out.push(Cause::forbidden("value", "may not be changed in an update."));
        }
        if object.get("preemptionPolicy") != old.get("preemptionPolicy") {
            let value = object.get("preemptionPolicy").cloned().unwrap_or_default();
            out.push(Cause::invalid("preemptionPolicy", &value, "field is immutable"));
        }
        return;
    }
    let name = object.str_at(&["metadata", "name"]).unwrap_or_default();
    let known = matches!(name, "system-node-critical" | "system-cluster-critical");
    if name.starts_with("system-") && !known {
        let detail = format!(
            "priority class names with 'system-' prefix are reserved for system use only. error: {name} is not a known system priority class"
        );
        out.push(Cause::forbidden("metadata.name", &detail));
    } else if !known && object.int_at(&["value"]).is_some_and(|value| value > MOST) {
        let detail = format!("maximum allowed value of a user defined priority is {MOST}");
        out.push(Cause::forbidden("value", &detail));
    }
    let policies = ["PreemptLowerPriority", "Never"];
    one_of(object, "preemptionPolicy", "preemptionPolicy", &policies, out);
}
