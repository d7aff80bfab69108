//! The scheduler: binds pods to nodes, or says why it cannot.

use client::{Target, Verb};
use objects::{Object, Value};

use super::nodes::{Nodes, is_selected, untolerated};
use crate::behaviour::Behaviour;
use crate::kind::{Key, Kind};
use crate::meta::{self, pod};
use crate::world::{Done, World};

/// One look at a pod that has no node.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(one) = world.get(Kind::Pod, &key.namespace, &key.name) else { return Ok(()) };
    if pod::is_scheduled(&one) || one.is_deleting() || pod::is_finished(&one) {
        return Ok(());
    }
    if !one.list_at(&["spec", "schedulingGates"]).is_empty() {
        return gated(world, &one);
    }
    let nodes = Nodes::of(world);
    match place(world, &one, &nodes) {
        Ok(node) => bind(world, &one, &node),
        Err(message) => refuse(world, &one, &message),
    }
}

/// The API marks gated pods itself when they are made; this makes up for one that does not.
fn gated(world: &mut World<'_>, one: &Object) -> Done {
    if one.condition("PodScheduled").is_some() {
        return Ok(());
    }
    let message = "Scheduling is blocked due to non-empty scheduling gates";
    mark(world, one, "SchedulingGated", message)
}

fn place(world: &World<'_>, one: &Object, nodes: &Nodes) -> Result<String, String> {
    let told = world.behaviour(one, |behaviour| match behaviour {
        Behaviour::Unschedulable(message) => Some(message.clone()),
        _ => None,
    });
    if let Some(message) = told {
        return Err(message);
    }
    let total = nodes.len();
    claims(world, one, total)?;
    let effects = ["NoSchedule", "NoExecute"];
    let fitting: Vec<&str> = nodes
        .names()
        .filter(|name| {
            nodes.takes(name, one, &effects)
                && nodes.get(name).is_some_and(|node| {
                    node.bool_at(&["spec", "unschedulable"]) != Some(true) || tolerates_cordon(one)
                })
        })
        .collect();
    let best = match fitting.as_slice() {
        [only] => Some(*only),
        many => many.iter().copied().min_by_key(|name| world.mirror.load_of(name)),
    };
    best.map(str::to_owned).ok_or_else(|| why_not(one, nodes))
}

fn tolerates_cordon(one: &Object) -> bool {
    one.list_at(&["spec", "tolerations"])
        .iter()
        .any(|t| t.str_at(&["key"]) == Some("node.kubernetes.io/unschedulable"))
}

/// Claims must exist and be bound (those that wait for a consumer are bound for it).
fn claims(world: &World<'_>, one: &Object, total: usize) -> Result<(), String> {
    for volume in one.list_at(&["spec", "volumes"]) {
        let named = volume.str_at(&["persistentVolumeClaim", "claimName"]).map(str::to_owned);
        let own = volume
            .at(&["ephemeral"])
            .map(|_| format!("{}-{}", one.name(), volume.str_at(&["name"]).unwrap_or_default()));
        let Some(name) = named.or(own) else { continue };
        let Some(claim) = world.mirror.get(Kind::Claim, one.namespace(), &name) else {
            return Err(format!(
                "0/{total} nodes are available: persistentvolumeclaim \"{name}\" not found. not found"
            ));
        };
        if claim.is_deleting() {
            return Err(format!(
                "0/{total} nodes are available: persistentvolumeclaim \"{name}\" is being deleted. not found"
            ));
        }
        if claim.str_at(&["spec", "volumeName"]).is_none_or(str::is_empty)
            && !crate::storage::waits_for_consumer(world, claim)
        {
            return Err(format!(
                "0/{total} nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
            ));
        }
    }
    Ok(())
}

fn why_not(one: &Object, nodes: &Nodes) -> String {
    let total = nodes.len();
    if total == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let mut reasons = std::collections::BTreeMap::new();
    for node in nodes.names().filter_map(|name| nodes.get(name)) {
        let reason = if node.bool_at(&["spec", "unschedulable"]) == Some(true) {
            "node(s) were unschedulable".to_owned()
        } else if let Some(taint) = untolerated(node, one, &["NoSchedule", "NoExecute"]) {
            let text = |key| taint.str_at(&[key]).unwrap_or_default();
            format!("node(s) had untolerated taint {{{}: {}}}", text("key"), text("value"))
        } else if !is_selected(node, one) {
            "node(s) didn't match Pod's node affinity/selector".to_owned()
        } else {
            continue;
        };
        *reasons.entry(reason).or_insert(0) += 1;
    }
    let parts: Vec<String> =
        reasons.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    format!(
        "0/{total} nodes are available: {}. preemption: 0/{total} nodes are available: {total} \
         Preemption is not helpful for scheduling.",
        parts.join(", ")
    )
}

fn refuse(world: &mut World<'_>, one: &Object, message: &str) -> Done {
    let known = one.condition("PodScheduled").and_then(|c| c.str_at(&["message"]));
    if known == Some(message) {
        return Ok(());
    }
    world.warn(one, "FailedScheduling", message);
    mark(world, one, "Unschedulable", message)
}

fn mark(world: &mut World<'_>, one: &Object, reason: &str, message: &str) -> Done {
    let mut copy = one.clone();
    let mut conditions = one.list_at(&["status", "conditions"]).to_vec();
    let mut condition = Value::from([
        ("type", Value::from("PodScheduled")),
        ("status", "False".into()),
        ("reason", reason.into()),
        ("message", message.into()),
        ("lastProbeTime", Value::Null),
        ("lastTransitionTime", world.stamp()),
    ]);
    if one.generation() != 0 {
        condition.set(&["observedGeneration"], one.generation());
    }
    meta::set_condition(&mut conditions, condition);
    copy.set(&["status", "conditions"], conditions);
    world.update_status(&copy).map(|_| ())
}

/// Binds through the `binding` subresource, which also marks the pod as scheduled.
fn bind(world: &mut World<'_>, one: &Object, node: &str) -> Done {
    let mut binding = Value::from([("apiVersion", "v1"), ("kind", "Binding")]);
    binding.set(&["metadata", "name"], one.name());
    binding.set(&["metadata", "namespace"], one.namespace());
    binding.set(&["metadata", "uid"], one.uid());
    binding.set(&["target"], Value::from([("apiVersion", "v1"), ("kind", "Node"), ("name", node)]));
    let target = Target::of(one).subresource("binding");
    world.call(Verb::Create, target, Some(binding))?;
    let place = format!("{}/{}", one.namespace(), one.name());
    world.event(one, "Scheduled", format!("Successfully assigned {place} to {node}"));
    Ok(())
}
