//! Nodes report that they are ready, until they are declared lost.
//!
//! Source: kubernetes `pkg/kubelet/nodestatus`, `pkg/controller/nodelifecycle`.

use objects::{Object, Value};

use super::kubelet::is_lost;
use crate::kind::{Key, Kind};
use crate::meta;
use crate::world::{Done, World};

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const TTL: &str = "node.alpha.kubernetes.io/ttl";

/// One look at a node.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(node) = world.get(Kind::Node, "", &key.name) else { return Ok(()) };
    let lost = is_lost(world, &node);
    let wanted = if lost { "Unknown" } else { "True" };
    if !meta::condition_is(&node, "Ready", wanted) {
        let mut copy = node.clone();
        copy.set(&["metadata", "annotations", TTL], "0");
        copy.set(&["status", "conditions"], conditions(world, lost));
        world.update_status(&copy)?;
    }
    if !lost {
        welcome(world, &node)?;
    }
    Ok(())
}

/// A node that is ready loses the taint it began with.
fn welcome(world: &mut World<'_>, node: &Object) -> Done {
    let taints = node.list_at(&["spec", "taints"]);
    let left: Vec<Value> =
        taints.iter().filter(|one| one.str_at(&["key"]) != Some(NOT_READY)).cloned().collect();
    if left.len() == taints.len() {
        return Ok(());
    }
    let mut patch = Value::map();
    let value = if left.is_empty() { Value::Null } else { left.into() };
    patch.set(&["spec", "taints"], value);
    world.merge(node, patch).map(|_| ())
}

fn conditions(world: &World<'_>, lost: bool) -> Vec<Value> {
    let states = [
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        (
            "MemoryPressure",
            "False",
            "KubeletHasSufficientMemory",
            "kubelet has sufficient memory available",
        ),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ];
    let silent = ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.");
    states
        .into_iter()
        .map(|(kind, status, reason, message)| {
            let (status, reason, message) = if lost { silent } else { (status, reason, message) };
            Value::from([
                ("type", Value::from(kind)),
                ("status", status.into()),
                ("reason", reason.into()),
                ("message", message.into()),
                ("lastHeartbeatTime", world.stamp()),
                ("lastTransitionTime", world.stamp()),
            ])
        })
        .collect()
}
