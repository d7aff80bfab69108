//! Service addresses and node ports.
//!
//! Source: recorded answers of kube-apiserver 1.36; range 10.96.0.0/16, node
//! ports 30000 to 32767. What is in use is read from the stored Services.

use std::collections::BTreeSet;

use client::Status;
use objects::{Object, Value};
use schema::Cause;

use crate::catalogue::Kind;
use crate::context::Context;
use crate::refusal;
use crate::state::{State, is_service};

/// Gives a new Service its addresses and ports.
pub(crate) fn create(
    state: &mut State,
    context: &Context,
    kind: &Kind,
    service: &mut Object,
) -> Result<(), Status> {
    if !is_service(kind) {
        return Ok(());
    }
    check_families(kind, service)?;
    allocate(state, context, kind, service)
}

/// Keeps, gives or takes addresses and ports as a Service changes.
pub(crate) fn change(
    state: &mut State,
    context: &Context,
    kind: &Kind,
    old: &Object,
    service: &mut Object,
) -> Result<(), Status> {
    if !is_service(kind) || old.get("spec") == service.get("spec") {
        return Ok(());
    }
    keep(old, service);
    check_families(kind, service)?;
    allocate(state, context, kind, service)
}

/// Two families are for Services without address and selector alone, on this cluster.
fn check_families(kind: &Kind, service: &Object) -> Result<(), Status> {
    let headless = service.str_at(&["spec", "clusterIP"]) == Some("None");
    if kind_of(service) == "ExternalName" || (headless && !selects(service)) {
        return Ok(());
    }
    let mut causes = Vec::new();
    let policy = service.at(&["spec", "ipFamilyPolicy"]).cloned().unwrap_or_default();
    if policy.as_str() == Some("RequireDualStack") {
        let why = "this cluster is not configured for dual-stack services";
        causes.push(Cause::invalid("spec.ipFamilyPolicy", &policy, why));
    }
    for (at, family) in service.list_at(&["spec", "ipFamilies"]).iter().enumerate() {
        if family.as_str() == Some("IPv6") {
            let field = format!("spec.ipFamilies[{at}]");
            causes.push(Cause::invalid(&field, family, "not configured on this cluster"));
        }
    }
    if causes.is_empty() { Ok(()) } else { Err(refusal::invalid(kind, service.name(), &causes)) }
}

fn selects(service: &Object) -> bool {
    let selector = service.at(&["spec", "selector"]).and_then(Value::as_map);
    selector.is_some_and(|map| !map.is_empty())
}

/// What an update leaves out stays; what its new type does not have goes.
fn keep(old: &Object, service: &mut Object) {
    let was = kind_of(old).to_owned();
    let is = kind_of(service).to_owned();
    if is == "ExternalName" {
        if was != "ExternalName" {
            for field in
                ["clusterIP", "clusterIPs", "internalTrafficPolicy", "ipFamilies", "ipFamilyPolicy"]
            {
                if service.at(&["spec", field]) == old.at(&["spec", field]) {
                    service.remove(&["spec", field]);
                }
            }
        }
    } else if was != "ExternalName" {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            if service.at(&["spec", field]).is_none_or(|value| value.as_str() == Some(""))
                && let Some(known) = old.at(&["spec", field])
            {
                service.set(&["spec", field], known.clone());
            }
        }
    }
    let outward = |kind: &str| matches!(kind, "NodePort" | "LoadBalancer");
    if outward(&was) && !outward(&is) {
        for field in ["externalTrafficPolicy", "allocateLoadBalancerNodePorts"] {
            if service.at(&["spec", field]) == old.at(&["spec", field]) {
                service.remove(&["spec", field]);
            }
        }
    }
    if takes_ports(service) {
        keep_ports(old, service);
    } else if takes_ports(old) {
        drop_ports(old, service);
    }
    if needs_health_port(service) {
        let known = old.int_at(&["spec", "healthCheckNodePort"]);
        if service.int_at(&["spec", "healthCheckNodePort"]).unwrap_or(0) == 0
            && let Some(port) = known
        {
            service.set(&["spec", "healthCheckNodePort"], port);
        }
    } else if service.at(&["spec", "healthCheckNodePort"])
        == old.at(&["spec", "healthCheckNodePort"])
    {
        service.remove(&["spec", "healthCheckNodePort"]);
    }
}

