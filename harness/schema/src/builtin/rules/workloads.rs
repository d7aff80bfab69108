//! Deployments and their kin, jobs, autoscalers, budgets.

use objects::Value;

use super::checks::{
    at_most_all, count_or_percent, go_struct, is_empty_selector, matches, not_negative, number_of,
    one_of, selector, unchanged,
};
use super::{Out, cron, go_dump, pod, storage};
use crate::{Cause, names};

fn spec_of(object: &Value) -> Value {
    object.get("spec").cloned().unwrap_or_default()
}

/// Selector, labels and pod template of a workload.
fn template(spec: &Value, restart: &[&str], out: &mut Out) {
    let template = spec.get("template").cloned().unwrap_or_default();
    let labels = template.at(&["metadata", "labels"]);
    let chosen = spec.get("selector").filter(|found| !found.is_null());
    let fits = match chosen {
        Some(chosen) => is_empty_selector(chosen) || matches(chosen, labels).unwrap_or(true),
        None => false,
    };
    if !fits {
        let value = labels.cloned().unwrap_or_default();
        let detail = "`selector` does not match template `labels`";
        out.push(Cause::invalid("spec.template.metadata.labels", &value, detail));
    }
    pod::template(&template, "spec.template", out);
    restart_policy(&template, "spec.template", restart, out);
}

fn restart_policy(template: &Value, field: &str, allowed: &[&str], out: &mut Out) {
    if let Some(policy) = template.at(&["spec", "restartPolicy"])
        && !allowed.contains(&policy.as_str().unwrap_or_default())
    {
        let field = format!("{field}.spec.restartPolicy");
        out.push(Cause::not_supported(&field, policy, allowed));
    }
}

fn required_selector(spec: &Value, kind: &str, out: &mut Out) {
    match spec.get("selector").filter(|found| !found.is_null()) {
        None => out.push(Cause::required("spec.selector", "")),
        Some(chosen) => {
            let before = out.len();
            selector(chosen, "spec.selector", out);
            if is_empty_selector(chosen) {
                let detail = format!("empty selector is invalid for {kind}");
                out.push(Cause::invalid("spec.selector", chosen, &detail));
            } else if out.len() > before {
                out.push(Cause::invalid("spec.selector", chosen, "invalid label selector"));
            }
        }
    }
}

/// Deployment.
pub(super) fn deployment(object: &Value, old: Option<&Value>, out: &mut Out) {
    let spec = spec_of(object);
    not_negative(&spec, &["replicas"], "spec.", out);
    required_selector(&spec, "deployment", out);
    template(&spec, &["Always"], out);
    strategy(&spec, out);
    not_negative(&spec, &["minReadySeconds"], "spec.", out);
    not_negative(&spec, &["revisionHistoryLimit"], "spec.", out);
    if let Some(deadline) = spec.get("progressDeadlineSeconds").filter(|found| !found.is_null()) {
        not_negative(&spec, &["progressDeadlineSeconds"], "spec.", out);
        let ready = spec.int_at(&["minReadySeconds"]).unwrap_or(0);
        if deadline.as_int().unwrap_or(0) <= ready {
            let detail = "must be greater than minReadySeconds";
            out.push(Cause::invalid("spec.progressDeadlineSeconds", deadline, detail));
        }
    }
    if let Some(old) = old {
        unchanged(object, old, &["spec", "selector"], out);
    }
}

fn strategy(spec: &Value, out: &mut Out) {
    let field = "spec.strategy";
    let Some(strategy) = spec.get("strategy") else { return };
    let rolling = strategy.get("rollingUpdate").filter(|found| !found.is_null());
    match strategy.str_at(&["type"]).unwrap_or_default() {
        "Recreate" => {
            if rolling.is_some() {
                let detail = "may not be specified when strategy `type` is 'Recreate'";
                out.push(Cause::forbidden(&format!("{field}.rollingUpdate"), detail));
            }
        }
        "RollingUpdate" => match rolling {
            None => {
                let detail = "this should be defaulted and never be nil";
                out.push(Cause::required(&format!("{field}.rollingUpdate"), detail));
            }
            Some(rolling) => {
                let field = format!("{field}.rollingUpdate");
                for key in ["maxUnavailable", "maxSurge"] {
                    if let Some(value) = rolling.get(key) {
                        count_or_percent(value, &format!("{field}.{key}"), out);
                    }
                }
                let count = |key: &str| number_of(rolling.get(key));
                if count("maxUnavailable") == 0 && count("maxSurge") == 0 {
                    let value = rolling.get("maxUnavailable").cloned().unwrap_or_default();
                    let detail = "may not be 0 when `maxSurge` is 0";
                    out.push(Cause::invalid(&format!("{field}.maxUnavailable"), &value, detail));
                }
                if let Some(value) = rolling.get("maxUnavailable") {
                    at_most_all(value, &format!("{field}.maxUnavailable"), out);
                }
            }
        },
        _ => {
            let shown = go_struct(&[("Type", strategy.get("type")), ("RollingUpdate", rolling)]);
            out.push(unsupported_shown(field, &shown, &["Recreate", "RollingUpdate"]));
        }
    }
}

