//! Services, ingresses, network policies, endpoint slices.

use objects::Value;

use super::Out;
use super::checks::{cidr, go_struct, ip, one_of, port, port_number, selector, unchanged};
use crate::{Cause, meta, names};

fn spec_of(object: &Value) -> Value {
    object.get("spec").cloned().unwrap_or_default()
}

/// Service.
pub(super) fn service(object: &Value, old: Option<&Value>, out: &mut Out) {
    let spec = spec_of(object);
    let kind = spec.str_at(&["type"]).unwrap_or_default();
    let headless = spec.str_at(&["clusterIP"]) == Some("None");
    if spec.list_at(&["ports"]).is_empty() && !headless && kind != "ExternalName" {
        out.push(Cause::required("spec.ports", ""));
    }
    addresses(&spec, kind, out);
    ports(&spec, kind, headless, out);
    meta::label_map(spec.get("selector"), "spec.selector", out);
    one_of(&spec, "sessionAffinity", "spec.sessionAffinity", &["ClientIP", "None"], out);
    let kinds = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    one_of(&spec, "type", "spec.type", &kinds, out);
    for (at, address) in spec.list_at(&["externalIPs"]).iter().enumerate() {
        ip(address, &format!("spec.externalIPs[{at}]"), out);
    }
    for (at, range) in spec.list_at(&["loadBalancerSourceRanges"]).iter().enumerate() {
        cidr(range, &format!("spec.LoadBalancerSourceRanges[{at}]"), out);
    }
    policies(&spec, kind, out);
    if let Some(old) = old {
        service_update(&spec, &spec_of(old), out);
        balancer(object, old, out);
    }
}

/// Addresses that a load balancer got.
fn balancer(object: &Value, old: &Value, out: &mut Out) {
    let path = ["status", "loadBalancer", "ingress"];
    let (new, old) = (object.list_at(&path), old.list_at(&path));
    if new == old {
        return;
    }
    for (at, ingress) in new.iter().enumerate() {
        let field = format!("status.loadBalancer.ingress[{at}]");
        let address = ingress.get("ip").filter(|ip| ip.as_str() != Some(""));
        if let Some(address) = address {
            ip(address, &format!("{field}.ip"), out);
        }
        let host = ingress.get("hostname").filter(|host| host.as_str() != Some(""));
        if let Some(host) = host {
            let text = host.as_str().unwrap_or_default();
            let place = format!("{field}.hostname");
            out.extend(names::subdomain(text).iter().map(|p| Cause::invalid(&place, host, p)));
            if text.parse::<std::net::IpAddr>().is_ok() {
                out.push(Cause::invalid(&place, host, "must be a DNS name, not an IP address"));
            }
        }
    }
}

fn addresses(spec: &Value, kind: &str, out: &mut Out) {
    let addresses = spec.list_at(&["clusterIPs"]);
    if kind == "ExternalName" {
        if !addresses.is_empty() || spec.str_at(&["clusterIP"]).is_some_and(|ip| !ip.is_empty()) {
            let detail = "may not be set for ExternalName services";
            out.push(Cause::forbidden("spec.clusterIPs", detail));
        }
        let name = spec.str_at(&["externalName"]).unwrap_or_default();
        if name.is_empty() {
            out.push(Cause::required("spec.externalName", ""));
        } else {
            let value = Value::from(name);
            let problems = names::subdomain(name.trim_end_matches('.'));
            out.extend(problems.iter().map(|p| Cause::invalid("spec.externalName", &value, p)));
        }
        return;
    }
    let single = spec.get("clusterIP").filter(|ip| ip.as_str() != Some("")).cloned();
    let single: Vec<Value> = single.into_iter().collect();
    let addresses = if addresses.is_empty() { &single } else { addresses };
    for (at, address) in addresses.iter().enumerate() {
        let field = format!("spec.clusterIPs[{at}]");
        match address.as_str() {
            Some("None") if kind != "ClusterIP" => {
                let detail = format!("may not be set to 'None' for {kind} services");
                out.push(Cause::invalid(&field, address, &detail));
            }
            Some("None" | "") => {}
            _ => ip(address, &field, out),
        }
    }
}

