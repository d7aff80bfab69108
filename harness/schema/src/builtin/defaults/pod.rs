//! Pods and pod templates (kubernetes: `pkg/apis/core/v1/defaults.go`).

use objects::Value;

use super::super::tools::{each, put, put_text, within};

/// A Pod of its own; it gets a little more than a template.
pub(super) fn pod(object: &mut Value) {
    within(object, "status", |status| {
        for (one, all) in [("podIP", "podIPs"), ("hostIP", "hostIPs")] {
            let Some(address) = status.str_at(&[one]).filter(|text| !text.is_empty()) else {
                continue;
            };
            if status.list_at(&[all]).is_empty() {
                let first = Value::from([("ip", address)]);
                status.set(&[all], vec![first]);
            }
        }
    });
    within(object, "spec", |spec| {
        pod_spec(spec);
        for list in ["initContainers", "containers"] {
            each(spec, list, requests_from_limits);
        }
        put(spec, "enableServiceLinks", true);
        if spec.bool_at(&["hostNetwork"]) == Some(true) {
            for list in ["initContainers", "containers"] {
                each(spec, list, host_ports);
            }
        }
    });
}

/// The pod template in a field.
pub(super) fn template(value: &mut Value, key: &str) {
    within(value, key, |template| within(template, "spec", pod_spec));
}

fn requests_from_limits(container: &mut Value) {
    within(container, "resources", |resources| {
        let Some(limits) = resources.get("limits").and_then(Value::as_map).cloned() else { return };
        for (name, limit) in limits {
            if resources.at(&["requests", &name]).is_none() {
                resources.set(&["requests", &name], limit);
            }
        }
    });
}

fn host_ports(container: &mut Value) {
    each(container, "ports", |port| {
        if let Some(number) = port.int_at(&["containerPort"]) {
            put(port, "hostPort", number);
        }
    });
}

/// The spec of a pod or template.
pub(super) fn pod_spec(spec: &mut Value) {
    put_text(spec, "dnsPolicy", "ClusterFirst");
    put_text(spec, "restartPolicy", "Always");
    put(spec, "securityContext", Value::map());
    put(spec, "terminationGracePeriodSeconds", 30);
    put_text(spec, "schedulerName", "default-scheduler");
    service_account(spec);
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        each(spec, list, container);
    }
    each(spec, "volumes", volume);
}

/// The deprecated field and its successor hold the same.
fn service_account(spec: &mut Value) {
    for (from, to) in
        [("serviceAccountName", "serviceAccount"), ("serviceAccount", "serviceAccountName")]
    {
        if let Some(name) = spec.get(from).filter(|name| !name.is_null()).cloned() {
            put_text(spec, to, name.as_str().unwrap_or_default());
        }
    }
    if spec.get("serviceAccount") != spec.get("serviceAccountName")
        && let Some(name) = spec.get("serviceAccountName").cloned()
    {
        spec.set(&["serviceAccount"], name);
    }
}

fn container(container: &mut Value) {
    let policy = pull_policy(container.str_at(&["image"]).unwrap_or_default());
    put_text(container, "imagePullPolicy", policy);
    put_text(container, "terminationMessagePath", "/dev/termination-log");
    put_text(container, "terminationMessagePolicy", "File");
    each(container, "ports", |port| put_text(port, "protocol", "TCP"));
    each(container, "env", |env| within(env, "valueFrom", field_sources));
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        within(container, probe, self::probe);
    }
    within(container, "lifecycle", |lifecycle| {
        for hook in ["postStart", "preStop"] {
            within(lifecycle, hook, |hook| within(hook, "httpGet", http_get));
        }
    });
}

/// `Always` without a tag or with `latest`, else `IfNotPresent`.
fn pull_policy(image: &str) -> &'static str {
    let (name, digest) = match image.split_once('@') {
        Some((name, _)) => (name, true),
        None => (image, false),
    };
    let last = name.rsplit('/').next().unwrap_or_default();
    match last.split_once(':') {
        Some((_, "latest")) => "Always",
        Some(_) => "IfNotPresent",
        // What is no image reference has no tag either (distribution/reference).
        None if digest || image.is_empty() || image.contains(char::is_whitespace) => "IfNotPresent",
        None => "Always",
    }
}

fn probe(probe: &mut Value) {
    put(probe, "timeoutSeconds", 1);
    put(probe, "periodSeconds", 10);
    put(probe, "successThreshold", 1);
    put(probe, "failureThreshold", 3);
    within(probe, "httpGet", http_get);
    within(probe, "grpc", |grpc| put(grpc, "service", ""));
}

fn http_get(action: &mut Value) {
    put_text(action, "path", "/");
    put_text(action, "scheme", "HTTP");
}

fn field_sources(source: &mut Value) {
    within(source, "fieldRef", |field| put_text(field, "apiVersion", "v1"));
    within(source, "resourceFieldRef", |field| put(field, "divisor", "0"));
}

/// Sources of a volume other than `emptyDir`, which stands where there is none.
fn volume(volume: &mut Value) {
    if volume.as_map().is_some_and(|map| map.iter().all(|(k, v)| &**k == "name" || v.is_null())) {
        put(volume, "emptyDir", Value::map());
    }
    for source in ["secret", "configMap"] {
        within(volume, source, |source| put(source, "defaultMode", 420));
    }
    within(volume, "downwardAPI", |source| {
        put(source, "defaultMode", 420);
        each(source, "items", field_sources);
    });
    within(volume, "projected", projected);
    within(volume, "ephemeral", |ephemeral| {
        within(ephemeral, "volumeClaimTemplate", |claim| {
            within(claim, "spec", |spec| put(spec, "volumeMode", "Filesystem"));
        });
    });
    within(volume, "image", |image| {
        let policy = pull_policy(image.str_at(&["reference"]).unwrap_or_default());
        put_text(image, "pullPolicy", policy);
    });
    volume_source(volume);
}

fn projected(source: &mut Value) {
    put(source, "defaultMode", 420);
    each(source, "sources", |source| {
        within(source, "serviceAccountToken", |token| put(token, "expirationSeconds", 3600));
        within(source, "downwardAPI", |source| each(source, "items", field_sources));
    });
}

/// Sources that pods and persistent volumes share.
pub(super) fn volume_source(volume: &mut Value) {
    within(volume, "hostPath", |source| put(source, "type", ""));
    within(volume, "iscsi", |source| put_text(source, "iscsiInterface", "default"));
    within(volume, "rbd", |source| {
        put_text(source, "pool", "rbd");
        put_text(source, "user", "admin");
        put_text(source, "keyring", "/etc/ceph/keyring");
    });
    within(volume, "azureDisk", |source| {
        put(source, "cachingMode", "ReadWrite");
        put(source, "kind", "Shared");
        put(source, "fsType", "ext4");
        put(source, "readOnly", false);
    });
    within(volume, "scaleIO", |source| {
        put_text(source, "storageMode", "ThinProvisioned");
        put_text(source, "fsType", "xfs");
    });
}
