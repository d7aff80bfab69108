//! The rules of the kinds that kstatus knows.
//!
//! Source: fluxcd/cli-utils `pkg/kstatus/status/core.go`. A rule's verdict is
//! final: neither `Ready` nor other conditions are looked at after it.

use clock::Moment;
use objects::{Object, Value};

use crate::access::{self, int_or, str_or};
use crate::{Health, HealthError, job, pod};

type Verdict = Result<Health, HealthError>;

/// The verdict of the kind's own rule, if it has one.
pub(crate) fn by_kind(object: &Object, now: Moment) -> Result<Option<Health>, HealthError> {
    let Some((group, kind)) = group_kind(object) else { return Ok(None) };
    let verdict = match (group, kind) {
        ("", "Service") => Ok(service(object)),
        ("", "Pod") => pod::pod(object, now),
        ("", "Secret" | "ConfigMap") | ("batch", "CronJob") => {
            Ok(Health::current("Resource is always ready"))
        }
        ("", "PersistentVolumeClaim") => Ok(claim(object)),
        ("apps", "StatefulSet") => Ok(stateful_set(object)),
        ("apps" | "extensions", "DaemonSet") => daemon_set(object),
        ("apps" | "extensions", "Deployment") => deployment(object),
        ("apps" | "extensions", "ReplicaSet") => replica_set(object),
        ("policy", "PodDisruptionBudget") => {
            Ok(Health::current("AllowedDisruptions has been computed."))
        }
        ("batch", "Job") => job::job(object),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => definition(object),
        _ => return Ok(None),
    };
    verdict.map(Some)
}

/// Group and kind; an apiVersion with two slashes has none, as in Go.
fn group_kind(object: &Object) -> Option<(&str, &str)> {
    let version = object.api_version();
    match version.split_once('/') {
        Some((_, rest)) if rest.contains('/') => None,
        Some((group, _)) => Some((group, object.kind())),
        None => Some(("", object.kind())),
    }
}

