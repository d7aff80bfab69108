//! Pods and pod templates.

use objects::Value;

use super::checks::{duplicates, one_of, port, port_number};
use super::{Out, go_dump, storage};
use crate::decode::quantity_nanos;
use crate::{Cause, meta, names};

/// A pod template.
pub(super) fn template(template: &Value, field: &str, out: &mut Out) {
    let metadata = template.get("metadata").cloned().unwrap_or_default();
    meta::labels(&metadata, field, out);
    meta::annotations(&metadata, field, out);
    let spec = template.get("spec").cloned().unwrap_or_default();
    pod_spec(&spec, &format!("{field}.spec"), out);
    if !spec.list_at(&["ephemeralContainers"]).is_empty() {
        let place = format!("{field}.spec.ephemeralContainers");
        out.push(Cause::forbidden(&place, "ephemeral containers not allowed in pod template"));
    }
}

/// Pod.
pub(super) fn pod(object: &Value, old: Option<&Value>, out: &mut Out) {
    let spec = object.get("spec").cloned().unwrap_or_default();
    if old.is_none() && !spec.list_at(&["ephemeralContainers"]).is_empty() {
        out.push(Cause::forbidden("spec.ephemeralContainers", "cannot be set on create"));
    }
    pod_spec(&spec, "spec", out);
    if let Some(old) = old {
        update(&spec, &old.get("spec").cloned().unwrap_or_default(), out);
    }
}

fn update(spec: &Value, old: &Value, out: &mut Out) {
    let fewer = |list: &str| spec.list_at(&[list]).len() != old.list_at(&[list]).len();
    if fewer("containers") {
        let detail = "pod updates may not add or remove containers";
        out.push(Cause::forbidden("spec.containers", detail));
        return;
    }
    let kept = old
        .list_at(&["tolerations"])
        .iter()
        .all(|known| spec.list_at(&["tolerations"]).contains(known));
    let judged = without_free_changes(spec, old);
    if judged != *old || !kept {
        let lines = storage::difference(
            &go_dump::pod_spec_lines(old),
            &go_dump::pod_spec_lines(if kept { &judged } else { spec }),
        );
        let detail = format!(
            "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)\n{lines}"
        );
        out.push(Cause::forbidden("spec", &detail));
    }
}

/// The new spec with the old values of what may change.
fn without_free_changes(spec: &Value, old: &Value) -> Value {
    let mut spec = spec.clone();
    for list in ["containers", "initContainers"] {
        let mut items = spec.list_at(&[list]).to_vec();
        for (item, known) in items.iter_mut().zip(old.list_at(&[list])) {
            match known.get("image") {
                Some(image) => item.set(&["image"], image.clone()),
                None => drop(item.remove(&["image"])),
            }
        }
        if !items.is_empty() {
            spec.set(&[list], items);
        }
    }
    for key in ["activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"] {
        match old.get(key) {
            Some(value) => spec.set(&[key], value.clone()),
            None => drop(spec.remove(&[key])),
        }
    }
    spec
}

