//! The restricted level: baseline, and more.
//!
//! Source: kubernetes `pod-security-admission/policy`, checks in their order.

use objects::Value;

use super::baseline::{breach, kept, volume_kinds};
use super::{Breach, containers, guilty, named};

/// What breaks the restricted level.
pub(crate) fn breaches(metadata: Option<&Value>, spec: &Value) -> Vec<Breach> {
    let mut all = kept(metadata, spec);
    let windows = spec.str_at(&["os", "name"]) == Some("windows");
    let checks: [Option<Breach>; 6] = [
        escalation(spec).filter(|_| !windows),
        capabilities(spec).filter(|_| !windows),
        volumes(spec),
        non_root(spec),
        root_user(spec),
        seccomp(spec).filter(|_| !windows),
    ];
    all.extend(checks.into_iter().flatten());
    all
}

fn escalation(spec: &Value) -> Option<Breach> {
    let names = guilty(spec, |container| {
        container.bool_at(&["securityContext", "allowPrivilegeEscalation"]) != Some(false)
    });
    let text = "must set securityContext.allowPrivilegeEscalation=false";
    (!names.is_empty()).then(|| {
        breach(
            "allowPrivilegeEscalation != false",
            format!("{} {text}", named("container", &names)),
        )
    })
}

fn capabilities(spec: &Value) -> Option<Breach> {
    let keeps = |container: &Value| {
        let dropped = container.list_at(&["securityContext", "capabilities", "drop"]);
        !dropped.iter().any(|name| name.as_str() == Some("ALL"))
    };
    let added = |container: &Value| -> Vec<String> {
        let names = container.list_at(&["securityContext", "capabilities", "add"]).iter();
        names
            .filter_map(Value::as_str)
            .filter(|name| *name != "NET_BIND_SERVICE")
            .map(|name| format!("\"{name}\""))
            .collect()
    };
    let missing = guilty(spec, keeps);
    let adding = guilty(spec, |container| !added(container).is_empty());
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!(
            "{} must set securityContext.capabilities.drop=[\"ALL\"]",
            named("container", &missing)
        ));
    }
    if !adding.is_empty() {
        let mut all: Vec<String> = containers(spec).into_iter().flat_map(added).collect();
        all.sort();
        all.dedup();
        parts.push(format!(
            "{} must not include {} in securityContext.capabilities.add",
            named("container", &adding),
            all.join(", ")
        ));
    }
    (!parts.is_empty()).then(|| breach("unrestricted capabilities", parts.join("; ")))
}

const VOLUMES: [&str; 8] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
];

fn volumes(spec: &Value) -> Option<Breach> {
    let mut names = Vec::new();
    let mut kinds = Vec::new();
    for volume in spec.list_at(&["volumes"]) {
        let known = |kind: &String| VOLUMES.contains(&kind.as_str()) || kind == "secret";
        let bad: Vec<String> =
            volume_kinds(volume).into_iter().filter(|kind| !known(kind)).collect();
        if !bad.is_empty() {
            names.push(format!("\"{}\"", volume.str_at(&["name"]).unwrap_or_default()));
            kinds.extend(bad.into_iter().map(|kind| format!("\"{kind}\"")));
        }
    }
    kinds.sort();
    kinds.dedup();
    if names.is_empty() {
        return None;
    }
    let uses = if names.len() == 1 { "uses" } else { "use" };
    let plural = if kinds.len() == 1 { "" } else { "s" };
    let detail = format!(
        "{} {uses} restricted volume type{plural} {}",
        named("volume", &names),
        kinds.join(", ")
    );
    Some(breach("restricted volume types", detail))
}

fn non_root(spec: &Value) -> Option<Breach> {
    let pod = spec.bool_at(&["securityContext", "runAsNonRoot"]);
    let own = |container: &Value| container.bool_at(&["securityContext", "runAsNonRoot"]);
    let explicit = guilty(spec, |container| own(container) == Some(false));
    let implicit = guilty(spec, |container| own(container).is_none());
    let mut parts = Vec::new();
    if pod == Some(false) {
        parts.push("pod must not set securityContext.runAsNonRoot=false".to_owned());
    }
    if !explicit.is_empty() {
        let text = "must not set securityContext.runAsNonRoot=false";
        parts.push(format!("{} {text}", named("container", &explicit)));
    }
    if parts.is_empty() && pod != Some(true) && !implicit.is_empty() {
        let text = "must set securityContext.runAsNonRoot=true";
        parts.push(format!("pod or {} {text}", named("container", &implicit)));
    }
    (!parts.is_empty()).then(|| breach("runAsNonRoot != true", parts.join("; ")))
}

fn root_user(spec: &Value) -> Option<Breach> {
    let root = |value: &Value| value.int_at(&["securityContext", "runAsUser"]) == Some(0);
    let names = guilty(spec, root);
    let mut who = Vec::new();
    if root(spec) {
        who.push("pod".to_owned());
    }
    if !names.is_empty() {
        who.push(named("container", &names));
    }
    (!who.is_empty())
        .then(|| breach("runAsUser=0", format!("{} must not set runAsUser=0", who.join(" and "))))
}

fn seccomp(spec: &Value) -> Option<Breach> {
    let kind = |value: &Value| {
        value.str_at(&["securityContext", "seccompProfile", "type"]).map(str::to_owned)
    };
    let good = |kind: &str| matches!(kind, "RuntimeDefault" | "Localhost");
    let bad = guilty(spec, |container| kind(container).is_some_and(|kind| !good(&kind)));
    let unset = guilty(spec, |container| kind(container).is_none());
    let pod = kind(spec);
    let mut parts = Vec::new();
    if pod.as_deref().is_some_and(|kind| !good(kind)) {
        parts.push(
            "pod must not set securityContext.seccompProfile.type to \"Unconfined\"".to_owned(),
        );
    }
    if !bad.is_empty() {
        let text = "must not set securityContext.seccompProfile.type to \"Unconfined\"";
        parts.push(format!("{} {text}", named("container", &bad)));
    }
    if parts.is_empty() && pod.is_none() && !unset.is_empty() {
        let text =
            "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"";
        parts.push(format!("pod or {} {text}", named("container", &unset)));
    }
    (!parts.is_empty()).then(|| breach("seccompProfile", parts.join("; ")))
}
