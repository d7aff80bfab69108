//! The kubelets: they move pods through their stages and let deleted ones go.

use std::collections::BTreeMap;
use std::time::Duration;

use clock::Moment;
use objects::{Object, Value};

use super::life::{self, Addresses, Stage};
use super::nodes::{Nodes, untolerated};
use crate::behaviour::{Behaviour, PodLife};
use crate::kind::{Key, Kind};
use crate::meta;
use crate::work::{Controller, Work};
use crate::world::{Done, World};

/// From a node's end until its pods are collected.
const QUARANTINE: Duration = Duration::from_secs(60);

/// What is planned for each pod, and the addresses given so far.
#[derive(Debug, Default)]
pub(crate) struct Kubelet {
    plans: BTreeMap<Key, Plan>,
    addresses: u32,
}

#[derive(Debug)]
struct Plan {
    uid: String,
    /// `None` while the pod is being deleted.
    stage: Option<Stage>,
    due: Moment,
}

impl Kubelet {
    /// Plans again, because behaviours changed.
    pub(crate) fn forget_plans(&mut self) {
        self.plans.retain(|_, plan| plan.stage.is_none());
    }

    /// One look at a pod.
    pub(crate) fn sync(&mut self, world: &mut World<'_>, key: &Key) -> Done {
        let Some(one) = world.get(Kind::Pod, &key.namespace, &key.name) else {
            self.plans.remove(key);
            return Ok(());
        };
        if one.is_deleting() {
            return self.let_go(world, key, &one);
        }
        let node = one.str_at(&["spec", "nodeName"]).unwrap_or_default().to_owned();
        if node.is_empty() {
            return Ok(());
        }
        let nodes = Nodes::of(world);
        match nodes.get(&node) {
            None => return self.collect(world, key, &one),
            Some(at) if untolerated(at, &one, &["NoExecute"]).is_some() => {
                return world.delete(&one, None);
            }
            Some(at) if is_lost(world, at) => return lose(world, &one),
            Some(_) => {}
        }
        let life = life_of(world, &one);
        let Some((stage, wait)) = life::next(&one, &life, pause(world)) else {
            self.plans.remove(key);
            return Ok(());
        };
        let due = self.plan(world, key, &one, Some(stage.clone()), wait);
        if due > world.now {
            world.at(due, Work::new(Controller::Kubelet, key.clone()));
            return Ok(());
        }
        self.plans.remove(key);
        self.show(world, &one, &stage, nodes.get(&node))
    }

    /// A pod whose node is gone is collected (kubernetes: `podgc`, after its quarantine).
    fn collect(&mut self, world: &mut World<'_>, key: &Key, one: &Object) -> Done {
        let due = self.plan(world, key, one, Some(Stage::Homeless), QUARANTINE);
        if due > world.now {
            world.at(due, Work::new(Controller::Kubelet, key.clone()));
            return Ok(());
        }
        world.delete(one, Some(0))
    }

    /// When a stage is due; the first look at it starts the wait.
    fn plan(
        &mut self,
        world: &World<'_>,
        key: &Key,
        one: &Object,
        stage: Option<Stage>,
        wait: Duration,
    ) -> Moment {
        let known = self.plans.get(key);
        if let Some(plan) = known.filter(|plan| plan.uid == one.uid() && plan.stage == stage) {
            return plan.due;
        }
        let due = world.now + wait;
        self.plans.insert(key.clone(), Plan { uid: one.uid().to_owned(), stage, due });
        due
    }

    fn show(
        &mut self,
        world: &mut World<'_>,
        one: &Object,
        stage: &Stage,
        node: Option<&Object>,
    ) -> Done {
        let host = node.and_then(|node| {
            let addresses = node.list_at(&["status", "addresses"]).iter();
            let mut internal = addresses.filter(|a| a.str_at(&["type"]) == Some("InternalIP"));
            internal.next().and_then(|a| a.str_at(&["address"])).map(str::to_owned)
        });
        let pod = match one.at(&["status", "podIP"]) {
            Some(_) => String::new(),
            None => self.address(),
        };
        let status = life::status(one, stage, world.now, &Addresses { host, pod });
        if one.at(&["status"]) == Some(&status) {
            return Ok(());
        }
        let mut copy = one.clone();
        copy.set(&["status"], status);
        world.update_status(&copy).map(|_| ())
    }

    fn address(&mut self) -> String {
        self.addresses += 1;
        let [_, a, b, c] = (self.addresses + 1).to_be_bytes();
        format!("10.{}.{b}.{c}", 244_u8.wrapping_add(a))
    }

    /// A deleted pod ends after a while, unless somebody's finalizer holds it.
    fn let_go(&mut self, world: &mut World<'_>, key: &Key, one: &Object) -> Done {
        let scheduled = meta::pod::is_scheduled(one);
        let told = world.behaviour(one, |behaviour| match behaviour {
            Behaviour::SlowDelete(after) => Some(*after),
            _ => None,
        });
        let grace = meta::int(one, &["metadata", "deletionGracePeriodSeconds"], 30);
        let wait = match (scheduled, grace) {
            (false, _) | (_, 0) => Duration::ZERO,
            _ => told.unwrap_or(world.behaviours.gone_after),
        };
        let due = self.plan(world, key, one, None, wait);
        if due > world.now {
            world.at(due, Work::new(Controller::Kubelet, key.clone()));
            return Ok(());
        }
        if grace == 0 && !one.list_at(&["metadata", "finalizers"]).is_empty() {
            return Ok(());
        }
        self.plans.remove(key);
        world.delete(one, Some(0))
    }
}

fn pause(world: &World<'_>) -> Duration {
    world.behaviours.ready_after
}

/// How a pod is to fare. A pod of a job completes where no rule says otherwise.
fn life_of(world: &World<'_>, one: &Object) -> PodLife {
    if let Some(message) = super::image::invalid(one) {
        return PodLife::InvalidImage(message);
    }
    let told = world.behaviour(one, |behaviour| match behaviour {
        Behaviour::Pod(life) => Some(life.clone()),
        _ => None,
    });
    let runs_once = one.str_at(&["spec", "restartPolicy"]).is_some_and(|p| p != "Always");
    told.unwrap_or_else(|| match meta::controller(one) {
        Some(owner) if owner.kind == "Job" && runs_once => {
            PodLife::Complete(Duration::from_secs(2))
        }
        _ => PodLife::Ready(pause(world)),
    })
}

/// Whether a node is declared lost.
pub(super) fn is_lost(world: &World<'_>, node: &Object) -> bool {
    let told =
        world.behaviour(node, |behaviour| matches!(behaviour, Behaviour::NodeLost).then_some(()));
    told.is_some()
}

/// A pod on a node that does not answer loses its readiness.
fn lose(world: &mut World<'_>, one: &Object) -> Done {
    if !meta::pod::is_ready(one) {
        return Ok(());
    }
    let mut conditions = one.list_at(&["status", "conditions"]).to_vec();
    let stamp = world.stamp();
    for condition in &mut conditions {
        if condition.str_at(&["type"]) == Some("Ready") {
            condition.set(&["status"], "False");
            condition.set(&["reason"], "NodeNotReady");
            condition.set(&["message"], "Node is not ready");
            condition.set(&["lastTransitionTime"], stamp.clone());
        }
    }
    let mut copy = one.clone();
    copy.set(&["status", "conditions"], Value::from(conditions));
    world.warn(one, "NodeNotReady", "Node is not ready");
    world.update_status(&copy).map(|_| ())
}
