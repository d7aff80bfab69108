//! Service addresses and node ports in use, and by whom.

use std::collections::BTreeMap;

use objects::{Object, Value};

/// What Services hold, each with the uid of its holder.
#[derive(Debug, Clone, Default)]
pub(crate) struct Addresses {
    addresses: BTreeMap<String, String>,
    ports: BTreeMap<i64, String>,
}

impl Addresses {
    /// Notes that a Service changed.
    pub(crate) fn replace(&mut self, before: Option<&Object>, after: Option<&Object>) {
        if let Some(service) = before {
            for address in addresses_of(service) {
                self.addresses.remove(address);
            }
            for port in ports_of(service) {
                self.ports.remove(&port);
            }
        }
        if let Some(service) = after {
            let uid = || service.uid().to_owned();
            self.addresses.extend(addresses_of(service).map(|address| (address.to_owned(), uid())));
            self.ports.extend(ports_of(service).map(|port| (port, uid())));
        }
    }

    /// Whether another than `uid` holds an address.
    pub(crate) fn has_address(&self, address: &str, uid: &str) -> bool {
        self.addresses.get(address).is_some_and(|holder| holder != uid)
    }

    /// Whether another than `uid` holds a node port.
    pub(crate) fn has_port(&self, port: i64, uid: &str) -> bool {
        self.ports.get(&port).is_some_and(|holder| holder != uid)
    }
}

fn addresses_of(service: &Object) -> impl Iterator<Item = &str> {
    let addresses = service.list_at(&["spec", "clusterIPs"]).iter().filter_map(Value::as_str);
    addresses.filter(|address| *address != "None")
}

fn ports_of(service: &Object) -> impl Iterator<Item = i64> {
    let ports = service.list_at(&["spec", "ports"]).iter();
    let ports = ports.filter_map(|port| port.int_at(&["nodePort"]));
    ports.chain(service.int_at(&["spec", "healthCheckNodePort"]))
}
