//! What the server's strategies change before they judge a write.

use objects::{Object, Value};

use super::tools::{has, put, within};

/// Selector and labels that a Job gets from its uid, fields that a Service loses with
/// its type, the twin of a claim's data source, stored versions of a definition.
///
/// The object must be complete with defaults and its uid; `old` for updates. Not
/// here: status, generation, addresses and ports.
pub fn prepare(object: &mut Value, old: Option<&Value>) {
    let gvk = Object(object.clone()).gvk();
    match (gvk.group.as_str(), gvk.kind.as_str(), old) {
        ("", "Pod", None) => app_armor(object),
        ("batch", "Job", None) => job(object),
        ("", "Service", Some(old)) => service(object, old),
        ("", "PersistentVolumeClaim", None) => within(object, "spec", data_source),
        ("apiextensions.k8s.io", "CustomResourceDefinition", Some(_)) => definition(object),
        _ => {}
    }
}

/// AppArmor's old annotations and its fields say the same
/// (kubernetes: `pkg/registry/core/pod`, `applyAppArmorVersionSkew`).
fn app_armor(pod: &mut Value) {
    const PREFIX: &str = "container.apparmor.security.beta.kubernetes.io/";
    if pod.at(&["spec", "securityContext", "appArmorProfile"]).is_some() {
        return;
    }
    let notes = pod.at(&["metadata", "annotations"]).cloned().unwrap_or_default();
    let old = notes.as_map().is_some_and(|map| map.keys().any(|key| key.starts_with(PREFIX)));
    if !old {
        return;
    }
    within(pod, "spec", |spec| {
        for list in ["initContainers", "containers"] {
            super::tools::each(spec, list, |container| {
                let name = container.str_at(&["name"]).unwrap_or_default();
                let note = notes.str_at(&[&format!("{PREFIX}{name}")]).unwrap_or_default();
                let profile = match note.split_once('/') {
                    Some(("runtime", "default")) => Value::from([("type", "RuntimeDefault")]),
                    Some(("localhost", profile)) => {
                        Value::from([("localhostProfile", profile), ("type", "Localhost")])
                    }
                    None if note == "unconfined" => Value::from([("type", "Unconfined")]),
                    _ => return,
                };
                if container.at(&["securityContext", "appArmorProfile"]).is_none() {
                    container.set(&["securityContext", "appArmorProfile"], profile);
                }
            });
        }
    });
}

/// kubernetes: `pkg/registry/batch/job`, `generateSelector`.
fn job(object: &mut Value) {
    if object.bool_at(&["spec", "manualSelector"]) == Some(true) {
        return;
    }
    let text = |key: &str| object.str_at(&["metadata", key]).unwrap_or_default().to_owned();
    let (uid, name) = (text("uid"), text("name"));
    let labels = [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ];
    for (key, value) in labels {
        let path = ["spec", "template", "metadata", "labels", key];
        if object.at(&path).is_none() {
            object.set(&path, value.as_str());
        }
    }
    object.set(&["spec", "selector", "matchLabels", labels[0].0], uid.as_str());
    let template = object.at(&["spec", "template", "metadata", "labels"]).cloned();
    within(object, "metadata", |meta| put(meta, "labels", template));
}

/// kubernetes: `pkg/registry/core/service`, `dropTypeDependentFields`.
fn service(object: &mut Value, old: &Value) {
    let kind =
        |service: &Value| service.str_at(&["spec", "type"]).unwrap_or("ClusterIP").to_owned();
    let (new_kind, old_kind) = (kind(object), kind(old));
    let has_ports = |kind: &str| matches!(kind, "NodePort" | "LoadBalancer");
    if has_ports(&old_kind) && !has_ports(&new_kind) {
        let before: Vec<i64> = node_ports(old);
        if node_ports(object) == before {
            within(object, "spec", |spec| {
                super::tools::each(spec, "ports", |port| drop(port.remove(&["nodePort"])));
            });
        }
        let local = object.list_at(&["spec", "externalIPs"]).is_empty();
        let same = |key: &str| object.at(&["spec", key]) == old.at(&["spec", key]);
        if local && same("externalTrafficPolicy") {
            object.remove(&["spec", "externalTrafficPolicy"]);
        }
    }
    let unchanged = |key: &str, object: &Value| object.at(&["spec", key]) == old.at(&["spec", key]);
    if old_kind == "LoadBalancer" && new_kind != "LoadBalancer" {
        for key in ["allocateLoadBalancerNodePorts", "loadBalancerClass", "healthCheckNodePort"] {
            if unchanged(key, object) {
                object.remove(&["spec", key]);
            }
        }
    }
    if old_kind != "ExternalName" && new_kind == "ExternalName" {
        for key in
            ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy"]
        {
            if unchanged(key, object) {
                object.remove(&["spec", key]);
            }
        }
    }
}

fn node_ports(service: &Value) -> Vec<i64> {
    let ports = service.list_at(&["spec", "ports"]).iter();
    ports.map(|port| port.int_at(&["nodePort"]).unwrap_or(0)).collect()
}

/// `dataSource` and `dataSourceRef` say the same where only one is given.
fn data_source(spec: &mut Value) {
    let (source, reference) = (has(spec, "dataSource"), has(spec, "dataSourceRef"));
    let group = spec.str_at(&["dataSourceRef", "namespace"]).is_some();
    match (source, reference) {
        (true, false) => {
            let value = spec.get("dataSource").cloned();
            put(spec, "dataSourceRef", value);
        }
        (false, true) if !group => {
            let value = spec.get("dataSourceRef").cloned();
            put(spec, "dataSource", value);
        }
        _ => {}
    }
}

/// A new storage version joins the stored ones.
fn definition(object: &mut Value) {
    let versions = object.list_at(&["spec", "versions"]);
    let storage = versions.iter().find(|version| version.bool_at(&["storage"]) == Some(true));
    let Some(name) = storage.and_then(|version| version.get("name")).cloned() else { return };
    let mut stored = object.list_at(&["status", "storedVersions"]).to_vec();
    if !stored.contains(&name) {
        stored.push(name);
        object.set(&["status", "storedVersions"], stored);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        objects::from_json(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_job_is_selected_by_its_uid() {
        let mut job = json(
            r#"{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j","uid":"u"},"spec":{"template":{}}}"#,
        );
        prepare(&mut job, None);
        let key = "batch.kubernetes.io/controller-uid";
        assert_eq!(job.str_at(&["spec", "selector", "matchLabels", key]), Some("u"));
        assert_eq!(job.str_at(&["metadata", "labels", "job-name"]), Some("j"));
    }

    #[test]
    fn a_service_loses_its_node_ports_with_its_type() {
        let service = |kind: &str| {
            json(&format!(
                r#"{{"apiVersion":"v1","kind":"Service","spec":{{"type":"{kind}","externalTrafficPolicy":"Cluster","ports":[{{"port":80,"nodePort":30000}}]}}}}"#
            ))
        };
        let mut new = service("ClusterIP");
        prepare(&mut new, Some(&service("NodePort")));
        assert_eq!(new.get("spec"), Some(&json(r#"{"type":"ClusterIP","ports":[{"port":80}]}"#)));
    }
}
