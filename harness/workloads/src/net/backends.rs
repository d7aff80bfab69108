//! The pods behind a service, and the ports they are reached at.

use objects::{Object, Value};

use crate::meta::{self, moment_at, pod};
use crate::world::World;

/// A pod behind a service.
pub(super) struct Backend {
    pub(super) pod: Object,
    pub(super) ip: String,
    pub(super) ready: bool,
    pub(super) ports: Vec<Value>,
}

impl Backend {
    /// A reference to the pod.
    pub(super) fn reference(&self) -> Value {
        Value::from([
            ("kind", "Pod"),
            ("name", self.pod.name()),
            ("namespace", self.pod.namespace()),
            ("uid", self.pod.uid()),
        ])
    }

    /// The pod's host name, where the service governs it.
    pub(super) fn hostname(&self, service: &Object) -> Option<&str> {
        let name = self.pod.str_at(&["spec", "hostname"]).filter(|name| !name.is_empty())?;
        let domain = self.pod.str_at(&["spec", "subdomain"]);
        (domain == Some(service.name())).then_some(name)
    }
}

/// The pods of a service that have an address, by name.
pub(super) fn of(world: &World<'_>, service: &Object) -> Vec<Backend> {
    let Some(selector) = meta::map_at(service, &["spec", "selector"]) else { return Vec::new() };
    if selector.is_empty() {
        return Vec::new();
    }
    let behind = world.mirror.pods_with(service.namespace(), selector).into_iter();
    let mut backends: Vec<Backend> = behind
        .filter(|one| !pod::is_finished(one))
        .filter_map(|one| {
            let ip = one.str_at(&["status", "podIP"])?.to_owned();
            let ports = ports(service, one);
            Some(Backend { ready: pod::is_ready(one), pod: one.clone(), ip, ports })
        })
        .collect();
    backends.sort_by(|a, b| a.pod.name().cmp(b.pod.name()));
    backends
}

fn ports(service: &Object, one: &Object) -> Vec<Value> {
    let wanted = service.list_at(&["spec", "ports"]).iter();
    wanted
        .filter_map(|port| {
            let number = match port.at(&["targetPort"]) {
                Some(Value::Int(number)) => *number,
                Some(Value::String(name)) => container_port(one, name)?,
                _ => port.int_at(&["port"])?,
            };
            let mut found = Value::from([("port", number)]);
            found.set(&["protocol"], port.str_at(&["protocol"]).unwrap_or("TCP"));
            found.set(&["name"], port.str_at(&["name"]).unwrap_or_default());
            if let Some(app) = port.at(&["appProtocol"]) {
                found.set(&["appProtocol"], app.clone());
            }
            Some(found)
        })
        .collect()
}

fn container_port(one: &Object, name: &str) -> Option<i64> {
    let containers = one.list_at(&["spec", "containers"]).iter();
    let mut ports = containers.flat_map(|container| container.list_at(&["ports"]));
    ports.find(|port| port.str_at(&["name"]) == Some(name))?.int_at(&["containerPort"])
}

/// Whether a service has a selector to be served by (external names have not).
pub(super) fn is_served(service: &Object) -> bool {
    service.str_at(&["spec", "type"]) != Some("ExternalName")
        && meta::map_at(service, &["spec", "selector"]).is_some_and(|map| !map.is_empty())
}

/// Whether pods count before they are ready.
pub(super) fn takes_unready(service: &Object) -> bool {
    service.bool_at(&["spec", "publishNotReadyAddresses"]) == Some(true)
}

/// When the service or one of its pods last changed.
pub(super) fn last_change(service: &Object, backends: &[Backend]) -> Option<String> {
    let pods = backends.iter().filter_map(|one| pod::ready_since(&one.pod));
    let latest = pods.chain(moment_at(service, &["metadata", "creationTimestamp"])).max();
    latest.map(clock::Moment::rfc3339)
}

/// Labels that endpoints take over from their service.
pub(super) fn labels(service: &Object) -> Value {
    let mut labels = service.at(&["metadata", "labels"]).cloned().unwrap_or_else(Value::map);
    if service.str_at(&["spec", "clusterIP"]) == Some("None") {
        labels.set(&["service.kubernetes.io/headless"], "");
    }
    labels
}