fn keep_ports(old: &Object, service: &mut Object) {
    let known = old.list_at(&["spec", "ports"]).to_vec();
    let mut ports = service.list_at(&["spec", "ports"]).to_vec();
    let mut changed = false;
    for port in &mut ports {
        let key = |port: &Value| {
            (port.int_at(&["port"]), port.str_at(&["protocol"]).unwrap_or("TCP").to_owned())
        };
        if port.int_at(&["nodePort"]).unwrap_or(0) == 0
            && let Some(node) = known
                .iter()
                .find(|old| key(old) == key(port))
                .and_then(|old| old.int_at(&["nodePort"]))
        {
            port.set(&["nodePort"], node);
            changed = true;
        }
    }
    if changed {
        service.set(&["spec", "ports"], ports);
    }
}

fn drop_ports(old: &Object, service: &mut Object) {
    let known: Vec<Option<i64>> =
        old.list_at(&["spec", "ports"]).iter().map(|port| port.int_at(&["nodePort"])).collect();
    let mut ports = service.list_at(&["spec", "ports"]).to_vec();
    let given: Vec<Option<i64>> = ports.iter().map(|port| port.int_at(&["nodePort"])).collect();
    if given == known {
        for port in &mut ports {
            port.remove(&["nodePort"]);
        }
        service.set(&["spec", "ports"], ports);
    }
}

fn kind_of(service: &Value) -> &str {
    service.str_at(&["spec", "type"]).unwrap_or("ClusterIP")
}

fn takes_ports(service: &Value) -> bool {
    match kind_of(service) {
        "NodePort" => true,
        "LoadBalancer" => {
            service.bool_at(&["spec", "allocateLoadBalancerNodePorts"]) != Some(false)
        }
        _ => false,
    }
}

fn needs_health_port(service: &Value) -> bool {
    kind_of(service) == "LoadBalancer"
        && service.str_at(&["spec", "externalTrafficPolicy"]) == Some("Local")
}

fn allocate(
    state: &mut State,
    context: &Context,
    kind: &Kind,
    service: &mut Object,
) -> Result<(), Status> {
    if kind_of(service) != "ExternalName" {
        address(state, context, kind, service)?;
        families(service);
    }
    if takes_ports(service) {
        ports(state, context, kind, service)?;
    }
    if needs_health_port(service)
        && service.int_at(&["spec", "healthCheckNodePort"]).unwrap_or(0) == 0
    {
        let port = free_port(state, service.uid(), &BTreeSet::new())?;
        service.set(&["spec", "healthCheckNodePort"], port);
    }
    Ok(())
}

fn address(
    state: &mut State,
    context: &Context,
    kind: &Kind,
    service: &mut Object,
) -> Result<(), Status> {
    let first = service.list_at(&["spec", "clusterIPs"]).first().and_then(Value::as_str);
    let given = match service.str_at(&["spec", "clusterIP"]) {
        Some(given) if !given.is_empty() => given.to_owned(),
        _ => first.unwrap_or_default().to_owned(),
    };
    let chosen = if given.is_empty() && context.dry_run {
        // A dry run takes no address; it shows the first of the range.
        "10.96.0.0".to_owned()
    } else if given.is_empty() {
        free_address(state)?
    } else {
        check_address(state, kind, service, &given)?;
        given
    };
    service.set(&["spec", "clusterIP"], chosen.as_str());
    service.set(&["spec", "clusterIPs"], vec![Value::from(chosen)]);
    Ok(())
}

