//! Pods run as a service account (kubernetes `ServiceAccount`).

use client::Status;
use objects::{Object, Value};

use super::Operation;
use crate::refusal;
use crate::state::State;

const MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Gives a new pod its account, pull secrets and token volume; refuses a missing account.
pub(crate) fn mutate(
    state: &mut State,
    operation: &Operation<'_>,
    pod: &mut Object,
) -> Result<(), Status> {
    if !operation.creates("Pod") || is_mirror(pod) {
        return Ok(());
    }
    let name = match pod.str_at(&["spec", "serviceAccountName"]) {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => "default".to_owned(),
    };
    let namespace = pod.namespace().to_owned();
    let Some(account) = state.core("ServiceAccount", &namespace, &name).cloned() else {
        let why = format!(
            "error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found"
        );
        return Err(refusal::forbidden(operation.kind, pod.name(), &why));
    };
    pod.set(&["spec", "serviceAccountName"], name.as_str());
    pod.set(&["spec", "serviceAccount"], name.as_str());
    let secrets = account.list_at(&["imagePullSecrets"]);
    if pod.list_at(&["spec", "imagePullSecrets"]).is_empty() && !secrets.is_empty() {
        pod.set(&["spec", "imagePullSecrets"], secrets.to_vec());
    }
    let wanted = pod
        .bool_at(&["spec", "automountServiceAccountToken"])
        .or_else(|| account.bool_at(&["automountServiceAccountToken"]))
        .unwrap_or(true);
    if wanted {
        let volume = format!("kube-api-access-{}", state.names.name_suffix(5));
        mount_token(pod, &volume);
    }
    Ok(())
}

fn is_mirror(pod: &Object) -> bool {
    pod.annotation("kubernetes.io/config.mirror").is_some()
}

fn mount_token(pod: &mut Object, volume: &str) {
    let mut used = false;
    for list in ["initContainers", "containers"] {
        let mut containers = pod.list_at(&["spec", list]).to_vec();
        for container in &mut containers {
            let mut mounts = container.list_at(&["volumeMounts"]).to_vec();
            if mounts.iter().any(|mount| mount.str_at(&["mountPath"]) == Some(MOUNT)) {
                continue;
            }
            mounts.push(Value::from([
                ("mountPath", Value::from(MOUNT)),
                ("name", volume.into()),
                ("readOnly", true.into()),
            ]));
            container.set(&["volumeMounts"], mounts);
            used = true;
        }
        if used && !containers.is_empty() {
            pod.set(&["spec", list], containers);
        }
    }
    if used {
        let mut volumes = pod.list_at(&["spec", "volumes"]).to_vec();
        volumes.push(token_volume(volume));
        pod.set(&["spec", "volumes"], volumes);
    }
}

fn token_volume(name: &str) -> Value {
    let token = Value::from([(
        "serviceAccountToken",
        Value::from([("expirationSeconds", Value::Int(3607)), ("path", "token".into())]),
    )]);
    let item = Value::from([("key", "ca.crt"), ("path", "ca.crt")]);
    let roots = Value::from([(
        "configMap",
        Value::from([("items", Value::from(vec![item])), ("name", "kube-root-ca.crt".into())]),
    )]);
    let field = Value::from([
        ("fieldRef", Value::from([("apiVersion", "v1"), ("fieldPath", "metadata.namespace")])),
        ("path", "namespace".into()),
    ]);
    let namespace =
        Value::from([("downwardAPI", Value::from([("items", Value::from(vec![field]))]))]);
    let projected = Value::from([
        ("defaultMode", Value::Int(420)),
        ("sources", vec![token, roots, namespace].into()),
    ]);
    Value::from([("name", Value::from(name)), ("projected", projected)])
}
