//! Steps that let time pass: hold, settle and wait.

use std::time::Duration;

use clock::Moment;
use environment::Entry;
use flux::FluxKind;
use objects::{Object, Value};

use crate::ConformError;
use crate::play::{CLUSTER, Play};
use crate::refs;

/// How long settling and waiting may take where the step does not say.
const LONGEST: f64 = 60.0;

/// How long after it holds a recorder notices.
const NOTICE: Duration = Duration::from_millis(50);

impl Play<'_> {
    /// Waits until nothing is in hand and nothing changed for a while.
    pub(crate) fn settle(&mut self, step: &Value) -> Result<(), ConformError> {
        let number =
            |key: &str, default: f64| step.get(key).and_then(Value::as_f64).unwrap_or(default);
        let quiet = number("quiet", 2.0);
        let end = self.place.now() + Duration::from_secs_f64(number("timeout", 120.0));
        let wants_ready = step.bool_at(&["ready"]).unwrap_or(false);
        let begin = self.place.now();
        loop {
            self.place.run_ready()?;
            let objects = self.flux_objects()?;
            let failing = objects.iter().any(|object| is_source(object) && !is_ready(object));
            let needed = Duration::from_secs_f64(if failing { quiet.max(4.0) } else { quiet });
            let calm = self.last_change()?.map_or(begin, |at| at.max(begin)) + needed;
            let busy = objects.iter().any(is_busy);
            let waits = busy || (wants_ready && !objects.iter().all(is_ready));
            let now = self.place.now();
            if (!waits && now >= calm) || now >= end {
                return Ok(());
            }
            let target = if waits { end } else { calm.min(end) };
            self.advance(target)?;
        }
    }

    /// Waits until something holds, or the time is over.
    pub(crate) fn wait(&mut self, step: &Value) -> Result<(), ConformError> {
        let longest = step.get("timeout").and_then(Value::as_f64).unwrap_or(LONGEST);
        let end = self.place.now() + Duration::from_secs_f64(longest);
        loop {
            self.place.run_ready()?;
            if self.holds(step)? {
                return self.pass(NOTICE);
            }
            if self.place.now() >= end {
                return Ok(());
            }
            self.advance(end)?;
        }
    }

    fn holds(&mut self, step: &Value) -> Result<bool, ConformError> {
        if let Some(event) = step.get("event") {
            return self.event_is_there(event);
        }
        let named = |key: &str| step.str_at(&[key]).and_then(refs::parse);
        if let Some((_, id)) = named("gone") {
            return Ok(self.place.cluster(CLUSTER)?.get(&id).is_none());
        }
        if let Some((_, id)) = named("exists") {
            return Ok(self.place.cluster(CLUSTER)?.get(&id).is_some());
        }
        let Some((_, id)) = named("for") else { return Ok(true) };
        let object = self.place.cluster(CLUSTER)?.get(&id).map(|object| object.clone());
        let Some(object) = object else { return Ok(false) };
        Ok(self.object_holds(&object, step))
    }

    fn object_holds(&self, object: &Object, step: &Value) -> bool {
        let text = |key: &str| step.str_at(&[key]);
        if let Some((kind, status)) = text("condition").and_then(|text| text.split_once('=')) {
            let Some(condition) = object.condition(kind) else { return false };
            let is = |key: &str| condition.str_at(&[key]).unwrap_or_default();
            let current = condition.int_at(&["observedGeneration"]).unwrap_or(0);
            let fits = is("status") == status
                && text("reason").is_none_or(|reason| is("reason") == reason)
                && text("message").is_none_or(|part| is("message").contains(part))
                && (current == 0 || current == object.generation());
            if !fits {
                return false;
            }
        }
        if let Some((repository, branch)) = text("revision").and_then(|text| text.split_once('@')) {
            let last =
                self.commits.iter().rev().find(|(_, repo, at)| repo == repository && at == branch);
            let wanted = last.map(|(id, ..)| id.as_str()).unwrap_or_default();
            let path: &[&str] = match object.kind() {
                "Kustomization" => &["status", "lastAppliedRevision"],
                _ => &["status", "artifact", "revision"],
            };
            let known = text("path").and_then(|path| at(object, path)).or_else(|| object.at(path));
            if !known.and_then(Value::as_str).is_some_and(|known| known.ends_with(wanted)) {
                return false;
            }
        } else if let Some(path) = text("path") {
            let wanted = step.get("value").map(|value| self.with_commits(value));
            let found = at(object, path);
            return match wanted {
                Some(wanted) => found == Some(&wanted),
                None => found.is_some_and(|value| !value.is_null()),
            };
        }
        true
    }

    fn event_is_there(&mut self, wanted: &Value) -> Result<bool, ConformError> {
        let text = |key: &str| wanted.str_at(&[key]);
        let Some((_, id)) = text("object").and_then(refs::parse) else { return Ok(true) };
        let needed = wanted.int_at(&["count"]).unwrap_or(1);
        let mut count = 0;
        for event in self.place.cluster(CLUSTER)?.objects() {
            let is = |path: &[&str]| event.str_at(path).unwrap_or_default().to_owned();
            let fits = event.kind() == "Event"
                && is(&["involvedObject", "kind"]) == id.kind.kind
                && is(&["involvedObject", "namespace"]) == id.namespace
                && is(&["involvedObject", "name"]) == id.name
                && text("reason").is_none_or(|reason| is(&["reason"]) == reason)
                && text("message").is_none_or(|part| is(&["message"]).contains(part));
            if fits {
                count += event.int_at(&["count"]).unwrap_or(1);
            }
        }
        Ok(count >= needed)
    }

    /// The Flux objects of the case's namespaces.
    pub(crate) fn flux_objects(&mut self) -> Result<Vec<Object>, ConformError> {
        let namespaces = self.case.namespaces();
        let objects = self.place.cluster(CLUSTER)?.objects();
        let own = |object: &Object| {
            FluxKind::of_gvk(&object.gvk()).is_some()
                && namespaces.iter().any(|namespace| namespace == object.namespace())
        };
        Ok(objects.into_iter().filter(own).collect())
    }

    /// When a Flux object last changed in more than its times.
    fn last_change(&mut self) -> Result<Option<Moment>, ConformError> {
        let journal = self.place.cluster(CLUSTER)?.journal();
        let is_flux = |entry: &&Entry| FluxKind::of_gvk(&entry.object.gvk()).is_some();
        let mut changes = journal.iter().rev().filter(is_flux);
        Ok(changes.find(|entry| is_change(entry)).map(|entry| entry.at))
    }
}