fn unsupported_shown(field: &str, shown: &str, known: &[&str]) -> Cause {
    let mut cause = Cause::not_supported(field, &Value::Null, known);
    cause.message = cause.message.replacen("null", shown, 1);
    cause
}

/// ReplicaSet.
pub(super) fn replica_set(object: &Value, old: Option<&Value>, out: &mut Out) {
    let spec = spec_of(object);
    not_negative(&spec, &["replicas"], "spec.", out);
    not_negative(&spec, &["minReadySeconds"], "spec.", out);
    required_selector(&spec, "deployment", out);
    template(&spec, &["Always"], out);
    if let Some(old) = old {
        unchanged(object, old, &["spec", "selector"], out);
    }
}

/// DaemonSet.
pub(super) fn daemon_set(object: &Value, old: Option<&Value>, out: &mut Out) {
    let spec = spec_of(object);
    if let Some(old) = old {
        unchanged(object, old, &["spec", "selector"], out);
    }
    if let Some(chosen) = spec.get("selector").filter(|found| !found.is_null()) {
        selector(chosen, "spec.selector", out);
        if is_empty_selector(chosen) {
            let detail = "empty selector is invalid for daemonset";
            out.push(Cause::invalid("spec.selector", chosen, detail));
        }
    }
    template(&spec, &["Always"], out);
    not_negative(&spec, &["minReadySeconds"], "spec.", out);
    daemon_strategy(&spec, out);
    not_negative(&spec, &["revisionHistoryLimit"], "spec.", out);
}

fn daemon_strategy(spec: &Value, out: &mut Out) {
    let field = "spec.updateStrategy";
    let Some(strategy) = spec.get("updateStrategy") else { return };
    let rolling = strategy.get("rollingUpdate").filter(|found| !found.is_null());
    match strategy.str_at(&["type"]).unwrap_or_default() {
        "OnDelete" => {}
        "RollingUpdate" => {
            let Some(rolling) = rolling else {
                out.push(Cause::required(&format!("{field}.rollingUpdate"), ""));
                return;
            };
            let count = |key: &str| number_of(rolling.get(key));
            for key in ["maxUnavailable", "maxSurge"] {
                if let Some(value) = rolling.get(key) {
                    let place = format!("{field}.rollingUpdate.{key}");
                    count_or_percent(value, &place, out);
                    at_most_all(value, &place, out);
                }
            }
            if count("maxUnavailable") == 0 && count("maxSurge") == 0 {
                let place = format!("{field}.rollingUpdate.maxUnavailable");
                out.push(Cause::required(&place, "cannot be 0 when maxSurge is 0"));
            }
        }
        _ => {
            let shown = go_struct(&[("Type", strategy.get("type")), ("RollingUpdate", rolling)]);
            out.push(unsupported_shown(field, &shown, &["RollingUpdate", "OnDelete"]));
        }
    }
}

/// StatefulSet.
pub(super) fn stateful_set(object: &Value, old: Option<&Value>, out: &mut Out) {
    let spec = spec_of(object);
    if old.is_none() {
        stateful_parts(&spec, out);
    }
    if let Some(claims) = spec.get("persistentVolumeClaimRetentionPolicy") {
        for key in ["whenDeleted", "whenScaled"] {
            let field = format!("spec.persistentVolumeClaimRetentionPolicy.{key}");
            one_of(claims, key, &field, &["Retain", "Delete"], out);
        }
    }
    not_negative(&spec, &["replicas"], "spec.", out);
    not_negative(&spec, &["minReadySeconds"], "spec.", out);
    if old.is_some() {
        required_selector(&spec, "statefulset", out);
    }
    template(&with_claims(&spec), &["Always"], out);
    if let Some(old) = old {
        stateful_update(&spec, &spec_of(old), out);
    }
    if old.is_none()
        && let Some(name) = spec.str_at(&["serviceName"]).filter(|name| !name.is_empty())
    {
        let value = Value::from(name);
        let problems = names::label(name);
        out.extend(problems.iter().map(|p| Cause::invalid("spec.serviceName", &value, p)));
    }
    for (at, claim) in spec.list_at(&["volumeClaimTemplates"]).iter().enumerate() {
        if old.is_none() {
            storage::claim_spec(claim, &format!("spec.volumeClaimTemplates[{at}].spec"), out);
        }
    }
}

