//! The baseline level.
//!
//! Source: kubernetes `pod-security-admission/policy`, checks in their order.

use objects::{Map, Value};

use super::{Breach, containers, guilty, named};

pub(crate) fn breach(reason: &str, detail: String) -> Breach {
    Breach { reason: reason.to_owned(), detail }
}

/// What breaks the baseline level.
pub(crate) fn breaches(metadata: Option<&Value>, spec: &Value) -> Vec<Breach> {
    let checks: [Option<Breach>; 11] = [
        app_armor(metadata),
        capabilities(spec),
        host_namespaces(spec),
        host_path(spec),
        host_ports(spec),
        privileged(spec),
        proc_mount(spec),
        se_linux(spec),
        seccomp(spec),
        sysctls(spec),
        windows(spec),
    ];
    checks.into_iter().flatten().collect()
}

/// The baseline checks that the restricted level keeps, in order; host paths and
/// capabilities, seccomp are stricter there.
pub(crate) fn kept(metadata: Option<&Value>, spec: &Value) -> Vec<Breach> {
    let checks: [Option<Breach>; 8] = [
        app_armor(metadata),
        host_namespaces(spec),
        host_ports(spec),
        privileged(spec),
        proc_mount(spec),
        se_linux(spec),
        sysctls(spec),
        windows(spec),
    ];
    checks.into_iter().flatten().collect()
}

fn app_armor(metadata: Option<&Value>) -> Option<Breach> {
    let notes = metadata?.at(&["annotations"])?.as_map()?;
    let start = "container.apparmor.security.beta.kubernetes.io/";
    let bad: Vec<String> = notes
        .iter()
        .filter(|(key, _)| key.starts_with(start))
        .filter(|(_, value)| {
            let text = value.as_str().unwrap_or_default();
            !(text.is_empty() || text == "runtime/default" || text.starts_with("localhost/"))
        })
        .map(|(key, value)| format!("{key}={value}", value = objects::to_json(value)))
        .collect();
    let plural = if bad.len() == 1 { "" } else { "s" };
    (!bad.is_empty())
        .then(|| breach(&format!("forbidden AppArmor profile{plural}"), bad.join(", ")))
}

const ALLOWED: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn capabilities(spec: &Value) -> Option<Breach> {
    let bad = |container: &Value| -> Vec<String> {
        let added = container.list_at(&["securityContext", "capabilities", "add"]).iter();
        added
            .filter_map(Value::as_str)
            .filter(|name| !ALLOWED.contains(name))
            .map(str::to_owned)
            .collect()
    };
    let names = guilty(spec, |container| !bad(container).is_empty());
    if names.is_empty() {
        return None;
    }
    let mut all: Vec<String> = containers(spec).into_iter().flat_map(bad).collect();
    all.sort();
    all.dedup();
    let all: Vec<String> = all.iter().map(|name| format!("\"{name}\"")).collect();
    let detail = format!(
        "{} must not include {} in securityContext.capabilities.add",
        named("container", &names),
        all.join(", ")
    );
    Some(breach("non-default capabilities", detail))
}

fn host_namespaces(spec: &Value) -> Option<Breach> {
    let set = ["hostNetwork", "hostPID", "hostIPC"];
    let found: Vec<String> = set
        .iter()
        .filter(|field| spec.bool_at(&[field]) == Some(true))
        .map(|field| format!("{field}=true"))
        .collect();
    (!found.is_empty()).then(|| breach("host namespaces", found.join(", ")))
}

fn host_path(spec: &Value) -> Option<Breach> {
    let found: Vec<String> = spec
        .list_at(&["volumes"])
        .iter()
        .filter(|volume| volume.at(&["hostPath"]).is_some())
        .filter_map(|volume| volume.str_at(&["name"]))
        .map(|name| format!("\"{name}\""))
        .collect();
    (!found.is_empty()).then(|| breach("hostPath volumes", named("volume", &found)))
}

