//! A small world for tests: an API of maps, a repository of trees, a virtual clock.

#![expect(clippy::unwrap_used, reason = "the rig is part of tests")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use client::{Answer, Api, Call, Change, ChangeKind, Patch, Resource, Status, Verb, Watch};
use clock::{Clock, Moment};
use objects::{GroupKind, Gvk, Object, ObjectId, Value};
use reconciler::fetch::{Commit, Refs, Remote};
use reconciler::{Fetch, FetchError, Fetching, Reconcilers, Settings};
use tree::{Tree, TreePath};

#[derive(Default)]
struct State {
    objects: BTreeMap<ObjectId, Object>,
    log: Vec<(GroupKind, Change)>,
    revision: i64,
}

#[derive(Clone, Default)]
pub(crate) struct MapApi(Rc<RefCell<State>>);

impl State {
    fn store(&mut self, mut object: Object, kind: ChangeKind) -> Object {
        self.revision += 1;
        object.set(&["metadata", "resourceVersion"], self.revision.to_string());
        let id = object.id();
        let finalizers = object.list_at(&["metadata", "finalizers"]).len();
        if kind == ChangeKind::Deleted || (object.is_deleting() && finalizers == 0) {
            self.objects.remove(&id);
            let change = Change { kind: ChangeKind::Deleted, object: object.clone() };
            self.log.push((id.kind, change));
        } else {
            self.objects.insert(id.clone(), object.clone());
            self.log.push((id.kind, Change { kind, object: object.clone() }));
        }
        object
    }

    fn create(&mut self, mut object: Object) -> Object {
        let uid = format!("uid-{}", self.revision + 1);
        object.set(&["metadata", "uid"], uid);
        object.set(&["metadata", "generation"], 1);
        if object.api_version().contains("toolkit.fluxcd.io") && object.get("status").is_none() {
            object.set(&["status", "observedGeneration"], -1);
        }
        self.store(object, ChangeKind::Added)
    }

    fn update(&mut self, old: &Object, mut new: Object) -> Object {
        if new == *old {
            return new;
        }
        if new.get("spec") != old.get("spec") || new.is_deleting() != old.is_deleting() {
            new.set(&["metadata", "generation"], old.generation() + 1);
        }
        self.store(new, ChangeKind::Modified)
    }

    fn answer(&mut self, call: &Call) -> Result<Value, Status> {
        let target = &call.target;
        let id = ObjectId {
            kind: target.gvk.group_kind(),
            namespace: target.namespace.clone().unwrap_or_default(),
            name: target.name.clone().unwrap_or_default(),
        };
        let known = self.objects.get(&id).cloned();
        let missing = || {
            let plural = format!("{}s", id.kind.kind.to_lowercase());
            let group = if id.kind.group.is_empty() {
                String::new()
            } else {
                format!(".{}", id.kind.group)
            };
            Status::new(404, "NotFound", format!("{plural}{group} {:?} not found", id.name))
        };
        let body = call.body.clone().unwrap_or_default();
        match call.verb {
            Verb::Get => known.map(|object| object.0).ok_or_else(missing),
            Verb::List => {
                let fits = |object: &&Object| {
                    object.id().kind == id.kind
                        && (id.namespace.is_empty() || object.namespace() == id.namespace)
                };
                let items: Value =
                    self.objects.values().filter(fits).map(|o| o.0.clone()).collect();
                Ok(Value::from([("items", items)]))
            }
            Verb::Create => Ok(self.create(Object(body)).0),
            Verb::Delete => {
                let mut object = known.ok_or_else(missing)?;
                let old = object.clone();
                object.set(&["metadata", "deletionTimestamp"], "2026-01-01T00:00:00Z");
                Ok(self.update(&old, object).0)
            }
            Verb::Patch(Patch::Merge) => {
                let old = known.ok_or_else(missing)?;
                let mut new = old.clone();
                merge(&mut new.0, &body);
                Ok(self.update(&old, new).0)
            }
            Verb::Patch(Patch::Apply) => {
                let mut new = known.clone().unwrap_or_default();
                merge(&mut new.0, &body);
                if call.options.dry_run {
                    return Ok(new.0);
                }
                Ok(match known {
                    Some(old) => self.update(&old, new).0,
                    None => self.create(new).0,
                })
            }
            _ => Err(Status::new(405, "MethodNotAllowed", "not in this rig")),
        }
    }
}

fn merge(into: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_map() else {
        *into = patch.clone();
        return;
    };
    for (key, value) in patch {
        if value.is_null() {
            into.remove(&[key]);
        } else {
            merge(into.make_map().slot(key), value);
        }
    }
}

struct LogWatch {
    state: Rc<RefCell<State>>,
    kind: GroupKind,
    at: usize,
}

impl Watch for LogWatch {
    fn next(&mut self) -> Option<Change> {
        let state = self.state.borrow();
        while let Some((kind, change)) = state.log.get(self.at) {
            self.at += 1;
            if *kind == self.kind {
                return Some(change.clone());
            }
        }
        None
    }
}