/// The spec with a volume for every claim template: that is what mounts may name.
fn with_claims(spec: &Value) -> Value {
    let claims = spec.list_at(&["volumeClaimTemplates"]);
    let path = ["template", "spec", "volumes"];
    let mut volumes = spec.list_at(&path).to_vec();
    let known = |volumes: &[Value], name: &Value| {
        volumes.iter().any(|volume| volume.get("name") == Some(name))
    };
    for name in claims.iter().filter_map(|claim| claim.at(&["metadata", "name"])) {
        if !known(&volumes, name) {
            let source = Value::from([("claimName", name.clone())]);
            let volume = [("name", name.clone()), ("persistentVolumeClaim", source)];
            volumes.push(Value::from(volume));
        }
    }
    let mut judged = spec.clone();
    if !volumes.is_empty() {
        judged.set(&path, volumes);
    }
    judged
}

fn stateful_parts(spec: &Value, out: &mut Out) {
    let policy = spec.get("podManagementPolicy").cloned().unwrap_or_default();
    if !matches!(policy.as_str(), Some("OrderedReady" | "Parallel")) {
        let detail = "must be 'OrderedReady' or 'Parallel'";
        out.push(Cause::invalid("spec.podManagementPolicy", &policy, detail));
    }
    if let Some(strategy) = spec.get("updateStrategy") {
        let rolling = strategy.get("rollingUpdate").filter(|found| !found.is_null());
        match strategy.str_at(&["type"]).unwrap_or_default() {
            "OnDelete" | "RollingUpdate" => {
                let partition = strategy.int_at(&["rollingUpdate", "partition"]);
                if let Some(number) = partition.filter(|number| *number < 0) {
                    let field = "spec.updateStrategy.rollingUpdate.partition";
                    let detail = "must be greater than or equal to 0";
                    out.push(Cause::invalid(field, &Value::Int(number), detail));
                }
            }
            _ => {
                let shown =
                    go_struct(&[("Type", strategy.get("type")), ("RollingUpdate", rolling)]);
                let detail = "must be 'RollingUpdate' or 'OnDelete'";
                out.push(Cause::invalid_shown("spec.updateStrategy", &shown, detail));
            }
        }
    }
    required_selector(spec, "statefulset", out);
}

fn stateful_update(spec: &Value, old: &Value, out: &mut Out) {
    const MAY_CHANGE: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let rest = |value: &Value| {
        let mut value = value.clone();
        for key in MAY_CHANGE {
            value.remove(&[key]);
        }
        value
    };
    if rest(spec) != rest(old) {
        let detail = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
        out.push(Cause::forbidden("spec", detail));
    }
}

/// Job.
pub(super) fn job(object: &Value, old: Option<&Value>, out: &mut Out) {
    let spec = spec_of(object);
    generated_selector(object, &spec, out);
    job_spec(&spec, out);
    if let Some(old) = old {
        // The rules for changes judge the whole spec once more.
        job_spec(&spec, out);
        job_update(object, old, out);
    }
}

fn job_spec(spec: &Value, out: &mut Out) {
    job_numbers(spec, "spec", out);
    let chosen = spec.get("selector").filter(|found| !found.is_null());
    match chosen {
        None => out.push(Cause::required("spec.selector", "")),
        Some(chosen) => selector(chosen, "spec.selector", out),
    }
    let labels = spec.at(&["template", "metadata", "labels"]);
    let fits = chosen.is_some_and(|chosen| matches(chosen, labels).unwrap_or(true));
    if !fits {
        let value = labels.cloned().unwrap_or_default();
        let detail = "`selector` does not match template `labels`";
        out.push(Cause::invalid("spec.template.metadata.labels", &value, detail));
    }
    job_template(spec, "spec", out);
}

