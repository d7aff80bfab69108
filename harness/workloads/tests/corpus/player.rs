//! One case after the other: the API, the simulator, the time, and a log of all.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use apiserver::{ApiServer, Settings};
use client::{Call, Change, ChangeKind, Options, Patch, Status, Target, Verb};
use clock::{Moment, Seed};
use objects::{Gvk, Map, Object, ObjectId, Value, load_yaml, to_json};
use workloads::{
    Balancer, Behaviour, Behaviours, Changes, Cluster, Matcher, PodLife, Rule, Simulator,
};
use yaml::Schema;

/// The API at a moment.
pub(crate) struct Place {
    pub(crate) server: ApiServer,
    pub(crate) now: Moment,
}

impl Cluster for Place {
    fn call(&mut self, call: &Call) -> Result<Value, Status> {
        let answer = self.server.call(self.now, call);
        if let Err(error) = &answer
            && std::env::var_os("FLUXRIG_REFUSALS").is_some()
        {
            eprintln!("refused {:?} {:?}: {error}", call.verb, call.target);
        }
        answer
    }

    fn changes(&mut self, since: u64) -> Changes {
        let entries = self.server.changes_after(since);
        let changes = entries
            .into_iter()
            .map(|entry| Change { kind: entry.kind, object: entry.object.clone() });
        Changes { changes: changes.collect(), position: self.server.revision() }
    }
}

/// A run of one case.
pub(crate) struct Run {
    pub(crate) place: Place,
    pub(crate) simulator: Simulator,
    pub(crate) namespace: String,
    /// Cluster-scoped objects that the case brings: kind and name.
    own: Vec<(String, String)>,
    seen: u64,
    log: Vec<Value>,
    steps: Vec<Value>,
    applied: Vec<Object>,
    /// The objects as they stood after the change that is looked at.
    world: BTreeMap<ObjectId, Object>,
    health: Vec<(String, Vec<Value>)>,
}

pub(crate) fn play_all(root: &Path, raw: &Path, got: &Path) {
    let mut cases: Vec<_> = std::fs::read_dir(root).unwrap().flatten().collect();
    cases.sort_by_key(std::fs::DirEntry::file_name);
    let wanted = std::env::var("FLUXRIG_CASE").unwrap_or_default();
    let node = std::fs::read_to_string(root.join("node.yaml")).unwrap();
    let node = load_yaml(&node, Schema::Yaml11).unwrap().remove(0);
    for entry in cases {
        let file = entry.path().join("case.yaml");
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let case = load_yaml(&text, Schema::Yaml11).unwrap().remove(0);
        let id = case.str_at(&["id"]).unwrap();
        if !wanted.is_empty() && !id.contains(&wanted) {
            continue;
        }
        let run = play(&case, &node);
        std::fs::write(raw.join(format!("{id}.json")), to_json(&run.raw())).unwrap();
        let folder = got.join(id).join("expected");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("health.yaml"), to_json(&run.health())).unwrap();
    }
}

fn play(case: &Value, node: &Value) -> Run {
    let id = case.str_at(&["id"]).unwrap().to_owned();
    let server = ApiServer::new(Settings::default(), Moment::START).unwrap();
    let behaviours = Behaviours { rules: rules(case), ..Behaviours::default() };
    let steps = case.list_at(&["steps"]);
    let mut run = Run {
        place: Place { server, now: Moment::START },
        simulator: Simulator::new(behaviours, Seed(1)),
        namespace: id.clone(),
        own: steps.iter().flat_map(cluster_objects).collect(),
        seen: 0,
        log: Vec::new(),
        steps: Vec::new(),
        applied: Vec::new(),
        world: BTreeMap::new(),
        health: Vec::new(),
    };
    run.apply(node);
    if case.bool_at(&["namespaceIsPartOfTheCase"]) != Some(true) {
        let mut namespace = Value::from([("apiVersion", "v1"), ("kind", "Namespace")]);
        namespace.set(&["metadata", "name"], id.as_str());
        run.apply(&namespace);
    }
    run.until(Moment::START + Duration::from_secs(1));
    run.seen = run.place.server.revision();
    for step in steps {
        if let Some(second) = step.int_at(&["align"]) {
            let now = run.place.now.unix_seconds();
            let wait = (second - now % 60).rem_euclid(60);
            run.until(run.place.now + Duration::from_secs(wait as u64));
        }
        let at = run.seconds();
        run.steps.push(Value::from([("t", at)]));
        let refused = run.step(step);
        run.steps.last_mut().unwrap().set(&["refused"], refused);
        let wait = step.at(&["wait"]).and_then(Value::as_f64).unwrap_or(4.0);
        run.until(run.place.now + Duration::from_secs_f64(wait));
    }
    run
}