fn pod_spec(spec: &Value, field: &str, out: &mut Out) {
    volumes(spec, field, out);
    let containers = spec.list_at(&["containers"]);
    if containers.is_empty() {
        out.push(Cause::required(&format!("{field}.containers"), ""));
    }
    self::containers(spec, "containers", field, out);
    self::containers(spec, "initContainers", field, out);
    one_of(
        spec,
        "restartPolicy",
        &format!("{field}.restartPolicy"),
        &["Always", "OnFailure", "Never"],
        out,
    );
    one_of(
        spec,
        "dnsPolicy",
        &format!("{field}.dnsPolicy"),
        &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
        out,
    );
    meta::label_map(spec.get("nodeSelector"), &format!("{field}.nodeSelector"), out);
    for key in ["serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName"] {
        if let Some(name) = spec.str_at(&[key]).filter(|name| !name.is_empty()) {
            let (value, place) = (Value::from(name), format!("{field}.{key}"));
            out.extend(names::subdomain(name).iter().map(|p| Cause::invalid(&place, &value, p)));
        }
    }
    if let Some(seconds) = spec.int_at(&["activeDeadlineSeconds"]).filter(|seconds| *seconds < 1) {
        let detail = "must be between 1 and 2147483647, inclusive";
        let place = format!("{field}.activeDeadlineSeconds");
        out.push(Cause::invalid(&place, &Value::Int(seconds), detail));
    }
    for (at, gate) in spec.list_at(&["schedulingGates"]).iter().enumerate() {
        let name = gate.str_at(&["name"]).unwrap_or_default();
        let (value, place) = (Value::from(name), format!("{field}.schedulingGates[{at}]"));
        out.extend(names::qualified(name).iter().map(|p| Cause::invalid(&place, &value, p)));
    }
    tolerations(spec, field, out);
}

fn tolerations(spec: &Value, field: &str, out: &mut Out) {
    for (at, toleration) in spec.list_at(&["tolerations"]).iter().enumerate() {
        let field = format!("{field}.tolerations[{at}]");
        let text = |key: &str| toleration.str_at(&[key]).unwrap_or_default();
        if text("key").is_empty() && text("operator") != "Exists" {
            let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            out.push(Cause::invalid(
                &format!("{field}.operator"),
                &text("operator").into(),
                detail,
            ));
        }
        if text("operator") == "Exists" && !text("value").is_empty() {
            let value = toleration.clone();
            let detail = "value must be empty when `operator` is 'Exists'";
            out.push(Cause::invalid(&format!("{field}.operator"), &value, detail));
        }
        let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        if !text("effect").is_empty() {
            one_of(toleration, "effect", &format!("{field}.effect"), &effects, out);
        }
    }
}

fn volumes(spec: &Value, field: &str, out: &mut Out) {
    let volumes = spec.list_at(&["volumes"]);
    for (at, volume) in volumes.iter().enumerate() {
        let field = format!("{field}.volumes[{at}]");
        let name = volume.str_at(&["name"]).unwrap_or_default();
        let place = format!("{field}.name");
        if name.is_empty() {
            out.push(Cause::required(&place, ""));
        } else {
            let value = Value::from(name);
            out.extend(names::label(name).iter().map(|p| Cause::invalid(&place, &value, p)));
        }
        source(volume, &field, out);
    }
    duplicates(volumes, "name", &format!("{field}.volumes"), out);
}

/// Sources of a volume, in the order in which the server counts them.
const SOURCES: &[&str] = &[
    "emptyDir",
    "hostPath",
    "gitRepo",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "glusterfs",
    "flocker",
    "persistentVolumeClaim",
    "rbd",
    "cinder",
    "cephfs",
    "quobyte",
    "downwardAPI",
    "fc",
    "configMap",
    "azureFile",
    "vsphereVolume",
    "photonPersistentDisk",
    "portworxVolume",
    "azureDisk",
    "storageos",
    "projected",
    "scaleIO",
    "csi",
    "ephemeral",
    "image",
];

fn source(volume: &Value, field: &str, out: &mut Out) {
    let found: Vec<&&str> = SOURCES.iter().filter(|source| volume.get(source).is_some()).collect();
    for extra in found.iter().skip(1) {
        let detail = "may not specify more than 1 volume type";
        out.push(Cause::forbidden(&format!("{field}.{extra}"), detail));
    }
    let needs: &[(&str, &str)] = &[
        ("secret", "secretName"),
        ("configMap", "name"),
        ("persistentVolumeClaim", "claimName"),
        ("hostPath", "path"),
        ("csi", "driver"),
    ];
    for (source, key) in needs {
        let Some(inner) = volume.get(source) else { continue };
        if found.first().is_some_and(|first| *first == source)
            && inner.str_at(&[key]).is_none_or(str::is_empty)
        {
            out.push(Cause::required(&format!("{field}.{source}.{key}"), ""));
        }
    }
}