fn check_address(state: &State, kind: &Kind, service: &Object, given: &str) -> Result<(), Status> {
    if given == "None" {
        return Ok(());
    }
    let Ok(address) = given.parse::<std::net::Ipv4Addr>() else { return Ok(()) };
    let shown = Value::from(vec![Value::from(given)]);
    let refuse = |why: &str| {
        let cause = Cause::invalid("spec.clusterIPs", &shown, why);
        Err(refusal::invalid(kind, service.name(), &[cause]))
    };
    if address.octets()[..2] != [10, 96] {
        return refuse(&format!(
            "failed to allocate IP {given}: the provided IP ({given}) is not in the valid range. The range of valid IPs is 10.96.0.0/16"
        ));
    }
    if state.addresses.has_address(given, service.uid()) {
        return refuse(&format!("failed to allocate IP {given}: provided IP is already allocated"));
    }
    Ok(())
}

/// How often a free number is tried for before the range counts as full.
const TRIES: usize = 100_000;

fn full(what: &str) -> Status {
    refusal::plain(format!("failed to allocate {what}: range is full"))
}

fn free_address(state: &mut State) -> Result<String, Status> {
    for _ in 0..TRIES {
        let number = 256 + state.numbers.below(65_000);
        let address = format!("10.96.{}.{}", number / 256, number % 256);
        if !state.addresses.has_address(&address, "") {
            return Ok(address);
        }
    }
    Err(full("a serviceIP"))
}

fn families(service: &mut Object) {
    let headless = service.str_at(&["spec", "clusterIP"]) == Some("None");
    if headless && !selects(service) {
        if service.at(&["spec", "ipFamilyPolicy"]).is_none() {
            service.set(&["spec", "ipFamilyPolicy"], "RequireDualStack");
        }
        if service.list_at(&["spec", "ipFamilies"]).is_empty() {
            service.set(&["spec", "ipFamilies"], vec![Value::from("IPv4"), "IPv6".into()]);
        }
        return;
    }
    if service.at(&["spec", "ipFamilyPolicy"]).is_none() {
        service.set(&["spec", "ipFamilyPolicy"], "SingleStack");
    }
    if service.list_at(&["spec", "ipFamilies"]).is_empty() {
        service.set(&["spec", "ipFamilies"], vec![Value::from("IPv4")]);
    }
}

fn ports(
    state: &mut State,
    context: &Context,
    kind: &Kind,
    service: &mut Object,
) -> Result<(), Status> {
    let uid = service.uid().to_owned();
    let mut ports = service.list_at(&["spec", "ports"]).to_vec();
    let mut own: BTreeSet<i64> =
        ports.iter().filter_map(|port| port.int_at(&["nodePort"])).collect();
    for (at, port) in ports.iter_mut().enumerate() {
        match port.int_at(&["nodePort"]).unwrap_or(0) {
            0 => {
                let chosen = free_port(state, &uid, &own)?;
                own.insert(chosen);
                port.set(&["nodePort"], chosen);
            }
            // A dry run takes no port, so it does not look whether it could.
            _ if context.dry_run => {}
            given => {
                let why = if !(30_000..=32_767).contains(&given) {
                    "provided port is not in the valid range. The range of valid ports is 30000-32767"
                } else if state.addresses.has_port(given, &uid) {
                    "provided port is already allocated"
                } else {
                    continue;
                };
                let field = format!("spec.ports[{at}].nodePort");
                let cause = Cause::invalid(&field, &Value::Int(given), why);
                return Err(refusal::invalid(kind, service.name(), &[cause]));
            }
        }
    }
    service.set(&["spec", "ports"], ports);
    Ok(())
}

fn free_port(state: &mut State, uid: &str, own: &BTreeSet<i64>) -> Result<i64, Status> {
    for _ in 0..TRIES {
        let port = 30_000 + state.numbers.below(2_768) as i64;
        if !state.addresses.has_port(port, uid) && !own.contains(&port) {
            return Ok(port);
        }
    }
    Err(full("a nodePort"))
}
