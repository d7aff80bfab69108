//! Endpoints, the older form of slices.
//!
//! Source: kubernetes `pkg/controller/endpoint`.

use std::collections::BTreeMap;

use objects::{Object, Value, to_json};

use super::backends::{self, Backend};
use crate::kind::{Key, Kind};
use crate::world::{Done, World};

const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const MANAGER: &str = "endpoints.kubernetes.io/managed-by";

/// One look at a service's endpoints.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let known = world.get(Kind::Endpoints, &key.namespace, &key.name);
    let Some(service) = world.get(Kind::Service, &key.namespace, &key.name) else {
        return match known {
            Some(known) => world.delete(&known, None),
            None => Ok(()),
        };
    };
    if service.is_deleting() || !backends::is_served(&service) {
        return Ok(());
    }
    let backends = backends::of(world, &service);
    let subsets = subsets(&service, &backends);
    let mut endpoints = known.clone().unwrap_or_else(|| blank(&service));
    let mut labels = backends::labels(&service);
    labels.set(&[MANAGER], "endpoint-controller");
    let same = endpoints.list_at(&["subsets"]) == subsets.as_slice()
        && endpoints.at(&["metadata", "labels"]) == Some(&labels);
    if known.is_some() && same {
        return Ok(());
    }
    if subsets.is_empty() {
        endpoints.remove(&["subsets"]);
    } else {
        endpoints.set(&["subsets"], subsets);
    }
    endpoints.set(&["metadata", "labels"], labels);
    match backends::last_change(&service, &backends) {
        Some(time) if !backends.iter().any(|one| one.pod.is_deleting()) => {
            endpoints.set(&["metadata", "annotations", TRIGGER], time);
        }
        _ => {
            endpoints.remove(&["metadata", "annotations", TRIGGER]);
        }
    }
    match known {
        Some(_) => world.update(&endpoints)?,
        None => world.create(endpoints.0)?,
    };
    Ok(())
}

fn blank(service: &Object) -> Object {
    let mut endpoints = Object(Value::from([("apiVersion", "v1"), ("kind", "Endpoints")]));
    endpoints.set(&["metadata", "name"], service.name());
    endpoints.set(&["metadata", "namespace"], service.namespace());
    endpoints
}

/// Addresses by the ports they serve.
fn subsets(service: &Object, backends: &[Backend]) -> Vec<Value> {
    let mut groups: BTreeMap<String, (Vec<Value>, Vec<Value>, Value)> = BTreeMap::new();
    for one in backends.iter().filter(|one| !one.pod.is_deleting()) {
        let ports: Value = one.ports.iter().map(plain_port).collect();
        let group = groups.entry(to_json(&ports)).or_default();
        group.2 = ports;
        let list = match one.ready || backends::takes_unready(service) {
            true => &mut group.0,
            false => &mut group.1,
        };
        list.push(address(service, one));
    }
    groups.into_values().map(|(ready, unready, ports)| subset(ready, unready, ports)).collect()
}

fn plain_port(port: &Value) -> Value {
    let mut port = port.clone();
    if port.str_at(&["name"]) == Some("") {
        port.remove(&["name"]);
    }
    port
}

fn subset(ready: Vec<Value>, unready: Vec<Value>, ports: Value) -> Value {
    let mut subset = Value::map();
    for (key, list) in [("addresses", ready), ("notReadyAddresses", unready)] {
        if !list.is_empty() {
            subset.set(&[key], list);
        }
    }
    if ports.as_list().is_some_and(|ports| !ports.is_empty()) {
        subset.set(&["ports"], ports);
    }
    subset
}

fn address(service: &Object, one: &Backend) -> Value {
    let mut address =
        Value::from([("ip", Value::from(one.ip.as_str())), ("targetRef", one.reference())]);
    if let Some(node) = one.pod.str_at(&["spec", "nodeName"]) {
        address.set(&["nodeName"], node);
    }
    if let Some(name) = one.hostname(service) {
        address.set(&["hostname"], name);
    }
    address
}