fn ports(spec: &Value, kind: &str, headless: bool, out: &mut Out) {
    let ports = spec.list_at(&["ports"]);
    let several = ports.len() > 1;
    for (at, item) in ports.iter().enumerate() {
        let field = format!("spec.ports[{at}]");
        let name = item.get("name").filter(|name| name.as_str() != Some(""));
        match name {
            None if several => out.push(Cause::required(&format!("{field}.name"), "")),
            None => {}
            Some(name) => {
                let problems = names::label(name.as_str().unwrap_or_default());
                let place = format!("{field}.name");
                out.extend(problems.iter().map(|p| Cause::invalid(&place, name, p)));
                if ports[..at].iter().any(|known| known.get("name") == Some(name)) {
                    out.push(Cause::duplicate(&place, name));
                }
            }
        }
        port_number(item.get("port").unwrap_or(&Value::Int(0)), &format!("{field}.port"), out);
        one_of(item, "protocol", &format!("{field}.protocol"), &["SCTP", "TCP", "UDP"], out);
        if let Some(target) = item.get("targetPort") {
            port(target, &format!("{field}.targetPort"), out);
        }
        let _ = headless;
        let node_port = item.int_at(&["nodePort"]).unwrap_or(0);
        if node_port != 0 && matches!(kind, "ClusterIP" | "ExternalName") {
            let detail = format!("may not be used when `type` is '{kind}'");
            out.push(Cause::forbidden(&format!("{field}.nodePort"), &detail));
        }
    }
    repeated_ports(ports, out);
}

/// Two ports of one number and protocol.
fn repeated_ports(ports: &[Value], out: &mut Out) {
    for (at, item) in ports.iter().enumerate() {
        let same = |known: &Value| {
            known.get("port") == item.get("port") && known.get("protocol") == item.get("protocol")
        };
        if ports[..at].iter().any(same) {
            let (empty, zero) = (Value::from(""), Value::Int(0));
            let shown = go_struct(&[
                ("Name", Some(&empty)),
                ("Protocol", item.get("protocol")),
                ("AppProtocol", None),
                ("Port", item.get("port")),
                ("TargetPort", Some(&zero)),
                ("NodePort", Some(&zero)),
            ]);
            let mut cause = Cause::duplicate(&format!("spec.ports[{at}]"), &Value::Null);
            cause.message = format!("Duplicate value: {shown}");
            out.push(cause);
        }
    }
}

fn policies(spec: &Value, kind: &str, out: &mut Out) {
    let external = matches!(kind, "NodePort" | "LoadBalancer")
        || kind == "ClusterIP" && !spec.list_at(&["externalIPs"]).is_empty();
    if let Some(policy) = spec.get("externalTrafficPolicy").filter(|p| p.as_str() != Some("")) {
        if external {
            let known = ["Cluster", "Local"];
            one_of(spec, "externalTrafficPolicy", "spec.externalTrafficPolicy", &known, out);
        } else {
            let detail = "may only be set for externally-accessible services";
            out.push(Cause::invalid("spec.externalTrafficPolicy", policy, detail));
        }
    }
    let known = ["Cluster", "Local"];
    one_of(spec, "internalTrafficPolicy", "spec.internalTrafficPolicy", &known, out);
}

fn service_update(spec: &Value, old: &Value, out: &mut Out) {
    let kinds =
        [spec, old].map(|spec| spec.str_at(&["type"]).unwrap_or_default() == "ExternalName");
    let (new, known) = (spec.list_at(&["clusterIPs"]), old.list_at(&["clusterIPs"]));
    if kinds == [false, false]
        && let (Some(first), Some(before)) = (new.first(), known.first())
        && first != before
    {
        let shown = Value::from(new.to_vec());
        out.push(Cause::invalid("spec.clusterIPs[0]", &shown, "may not change once set"));
    }
}