fn cluster_objects(step: &Value) -> Vec<(String, String)> {
    let objects = step.list_at(&["apply"]).iter().chain(step.list_at(&["create"]));
    let text = |object: &Value, path: &[&str]| object.str_at(path).unwrap_or_default().to_owned();
    objects
        .map(|object| (text(object, &["kind"]), text(object, &["metadata", "name"])))
        .filter(|(kind, _)| ["Node", "PersistentVolume", "StorageClass"].contains(&kind.as_str()))
        .collect()
}

/// Rules for every combination of `sim/` annotations in the case.
fn rules(case: &Value) -> Vec<Rule> {
    let any = Matcher::default();
    let pending = Behaviour::LoadBalancer(Balancer::Pending);
    let mut rules = vec![Rule { matcher: any, behaviour: pending }];
    annotations(case, &mut rules);
    rules
}

fn annotations(value: &Value, rules: &mut Vec<Rule>) {
    match value {
        Value::List(items) => items.iter().for_each(|item| annotations(item, rules)),
        Value::Map(map) => {
            if let Some(own) = map.get("annotations").and_then(Value::as_map) {
                add_rules(own, rules);
            }
            map.values().for_each(|value| annotations(value, rules));
        }
        _ => {}
    }
}

fn add_rules(annotations: &Map, rules: &mut Vec<Rule>) {
    let text = |key: &str| annotations.get(&format!("sim/{key}")).and_then(Value::as_str);
    let time = |key: &str, default: u64| {
        let given = text(key).and_then(|text| clock::parse_duration(text).ok());
        given.unwrap_or(Duration::from_secs(default))
    };
    let simulated = annotations.iter().filter(|(key, _)| key.starts_with("sim/"));
    let matcher = Matcher {
        annotations: simulated
            .map(|(key, value)| (key.to_string(), value.as_str().unwrap_or_default().to_owned()))
            .collect(),
        ..Matcher::default()
    };
    if matcher.annotations.is_empty() {
        return;
    }
    let life = match text("behaviour").unwrap_or("ready") {
        "late-ready" => PodLife::LateReady(time("delay", 3)),
        "never-ready" => PodLife::NeverReady,
        "image-pull" => PodLife::ImagePull("failed to pull and unpack image: not found".into()),
        "config-error" => PodLife::ConfigError("configmap not found".into()),
        "crash" => PodLife::CrashLoop,
        "oom" => PodLife::OutOfMemory,
        "complete" => PodLife::Complete(time("run", 2)),
        "fail" => {
            let code = text("exit").and_then(|code| code.parse().ok()).unwrap_or(1);
            PodLife::Fail(code, time("run", 2))
        }
        "flap" => PodLife::Flap(Duration::from_secs(3)),
        _ => PodLife::Ready(time("delay", 1)),
    };
    rules.push(Rule { matcher: matcher.clone(), behaviour: Behaviour::Pod(life) });
    if text("delete-delay").is_some() {
        let behaviour = Behaviour::SlowDelete(time("delete-delay", 1));
        rules.push(Rule { matcher, behaviour });
    }
}