impl Api for MapApi {
    fn call(&self, call: Call) -> Answer<'_, Value> {
        Box::pin(async move { self.0.borrow_mut().answer(&call) })
    }

    fn resource(&self, gvk: &Gvk) -> Answer<'_, Resource> {
        let mut gvk = gvk.clone();
        if gvk.version.is_empty() {
            gvk.version = "v1".to_owned();
        }
        let namespaced = !matches!(gvk.kind.as_str(), "Namespace" | "ClusterRole");
        let plural = format!("{}s", gvk.kind.to_lowercase());
        Box::pin(async move { Ok(Resource { gvk, plural, namespaced, has_status: true }) })
    }

    fn watch(&self, gvk: &Gvk) -> Result<Box<dyn Watch>, Status> {
        Ok(Box::new(LogWatch { state: self.0.clone(), kind: gvk.group_kind(), at: 0 }))
    }
}

/// One repository whose branch `main` holds a tree; `None` refuses connections.
#[derive(Clone, Default)]
pub(crate) struct OneRepository(Rc<RefCell<Head>>);

type Head = Option<(String, Rc<Tree>)>;

impl Fetch for OneRepository {
    fn list_refs<'a>(&'a self, _: &'a Remote) -> Fetching<'a, Refs> {
        Box::pin(async move {
            let state = self.0.borrow();
            let refused =
                || FetchError::Unreachable("dial tcp: connect: connection refused".to_owned());
            let (id, _) = state.as_ref().ok_or_else(refused)?;
            Ok(Refs { commits: [("refs/heads/main".to_owned(), id.clone())].into() })
        })
    }

    fn fetch<'a>(&'a self, _: &'a Remote, commit: &'a str) -> Fetching<'a, Commit> {
        Box::pin(async move {
            let state = self.0.borrow();
            let (_, tree) = state.as_ref().ok_or(FetchError::CommitNotFound)?;
            Ok(Commit {
                id: commit.to_owned(),
                message: "a commit".to_owned(),
                when: Moment::START,
                tree: tree.clone(),
            })
        })
    }

    fn base(&self, _: &str) -> Option<Tree> {
        None
    }
}

pub(crate) struct Rig {
    pub(crate) api: MapApi,
    pub(crate) clock: Clock,
    pub(crate) repository: OneRepository,
    pub(crate) reconcilers: Reconcilers,
}

impl Rig {
    pub(crate) fn new(settings: Settings) -> Self {
        let (api, repository) = (MapApi::default(), OneRepository::default());
        let clock = Clock::virtual_at(Moment::START);
        let (face, fetch) = (Rc::new(api.clone()), Rc::new(repository.clone()));
        let reconcilers = Reconcilers::new(face, clock.clone(), fetch, settings);
        Self { api, clock, repository, reconcilers }
    }

    /// Puts files on branch `main` under a commit id.
    pub(crate) fn push(&self, id: &str, files: &[(&str, &str)]) {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(TreePath::new(path).unwrap(), text.as_bytes());
        }
        *self.repository.0.borrow_mut() = Some((id.to_owned(), Rc::new(tree)));
    }

    pub(crate) fn create(&self, yaml: &str) {
        for value in objects::load_yaml(yaml, yaml::Schema::Yaml11).unwrap() {
            self.api.0.borrow_mut().create(Object(value));
        }
    }

    pub(crate) fn patch(&self, id: &str, json: &str) {
        let patch = objects::from_json(json.as_bytes()).unwrap();
        let old = self.get(id).unwrap();
        let mut new = old.clone();
        merge(&mut new.0, &patch);
        self.api.0.borrow_mut().update(&old, new);
    }

    pub(crate) fn run_for(&mut self, time: Duration) {
        let end = self.clock.now() + time;
        loop {
            self.reconcilers.run_ready();
            match self.reconcilers.next_due() {
                Some(due) if due <= end => self.clock.advance_to(due),
                _ => break,
            }
        }
        self.clock.advance_to(end);
    }

    /// An object by `Kind/namespace/name`.
    pub(crate) fn get(&self, id: &str) -> Option<Object> {
        let state = self.api.0.borrow();
        state.objects.values().find(|object| object.id().to_string() == id).cloned()
    }

    /// `Type=Status Reason message`, a line each.
    pub(crate) fn conditions(&self, id: &str) -> String {
        let object = self.get(id).unwrap_or_default();
        let text =
            |condition: &Value, key: &str| condition.str_at(&[key]).unwrap_or_default().to_owned();
        let line = |condition: &Value| {
            let get = |key| text(condition, key);
            format!("{}={} {} {}\n", get("type"), get("status"), get("reason"), get("message"))
        };
        object.list_at(&["status", "conditions"]).iter().map(line).collect()
    }

    /// `Type Reason message xN` of every event about an object, a line each.
    pub(crate) fn events(&self, kind: &str) -> String {
        let state = self.api.0.borrow();
        let mut lines = String::new();
        let first = |change: &&(GroupKind, Change)| {
            change.0.kind == "Event" && change.1.kind == ChangeKind::Added
        };
        for (_, change) in state.log.iter().filter(first) {
            let event = state.objects.get(&change.object.id()).unwrap_or(&change.object);
            if event.str_at(&["involvedObject", "kind"]) == Some(kind) {
                let get = |key: &str| event.str_at(&[key]).unwrap_or_default();
                let count = event.int_at(&["count"]).unwrap_or(0);
                let line =
                    format!("{} {} {} x{count}\n", get("type"), get("reason"), get("message"));
                lines.push_str(&line);
            }
        }
        lines
    }
}
