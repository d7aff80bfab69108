//! Cells of core kinds.

use clock::Moment;
use objects::{Map, Object, Value};

use super::{age, labels, number};
use crate::catalogue::Kind;

/// The cells, for a core kind.
pub(crate) fn cells(now: Moment, kind: &Kind, object: &Object) -> Option<Vec<Value>> {
    let name: Value = object.name().into();
    let made = age(now, object.str_at(&["metadata", "creationTimestamp"]));
    let text = |path: &[&str]| Value::from(object.str_at(path).unwrap_or_default());
    let size = |field: &str| object.at(&[field]).and_then(Value::as_map).map_or(0, Map::len) as i64;
    match (kind.gvk.group.as_str(), kind.gvk.kind.as_str()) {
        ("", "ConfigMap") => Some(vec![name, (size("data") + size("binaryData")).into(), made]),
        ("", "Secret") => Some(vec![name, text(&["type"]), size("data").into(), made]),
        ("", "ServiceAccount") => Some(vec![name, made]),
        ("", "Namespace") => Some(vec![name, text(&["status", "phase"]), made]),
        ("", "Service") => Some(service(object, made)),
        ("", "Endpoints") => Some(vec![name, endpoints(object).into(), made]),
        ("", "PersistentVolumeClaim") => Some(claim(object, made)),
        ("", "PersistentVolume") => Some(volume(object, made)),
        ("", "Node") => Some(node(object, made)),
        ("", "Event") => Some(event(now, object)),
        ("", "ResourceQuota") => Some(quota(object, made)),
        ("", "PodTemplate") => {
            let (names, images) = super::containers(object.at(&["template", "spec"]));
            Some(vec![
                name,
                names,
                images,
                labels(object.at(&["template", "metadata", "labels"])).into(),
            ])
        }
        _ => None,
    }
}

fn service(object: &Object, made: Value) -> Vec<Value> {
    let kind = object.str_at(&["spec", "type"]).unwrap_or_default();
    let address = object.str_at(&["spec", "clusterIP"]).filter(|text| !text.is_empty());
    let external: Vec<&str> =
        object.list_at(&["spec", "externalIPs"]).iter().filter_map(Value::as_str).collect();
    let ingress: Vec<&str> = object
        .list_at(&["status", "loadBalancer", "ingress"])
        .iter()
        .filter_map(|item| item.str_at(&["ip"]).or_else(|| item.str_at(&["hostname"])))
        .collect();
    let outside = match kind {
        "ExternalName" => object.str_at(&["spec", "externalName"]).unwrap_or_default().to_owned(),
        "LoadBalancer" if ingress.is_empty() && external.is_empty() => "<pending>".to_owned(),
        "LoadBalancer" => [ingress, external].concat().join(","),
        _ if external.is_empty() => "<none>".to_owned(),
        _ => external.join(","),
    };
    let ports: Vec<String> = object
        .list_at(&["spec", "ports"])
        .iter()
        .map(|port| {
            let number = port.int_at(&["port"]).unwrap_or(0);
            let protocol = port.str_at(&["protocol"]).unwrap_or("TCP");
            match port.int_at(&["nodePort"]).unwrap_or(0) {
                0 => format!("{number}/{protocol}"),
                node => format!("{number}:{node}/{protocol}"),
            }
        })
        .collect();
    let ports = if ports.is_empty() { "<none>".to_owned() } else { ports.join(",") };
    vec![
        object.name().into(),
        kind.into(),
        address.unwrap_or("<none>").into(),
        outside.into(),
        ports.into(),
        made,
        labels(object.at(&["spec", "selector"])).into(),
    ]
}

fn endpoints(object: &Object) -> String {
    let mut all = Vec::new();
    for subset in object.list_at(&["subsets"]) {
        let addresses = subset.list_at(&["addresses"]).iter().filter_map(|a| a.str_at(&["ip"]));
        let ports: Vec<i64> =
            subset.list_at(&["ports"]).iter().filter_map(|p| p.int_at(&["port"])).collect();
        for address in addresses {
            if ports.is_empty() {
                all.push(address.to_owned());
            }
            all.extend(ports.iter().map(|port| format!("{address}:{port}")));
        }
    }
    match all.len() {
        0 => "<none>".to_owned(),
        1..=3 => all.join(","),
        more => format!("{} + {} more...", all[..3].join(","), more - 3),
    }
}

fn modes(object: &Object, path: &[&str]) -> String {
    let short = object.list_at(path).iter().filter_map(Value::as_str).map(|mode| match mode {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        other => other,
    });
    short.collect::<Vec<_>>().join(",")
}

