//! Endpoint slices: one a service, with all its pods.
//!
//! Source: kubernetes `staging/src/k8s.io/endpointslice/reconciler.go`. Slices
//! are not split after 100 endpoints.

use objects::{Object, Value};

use super::backends::{self, Backend};
use crate::kind::{Key, Kind};
use crate::meta;
use crate::world::{Done, World};

const TRIGGER: &str = "endpoints.kubernetes.io/last-change-trigger-time";
const MANAGER: &str = "endpointslice.kubernetes.io/managed-by";

/// One look at a service's slice.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(service) = world.get(Kind::Service, &key.namespace, &key.name) else {
        return Ok(());
    };
    if service.is_deleting() || !backends::is_served(&service) {
        return Ok(());
    }
    let backends = backends::of(world, &service);
    let known = world.mirror.owned(service.uid(), Kind::EndpointSlice).first().copied().cloned();
    let mut slice = known.clone().unwrap_or_else(|| blank(&service));
    let endpoints: Vec<Value> = backends.iter().map(|one| endpoint(world, &service, one)).collect();
    let ports = match backends.first() {
        Some(first) => Value::from(first.ports.clone()),
        None => Value::Null,
    };
    let has = |slice: &Object, key: &str, value: &Value| {
        let old = slice.get(key).cloned().unwrap_or_default();
        let empty = |value: &Value| value.is_null() || value.as_list() == Some(&[]);
        old == *value || (empty(&old) && empty(value))
    };
    let same = has(&slice, "endpoints", &endpoints.clone().into())
        && has(&slice, "ports", &ports)
        && slice.at(&["metadata", "labels"]) == Some(&slice_labels(&service));
    if same && known.is_some() {
        return Ok(());
    }
    slice.set(&["endpoints"], endpoints);
    slice.set(&["ports"], ports);
    slice.set(&["metadata", "labels"], slice_labels(&service));
    if let Some(time) = backends::last_change(&service, &backends) {
        slice.set(&["metadata", "annotations", TRIGGER], time);
    }
    match known {
        Some(_) => world.update(&slice)?,
        None => world.create(slice.0)?,
    };
    Ok(())
}

fn slice_labels(service: &Object) -> Value {
    let mut labels = backends::labels(service);
    labels.set(&[MANAGER], "endpointslice-controller.k8s.io");
    labels.set(&["kubernetes.io/service-name"], service.name());
    labels
}

fn blank(service: &Object) -> Object {
    let gvk = Kind::EndpointSlice.gvk();
    let mut slice = Object(Value::map());
    slice.set(&["apiVersion"], gvk.api_version());
    slice.set(&["kind"], gvk.kind);
    slice.set(&["metadata", "generateName"], format!("{}-", service.name()));
    slice.set(&["metadata", "namespace"], service.namespace());
    slice.set(&["metadata", "ownerReferences"], vec![meta::owner_reference(service)]);
    slice.set(&["addressType"], "IPv4");
    slice
}

fn endpoint(world: &World<'_>, service: &Object, one: &Backend) -> Value {
    let leaving = one.pod.is_deleting();
    let ready = (one.ready && !leaving) || backends::takes_unready(service);
    let mut endpoint = Value::from([
        ("addresses", Value::from(vec![Value::from(one.ip.as_str())])),
        (
            "conditions",
            Value::from([("ready", ready), ("serving", one.ready), ("terminating", leaving)]),
        ),
        ("targetRef", one.reference()),
    ]);
    if let Some(node) = one.pod.str_at(&["spec", "nodeName"]) {
        endpoint.set(&["nodeName"], node);
        let zone = "topology.kubernetes.io/zone";
        let zone = world.mirror.get(Kind::Node, "", node).and_then(|node| node.label(zone));
        if let Some(zone) = zone {
            endpoint.set(&["zone"], zone);
        }
    }
    if let Some(name) = one.hostname(service) {
        endpoint.set(&["hostname"], name);
    }
    endpoint
}