/// Ingress.
pub(super) fn ingress(object: &Value, old: Option<&Value>, out: &mut Out) {
    if let Some(old) = old {
        balancer(object, old, out);
    }
    let spec = spec_of(object);
    let rules = spec.list_at(&["rules"]);
    let default = spec.get("defaultBackend").filter(|found| !found.is_null());
    for (at, tls) in spec.list_at(&["tls"]).iter().enumerate() {
        for (host_at, value) in tls.list_at(&["hosts"]).iter().enumerate() {
            host(value, &format!("spec.tls[{at}].hosts[{host_at}]"), out);
        }
    }
    if rules.is_empty() && default.is_none() {
        let detail = "either `defaultBackend` or `rules` must be specified";
        out.push(Cause::invalid("spec", &Value::Null, detail));
    }
    if let Some(default) = default {
        backend(default, "spec.defaultBackend", out);
    }
    for (at, rule) in rules.iter().enumerate() {
        ingress_rule(rule, &format!("spec.rules[{at}]"), out);
    }
    if let Some(class) = spec.get("ingressClassName").filter(|class| !class.is_null()) {
        let problems = names::subdomain(class.as_str().unwrap_or_default());
        out.extend(problems.iter().map(|p| Cause::invalid("spec.ingressClassName", class, p)));
    }
    let annotation = object.at(&["metadata", "annotations", "kubernetes.io/ingress.class"]);
    if let (Some(annotation), Some(class)) = (annotation, spec.get("ingressClassName"))
        && old.is_none()
        && annotation != class
    {
        let field = "annotations.kubernetes.io/ingress.class";
        let detail = "must match `ingressClassName` when both are specified";
        out.push(Cause::invalid(field, annotation, detail));
    }
}

fn host(value: &Value, field: &str, out: &mut Out) {
    let text = value.as_str().unwrap_or_default();
    let problems = match text.contains('*') {
        true => names::wildcard(text),
        false => names::subdomain(text),
    };
    out.extend(problems.iter().map(|p| Cause::invalid(field, value, p)));
}

fn ingress_rule(rule: &Value, field: &str, out: &mut Out) {
    if let Some(value) = rule.get("host").filter(|host| host.as_str() != Some("")) {
        let place = format!("{field}.host");
        if value.as_str().is_some_and(|text| text.parse::<std::net::IpAddr>().is_ok()) {
            out.push(Cause::invalid(&place, value, "must be a DNS name, not an IP address"));
        } else {
            host(value, &place, out);
        }
    }
    let Some(http) = rule.get("http").filter(|http| !http.is_null()) else { return };
    let paths = http.list_at(&["paths"]);
    if paths.is_empty() {
        out.push(Cause::required(&format!("{field}.http.paths"), ""));
    }
    for (at, path) in paths.iter().enumerate() {
        ingress_path(path, &format!("{field}.http.paths[{at}]"), out);
    }
}

fn ingress_path(path: &Value, field: &str, out: &mut Out) {
    let value = Value::from(path.str_at(&["path"]).unwrap_or_default());
    let text = value.as_str().unwrap_or_default();
    let place = format!("{field}.path");
    match path.str_at(&["pathType"]) {
        None => {
            let detail = "pathType must be specified";
            out.push(Cause::required(&format!("{field}.pathType"), detail));
        }
        Some("Exact" | "Prefix") => {
            if !text.starts_with('/') {
                out.push(Cause::invalid(&place, &value, "must be an absolute path"));
            }
            for sequence in ["//", "/./", "/../", "%2f", "%2F"] {
                if !text.is_empty() && text.contains(sequence) {
                    let detail = format!("must not contain '{sequence}'");
                    out.push(Cause::invalid(&place, &value, &detail));
                }
            }
            for end in ["/..", "/."] {
                if text.ends_with(end) {
                    let detail = format!("cannot end with '{end}'");
                    out.push(Cause::invalid(&place, &value, &detail));
                }
            }
        }
        Some("ImplementationSpecific") => {
            if !text.is_empty() && !text.starts_with('/') {
                out.push(Cause::invalid(&place, &value, "must be an absolute path"));
            }
        }
        Some(other) => {
            let known = ["Exact", "ImplementationSpecific", "Prefix"];
            out.push(Cause::not_supported(&format!("{field}.pathType"), &other.into(), &known));
        }
    }
    let empty = Value::map();
    backend(path.get("backend").unwrap_or(&empty), &format!("{field}.backend"), out);
}