impl Run {
    fn seconds(&self) -> f64 {
        self.place.now.since(Moment::START).as_secs_f64()
    }

    /// Lets everything happen that is due before a moment.
    fn until(&mut self, end: Moment) {
        loop {
            loop {
                let before = self.place.server.revision();
                while self.place.server.tick(self.place.now) {}
                self.simulator.run(self.place.now, &mut self.place);
                if self.place.server.revision() == before {
                    break;
                }
            }
            self.note();
            match self.simulator.next_due() {
                Some(due) if due < end => self.place.now = self.place.now.max(due),
                _ => break,
            }
        }
        self.place.now = end;
    }

    /// Takes what happened into the log.
    pub(crate) fn note(&mut self) {
        let t = self.seconds();
        let entries = self.place.server.changes_after(self.seen);
        let entries: Vec<_> = entries.into_iter().cloned().collect();
        self.seen = self.place.server.revision();
        for entry in entries {
            if !self.belongs(&entry.object) {
                continue;
            }
            let kind = match entry.kind {
                ChangeKind::Added => "ADDED",
                ChangeKind::Modified => "MODIFIED",
                ChangeKind::Deleted => "DELETED",
            };
            self.log.push(Value::from(vec![t.into(), kind.into(), bare(&entry.object)]));
            match entry.kind {
                ChangeKind::Deleted => self.world.remove(&entry.object.id()),
                _ => self.world.insert(entry.object.id(), entry.object.clone()),
            };
            self.judge(t);
        }
    }

    fn belongs(&self, object: &Object) -> bool {
        let (kind, name) = (object.kind(), object.name());
        match object.namespace() {
            "" if kind == "Namespace" => name == self.namespace,
            "" => self.own.iter().any(|(k, n)| k == kind && n == name),
            namespace => namespace == self.namespace,
        }
    }

    /// What Flux would say of every applied object now.
    fn judge(&mut self, t: f64) {
        let now = self.place.now;
        let all: Vec<Object> = self
            .world
            .values()
            .filter(|one| ["Pod", "ReplicaSet"].contains(&one.kind()))
            .cloned()
            .collect();
        let since = self.steps.last().and_then(|step| step.at(&["t"])).and_then(Value::as_f64);
        for applied in &self.applied {
            let id = applied.id();
            let title = format!("{} {} {}", applied.api_version(), applied.kind(), applied.name());
            let mut state = match self.world.get(&id) {
                None if !self.health.iter().any(|(known, _)| *known == title) => continue,
                None => Value::from([("gone", true)]),
                Some(object) => {
                    let object = self.place.server.present(&applied.gvk(), object);
                    let health = match object.kind() {
                        "Job" => health::job_reader(&object),
                        _ => health::poll(&object, &all, now).health,
                    };
                    let status = health.status.to_string();
                    Value::from([("status", status), ("message", health.message)])
                }
            };
            let list = match self.health.iter_mut().find(|(known, _)| *known == title) {
                Some((_, list)) => list,
                None => {
                    self.health.push((title, Vec::new()));
                    &mut self.health.last_mut().unwrap().1
                }
            };
            let same = list.last().is_some_and(|last| {
                let keys = ["gone", "status", "message"];
                keys.iter().all(|key| last.get(key) == state.get(key))
            });
            if !same {
                state.set(&["step"], self.steps.len() as i64);
                state.set(&["t"], t - since.unwrap_or(t));
                list.push(state);
            }
        }
    }

