//! Warnings about pods, templates, claims and Ingresses that the server stores all the same.
//!
//! Source: kubernetes `pkg/api/pod/warnings.go`, `pkg/api/node`, `pkg/api/persistentvolumeclaim`.

use objects::{Object, Value};

use super::Operation;
use crate::context::Context;
use crate::quantity::Quantity;

/// Warns of a write's doubtful parts.
pub(crate) fn warn(context: &mut Context, operation: &Operation<'_>, object: &Object) {
    let kind = operation.kind;
    if !operation.sub.is_empty() {
        return;
    }
    let mut out = Vec::new();
    if kind.is_custom() {
        finalizers(operation, object, &mut out);
    }
    let spec = object.get("spec").unwrap_or(&Value::Null);
    match (kind.gvk.group.as_str(), kind.gvk.kind.as_str()) {
        _ if kind.is_custom() => {}
        ("", "Pod") => pod(object, "", true, &mut out),
        ("", "PodTemplate") => template(object.get("template"), "template.", &mut out),
        ("", "ReplicationController")
        | ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet")
        | ("batch", "Job") => template(spec.get("template"), "spec.template.", &mut out),
        ("batch", "CronJob") => {
            let inner = spec.at(&["jobTemplate", "spec", "template"]);
            template(inner, "spec.jobTemplate.spec.template.", &mut out);
        }
        ("", "PersistentVolumeClaim") => claim(spec, "spec", &mut out),
        ("networking.k8s.io", "Ingress") => ingress(operation, object, &mut out),
        _ => {}
    }
    out.into_iter().for_each(|text| context.warn(text));
}

/// New finalizers of custom kinds should say whose they are.
fn finalizers(operation: &Operation<'_>, object: &Object, out: &mut Vec<String>) {
    let path = ["metadata", "finalizers"];
    let known = operation.old.map(|old| old.list_at(&path)).unwrap_or_default();
    let fresh = object.list_at(&path).iter().filter(|name| !known.contains(name));
    let mut fresh: Vec<&str> = fresh.filter_map(Value::as_str).collect();
    fresh.sort_unstable();
    for name in fresh {
        let standard = matches!(name, "kubernetes" | "orphan" | "foregroundDeletion");
        if !name.contains('/') && !standard {
            let path = if name.contains('.') { "including a path (/) " } else { "" };
            out.push(format!(
                "metadata.finalizers: {name:?}: prefer a domain-qualified finalizer name {path}to avoid accidental conflicts with other finalizer writers"
            ));
        }
    }
}

fn ingress(operation: &Operation<'_>, object: &Object, out: &mut Vec<String>) {
    const KEY: &str = "kubernetes.io/ingress.class";
    let before = operation.old.and_then(|old| old.annotation(KEY));
    if before.is_none() && object.annotation(KEY).is_some() {
        out.push(format!(
            "annotation {KEY:?} is deprecated, please use 'spec.ingressClassName' instead"
        ));
    }
}

fn template(template: Option<&Value>, field: &str, out: &mut Vec<String>) {
    if let Some(template) = template {
        pod(template, field, false, out);
    }
}

fn claim(spec: &Value, field: &str, out: &mut Vec<String>) {
    if let Some(size) = spec.str_at(&["resources", "requests", "storage"])
        && is_fractional(size)
    {
        out.push(fraction(&format!("{field}.resources.requests[storage]"), size));
    }
}

fn fraction(field: &str, size: &str) -> String {
    format!("{field}: fractional byte value {size:?} is invalid, must be an integer")
}

fn is_fractional(text: &str) -> bool {
    Quantity::parse(text).is_some_and(|size| size.as_f64().fract() != 0.0)
}

