//! Daemon sets: a pod on every node that takes it.
//!
//! Source: kubernetes `pkg/controller/daemon`.

use std::collections::BTreeMap;

use objects::{Object, Value};

use crate::control::{hash, history, pods};
use crate::kind::{Key, Kind};
use crate::meta::{self, int, pod};
use crate::node::Nodes;
use crate::work::{Controller, Work};
use crate::world::{Done, World};

const REVISION: &str = "controller-revision-hash";
const GENERATION: &str = "deprecated.daemonset.template.generation";

/// One look at a daemon set.
pub(crate) fn sync(world: &mut World<'_>, key: &Key) -> Done {
    let Some(set) = world.get(Kind::DaemonSet, &key.namespace, &key.name) else {
        return Ok(());
    };
    if set.is_deleting() {
        return Ok(());
    }
    let template = set.at(&["spec", "template"]).cloned().unwrap_or_default();
    let hash = hash::template(&template, set.int_at(&["status", "collisionCount"]));
    let known = history::list(world, &set);
    let revision = history::current(world, &set, &known, &hash, REVISION)?;
    let hash = revision.label(REVISION).unwrap_or(&hash).to_owned();
    let mut fleet = Fleet::look(world, &set, &hash)?;
    fleet.manage(world)?;
    if set.str_at(&["spec", "updateStrategy", "type"]) != Some("OnDelete") {
        fleet.roll(world)?;
    }
    let mut live: Vec<&str> = vec![revision.name()];
    let names: Vec<String> = fleet
        .pods
        .values()
        .flatten()
        .filter_map(|one| one.label(REVISION).map(|hash| format!("{}-{hash}", set.name())))
        .collect();
    live.extend(names.iter().map(String::as_str));
    history::truncate(world, &set, &known, &live)?;
    fleet.write_status(world)
}

/// The nodes, and the pods on each.
struct Fleet {
    set: Object,
    hash: String,
    /// Nodes by name, and whether they should have a pod, and may keep one.
    nodes: BTreeMap<String, (bool, bool)>,
    /// Pods by node, oldest first.
    pods: BTreeMap<String, Vec<Object>>,
}

impl Fleet {
    fn look(world: &mut World<'_>, set: &Object, hash: &str) -> Done<Self> {
        let all = pods::claim(world, set, Kind::Pod)?;
        let sample = with_tolerations(&pods::from_template(
            set,
            &set.at(&["spec", "template"]).cloned().unwrap_or_default(),
        ));
        let nodes = Nodes::of(world);
        let verdict = |name: &str| {
            (
                nodes.takes(name, &sample, &["NoSchedule", "NoExecute"]),
                nodes.takes(name, &sample, &["NoExecute"]),
            )
        };
        let nodes = nodes.names().map(|name| (name.to_owned(), verdict(name))).collect();
        let mut pods: BTreeMap<String, Vec<Object>> = BTreeMap::new();
        for one in all {
            pods.entry(node_of(&one)).or_default().push(one);
        }
        for list in pods.values_mut() {
            list.sort_by_key(|one| (meta::created(one), one.name().to_owned()));
        }
        Ok(Self { set: set.clone(), hash: hash.to_owned(), nodes, pods })
    }