fn claim(object: &Object, made: Value) -> Vec<Value> {
    let text = |path: &[&str]| Value::from(object.str_at(path).unwrap_or_default());
    let phase = if object.is_deleting() {
        "Terminating"
    } else {
        object.str_at(&["status", "phase"]).unwrap_or_default()
    };
    let bound = object.str_at(&["spec", "volumeName"]).is_some_and(|name| !name.is_empty());
    let modes = if bound { modes(object, &["status", "accessModes"]) } else { String::new() };
    vec![
        object.name().into(),
        phase.into(),
        text(&["spec", "volumeName"]),
        if bound { text(&["status", "capacity", "storage"]) } else { "".into() },
        modes.into(),
        text(&["spec", "storageClassName"]),
        object.str_at(&["spec", "volumeAttributesClassName"]).unwrap_or("<unset>").into(),
        made,
        object.str_at(&["spec", "volumeMode"]).unwrap_or("<unset>").into(),
    ]
}

fn volume(object: &Object, made: Value) -> Vec<Value> {
    let text = |path: &[&str]| Value::from(object.str_at(path).unwrap_or_default());
    let claim = match object.at(&["spec", "claimRef"]) {
        Some(claim) => format!(
            "{}/{}",
            claim.str_at(&["namespace"]).unwrap_or_default(),
            claim.str_at(&["name"]).unwrap_or_default()
        ),
        None => String::new(),
    };
    let phase =
        if object.is_deleting() { "Terminating".into() } else { text(&["status", "phase"]) };
    vec![
        object.name().into(),
        text(&["spec", "capacity", "storage"]),
        modes(object, &["spec", "accessModes"]).into(),
        text(&["spec", "persistentVolumeReclaimPolicy"]),
        phase,
        claim.into(),
        text(&["spec", "storageClassName"]),
        object.str_at(&["spec", "volumeAttributesClassName"]).unwrap_or("<unset>").into(),
        text(&["status", "reason"]),
        made,
        object.str_at(&["spec", "volumeMode"]).unwrap_or("<unset>").into(),
    ]
}

fn node(object: &Object, made: Value) -> Vec<Value> {
    let ready = object.condition("Ready").and_then(|condition| condition.str_at(&["status"]));
    let mut status = match ready {
        Some("True") => "Ready".to_owned(),
        Some(_) => "NotReady".to_owned(),
        None => "Unknown".to_owned(),
    };
    if object.bool_at(&["spec", "unschedulable"]) == Some(true) {
        status.push_str(",SchedulingDisabled");
    }
    let prefix = "node-role.kubernetes.io/";
    let roles: Vec<&str> = object
        .at(&["metadata", "labels"])
        .and_then(Value::as_map)
        .into_iter()
        .flat_map(Map::keys)
        .filter_map(|key| key.strip_prefix(prefix))
        .collect();
    let address = |kind: &str| {
        let addresses = object.list_at(&["status", "addresses"]);
        let found = addresses.iter().find(|address| address.str_at(&["type"]) == Some(kind));
        found.and_then(|address| address.str_at(&["address"])).unwrap_or("<none>").to_owned()
    };
    let info = |key: &str| {
        let found = object.str_at(&["status", "nodeInfo", key]).filter(|text| !text.is_empty());
        Value::from(found.unwrap_or("<unknown>"))
    };
    let version = object.str_at(&["status", "nodeInfo", "kubeletVersion"]).unwrap_or_default();
    vec![
        object.name().into(),
        status.into(),
        if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") }.into(),
        made,
        version.into(),
        address("InternalIP").into(),
        address("ExternalIP").into(),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion"),
    ]
}

fn event(now: Moment, object: &Object) -> Vec<Value> {
    let text = |path: &[&str]| Value::from(object.str_at(path).unwrap_or_default());
    let first_of =
        |paths: &[&[&str]]| paths.iter().find_map(|path| object.str_at(path)).map(str::to_owned);
    let first = first_of(&[&["firstTimestamp"], &["eventTime"]]);
    let last =
        first_of(&[&["series", "lastObservedTime"], &["lastTimestamp"]]).or_else(|| first.clone());
    let kind = object.str_at(&["involvedObject", "kind"]).unwrap_or_default().to_lowercase();
    let name = object.str_at(&["involvedObject", "name"]).unwrap_or_default();
    let target = if name.is_empty() { kind } else { format!("{kind}/{name}") };
    let component = object.str_at(&["source", "component"]).filter(|text| !text.is_empty());
    let component =
        component.or_else(|| object.str_at(&["reportingComponent"])).unwrap_or_default();
    let host = object.str_at(&["source", "host"]).filter(|text| !text.is_empty());
    let source = match host {
        Some(host) => format!("{component}, {host}"),
        None => component.to_owned(),
    };
    let count = object.int_at(&["series", "count"]).or_else(|| object.int_at(&["count"]));
    let count = count.filter(|count| *count > 0).unwrap_or(1);
    vec![
        age(now, last.as_deref()),
        text(&["type"]),
        text(&["reason"]),
        target.into(),
        text(&["involvedObject", "fieldPath"]),
        source.into(),
        object.str_at(&["message"]).unwrap_or_default().trim().into(),
        age(now, first.as_deref()),
        count.into(),
        object.name().into(),
    ]
}

