//! A small API in memory: what controllers need of one, and no more.

use std::collections::BTreeMap;

use client::{Call, Change, ChangeKind, Patch, Propagation, Status, Verb};
use clock::{Moment, Random, Seed};
use objects::{Object, Value};
use workloads::{Changes, Cluster, Simulator};

type Key = (String, String, String);

/// Objects by kind, namespace and name, and everything that happened to them.
pub(crate) struct Memory {
    pub(crate) now: Moment,
    pub(crate) objects: BTreeMap<Key, Object>,
    pub(crate) log: Vec<(Moment, Change)>,
    random: Random,
    pub(crate) refuse: Option<(String, Status)>,
}

impl Memory {
    pub(crate) fn new(seed: u64) -> Self {
        let random = Seed(seed).stream("memory");
        Self { now: Moment::START, objects: BTreeMap::new(), log: Vec::new(), random, refuse: None }
    }

    pub(crate) fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<&Object> {
        self.objects.get(&(kind.to_owned(), namespace.to_owned(), name.to_owned()))
    }

    pub(crate) fn list(&self, kind: &str) -> Vec<&Object> {
        self.objects.iter().filter(|(key, _)| key.0 == kind).map(|(_, object)| object).collect()
    }

    /// Creates or replaces what a user would apply.
    pub(crate) fn apply(&mut self, object: Value) {
        let object = Object(object);
        let key = key_of(&object);
        let mut stored = match self.objects.get(&key) {
            Some(known) => {
                let mut new = known.clone();
                for field in ["spec", "data"] {
                    if let Some(value) = object.get(field) {
                        new.set(&[field], value.clone());
                    }
                }
                for field in ["labels", "annotations"] {
                    if let Some(map) = object.at(&["metadata", field]).and_then(Value::as_map) {
                        for (key, value) in map {
                            new.set(&["metadata", field, key], value.clone());
                        }
                    }
                }
                return self.store(new, false);
            }
            None => object,
        };
        self.fresh(&mut stored);
        self.store(stored, false);
    }

    pub(crate) fn delete(&mut self, kind: &str, namespace: &str, name: &str) {
        let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
        self.remove(&key, None, None);
    }

    fn fresh(&mut self, object: &mut Object) {
        if object.name().is_empty() {
            let stem = object.str_at(&["metadata", "generateName"]).unwrap_or_default().to_owned();
            object.set(&["metadata", "name"], stem + &self.random.name_suffix(5));
        }
        let uid = self.random.uid();
        object.set(&["metadata", "uid"], uid);
        object.set(&["metadata", "creationTimestamp"], self.now.rfc3339());
        object.set(&["metadata", "generation"], 1);
        if object.kind() == "Pod" {
            object.set(&["status", "phase"], "Pending");
        }
    }

    fn store(&mut self, mut object: Object, status: bool) {
        let key = key_of(&object);
        let known = self.objects.get(&key).cloned();
        if let Some(known) = &known {
            if !status && known.get("spec") != object.get("spec") {
                object.set(&["metadata", "generation"], known.generation() + 1);
            }
            object.set(&["metadata", "resourceVersion"], known.resource_version());
            if *known == object {
                return;
            }
        }
        object.set(&["metadata", "resourceVersion"], (self.log.len() + 1).to_string());
        let kind = if known.is_some() { ChangeKind::Modified } else { ChangeKind::Added };
        self.objects.insert(key.clone(), object.clone());
        self.log.push((self.now, Change { kind, object: object.clone() }));
        let held = !object.list_at(&["metadata", "finalizers"]).is_empty();
        let grace = object.int_at(&["metadata", "deletionGracePeriodSeconds"]).unwrap_or(0);
        if object.is_deleting() && !held && (object.kind() != "Pod" || grace == 0) {
            self.gone(&key);
        }
    }

    fn remove(&mut self, key: &Key, grace: Option<i64>, propagation: Option<Propagation>) {
        let Some(mut object) = self.objects.get(key).cloned() else { return };
        let scheduled = object.str_at(&["spec", "nodeName"]).is_some();
        let grace = if object.kind() == "Pod" && scheduled { grace.unwrap_or(30) } else { 0 };
        let mut finalizers = object.list_at(&["metadata", "finalizers"]).to_vec();
        if propagation == Some(Propagation::Foreground) {
            finalizers.push("foregroundDeletion".into());
            object.set(&["metadata", "finalizers"], finalizers.clone());
        }
        if grace == 0 && finalizers.is_empty() {
            return self.gone(key);
        }
        if !object.is_deleting() {
            object.set(&["metadata", "deletionTimestamp"], self.now.rfc3339());
        }
        object.set(&["metadata", "deletionGracePeriodSeconds"], grace);
        self.store(object, true);
    }