fn is_change(entry: &Entry) -> bool {
    let Some(before) = &entry.before else { return true };
    let state = |object: &Object| {
        let conditions = object.list_at(&["status", "conditions"]).iter();
        let core = conditions.map(|condition| {
            ["type", "status", "reason", "message"].map(|key| condition.get(key).cloned())
        });
        let paths: [&[&str]; 4] = [
            &["metadata", "annotations"],
            &["status", "artifact"],
            &["status", "inventory"],
            &["status", "lastHandledReconcileAt"],
        ];
        let parts = paths.map(|path| object.at(path).cloned());
        (core.collect::<Vec<_>>(), parts, object.generation(), object.is_deleting())
    };
    entry.kind == client::ChangeKind::Deleted || state(before) != state(&entry.object)
}

fn at<'a>(object: &'a Object, path: &str) -> Option<&'a Value> {
    let parts: Vec<&str> = path.split('.').collect();
    object.at(&parts)
}

fn is_source(object: &Object) -> bool {
    object.api_version().starts_with("source.toolkit.fluxcd.io/")
}

fn is_ready(object: &Object) -> bool {
    object.condition("Ready").and_then(|ready| ready.str_at(&["status"])) == Some("True")
}

/// Whether a controller has the object in hand: reconciling, and not between two tries. A
/// HelmRelease that says why it is not ready is between two tries, too.
fn is_busy(object: &Object) -> bool {
    let is_release = object.kind() == "HelmRelease";
    if is_release && object.is_deleting() {
        return true;
    }
    let status = |kind: &str, key: &str| {
        object.condition(kind).and_then(|condition| condition.str_at(&[key])).unwrap_or_default()
    };
    let waits = is_release && status("Ready", "status") == "False";
    status("Reconciling", "status") == "True"
        && status("Reconciling", "reason") != "ProgressingWithRetry"
        && !waits
}