    fn raw(&self) -> Value {
        let kinds = [
            "Pod",
            "Service",
            "Endpoints",
            "ConfigMap",
            "Secret",
            "ServiceAccount",
            "PersistentVolumeClaim",
            "PersistentVolume",
            "ReplicationController",
            "Namespace",
            "Node",
            "ResourceQuota",
            "LimitRange",
            "Deployment",
            "ReplicaSet",
            "StatefulSet",
            "DaemonSet",
            "ControllerRevision",
            "Job",
            "CronJob",
            "EndpointSlice",
            "PodDisruptionBudget",
            "HorizontalPodAutoscaler",
            "Ingress",
            "NetworkPolicy",
            "Role",
            "RoleBinding",
            "StorageClass",
        ];
        let last = self.place.server.objects().filter(|one| self.belongs(one));
        let last = last.filter(|one| kinds.contains(&one.kind())).map(bare);
        Value::from([
            ("id", Value::from(self.namespace.as_str())),
            ("t0", 0.0.into()),
            ("tend", self.seconds().into()),
            ("steps", self.steps.clone().into()),
            ("log", self.log.clone().into()),
            ("final", last.collect::<Vec<_>>().into()),
        ])
    }

    fn health(&self) -> Value {
        self.health
            .iter()
            .map(|(title, list)| {
                Value::from([
                    ("object", Value::from(title.as_str())),
                    ("health", list.clone().into()),
                ])
            })
            .collect()
    }

    /// Server-side apply as the recordings do it.
    pub(crate) fn apply(&mut self, object: &Value) -> Option<Value> {
        let mut object = Object(object.clone());
        let target = self.target(object.api_version(), object.kind(), object.name());
        if let Some(namespace) = &target.namespace {
            object.set(&["metadata", "namespace"], namespace.as_str());
        }
        if !self.steps_known(&object) {
            self.applied.push(object.clone());
        }
        let status = object.0.remove(&["status"]);
        let options = Options { manager: "case".into(), force: true, ..Options::default() };
        let call = Call {
            body: Some(object.0.clone()),
            options,
            ..Call::new(Verb::Patch(Patch::Apply), target.clone())
        };
        let refused = self.send(&call);
        if let (Some(status), "Node") = (status, object.kind()) {
            let mut patch = Value::map();
            patch.set(&["status"], status);
            let target = target.subresource("status");
            let call = Call { body: Some(patch), ..Call::new(Verb::Patch(Patch::Merge), target) };
            return refused.or_else(|| self.send(&call));
        }
        refused
    }

    fn steps_known(&self, object: &Object) -> bool {
        let known = self.applied.iter().any(|one| one.id() == object.id());
        known || (object.kind() == "Namespace" || object.name() == "node-1") && self.seen == 0
    }

    /// A call of the case; the refusal as the recordings note it.
    pub(crate) fn send(&mut self, call: &Call) -> Option<Value> {
        let error = self.place.server.call(self.place.now, call).err()?;
        Some(Value::from([
            ("code", Value::Int(i64::from(error.code))),
            ("reason", error.reason.as_str().into()),
            ("message", error.message.as_str().into()),
        ]))
    }

    pub(crate) fn target(&self, api_version: &str, kind: &str, name: &str) -> Target {
        let gvk = Gvk::from_api_version(api_version, kind);
        let namespaced = self.place.server.resource(&gvk).is_ok_and(|found| found.namespaced);
        let namespace = if namespaced { self.namespace.as_str() } else { "" };
        Target::new(gvk, namespace, name)
    }
}

fn bare(object: &Object) -> Value {
    let mut object = object.clone();
    object.remove(&["metadata", "managedFields"]);
    if object.kind() == "Pod" {
        // Go writes the absent time of a pod's condition as null.
        let mut conditions = object.list_at(&["status", "conditions"]).to_vec();
        if !conditions.is_empty() {
            conditions.iter_mut().for_each(|one| one.set(&["lastProbeTime"], Value::Null));
            object.set(&["status", "conditions"], conditions);
        }
    }
    if object.kind() == "Job" && object.at(&["metadata", "labels"]).is_none() {
        // Defaulting gives a job the labels of its template.
        let labels = object.at(&["spec", "template", "metadata", "labels"]).cloned();
        object.set(&["metadata", "labels"], labels);
    }
    object.0
}