/// A pod (`field` empty) or a template.
fn pod(pod: &Value, field: &str, whole: bool, out: &mut Vec<String>) {
    let spec = pod.get("spec").unwrap_or(&Value::Null);
    labels(spec, field, out);
    notes(pod, field, out);
    volumes(spec, field, out);
    doubles(spec, field, out);
    let profile = spec.at(&["securityContext", "seccompProfile"]).is_some();
    let note = |key: &str| pod.at(&["metadata", "annotations", key]).is_some();
    let old = "seccomp.security.alpha.kubernetes.io/pod";
    if !profile && note(old) {
        out.push(format!(
            "{field}metadata.annotations[{old}]: non-functional in v1.27+; use the \"seccompProfile\" field instead"
        ));
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for (at, container) in spec.list_at(&[list]).iter().enumerate() {
            let place = format!("{field}spec.{list}[{at}]");
            annotated(pod, container, field, out);
            container_parts(container, &place, out);
        }
    }
    if spec.int_at(&["terminationGracePeriodSeconds"]).is_some_and(|seconds| seconds < 0) {
        out.push(format!(
            "{field}spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1"
        ));
    }
    if whole {
        // A pod is told of its old AppArmor annotations before all else.
        out.sort_by_key(|text| !text.contains("appArmorProfile"));
    }
}

fn annotated(pod: &Value, container: &Value, field: &str, out: &mut Vec<String>) {
    let name = container.str_at(&["name"]).unwrap_or_default();
    let has = |path: &[&str]| container.at(path).is_some();
    let note = |key: &str| pod.at(&["metadata", "annotations", key]).is_some();
    let key = format!("container.seccomp.security.alpha.kubernetes.io/{name}");
    if !has(&["securityContext", "seccompProfile"]) && note(&key) {
        out.push(format!(
            "{field}metadata.annotations[{key}]: non-functional in v1.27+; use the \"seccompProfile\" field instead"
        ));
    }
    let key = format!("container.apparmor.security.beta.kubernetes.io/{name}");
    let whole = pod.at(&["spec", "securityContext", "appArmorProfile"]).is_some();
    let own = has(&["securityContext", "appArmorProfile"]) && !field.is_empty();
    if !whole && !own && note(&key) {
        out.push(format!(
            "{field}metadata.annotations[{key}]: deprecated since v1.30; use the \"appArmorProfile\" field instead"
        ));
    }
}

fn container_parts(container: &Value, place: &str, out: &mut Vec<String>) {
    for name in ["memory", "ephemeral-storage"] {
        for side in ["limits", "requests"] {
            if let Some(size) = container.str_at(&["resources", side, name])
                && is_fractional(size)
            {
                out.push(fraction(&format!("{place}.resources.{side}[{name}]"), size));
            }
        }
    }
    let variables = container.list_at(&["env"]);
    for (at, variable) in variables.iter().enumerate() {
        let name = variable.str_at(&["name"]).unwrap_or_default();
        let known = variables[..at].iter().any(|other| other.str_at(&["name"]) == Some(name));
        let value = variable.str_at(&["value"]).unwrap_or_default();
        let reference = format!("$({name})");
        let builds_on = value.contains(&reference) && value != reference;
        if known && (variable.get("valueFrom").is_some() || !builds_on) {
            out.push(format!(
                "{place}.env[{at}]: hides previous definition of {name:?}, which may be dropped when using apply"
            ));
        }
    }
}

/// Old names of node labels (kubernetes `pkg/api/node/util.go`).
const OLD_LABELS: &[(&str, &str)] = &[
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
];

fn old_label(key: &str) -> Option<&'static str> {
    OLD_LABELS.iter().find(|(old, _)| *old == key).map(|(_, text)| *text)
}