fn containers(spec: &Value, list: &str, field: &str, out: &mut Out) {
    let containers = spec.list_at(&[list]);
    let field = format!("{field}.{list}");
    for (at, item) in containers.iter().enumerate() {
        let place = format!("{field}[{at}]");
        container(item, spec, &place, out);
        let name = item.get("name").filter(|name| name.as_str() != Some(""));
        let earlier =
            containers[..at].iter().any(|known| name.is_some() && known.get("name") == name);
        let shared = list == "initContainers"
            && spec
                .list_at(&["containers"])
                .iter()
                .any(|known| name.is_some() && known.get("name") == name);
        if let Some(name) = name.filter(|_| earlier || shared) {
            out.push(Cause::duplicate(&format!("{place}.name"), name));
        }
    }
}

fn container(container: &Value, spec: &Value, field: &str, out: &mut Out) {
    let text = |key: &str| container.str_at(&[key]).unwrap_or_default();
    let place = format!("{field}.name");
    if text("name").is_empty() {
        out.push(Cause::required(&place, ""));
    } else {
        let value = Value::from(text("name"));
        out.extend(names::label(text("name")).iter().map(|p| Cause::invalid(&place, &value, p)));
    }
    let image = text("image");
    if image.is_empty() {
        out.push(Cause::required(&format!("{field}.image"), ""));
    } else if image.trim() != image && field.starts_with("spec.containers") {
        let detail = "must not have leading or trailing whitespace";
        out.push(Cause::invalid(&format!("{field}.image"), &image.into(), detail));
    }
    let policies = ["Always", "IfNotPresent", "Never"];
    ports(container, field, out);
    environment(container, field, out);
    mounts(container, spec, field, out);
    probes(container, field, out);
    one_of(container, "imagePullPolicy", &format!("{field}.imagePullPolicy"), &policies, out);
    resources(container, field, out);
    one_of(
        container,
        "terminationMessagePolicy",
        &format!("{field}.terminationMessagePolicy"),
        &["FallbackToLogsOnError", "File"],
        out,
    );
}

fn ports(container: &Value, field: &str, out: &mut Out) {
    let ports = container.list_at(&["ports"]);
    for (at, item) in ports.iter().enumerate() {
        let field = format!("{field}.ports[{at}]");
        if let Some(name) = item.get("name").filter(|name| name.as_str() != Some("")) {
            port(name, &format!("{field}.name"), out);
            if ports[..at].iter().any(|known| known.get("name") == Some(name)) {
                out.push(Cause::duplicate(&format!("{field}.name"), name));
            }
        }
        match item.get("containerPort") {
            None | Some(Value::Int(0)) => {
                out.push(Cause::required(&format!("{field}.containerPort"), ""));
            }
            Some(number) => port_number(number, &format!("{field}.containerPort"), out),
        }
        if let Some(number) = item.get("hostPort").filter(|number| **number != Value::Int(0)) {
            port_number(number, &format!("{field}.hostPort"), out);
        }
        one_of(item, "protocol", &format!("{field}.protocol"), &["SCTP", "TCP", "UDP"], out);
    }
}

