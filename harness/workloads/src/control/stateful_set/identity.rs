//! The pods of a stateful set: their names, labels and claims.

use objects::{Object, Value};

use super::REVISION;
use crate::control::{history, pods};
use crate::kind::Kind;
use crate::meta;
use crate::world::{Done, World};

/// The ordinal in a pod's name.
pub(super) fn ordinal(set: &Object, pod: &Object) -> Option<i64> {
    let rest = pod.name().strip_prefix(set.name())?.strip_prefix('-')?;
    rest.parse().ok()
}

/// The pod of an ordinal, of a revision's template.
fn blank(set: &Object, revision: &Object, ordinal: i64) -> Object {
    let name = format!("{}-{ordinal}", set.name());
    let mut pod = pods::from_template(set, &history::template(revision));
    pod.set(&["metadata", "name"], name.as_str());
    pod.set(&["metadata", "generateName"], format!("{}-", set.name()));
    pod.set(&["metadata", "labels", "statefulset.kubernetes.io/pod-name"], name.as_str());
    pod.set(&["metadata", "labels", "apps.kubernetes.io/pod-index"], ordinal.to_string());
    pod.set(&["metadata", "labels", REVISION], revision.name());
    pod.set(&["spec", "hostname"], name.as_str());
    if let Some(service) = set.str_at(&["spec", "serviceName"]).filter(|name| !name.is_empty()) {
        pod.set(&["spec", "subdomain"], service);
    }
    let templates = set.list_at(&["spec", "volumeClaimTemplates"]);
    if !templates.is_empty() {
        let mut volumes: Vec<Value> = templates
            .iter()
            .map(|template| {
                let volume = template.str_at(&["metadata", "name"]).unwrap_or_default();
                let mut value = Value::from([("name", volume)]);
                let claim = claim_name(set, template, ordinal);
                value.set(&["persistentVolumeClaim", "claimName"], claim);
                value
            })
            .collect();
        let own = pod.list_at(&["spec", "volumes"]).iter();
        let others = own.filter(|one| !volumes.iter().any(|v| v.get("name") == one.get("name")));
        let others: Vec<Value> = others.cloned().collect();
        volumes.extend(others);
        pod.set(&["spec", "volumes"], volumes);
    }
    pod
}

fn claim_name(set: &Object, template: &Value, ordinal: i64) -> String {
    let volume = template.str_at(&["metadata", "name"]).unwrap_or_default();
    format!("{volume}-{}-{ordinal}", set.name())
}

/// Creates the claims and the pod of an ordinal.
pub(super) fn create(world: &mut World<'_>, set: &Object, revision: &Object, ordinal: i64) -> Done {
    let pod = blank(set, revision, ordinal);
    let name = pod.name().to_owned();
    for template in set.list_at(&["spec", "volumeClaimTemplates"]) {
        let claim = claim(set, template, ordinal);
        if world.get(Kind::Claim, claim.namespace(), claim.name()).is_some() {
            continue;
        }
        let title =
            format!("Create Claim {} Pod {name} in StatefulSet {}", claim.name(), set.name());
        match world.create(claim.0) {
            Ok(_) => world.event(set, "SuccessfulCreate", format!("{title} success")),
            Err(error) => {
                world.warn(set, "FailedCreate", format!("{title} failed error: {error}"));
                return Err(error);
            }
        }
    }
    let title = format!("Create Pod {name} in StatefulSet {}", set.name());
    match world.create(pod.0) {
        Ok(_) => {
            world.event(set, "SuccessfulCreate", format!("{title} successful"));
            Ok(())
        }
        Err(error) if error.already_exists() => Ok(()),
        Err(error) => {
            world.warn(set, "FailedCreate", format!("{title} failed error: {error}"));
            Err(error)
        }
    }
}

fn claim(set: &Object, template: &Value, ordinal: i64) -> Object {
    let mut claim = Object(template.clone());
    claim.set(&["apiVersion"], "v1");
    claim.set(&["kind"], "PersistentVolumeClaim");
    claim.remove(&["status"]);
    let name = claim_name(set, template, ordinal);
    claim.set(&["metadata", "name"], name);
    claim.set(&["metadata", "namespace"], set.namespace());
    if let Some(labels) = meta::map_at(set, &["spec", "selector", "matchLabels"]) {
        for (key, value) in labels {
            claim.set(&["metadata", "labels", key], value.clone());
        }
    }
    let policy = ["spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted"];
    if set.str_at(&policy) == Some("Delete") {
        claim.set(&["metadata", "ownerReferences"], vec![meta::owner_reference(set)]);
    }
    claim
}

/// A pod too many takes its claims with it, where the policy says so.
pub(super) fn hand_claims_to(world: &mut World<'_>, set: &Object, pod: &Object) -> Done {
    let policy = ["spec", "persistentVolumeClaimRetentionPolicy", "whenScaled"];
    if set.str_at(&policy) != Some("Delete") {
        return Ok(());
    }
    let Some(ordinal) = ordinal(set, pod) else { return Ok(()) };
    for template in set.list_at(&["spec", "volumeClaimTemplates"]) {
        let name = claim_name(set, template, ordinal);
        let Some(claim) = world.get(Kind::Claim, set.namespace(), &name) else { continue };
        let mut patch = Value::map();
        patch.set(&["metadata", "ownerReferences"], vec![meta::owner_reference(pod)]);
        if !meta::is_controlled_by(&claim, pod.uid()) {
            world.merge(&claim, patch)?;
        }
    }
    Ok(())
}

/// Deletes a pod of a stateful set and says so.
pub(super) fn delete(world: &mut World<'_>, set: &Object, pod: &Object) -> Done {
    world.delete(pod, None)?;
    let message = format!("Delete Pod {} in StatefulSet {} successful", pod.name(), set.name());
    world.event(set, "SuccessfulDelete", message);
    Ok(())
}