fn backend(backend: &Value, field: &str, out: &mut Out) {
    let get = |key: &str| backend.get(key).filter(|found| !found.is_null());
    match (get("resource"), get("service")) {
        (Some(_), Some(_)) => {
            let detail = "cannot set both resource and service backends";
            out.push(Cause::invalid(field, &"".into(), detail));
        }
        (Some(_), None) => {}
        (None, None) => {
            let detail = "resource or service backend is required";
            out.push(Cause::invalid(field, &"".into(), detail));
        }
        (None, Some(service)) => {
            let name = service.str_at(&["name"]).unwrap_or_default();
            let place = format!("{field}.service.name");
            if name.is_empty() {
                out.push(Cause::required(&place, ""));
            } else {
                let value = Value::from(name);
                out.extend(names::label(name).iter().map(|p| Cause::invalid(&place, &value, p)));
            }
            let port_name = service.str_at(&["port", "name"]).filter(|name| !name.is_empty());
            let number = service.at(&["port", "number"]).filter(|n| **n != Value::Int(0));
            match (port_name, number) {
                (Some(_), Some(_)) => {
                    let detail = "cannot set both port name & port number";
                    out.push(Cause::invalid(field, &"".into(), detail));
                }
                (Some(name), None) => {
                    port(&name.into(), &format!("{field}.service.port.name"), out);
                }
                (None, Some(number)) => {
                    port_number(number, &format!("{field}.service.port.number"), out);
                }
                (None, None) => {
                    out.push(Cause::required(field, "port name or number is required"));
                }
            }
        }
    }
}

/// IngressClass.
pub(super) fn ingress_class(object: &Value, old: Option<&Value>, out: &mut Out) {
    if let Some(old) = old {
        unchanged(object, old, &["spec", "controller"], out);
    }
    let controller = object.at(&["spec", "controller"]).cloned().unwrap_or_default();
    let text = controller.as_str().unwrap_or_default();
    if text.is_empty() {
        if old.is_none() {
            out.push(Cause::required("spec.controller", ""));
        }
    } else if text.split_once('/').is_none_or(|(domain, path)| domain.is_empty() || path.is_empty())
    {
        let detail = "must be a domain-prefixed path (such as \"acme.io/foo\")";
        out.push(Cause::invalid("spec.controller", &controller, detail));
    }
}

/// NetworkPolicy.
pub(super) fn network_policy(object: &Value, out: &mut Out) {
    let spec = spec_of(object);
    if let Some(chosen) = spec.get("podSelector") {
        selector(chosen, "spec.podSelector", out);
    }
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (at, rule) in spec.list_at(&[direction]).iter().enumerate() {
            let field = format!("spec.{direction}[{at}]");
            for (at, item) in rule.list_at(&["ports"]).iter().enumerate() {
                policy_port(item, &format!("{field}.ports[{at}]"), out);
            }
            for (at, peer) in rule.list_at(&[peers]).iter().enumerate() {
                policy_peer(peer, &format!("{field}.{peers}[{at}]"), out);
            }
        }
    }
    for (at, kind) in spec.list_at(&["policyTypes"]).iter().enumerate() {
        if !matches!(kind.as_str(), Some("Ingress" | "Egress")) {
            let field = format!("spec.policyTypes[{at}]");
            out.push(Cause::not_supported(&field, kind, &["Ingress", "Egress"]));
        }
    }
}