    fn gone(&mut self, key: &Key) {
        let Some(object) = self.objects.remove(key) else { return };
        let uid = object.uid().to_owned();
        self.log.push((self.now, Change { kind: ChangeKind::Deleted, object }));
        let dependents: Vec<Key> = self
            .objects
            .iter()
            .filter(|(_, one)| {
                let owners = one.list_at(&["metadata", "ownerReferences"]);
                owners.iter().any(|owner| owner.str_at(&["uid"]) == Some(&uid))
            })
            .map(|(key, _)| key.clone())
            .collect();
        dependents.iter().for_each(|key| self.remove(key, None, None));
    }

    /// Runs the simulator for so many seconds of virtual time.
    pub(crate) fn run(&mut self, simulator: &mut Simulator, seconds: u64) {
        let end = self.now + std::time::Duration::from_secs(seconds);
        loop {
            simulator.run(self.now, self);
            match simulator.next_due() {
                Some(due) if due <= end => self.now = self.now.max(due),
                _ => break,
            }
        }
        self.now = end;
    }
}

fn key_of(object: &Object) -> Key {
    (object.kind().to_owned(), object.namespace().to_owned(), object.name().to_owned())
}

fn merge(into: &mut Value, patch: &Value) {
    match patch {
        Value::Map(map) => {
            for (key, value) in map.iter() {
                if value.is_null() {
                    into.remove(&[key]);
                } else {
                    let mut below = into.get(key).cloned().unwrap_or_default();
                    merge(&mut below, value);
                    into.set(&[key], below);
                }
            }
        }
        other => *into = other.clone(),
    }
}

impl Cluster for Memory {
    fn call(&mut self, call: &Call) -> Result<Value, Status> {
        let target = &call.target;
        let namespace = target.namespace.clone().unwrap_or_default();
        let name = target.name.clone().unwrap_or_default();
        let key = (target.gvk.kind.clone(), namespace, name);
        let body = call.body.clone().unwrap_or_default();
        let sub = target.subresource.as_deref();
        if let Some((kind, status)) = &self.refuse
            && *kind == key.0
            && call.verb == Verb::Create
        {
            return Err(status.clone());
        }
        if let (Verb::Create, None) = (call.verb, sub) {
            let mut object = Object(body);
            self.fresh(&mut object);
            if self.objects.contains_key(&key_of(&object)) {
                return Err(Status::new(409, "AlreadyExists", "already exists"));
            }
            let made = key_of(&object);
            self.store(object, false);
            return Ok(self.objects[&made].0.clone());
        }
        let Some(known) = self.objects.get(&key).cloned() else {
            return Err(Status::new(404, "NotFound", format!("{} not found", key.2)));
        };
        match (call.verb, sub) {
            (Verb::Create, Some("binding")) => {
                let mut pod = known;
                pod.set(
                    &["spec", "nodeName"],
                    body.str_at(&["target", "name"]).unwrap_or_default(),
                );
                let condition = Value::from([("type", "PodScheduled"), ("status", "True")]);
                pod.set(&["status", "conditions"], vec![condition]);
                self.store(pod, true);
            }
            (Verb::Update, Some("status")) => {
                let mut object = known;
                object.set(&["status"], body.get("status").cloned().unwrap_or_default());
                if let Some(annotations) = body.at(&["metadata", "annotations"]) {
                    object.set(&["metadata", "annotations"], annotations.clone());
                }
                self.store(object, true);
            }
            (Verb::Update, None) => {
                let mut object = Object(body);
                object.set(&["status"], known.get("status").cloned().unwrap_or_default());
                object.set(&["metadata", "uid"], known.uid());
                self.store(object, false);
            }
            (Verb::Patch(Patch::Merge), _) => {
                let mut object = known;
                merge(&mut object.0, &body);
                self.store(object, false);
            }
            (Verb::Delete, _) => {
                let options = &call.options;
                self.remove(&key, options.grace_seconds, options.propagation);
                return Ok(known.0);
            }
            other => return Err(Status::new(405, "MethodNotAllowed", format!("{other:?}"))),
        }
        Ok(self.objects.get(&key).map(|object| object.0.clone()).unwrap_or_default())
    }

    fn changes(&mut self, since: u64) -> Changes {
        let from = usize::try_from(since).unwrap().min(self.log.len());
        let changes = self.log[from..].iter().map(|(_, change)| change.clone()).collect();
        Changes { position: self.log.len() as u64, changes }
    }
}