fn less(what: &str, have: i64, want: i64) -> Health {
    Health::in_progress(&format!("Less{}", capital(what)), format!("{what}: {have}/{want}"))
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn extra(have: i64, want: i64) -> Health {
    Health::in_progress("ExtraPods", format!("Pending termination: {}", have - want))
}

fn status(object: &Value, field: &str) -> i64 {
    int_or(object, &["status", field], 0)
}

fn service(object: &Object) -> Health {
    let kind = str_or(object, &["spec", "type"], "");
    if kind == "LoadBalancer" && str_or(object, &["spec", "clusterIP"], "").is_empty() {
        let message = format!("ClusterIP not set. Service type: {kind}");
        return Health::in_progress("NoIPAssigned", message);
    }
    Health::current("Service is ready")
}

fn claim(object: &Object) -> Health {
    match str_or(object, &["status", "phase"], "unknown") {
        "Bound" => Health::current("PVC is Bound"),
        phase => Health::in_progress("NotBound", format!("PVC is not Bound. phase: {phase}")),
    }
}

fn stateful_set(object: &Object) -> Health {
    if str_or(object, &["spec", "updateStrategy", "type"], "") == "OnDelete" {
        return Health::current("StatefulSet is using the ondelete update strategy");
    }
    let want = int_or(object, &["spec", "replicas"], 1);
    let (have, ready) = (status(object, "replicas"), status(object, "readyReplicas"));
    let (current, updated) = (status(object, "currentReplicas"), status(object, "updatedReplicas"));
    if want > have {
        return less("Replicas", have, want);
    }
    if want > ready {
        return less("Ready", ready, want);
    }
    if have > want {
        return extra(have, want);
    }
    let partition = int_or(object, &["spec", "updateStrategy", "rollingUpdate", "partition"], -1);
    if partition != -1 {
        if updated < want - partition {
            let message = format!("updated: {updated}/{}", want - partition);
            return Health::in_progress("PartitionRollout", message);
        }
        return Health::current(format!("Partition rollout complete. updated: {updated}"));
    }
    if want > current {
        return less("current", current, want);
    }
    if str_or(object, &["status", "currentRevision"], "")
        != str_or(object, &["status", "updateRevision"], "")
    {
        let message = "Waiting for updated revision to match current";
        return Health::in_progress("RevisionMismatch", message);
    }
    Health::current(format!("All replicas scheduled as expected. Replicas: {have}"))
}

fn deployment(object: &Object) -> Verdict {
    let deadline = int_or(object, &["spec", "progressDeadlineSeconds"], i64::from(i32::MAX));
    let mut progressing = deadline == i64::from(i32::MAX);
    let mut available = false;
    for condition in access::conditions(object)? {
        match condition.kind.as_str() {
            "Progressing" if condition.reason == "ProgressDeadlineExceeded" => {
                let mut health = Health::failed(&condition.reason, condition.message);
                health.message = "Progress deadline exceeded".to_owned();
                return Ok(health);
            }
            "Progressing" => {
                let done = condition.reason == "NewReplicaSetAvailable";
                progressing |= condition.status == "True" && done;
            }
            "Available" => available |= condition.status == "True",
            _ => {}
        }
    }
    Ok(deployment_counts(object, progressing, available))
}

fn deployment_counts(object: &Object, progressing: bool, available: bool) -> Health {
    let want = int_or(object, &["spec", "replicas"], 1);
    let (have, updated) = (status(object, "replicas"), status(object, "updatedReplicas"));
    let (ready, usable) = (status(object, "readyReplicas"), status(object, "availableReplicas"));
    if want > have {
        less("Replicas", have, want)
    } else if want > updated {
        less("Updated", updated, want)
    } else if have > want {
        extra(have, want)
    } else if updated > usable {
        less("Available", usable, updated)
    } else if want > ready {
        less("Ready", ready, want)
    } else if !progressing {
        Health::in_progress("ReplicaSetNotAvailable", "ReplicaSet not Available")
    } else if !available {
        Health::in_progress("DeploymentNotAvailable", "Deployment not Available")
    } else {
        Health::current(format!("Deployment is available. Replicas: {have}"))
    }
}

fn replica_set(object: &Object) -> Verdict {
    let failing = |c: &access::BasicCondition| c.kind == "ReplicaFailure" && c.status == "True";
    if access::conditions(object)?.iter().any(failing) {
        let message = "Replica Failure condition. Check Pods";
        return Ok(Health::in_progress("ReplicaFailure", message));
    }
    let want = int_or(object, &["spec", "replicas"], 1);
    let counts = [
        ("Labelled", "fullyLabeledReplicas"),
        ("Available", "availableReplicas"),
        ("Ready", "readyReplicas"),
    ];
    for (what, field) in counts {
        let have = status(object, field);
        if want > have {
            return Ok(less(what, have, want));
        }
    }
    let have = status(object, "replicas");
    if have > want {
        return Ok(extra(have, want));
    }
    Ok(Health::current(format!("ReplicaSet is available. Replicas: {have}")))
}

fn daemon_set(object: &Object) -> Verdict {
    let kind = object.kind();
    if access::wanted_generation(object)?.is_none() {
        let message = format!("{kind} metadata.generation not found");
        return Ok(Health::in_progress("NoGeneration", message));
    }
    if access::observed_generation(object)?.is_none() {
        let message = format!("{kind} status.observedGeneration not found");
        return Ok(Health::in_progress("NoObservedGeneration", message));
    }
    let want = int_or(object, &["status", "desiredNumberScheduled"], -1);
    if want == -1 {
        let message = "Missing .status.desiredNumberScheduled";
        return Ok(Health::in_progress("NoDesiredNumber", message));
    }
    let counts = [
        ("Current", "currentNumberScheduled"),
        ("Updated", "updatedNumberScheduled"),
        ("Available", "numberAvailable"),
        ("Ready", "numberReady"),
    ];
    for (what, field) in counts {
        let have = status(object, field);
        if want > have {
            return Ok(less(what, have, want));
        }
    }
    Ok(Health::current(format!("All replicas scheduled as expected. Replicas: {want}")))
}

fn definition(object: &Object) -> Verdict {
    for condition in access::conditions(object)? {
        match (condition.kind.as_str(), condition.status.as_str()) {
            ("NamesAccepted", "False") => {
                return Ok(Health::failed(&condition.reason, condition.message));
            }
            ("Established", "False") if condition.reason != "Installing" => {
                return Ok(Health::failed(&condition.reason, condition.message));
            }
            ("Established", "True") => return Ok(Health::current("CRD is established")),
            _ => {}
        }
    }
    Ok(Health::in_progress("Installing", "Install in progress"))
}