    fn on(&self, node: &str) -> &[Object] {
        self.pods.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    fn is_new(&self, one: &Object) -> bool {
        one.label(REVISION) == Some(&self.hash)
    }

    fn is_available(&self, world: &World<'_>, one: &Object) -> bool {
        let least = int(&self.set, &["spec", "minReadySeconds"], 0);
        pod::is_available(one, least, world.now) == Ok(true)
    }

    fn limit(&self, key: &str, default: i64) -> i64 {
        let value = self.set.at(&["spec", "updateStrategy", "rollingUpdate", key]);
        let total = self.nodes.values().filter(|(should, _)| *should).count() as i64;
        meta::scaled(value, total, true).unwrap_or(default)
    }

    /// Makes what is missing, deletes what is out of place or has failed.
    fn manage(&mut self, world: &mut World<'_>) -> Done {
        let surges = self.limit("maxSurge", 0) > 0;
        let (mut create, mut delete) = (Vec::new(), Vec::new());
        for (node, (should, keep)) in &self.nodes {
            let here = self.on(node);
            let alive: Vec<&Object> = here.iter().filter(|one| !one.is_deleting()).collect();
            let failed: Vec<&Object> =
                alive.iter().copied().filter(|one| pod::phase(one) == "Failed").collect();
            delete.extend(failed.iter().map(|one| (*one).clone()));
            if !keep {
                delete.extend(alive.iter().map(|one| (*one).clone()));
            } else if *should && (here.is_empty() || (surges && alive.is_empty())) {
                create.push(node.clone());
            }
        }
        for (node, list) in &self.pods {
            if !self.nodes.contains_key(node) {
                let lost = |one: &&Object| !one.is_deleting() && !pod::is_scheduled(one);
                delete.extend(list.iter().filter(lost).cloned());
            }
        }
        self.carry_out(world, create, delete)
    }

    fn carry_out(
        &mut self,
        world: &mut World<'_>,
        create: Vec<String>,
        delete: Vec<Object>,
    ) -> Done {
        let set = self.set.clone();
        let template = set.at(&["spec", "template"]).cloned().unwrap_or_default();
        let make = |at: i64| {
            let node = usize::try_from(at).ok().and_then(|at| create.get(at));
            self.blank(&template, node.map_or("", String::as_str))
        };
        let (_, refused) = pods::create_many(world, &set, create.len() as i64, make);
        for one in &delete {
            pods::delete(world, &set, one)?;
        }
        refused.map_or(Ok(()), Err)
    }

    fn blank(&self, template: &Value, node: &str) -> Object {
        let mut pod = with_tolerations(&pods::from_template(&self.set, template));
        pod.set(&["metadata", "generateName"], format!("{}-", self.set.name()));
        pod.set(&["metadata", "labels", REVISION], self.hash.as_str());
        if let Some(generation) = self.set.annotation(GENERATION) {
            pod.set(&["metadata", "labels", "pod-template-generation"], generation);
        }
        let field = Value::from([
            ("key", Value::from("metadata.name")),
            ("operator", "In".into()),
            ("values", vec![Value::from(node)].into()),
        ]);
        let path = [
            "spec",
            "affinity",
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            "nodeSelectorTerms",
        ];
        let mut terms = pod.list_at(&path).to_vec();
        if terms.is_empty() {
            terms.push(Value::map());
        }
        for term in &mut terms {
            term.set(&["matchFields"], vec![field.clone()]);
        }
        pod.set(&path, terms);
        pod
    }

    /// One step of a rolling update.
    fn roll(&mut self, world: &mut World<'_>) -> Done {
        let (surge, unavailable) = (self.limit("maxSurge", 0), self.limit("maxUnavailable", 1));
        if surge > 0 {
            self.roll_surging(world, surge)
        } else {
            self.roll_plain(world, unavailable)
        }
    }

    fn roll_plain(&mut self, world: &mut World<'_>, most: i64) -> Done {
        let (mut missing, mut must, mut may) = (0, Vec::new(), Vec::new());
        for (node, (should, _)) in &self.nodes {
            if !should {
                continue;
            }
            let here = self.on(node);
            let new = here.iter().find(|one| self.is_new(one) && !one.is_deleting());
            let old = here.iter().find(|one| !self.is_new(one));
            match (new, old) {
                (Some(new), None) => missing += i64::from(!self.is_available(world, new)),
                (None, Some(old)) if old.is_deleting() => missing += 1,
                (None, Some(old)) if !self.is_available(world, old) => {
                    missing += 1;
                    must.push(old.clone());
                }
                (None, Some(old)) => may.push(old.clone()),
                _ => missing += 1,
            }
        }
        let room = usize::try_from(most - missing).unwrap_or(0);
        must.extend(may.into_iter().take(room));
        self.carry_out(world, Vec::new(), must)
    }

    fn roll_surging(&mut self, world: &mut World<'_>, most: i64) -> Done {
        let (mut surging, mut create, mut delete, mut may) =
            (0, Vec::new(), Vec::new(), Vec::new());
        for (node, (should, _)) in &self.nodes {
            if !should {
                continue;
            }
            let here = self.on(node);
            let new = here.iter().find(|one| self.is_new(one) && !one.is_deleting());
            let old = here.iter().find(|one| !self.is_new(one) && !one.is_deleting());
            match (new, old) {
                (Some(new), Some(old)) if self.is_available(world, new) => delete.push(old.clone()),
                (Some(_), Some(_)) => surging += 1,
                (None, Some(old)) if !self.is_available(world, old) => create.push(node.clone()),
                (None, Some(_)) => may.push(node.clone()),
                _ => {}
            }
        }
        let room = usize::try_from(most - surging).unwrap_or(0);
        create.extend(may.into_iter().take(room));
        self.carry_out(world, create, delete)
    }

    fn write_status(&self, world: &mut World<'_>) -> Done {
        let (mut desired, mut current, mut stray, mut ready, mut available, mut updated) =
            (0, 0, 0, 0, 0, 0);
        let least = int(&self.set, &["spec", "minReadySeconds"], 0);
        for (node, (should, _)) in &self.nodes {
            let here = self.on(node);
            if !should {
                stray += i64::from(!here.is_empty());
                continue;
            }
            desired += 1;
            let Some(first) = here.first() else { continue };
            current += 1;
            if pod::is_ready(first) {
                ready += 1;
                match pod::is_available(first, least, world.now) {
                    Ok(yes) => available += i64::from(yes),
                    Err(moment) => world.at(moment, Work::on(Controller::DaemonSet, &self.set)),
                }
            }
            updated += i64::from(self.is_new(first));
        }
        let mut status = Value::from([
            ("observedGeneration", self.set.generation()),
            ("desiredNumberScheduled", desired),
            ("currentNumberScheduled", current),
            ("numberMisscheduled", stray),
            ("numberReady", ready),
        ]);
        meta::set_count(&mut status, "numberAvailable", available);
        meta::set_count(&mut status, "numberUnavailable", desired - available);
        meta::set_count(&mut status, "updatedNumberScheduled", updated);
        if self.set.at(&["status"]) == Some(&status) {
            return Ok(());
        }
        let mut copy = self.set.clone();
        copy.set(&["status"], status);
        world.update_status(&copy).map(|_| ())
    }
}

/// The node a daemon pod runs on, or is meant for.
fn node_of(one: &Object) -> String {
    if let Some(name) = one.str_at(&["spec", "nodeName"]).filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let terms = one.list_at(&[
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ]);
    let fields = terms.iter().flat_map(|term| term.list_at(&["matchFields"]));
    let names = fields.flat_map(|field| field.list_at(&["values"]));
    names.filter_map(Value::as_str).next().unwrap_or_default().to_owned()
}

/// Daemon pods tolerate what befalls nodes.
fn with_tolerations(pod: &Object) -> Object {
    let mut tolerations = pod.list_at(&["spec", "tolerations"]).to_vec();
    let known = [
        ("not-ready", "NoExecute"),
        ("unreachable", "NoExecute"),
        ("disk-pressure", "NoSchedule"),
        ("memory-pressure", "NoSchedule"),
        ("pid-pressure", "NoSchedule"),
        ("unschedulable", "NoSchedule"),
    ];
    let host = pod.bool_at(&["spec", "hostNetwork"]) == Some(true);
    let host = host.then_some(("network-unavailable", "NoSchedule"));
    for (key, effect) in known.into_iter().chain(host) {
        let toleration = Value::from([
            ("key", Value::from(format!("node.kubernetes.io/{key}"))),
            ("operator", "Exists".into()),
            ("effect", effect.into()),
        ]);
        if !tolerations.contains(&toleration) {
            tolerations.push(toleration);
        }
    }
    let mut pod = pod.clone();
    pod.set(&["spec", "tolerations"], tolerations);
    pod
}