fn labels(spec: &Value, field: &str, out: &mut Vec<String>) {
    let chosen = spec.get("nodeSelector").and_then(Value::as_map);
    for (key, _) in chosen.into_iter().flat_map(objects::Map::iter) {
        if let Some(text) = old_label(key) {
            out.push(format!("{field}spec.nodeSelector[{key}]: {text}"));
        }
    }
    let affinity = format!("{field}spec.affinity.nodeAffinity");
    let required = "requiredDuringSchedulingIgnoredDuringExecution";
    let node = spec.at(&["affinity", "nodeAffinity"]).unwrap_or(&Value::Null);
    for (at, term) in node.list_at(&[required, "nodeSelectorTerms"]).iter().enumerate() {
        term_labels(term, &format!("{affinity}.{required}.nodeSelectorTerms[{at}]"), out);
    }
    let preferred = "preferredDuringSchedulingIgnoredDuringExecution";
    for (at, term) in node.list_at(&[preferred]).iter().enumerate() {
        let term = term.get("preference").unwrap_or(&Value::Null);
        term_labels(term, &format!("{affinity}.{preferred}[{at}].preference"), out);
    }
    for (at, spread) in spec.list_at(&["topologySpreadConstraints"]).iter().enumerate() {
        let place = format!("{field}spec.topologySpreadConstraints[{at}]");
        let key = spread.str_at(&["topologyKey"]).unwrap_or_default();
        if let Some(text) = old_label(key) {
            out.push(format!("{place}.topologyKey: {key} is {text}"));
        }
        if spread.get("labelSelector").is_none_or(Value::is_null) {
            out.push(format!(
                "{place}.labelSelector: a null labelSelector results in matching no pod"
            ));
        }
    }
}

fn term_labels(term: &Value, place: &str, out: &mut Vec<String>) {
    for (at, rule) in term.list_at(&["matchExpressions"]).iter().enumerate() {
        let key = rule.str_at(&["key"]).unwrap_or_default();
        if let Some(text) = old_label(key) {
            out.push(format!("{place}.matchExpressions[{at}].key: {key} is {text}"));
        }
    }
}

fn notes(pod: &Value, field: &str, out: &mut Vec<String>) {
    for (key, text) in [
        (
            "scheduler.alpha.kubernetes.io/critical-pod",
            "non-functional in v1.16+; use the \"priorityClassName\" field instead",
        ),
        (
            "security.alpha.kubernetes.io/sysctls",
            "non-functional in v1.11+; use the \"sysctls\" field instead",
        ),
        (
            "security.alpha.kubernetes.io/unsafe-sysctls",
            "non-functional in v1.11+; use the \"sysctls\" field instead",
        ),
    ] {
        if pod.at(&["metadata", "annotations", key]).is_some() {
            out.push(format!("{field}metadata.annotations[{key}]: {text}"));
        }
    }
}

fn volumes(spec: &Value, field: &str, out: &mut Vec<String>) {
    const OLD: &[(&str, &str)] = &[
        ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
        ("gitRepo", "deprecated in v1.11"),
        ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
        ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
        ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
        ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
        ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
        ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
        ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
    ];
    for (at, volume) in spec.list_at(&["volumes"]).iter().enumerate() {
        let place = format!("{field}spec.volumes[{at}]");
        for (key, text) in OLD {
            if volume.get(key).is_some() {
                let key = if *key == "storageos" { "storageOS" } else { key };
                out.push(format!("{place}.{key}: {text}"));
            }
        }
        if let Some(template) = volume.at(&["ephemeral", "volumeClaimTemplate", "spec"]) {
            claim(template, &format!("{place}.ephemeral.volumeClaimTemplate.spec"), out);
        }
    }
}

fn doubles(spec: &Value, field: &str, out: &mut Vec<String>) {
    for (list, key) in [("hostAliases", "ip"), ("imagePullSecrets", "name")] {
        let items = spec.list_at(&[list]);
        for (at, item) in items.iter().enumerate() {
            let value = item.str_at(&[key]).unwrap_or_default();
            if items[..at].iter().any(|other| other.str_at(&[key]) == Some(value)) {
                out.push(format!("{field}spec.{list}[{at}].{key}: duplicate {key} {value:?}"));
            }
        }
    }
    for (at, secret) in spec.list_at(&["imagePullSecrets"]).iter().enumerate() {
        if secret.str_at(&["name"]).unwrap_or_default().is_empty() {
            out.push(format!("{field}spec.imagePullSecrets[{at}].name: invalid empty name \"\""));
        }
    }
    let size = spec.str_at(&["overhead", "memory"]).filter(|size| is_fractional(size));
    out.extend(size.map(|size| fraction(&format!("{field}spec.overhead[memory]"), size)));
}
