//! What Go's encoder writes and leaves out, and how Go names types.
//!
//! One rule: published schemas say which fields are structs by value (default
//! `{}`) and which are always written (required); what they do not say is
//! listed here by type and field.

use objects::{Map, Value};

use crate::{Kind, Type};

/// The word of Go's decoder for a JSON value.
pub(super) fn word(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        other => other.type_name(),
    }
}

/// `int32`, `[]v1.Container`, `map[string]string`, `v1.PodSpec`.
pub(super) fn type_name(of: Type<'_>) -> String {
    match of.kind() {
        Kind::Quantity => "resource.Quantity".to_owned(),
        Kind::IntOrString | Kind::Int32 => "int32".to_owned(),
        Kind::Int64 => "int64".to_owned(),
        Kind::Bool => "bool".to_owned(),
        Kind::Number => "float64".to_owned(),
        Kind::Bytes => "[]uint8".to_owned(),
        Kind::String | Kind::Time | Kind::MicroTime => "string".to_owned(),
        Kind::List => format!("[]{}", type_name(of.item())),
        Kind::Map => format!("map[string]{}", type_name(of.item())),
        Kind::Object => of.go_name().unwrap_or("struct").to_owned(),
        Kind::Any | Kind::Atom | Kind::Ref => "interface {}".to_owned(),
    }
}

/// `spec.containers[0].name` is `spec.containers.name` in Go's messages.
pub(super) fn without_indexes(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut inside = false;
    for letter in path.chars() {
        match letter {
            '[' => inside = true,
            ']' => inside = false,
            other if !inside => out.push(other),
            _ => {}
        }
    }
    out
}

/// The zero value of a type.
pub(super) fn zero(of: Type<'_>) -> Value {
    match of.kind() {
        Kind::String | Kind::Bytes => "".into(),
        Kind::Bool => false.into(),
        Kind::Int32 | Kind::Int64 | Kind::IntOrString => Value::Int(0),
        Kind::Number => Value::Float(0.0),
        Kind::Quantity => "0".into(),
        Kind::Object => Value::map(),
        _ => Value::Null,
    }
}

/// Whether the encoder leaves this field out with this value.
pub(super) fn is_left_out(of: Type<'_>, name: &str, field: Type<'_>, value: &Value) -> bool {
    let empty = match value {
        Value::Null => return !always_written(of).contains(&name),
        Value::String(text) => text.is_empty() && !is_pointer_text(name),
        Value::Bool(flag) => !flag && is_value_flag(name),
        Value::Int(number) => *number == 0 && is_value_number(of, name, field),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty() && field.kind() == Kind::Map,
        Value::Float(_) => false,
    };
    empty && !of.requires(name) && !always_written(of).contains(&name)
}

/// Stored objects pass through protobuf, which makes empty lists and maps nil.
pub(super) fn is_empty_collection(value: &Value, field: Option<Type<'_>>) -> bool {
    match value {
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.is_empty() && field.is_some_and(|field| field.kind() == Kind::Map),
        _ => false,
    }
}

/// Puts in what the encoder always writes: structs by value and fields without `omitempty`.
pub(super) fn complete(of: Type<'_>, map: &mut Map) {
    for (name, field, by_value) in of.always() {
        if map.contains_key(name) {
            continue;
        }
        let value = match by_value {
            true => {
                let mut inner = Map::new();
                complete(field, &mut inner);
                inner.into()
            }
            false => match field.kind() {
                Kind::Object => Value::Null,
                Kind::String if is_pointer_text(name) => Value::Null,
                _ => zero(field),
            },
        };
        map.insert(name.clone(), value);
    }
    for name in always_written(of) {
        if let Some(field) = of.field(name).filter(|_| of.declares(name) && !map.contains_key(name))
        {
            let value = match field.kind() {
                Kind::String => "".into(),
                _ => Value::Null,
            };
            map.insert(*name, value);
        }
    }
}

/// Whether [`complete`] has nothing to put in.
pub(super) fn is_complete(of: Type<'_>, map: &Map) -> bool {
    of.always().all(|(name, _, _)| map.contains_key(name))
        && always_written(of).iter().all(|name| map.contains_key(name) || !of.declares(name))
}

/// Optional fields that are written all the same, having no `omitempty`.
fn always_written(of: Type<'_>) -> &'static [&'static str] {
    match of.go_name().unwrap_or_default() {
        "v1.CustomResourceDefinitionStatus" => &["conditions", "storedVersions"],
        "v1.ClusterRole" | "v1.Role" => &["rules"],
        "v1.StatefulSetSpec" => &["serviceName"],
        "v1.Event" if of.declares("firstTimestamp") => &[
            "eventTime",
            "firstTimestamp",
            "lastTimestamp",
            "reportingComponent",
            "reportingInstance",
        ],
        "v1.Event" => &["deprecatedFirstTimestamp", "deprecatedLastTimestamp"],
        "v2.HorizontalPodAutoscalerStatus" => &["currentMetrics"],
        condition if condition.ends_with("Condition") => {
            &["lastHeartbeatTime", "lastProbeTime", "lastTransitionTime", "lastUpdateTime"]
        }
        _ => &[],
    }
}

/// Optional texts that are pointers in Go: empty ones are kept.
fn is_pointer_text(name: &str) -> bool {
    matches!(
        name,
        "storageClassName"
            | "volumeMode"
            | "volumeAttributesClassName"
            | "internalTrafficPolicy"
            | "loadBalancerClass"
            | "ipFamilyPolicy"
            | "appProtocol"
            | "ingressClassName"
            | "pathType"
            | "runtimeClassName"
            | "preemptionPolicy"
            | "hostnameOverride"
            | "localhostProfile"
            | "gmsaCredentialSpecName"
            | "gmsaCredentialSpec"
            | "runAsUserName"
            | "service"
            | "timeZone"
            | "holderIdentity"
            | "url"
            | "fsGroupChangePolicy"
            | "nodeName" // EndpointSlice; a Pod's own is dropped by its defaults
            | "deprecationWarning"
            | "seLinuxChangePolicy"
    )
}

/// Optional booleans that are no pointers in Go: `false` is left out.
fn is_value_flag(name: &str) -> bool {
    matches!(
        name,
        "hostNetwork"
            | "hostPID"
            | "hostIPC"
            | "stdin"
            | "stdinOnce"
            | "tty"
            | "readOnly"
            | "paused"
            | "unschedulable"
            | "publishNotReadyAddresses"
            | "deprecated"
            | "preserveUnknownFields"
            | "globalDefault"
            | "insecureSkipTLSVerify"
            | "nullable"
            | "uniqueItems"
            | "exclusiveMinimum"
            | "exclusiveMaximum"
            | "x-kubernetes-embedded-resource"
            | "x-kubernetes-int-or-string"
    )
}

/// Optional numbers that are no pointers in Go: `0` is left out.
fn is_value_number(of: Type<'_>, name: &str, field: Type<'_>) -> bool {
    if matches!(field.kind(), Kind::IntOrString) {
        return false;
    }
    let owner = of.go_name().unwrap_or_default();
    if owner.ends_with("Status") {
        return !matches!(name, "collisionCount" | "terminatingReplicas" | "ready" | "terminating");
    }
    if owner == "v1.Probe" {
        return name != "terminationGracePeriodSeconds";
    }
    matches!(
        name,
        "minReadySeconds"
            | "nodePort"
            | "hostPort"
            | "healthCheckNodePort"
            | "generation"
            | "templateGeneration"
            | "matchingPrecedence"
            | "weight"
            | "count"
            | "groupPriorityMinimum"
            | "versionPriority"
    )
}
