//! Services, endpoints, ingress classes and network policies.

use objects::Value;

use super::super::tools::{each, has, is, put, put_text, within};

/// Service (kubernetes: `SetDefaults_Service`).
pub(super) fn service(object: &mut Value) {
    within(object, "spec", |spec| {
        put_text(spec, "sessionAffinity", "None");
        if is(spec, "sessionAffinity", "None") {
            spec.remove(&["sessionAffinityConfig"]);
        }
        if is(spec, "sessionAffinity", "ClientIP")
            && spec.int_at(&["sessionAffinityConfig", "clientIP", "timeoutSeconds"]).is_none()
        {
            spec.set(&["sessionAffinityConfig", "clientIP", "timeoutSeconds"], 10_800);
        }
        put_text(spec, "type", "ClusterIP");
        each(spec, "ports", |port| {
            put_text(port, "protocol", "TCP");
            let target = port.get("targetPort");
            let unset = target.is_none_or(|target| {
                target.is_null() || *target == Value::Int(0) || target.as_str() == Some("")
            });
            if unset && let Some(number) = port.get("port").cloned() {
                port.set(&["targetPort"], number);
            }
        });
        policies(spec);
    });
    if object.str_at(&["spec", "type"]) == Some("LoadBalancer") {
        balancer(object);
    }
}

/// Addresses of a load balancer are virtual ones unless said otherwise.
fn balancer(object: &mut Value) {
    within(object, "status", |status| {
        within(status, "loadBalancer", |balancer| {
            each(balancer, "ingress", |ingress| {
                if ingress.str_at(&["ip"]).is_some_and(|ip| !ip.is_empty()) {
                    put(ingress, "ipMode", "VIP");
                }
            });
        });
    });
}

fn policies(spec: &mut Value) {
    let kind = spec.str_at(&["type"]).unwrap_or_default().to_owned();
    let external = matches!(kind.as_str(), "NodePort" | "LoadBalancer");
    let reached = kind == "ClusterIP" && !spec.list_at(&["externalIPs"]).is_empty();
    if external || reached {
        put_text(spec, "externalTrafficPolicy", "Cluster");
    }
    if external || kind == "ClusterIP" {
        put(spec, "internalTrafficPolicy", "Cluster");
    }
    if kind == "LoadBalancer" {
        put(spec, "allocateLoadBalancerNodePorts", true);
    }
}

/// Endpoints.
pub(super) fn endpoints(object: &mut Value) {
    each(object, "subsets", |subset| {
        each(subset, "ports", |port| put_text(port, "protocol", "TCP"));
    });
}

/// EndpointSlice.
pub(super) fn endpoint_slice(object: &mut Value) {
    each(object, "ports", |port| {
        put(port, "name", "");
        put(port, "protocol", "TCP");
    });
}

/// Kinds of `networking.k8s.io`.
pub(super) fn networking(kind: &str, object: &mut Value) {
    within(object, "spec", |spec| match kind {
        "IngressClass" => within(spec, "parameters", |parameters| {
            put(parameters, "scope", "Cluster");
        }),
        "NetworkPolicy" => network_policy(spec),
        _ => {}
    });
}

fn network_policy(spec: &mut Value) {
    for direction in ["ingress", "egress"] {
        each(spec, direction, |rule| {
            each(rule, "ports", |port| put(port, "protocol", "TCP"));
        });
    }
    if spec.list_at(&["policyTypes"]).is_empty() {
        let mut types = vec![Value::from("Ingress")];
        if has(spec, "egress") {
            types.push("Egress".into());
        }
        spec.set(&["policyTypes"], types);
    }
}