/// A Job's selector is made from its uid, unless it is the user's own.
fn generated_selector(object: &Value, spec: &Value, out: &mut Out) {
    const KEY: &str = "batch.kubernetes.io/controller-uid";
    if spec.bool_at(&["manualSelector"]) == Some(true) {
        return;
    }
    let Some(chosen) = spec.get("selector").filter(|found| !found.is_null()) else { return };
    let uid = object.str_at(&["metadata", "uid"]).unwrap_or_default();
    let labels = chosen.get("matchLabels").and_then(Value::as_map);
    let legacy = chosen.str_at(&["matchLabels", "controller-uid"]) == Some(uid);
    let own = chosen.str_at(&["matchLabels", KEY]) == Some(uid) || legacy;
    let alone = labels.is_some_and(|labels| labels.len() == 1);
    if !own || !alone || !chosen.list_at(&["matchExpressions"]).is_empty() {
        out.push(Cause::invalid("spec.selector", chosen, "`selector` not auto-generated"));
    }
}

fn job_numbers(spec: &Value, field: &str, out: &mut Out) {
    let prefix = format!("{field}.");
    for key in [
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "backoffLimitPerIndex",
        "maxFailedIndexes",
    ] {
        not_negative(spec, &[key], &prefix, out);
    }
    let mode = format!("{field}.completionMode");
    one_of(spec, "completionMode", &mode, &["NonIndexed", "Indexed"], out);
    let indexed = spec.str_at(&["completionMode"]) == Some("Indexed");
    if indexed && spec.get("completions").is_none_or(Value::is_null) {
        let detail = "when completion mode is Indexed";
        out.push(Cause::required(&format!("{field}.completions"), detail));
    }
    for (at, rule) in spec.list_at(&["podFailurePolicy", "rules"]).iter().enumerate() {
        let field = format!("{field}.podFailurePolicy.rules[{at}]");
        let known = ["Count", "FailIndex", "FailJob", "Ignore"];
        one_of(rule, "action", &format!("{field}.action"), &known, out);
        let codes = rule.get("onExitCodes").is_some();
        let conditions = !rule.list_at(&["onPodConditions"]).is_empty();
        if !codes && !conditions {
            let message =
                "Invalid value: specifying one of OnExitCodes and OnPodConditions is required";
            let reason = "FieldValueInvalid";
            out.push(Cause { field, reason, message: message.to_owned() });
        }
    }
}

fn job_template(spec: &Value, field: &str, out: &mut Out) {
    let template = spec.get("template").cloned().unwrap_or_default();
    let field = format!("{field}.template");
    pod::template(&template, &field, out);
    let policy = template.str_at(&["spec", "restartPolicy"]).unwrap_or_default();
    let place = format!("{field}.spec.restartPolicy");
    match policy {
        "OnFailure" | "Never" => {}
        "" | "Always" => {
            out.push(Cause::required(&place, "valid values: \"OnFailure\", \"Never\""));
        }
        other => {
            out.push(Cause::not_supported(&place, &other.into(), &["OnFailure", "Never"]));
        }
    }
}

fn job_update(object: &Value, old: &Value, out: &mut Out) {
    unchanged(object, old, &["spec", "completions"], out);
    unchanged(object, old, &["spec", "selector"], out);
    let suspended = old.bool_at(&["spec", "suspend"]) == Some(true)
        && old.at(&["status", "startTime"]).is_none();
    let path = &["spec", "template", "spec"];
    let judged = |value: &Value| {
        let mut spec = value.at(path).cloned().unwrap_or_default();
        if suspended {
            for key in ["nodeSelector", "tolerations", "schedulingGates", "affinity"] {
                spec.remove(&[key]);
            }
        }
        spec
    };
    if judged(object) != judged(old) {
        unchanged_template(object, out);
    }
    unchanged(object, old, &["spec", "completionMode"], out);
    unchanged(object, old, &["spec", "podFailurePolicy"], out);
    unchanged(object, old, &["spec", "backoffLimitPerIndex"], out);
}

fn unchanged_template(object: &Value, out: &mut Out) {
    let value = object.at(&["spec", "template", "spec"]).cloned().unwrap_or_default();
    let shown = go_dump::pod_spec_line(&value);
    out.push(Cause::invalid_shown("spec.template.spec", &shown, "field is immutable"));
}