fn quota(object: &Object, made: Value) -> Vec<Value> {
    let mut requests = Vec::new();
    let mut limits = Vec::new();
    let hard = object.at(&["status", "hard"]).and_then(Value::as_map);
    for (name, value) in hard.into_iter().flat_map(Map::iter) {
        let used = object.at(&["status", "used", name]);
        let shown = |value: Option<&Value>| match value {
            Some(Value::String(text)) => text.to_string(),
            Some(other) => objects::to_json(other),
            None => "0".to_owned(),
        };
        let text = format!("{name}: {}/{}", shown(used), shown(Some(value)));
        if name.starts_with("limits.") { limits.push(text) } else { requests.push(text) }
    }
    vec![object.name().into(), requests.join(", ").into(), limits.join(", ").into(), made]
}

/// A pod, with the reason it is not running.
pub(crate) fn pod(now: Moment, object: &Object) -> Vec<Value> {
    let statuses = object.list_at(&["status", "containerStatuses"]);
    let total = object.list_at(&["spec", "containers"]).len();
    let ready = statuses.iter().filter(|status| status.bool_at(&["ready"]) == Some(true)).count();
    let restarts: i64 = statuses.iter().filter_map(|status| status.int_at(&["restartCount"])).sum();
    let text = |path: &[&str]| {
        let found = object.str_at(path).filter(|text| !text.is_empty());
        Value::from(found.unwrap_or("<none>"))
    };
    let gates = object.list_at(&["spec", "readinessGates"]);
    let gates = if gates.is_empty() {
        "<none>".to_owned()
    } else {
        let met = gates.iter().filter(|gate| {
            let kind = gate.str_at(&["conditionType"]).unwrap_or_default();
            object.condition(kind).is_some_and(|c| c.str_at(&["status"]) == Some("True"))
        });
        format!("{}/{}", met.count(), gates.len())
    };
    vec![
        object.name().into(),
        format!("{ready}/{total}").into(),
        reason(object).into(),
        restarts.to_string().into(),
        age(now, object.str_at(&["metadata", "creationTimestamp"])),
        text(&["status", "podIP"]),
        text(&["spec", "nodeName"]),
        text(&["status", "nominatedNodeName"]),
        gates.into(),
    ]
}

fn reason(object: &Object) -> String {
    let phase = object.str_at(&["status", "phase"]).unwrap_or_default();
    let mut reason = object.str_at(&["status", "reason"]).unwrap_or(phase).to_owned();
    let inits = object.list_at(&["status", "initContainerStatuses"]);
    let total = object.list_at(&["spec", "initContainers"]).len();
    let mut initializing = false;
    for (at, status) in inits.iter().enumerate() {
        if status.int_at(&["state", "terminated", "exitCode"]) == Some(0) {
            continue;
        }
        let waiting = status.str_at(&["state", "waiting", "reason"]);
        let ended = status.str_at(&["state", "terminated", "reason"]);
        reason = match (ended, waiting) {
            (Some(ended), _) => format!("Init:{ended}"),
            (None, Some(waiting)) if waiting != "PodInitializing" => format!("Init:{waiting}"),
            _ => format!("Init:{at}/{total}"),
        };
        initializing = true;
        break;
    }
    if !initializing {
        let mut running = false;
        for status in object.list_at(&["status", "containerStatuses"]).iter().rev() {
            let at = |path: &[&str]| status.str_at(path).filter(|text| !text.is_empty());
            if let Some(waiting) = at(&["state", "waiting", "reason"]) {
                reason = waiting.to_owned();
            } else if let Some(ended) = at(&["state", "terminated", "reason"]) {
                reason = ended.to_owned();
            } else if status.at(&["state", "terminated"]).is_some() {
                let code = number(&Object(status.clone()), &["state", "terminated", "exitCode"]);
                reason = format!("ExitCode:{code}");
            } else if status.bool_at(&["ready"]) == Some(true) {
                running = true;
            }
        }
        if reason == "Completed" && running {
            let ready =
                object.condition("Ready").is_some_and(|c| c.str_at(&["status"]) == Some("True"));
            reason = if ready { "Running" } else { "NotReady" }.to_owned();
        }
    }
    if object.is_deleting() { "Terminating".to_owned() } else { reason }
}