fn policy_port(item: &Value, field: &str, out: &mut Out) {
    one_of(item, "protocol", &format!("{field}.protocol"), &["SCTP", "TCP", "UDP"], out);
    if let Some(found) = item.get("port") {
        port(found, &format!("{field}.port"), out);
    }
    if let Some(end) = item.get("endPort").filter(|end| !end.is_null()) {
        match item.get("port") {
            Some(start @ Value::Int(number)) => {
                if end.as_int().unwrap_or(0) < *number {
                    let detail = "must be greater than or equal to `port`";
                    out.push(Cause::invalid(&format!("{field}.endPort"), start, detail));
                }
            }
            _ => {
                let detail = "must be specified when endPort is set";
                out.push(Cause::required(&format!("{field}.port"), detail));
            }
        }
    }
}

fn policy_peer(peer: &Value, field: &str, out: &mut Out) {
    let get = |key: &str| peer.get(key).filter(|found| !found.is_null());
    let block = get("ipBlock");
    let selectors = ["podSelector", "namespaceSelector"].map(get);
    for (key, chosen) in ["podSelector", "namespaceSelector"].iter().zip(selectors) {
        if let Some(chosen) = chosen {
            selector(chosen, &format!("{field}.{key}"), out);
        }
    }
    if let Some(block) = block {
        let range = Value::from(block.str_at(&["cidr"]).unwrap_or_default());
        match range.as_str() {
            Some("") => out.push(Cause::required(&format!("{field}.ipBlock.cidr"), "")),
            _ => cidr(&range, &format!("{field}.ipBlock.cidr"), out),
        }
    }
    let others = selectors.iter().flatten().count();
    if block.is_none() && others == 0 {
        out.push(Cause::required(field, "must specify a peer"));
    } else if block.is_some() && others > 0 {
        let detail = "may not specify both ipBlock and another peer";
        out.push(Cause::forbidden(field, detail));
    }
}

/// EndpointSlice.
pub(super) fn endpoint_slice(object: &Value, out: &mut Out) {
    let kind = object.str_at(&["addressType"]).unwrap_or_default();
    let known = ["FQDN", "IPv4", "IPv6"];
    match kind {
        "" => out.push(Cause::required("addressType", "")),
        kind if !known.contains(&kind) => {
            out.push(Cause::not_supported("addressType", &kind.into(), &known));
        }
        _ => {}
    }
    for (at, endpoint) in object.list_at(&["endpoints"]).iter().enumerate() {
        let field = format!("endpoints[{at}].addresses");
        let addresses = endpoint.list_at(&["addresses"]);
        if addresses.is_empty() {
            out.push(Cause::required(&field, "must contain at least 1 address"));
        }
        for (at, address) in addresses.iter().enumerate() {
            let place = format!("{field}[{at}]");
            if matches!(kind, "IPv4" | "IPv6") {
                ip(address, &place, out);
                reachable(address, &place, out);
            }
        }
    }
    let ports = object.list_at(&["ports"]);
    for (at, item) in ports.iter().enumerate() {
        let field = format!("ports[{at}]");
        let name = item.get("name").cloned().unwrap_or_else(|| "".into());
        if ports[..at].iter().any(|known| known.get("name") == Some(&name)) {
            out.push(Cause::duplicate(&format!("{field}.name"), &name));
        } else if name.as_str() != Some("") {
            let problems = names::label(name.as_str().unwrap_or_default());
            let place = format!("{field}.name");
            out.extend(problems.iter().map(|p| Cause::invalid(&place, &name, p)));
        }
        one_of(item, "protocol", &format!("{field}.protocol"), &["SCTP", "TCP", "UDP"], out);
    }
}

fn reachable(address: &Value, field: &str, out: &mut Out) {
    let Some(Ok(found)) = address.as_str().map(str::parse::<std::net::IpAddr>) else { return };
    if found.is_unspecified() {
        let detail = format!("may not be unspecified ({found})");
        out.push(Cause::invalid(field, address, &detail));
    } else if found.is_loopback() {
        let detail = "may not be in the loopback range (127.0.0.0/8, ::1/128)";
        out.push(Cause::invalid(field, address, detail));
    }
}