fn environment(container: &Value, field: &str, out: &mut Out) {
    for (at, item) in container.list_at(&["env"]).iter().enumerate() {
        let field = format!("{field}.env[{at}]");
        let name = item.str_at(&["name"]).unwrap_or_default();
        let place = format!("{field}.name");
        if name.is_empty() {
            out.push(Cause::required(&place, ""));
        } else if name.contains('=') || !name.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            let detail = "a valid environment variable name must consist only of printable ASCII characters other than '='";
            out.push(Cause::invalid(&place, &name.into(), detail));
        }
        let Some(source) = item.get("valueFrom").filter(|source| !source.is_null()) else {
            continue;
        };
        let place = format!("{field}.valueFrom");
        let count = source.as_map().map_or(0, objects::Map::len);
        if item.str_at(&["value"]).is_some_and(|value| !value.is_empty()) {
            let detail = "may not be specified when `value` is not empty";
            out.push(Cause::invalid(&place, &"".into(), detail));
        } else if count == 0 {
            let detail = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
            out.push(Cause::invalid(&place, &"".into(), detail));
        } else if count > 1 {
            let detail = "may not have more than one field specified at a time";
            out.push(Cause::invalid(&place, &"".into(), detail));
        }
        for reference in ["configMapKeyRef", "secretKeyRef"] {
            if let Some(inner) = source.get(reference) {
                for key in ["name", "key"] {
                    if inner.str_at(&[key]).is_none_or(str::is_empty) {
                        out.push(Cause::required(&format!("{place}.{reference}.{key}"), ""));
                    }
                }
            }
        }
    }
}

fn mounts(container: &Value, spec: &Value, field: &str, out: &mut Out) {
    let mounts = container.list_at(&["volumeMounts"]);
    let mut paths: Vec<&str> = Vec::new();
    for (at, mount) in mounts.iter().enumerate() {
        let field = format!("{field}.volumeMounts[{at}]");
        let name = mount.get("name").cloned().unwrap_or_default();
        if name.as_str().is_none_or(str::is_empty) {
            out.push(Cause::required(&format!("{field}.name"), ""));
        } else if !spec.list_at(&["volumes"]).iter().any(|volume| volume.get("name") == Some(&name))
        {
            out.push(Cause::not_found(&format!("{field}.name"), &name));
        }
        let path = mount.str_at(&["mountPath"]).unwrap_or_default();
        if path.is_empty() {
            out.push(Cause::required(&format!("{field}.mountPath"), ""));
        } else if paths.contains(&path) {
            out.push(Cause::invalid(&format!("{field}.mountPath"), &path.into(), "must be unique"));
        }
        paths.push(path);
    }
}

fn probes(container: &Value, field: &str, out: &mut Out) {
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get(key).filter(|probe| !probe.is_null()) else { continue };
        let field = format!("{field}.{key}");
        let handlers = ["exec", "httpGet", "tcpSocket", "grpc"];
        if !handlers.iter().any(|handler| probe.get(handler).is_some()) {
            out.push(Cause::required(&field, "must specify a handler type"));
        }
        for handler in ["httpGet", "tcpSocket"] {
            if let Some(target) = probe.at(&[handler, "port"]) {
                port(target, &format!("{field}.{handler}.port"), out);
            }
        }
        let once = key != "readinessProbe";
        if once && probe.int_at(&["successThreshold"]).is_some_and(|count| count != 1) {
            let value = probe.get("successThreshold").cloned().unwrap_or_default();
            out.push(Cause::invalid(&format!("{field}.successThreshold"), &value, "must be 1"));
        }
    }
}

fn resources(container: &Value, field: &str, out: &mut Out) {
    let limits = container.at(&["resources", "limits"]);
    let requests = container.at(&["resources", "requests"]).and_then(Value::as_map);
    for (name, request) in requests.into_iter().flatten() {
        let amount = |value: Option<&Value>| {
            value.and_then(Value::as_str).and_then(|t| quantity_nanos(t).ok())
        };
        let limit = limits.and_then(|limits| limits.get(name));
        let place = format!("{field}.resources.requests");
        if let (Some(asked), Some(most)) = (amount(Some(request)), amount(limit))
            && asked > most
        {
            let shown = limit.and_then(Value::as_str).unwrap_or_default();
            let detail = format!("must be less than or equal to {name} limit of {shown}");
            out.push(Cause::invalid(&place, request, &detail));
        }
        if amount(Some(request)).is_some_and(|amount| amount < 0) {
            let detail = "must be greater than or equal to 0";
            out.push(Cause::invalid(&format!("{place}[{name}]"), request, detail));
        }
    }
}