/// CronJob.
pub(super) fn cron_job(object: &Value, old: Option<&Value>, out: &mut Out) {
    const LONGEST_NAME: usize = 52;
    let spec = spec_of(object);
    let name = object.str_at(&["metadata", "name"]).unwrap_or_default();
    let schedule = spec.get("schedule").cloned().unwrap_or_default();
    let text = schedule.as_str().unwrap_or_default();
    if text.is_empty() {
        out.push(Cause::required("spec.schedule", ""));
    } else if text.contains("TZ") {
        let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        out.push(Cause::invalid("spec.schedule", &schedule, detail));
    } else if let Err(problem) = cron::check(text) {
        out.push(Cause::invalid("spec.schedule", &schedule, &problem));
    }
    time_zone(&spec, out);
    not_negative(&spec, &["startingDeadlineSeconds"], "spec.", out);
    let known = ["Allow", "Forbid", "Replace"];
    one_of(&spec, "concurrencyPolicy", "spec.concurrencyPolicy", &known, out);
    let job = spec.at(&["jobTemplate", "spec"]).cloned().unwrap_or_default();
    job_numbers(&job, "spec.jobTemplate.spec", out);
    job_template(&job, "spec.jobTemplate.spec", out);
    not_negative(&spec, &["successfulJobsHistoryLimit"], "spec.", out);
    not_negative(&spec, &["failedJobsHistoryLimit"], "spec.", out);
    if old.is_none() && name.len() > LONGEST_NAME {
        let detail = format!("must be no more than {LONGEST_NAME} characters");
        out.push(Cause::invalid("metadata.name", &name.into(), &detail));
    }
}

fn time_zone(spec: &Value, out: &mut Out) {
    let Some(zone) = spec.get("timeZone").filter(|zone| !zone.is_null()) else { return };
    let name = zone.as_str().unwrap_or_default();
    let detail = match name {
        "" => "timeZone must be nil or non-empty string".to_owned(),
        _ if name.eq_ignore_ascii_case("local") => {
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
                .to_owned()
        }
        _ if cron::is_time_zone(name) => return,
        _ => format!("unknown time zone {name}"),
    };
    out.push(Cause::invalid("spec.timeZone", zone, &detail));
}

/// HorizontalPodAutoscaler.
pub(super) fn autoscaler(object: &Value, out: &mut Out) {
    let spec = spec_of(object);
    let least = spec.int_at(&["minReplicas"]);
    if let Some(number) = least.filter(|number| *number < 1) {
        let detail = "must be greater than or equal to 1";
        out.push(Cause::invalid("spec.minReplicas", &Value::Int(number), detail));
    }
    let most = spec.int_at(&["maxReplicas"]).unwrap_or(0);
    if most < 1 {
        out.push(Cause::invalid("spec.maxReplicas", &Value::Int(most), "must be greater than 0"));
    }
    if least.is_some_and(|least| most < least) {
        let detail = "must be greater than or equal to `minReplicas`";
        out.push(Cause::invalid("spec.maxReplicas", &Value::Int(most), detail));
    }
    let target = spec.get("scaleTargetRef").cloned().unwrap_or_default();
    for key in ["kind", "name"] {
        if target.str_at(&[key]).is_none_or(str::is_empty) {
            out.push(Cause::required(&format!("spec.scaleTargetRef.{key}"), ""));
        }
    }
    let version = target.str_at(&["apiVersion"]).unwrap_or_default();
    if !version.contains('/') && version != "v1" {
        let detail = "apiVersion must specify API group";
        let field = "spec.scaleTargetRef.apiVersion";
        out.push(Cause::invalid(field, &version.into(), detail));
    }
}

/// PodDisruptionBudget.
pub(super) fn budget(object: &Value, out: &mut Out) {
    let spec = spec_of(object);
    let get = |key: &str| spec.get(key).filter(|found| !found.is_null());
    let (least, most) = (get("minAvailable"), get("maxUnavailable"));
    if least.is_some() && most.is_some() {
        let shown = go_struct(&[
            ("MinAvailable", least),
            ("Selector", get("selector")),
            ("MaxUnavailable", most),
            ("UnhealthyPodEvictionPolicy", get("unhealthyPodEvictionPolicy")),
        ]);
        let detail = "minAvailable and maxUnavailable cannot be both set";
        out.push(Cause::invalid_shown("spec", &shown, detail));
    }
    for (key, value) in [("minAvailable", least), ("maxUnavailable", most)] {
        if let Some(value) = value {
            let field = format!("spec.{key}");
            count_or_percent(value, &field, out);
            at_most_all(value, &field, out);
        }
    }
    if let Some(chosen) = get("selector") {
        selector(chosen, "spec.selector", out);
    }
}
