//! The actions of a step.

use client::{Call, Options, Patch, Propagation, Verb};
use objects::{Object, Value, from_json, to_json};

use crate::player::Run;

impl Run {
    /// Does what a step says; what the API refused.
    pub(crate) fn step(&mut self, step: &Value) -> Vec<Value> {
        let mut refused = Vec::new();
        for object in self.with_owners(step) {
            refused.extend(self.apply(&object));
        }
        for object in step.list_at(&["create"]) {
            refused.extend(self.create(object));
        }
        if let Some(patch) = step.get("patch") {
            refused.extend(self.patch(patch));
        }
        if let Some(patch) = step.get("patchPod") {
            let target = self.target("v1", "Pod", &self.pick(patch));
            refused.extend(self.merge(target, patch));
        }
        if let Some(scale) = step.get("scale") {
            let mut body = Value::map();
            body.set(&["spec", "replicas"], scale.get("replicas").cloned().unwrap_or_default());
            let target = self.named(scale).subresource("scale");
            let verb = Verb::Patch(Patch::Merge);
            refused.extend(self.send(&Call { body: Some(body), ..Call::new(verb, target) }));
        }
        if let Some(delete) = step.get("delete") {
            refused.extend(self.delete(delete));
        }
        if let Some(evict) = step.get("evict") {
            let name = self.pick(evict);
            let mut body = Value::from([("apiVersion", "policy/v1"), ("kind", "Eviction")]);
            body.set(&["metadata", "name"], name.as_str());
            body.set(&["metadata", "namespace"], self.namespace.as_str());
            let target = self.target("v1", "Pod", &name).subresource("eviction");
            let call = Call { body: Some(body), ..Call::new(Verb::Create, target) };
            refused.extend(self.send(&call));
        }
        self.note();
        refused
    }

    /// The step's objects, with uids of owners filled in.
    fn with_owners(&self, step: &Value) -> Vec<Value> {
        let mut text = to_json(&step.get("apply").cloned().unwrap_or_default());
        for (key, word) in [("ownerUid", "OWNER"), ("owner2Uid", "OWNER2")] {
            let Some(named) = step.str_at(&[key]) else { continue };
            let uid = self.find(named).map(|object| object.uid().to_owned()).unwrap_or_default();
            text = text.replace(&format!("\"{word}\""), &format!("\"{uid}\""));
        }
        from_json(text.as_bytes()).unwrap().as_list().unwrap_or_default().to_vec()
    }

    fn create(&mut self, object: &Value) -> Option<Value> {
        let object = Object(object.clone());
        let mut target = self.target(object.api_version(), object.kind(), object.name());
        target.name = None;
        self.send(&Call { body: Some(object.0), ..Call::new(Verb::Create, target) })
    }

    fn named(&self, action: &Value) -> client::Target {
        let text = action.str_at(&["target"]).unwrap();
        let mut words = text.split(' ');
        let mut next = || words.next().unwrap_or_default();
        let (version, kind, name) = (next(), next(), next());
        if name == "@first" {
            let all = self.place.server.objects();
            let mut own = all.filter(|one| one.kind() == kind && one.namespace() == self.namespace);
            let first = own.next().unwrap().name().to_owned();
            return self.target(version, kind, &first);
        }
        self.target(version, kind, name)
    }

    fn find(&self, text: &str) -> Option<Object> {
        let target = self.named(&Value::from([("target", text)]));
        let namespace = target.namespace.unwrap_or_default();
        let kind = target.gvk.group_kind();
        self.place.server.get(&kind, &namespace, &target.name?).cloned()
    }

    /// A pod by label, creation and name.
    fn pick(&self, action: &Value) -> String {
        let labels = action.str_at(&["labels"]).unwrap_or_default();
        let (key, value) = labels.split_once('=').unwrap();
        let leaving = action.bool_at(&["terminating"]) == Some(true);
        let mut pods: Vec<&Object> = self
            .place
            .server
            .objects()
            .filter(|one| one.kind() == "Pod" && one.namespace() == self.namespace)
            .filter(|one| one.label(key) == Some(value) && one.is_deleting() == leaving)
            .collect();
        let created =
            |one: &Object| one.str_at(&["metadata", "creationTimestamp"]).map(str::to_owned);
        pods.sort_by_key(|one| (created(one), one.name().to_owned()));
        let index = usize::try_from(action.int_at(&["index"]).unwrap_or(0)).unwrap();
        pods[index].name().to_owned()
    }

    fn patch(&mut self, patch: &Value) -> Option<Value> {
        let mut target = self.named(patch);
        if let Some(sub) = patch.str_at(&["subresource"]) {
            target = target.subresource(sub);
        }
        self.merge(target, patch)
    }

    fn merge(&mut self, target: client::Target, patch: &Value) -> Option<Value> {
        let verb = match patch.str_at(&["type"]) {
            Some("strategic") => Patch::Strategic,
            Some("json") => Patch::Json,
            _ => Patch::Merge,
        };
        let body = patch.get("body").cloned();
        self.send(&Call { body, ..Call::new(Verb::Patch(verb), target) })
    }

    fn delete(&mut self, delete: &Value) -> Option<Value> {
        let target = match delete.get("pod") {
            Some(pod) => self.target("v1", "Pod", &self.pick(pod)),
            None => self.named(delete),
        };
        let propagation = delete.str_at(&["propagation"]).map(|text| match text {
            "Foreground" => Propagation::Foreground,
            "Orphan" => Propagation::Orphan,
            _ => Propagation::Background,
        });
        let grace_seconds = delete.int_at(&["grace"]);
        let options = Options { propagation, grace_seconds, ..Options::default() };
        self.send(&Call { options, ..Call::new(Verb::Delete, target) })
    }
}