fn host_ports(spec: &Value) -> Option<Breach> {
    let ports = |container: &Value| -> Vec<i64> {
        let ports = container.list_at(&["ports"]).iter();
        ports.filter_map(|port| port.int_at(&["hostPort"])).filter(|port| *port != 0).collect()
    };
    let names = guilty(spec, |container| !ports(container).is_empty());
    if names.is_empty() {
        return None;
    }
    let mut all: Vec<i64> = containers(spec).into_iter().flat_map(ports).collect();
    all.sort_unstable();
    all.dedup();
    let word = if all.len() == 1 { "hostPort" } else { "hostPorts" };
    let all: Vec<String> = all.iter().map(ToString::to_string).collect();
    let uses = if names.len() == 1 { "uses" } else { "use" };
    let detail = format!("{} {uses} {word} {}", named("container", &names), all.join(", "));
    Some(breach("hostPort", detail))
}

fn privileged(spec: &Value) -> Option<Breach> {
    let names = guilty(spec, |container| {
        container.bool_at(&["securityContext", "privileged"]) == Some(true)
    });
    let text = "must not set securityContext.privileged=true";
    (!names.is_empty())
        .then(|| breach("privileged", format!("{} {text}", named("container", &names))))
}

fn proc_mount(spec: &Value) -> Option<Breach> {
    let set = |container: &Value| {
        container.str_at(&["securityContext", "procMount"]).is_some_and(|mount| mount != "Default")
    };
    let names = guilty(spec, set);
    (!names.is_empty()).then(|| {
        let text = format!(
            "{} must not set securityContext.procMount to \"Unmasked\"",
            named("container", &names)
        );
        breach("procMount", text)
    })
}

fn se_linux(spec: &Value) -> Option<Breach> {
    let bad = |value: &Value| {
        let kind = value.str_at(&["securityContext", "seLinuxOptions", "type"]).unwrap_or_default();
        let known =
            ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
        let set = |key: &str| {
            value
                .str_at(&["securityContext", "seLinuxOptions", key])
                .is_some_and(|text| !text.is_empty())
        };
        !known.contains(&kind) || set("user") || set("role")
    };
    let names = guilty(spec, bad);
    let mut who = Vec::new();
    if bad(spec) {
        who.push("pod".to_owned());
    }
    if !names.is_empty() {
        who.push(named("container", &names));
    }
    (!who.is_empty()).then(|| {
        breach(
            "seLinuxOptions",
            format!("{} set forbidden securityContext.seLinuxOptions", who.join(" and ")),
        )
    })
}

fn seccomp(spec: &Value) -> Option<Breach> {
    let bad = |value: &Value| {
        value.str_at(&["securityContext", "seccompProfile", "type"]) == Some("Unconfined")
    };
    let names = guilty(spec, bad);
    let mut who = Vec::new();
    if bad(spec) {
        who.push("pod".to_owned());
    }
    if !names.is_empty() {
        who.push(named("container", &names));
    }
    (!who.is_empty()).then(|| {
        let text = format!(
            "{} must not set securityContext.seccompProfile.type to \"Unconfined\"",
            who.join(" and ")
        );
        breach("seccompProfile", text)
    })
}

const SAFE_SYSCTLS: [&str; 10] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
];

fn sysctls(spec: &Value) -> Option<Breach> {
    let listed = spec.list_at(&["securityContext", "sysctls"]).iter();
    let bad: Vec<&str> = listed
        .filter_map(|sysctl| sysctl.str_at(&["name"]))
        .filter(|name| !SAFE_SYSCTLS.contains(name))
        .collect();
    let plural = if bad.len() == 1 { "" } else { "s" };
    (!bad.is_empty()).then(|| breach(&format!("forbidden sysctl{plural}"), bad.join(", ")))
}

fn windows(spec: &Value) -> Option<Breach> {
    let bad = |value: &Value| {
        value.bool_at(&["securityContext", "windowsOptions", "hostProcess"]) == Some(true)
    };
    let names = guilty(spec, bad);
    let mut who = Vec::new();
    if bad(spec) {
        who.push("pod".to_owned());
    }
    if !names.is_empty() {
        who.push(named("container", &names));
    }
    let text = "must not set securityContext.windowsOptions.hostProcess=true";
    (!who.is_empty()).then(|| breach("hostProcess", format!("{} {text}", who.join(" and "))))
}

/// The kinds of volume of a pod that a test finds.
pub(crate) fn volume_kinds(volume: &Value) -> Vec<String> {
    let map = volume.as_map().into_iter().flat_map(Map::keys);
    map.filter(|key| key.as_ref() != "name").map(ToString::to_string).collect()
}
