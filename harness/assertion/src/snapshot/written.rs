//! The text of a snapshot: a line for each object, then the bodies that it names.

use objects::{Map, Object, ObjectId, Value};
use scenario::expect::Field;
use scenario::step::Snapshot;
use scenario::terms::ObjectPattern;

use crate::normal::{self, Without};
use crate::observation::{ClusterView, Observation};
use crate::{look, relation, shown};

/// The text of a snapshot: the same for the same state, whatever the uids and times.
#[must_use]
pub fn render(snapshot: &Snapshot, world: &Observation) -> String {
    let mut out = String::new();
    for (name, view) in &world.clusters {
        if !snapshot.clusters.is_empty() && !snapshot.clusters.contains(name) {
            continue;
        }
        if world.clusters.len() > 1 {
            out.push_str(&format!("# cluster {name}\n"));
        }
        cluster(snapshot, world, view, &mut out);
    }
    out
}

fn cluster(snapshot: &Snapshot, world: &Observation, view: &ClusterView, out: &mut String) {
    let means = |patterns: &[ObjectPattern], id: &ObjectId| {
        patterns.iter().any(|pattern| pattern.matches(id, &world.default_namespace))
    };
    let shown = |id: &ObjectId, object: &Object| {
        let named = snapshot
            .objects
            .iter()
            .any(|pattern| pattern.kind != "*" && pattern.matches(id, &world.default_namespace));
        let chosen = snapshot.objects.is_empty() || means(&snapshot.objects, id);
        chosen && (named || normal::counts(id, object)) && !means(&snapshot.except, id)
    };
    let objects: Vec<_> = view.objects.iter().filter(|(id, object)| shown(id, object)).collect();
    for (id, object) in &objects {
        out.push_str(&line(id, object, &snapshot.fields, world));
    }
    let bodies = view.objects.iter().filter(|(id, _)| means(&snapshot.bodies, id));
    for (id, object) in bodies {
        out.push_str(&format!("---\n# {id}\n"));
        shown::block(&body(object, &snapshot.redact), 0, out);
    }
}

/// `Deployment/apps/podinfo  Current  spec.replicas=2`
fn line(id: &ObjectId, object: &Object, fields: &[Field], world: &Observation) -> String {
    let mut words = vec![id.to_string(), state(object, world)];
    let clean = body(object, &[]);
    for field in fields {
        let found = look::values_at(&clean, &field.segments);
        let found: Vec<String> = found.into_iter().map(shown::line).collect();
        if !found.is_empty() {
            words.push(format!("{field}={}", found.join(",")));
        }
    }
    words.join("  ").trim_end().to_owned() + "\n"
}

/// The state of an object in a word or two.
fn state(object: &Object, world: &Observation) -> String {
    if object.is_deleting() {
        return "Terminating".to_owned();
    }
    if let Some(ready) = object.condition("Ready") {
        let text = |key| ready.str_at(&[key]).unwrap_or_default();
        return match text("status") {
            "True" => "Ready".to_owned(),
            status => format!("Ready={status} {}", text("reason")),
        };
    }
    match health::compute(object, world.now) {
        Ok(health) => format!("{:?}", health.status),
        Err(_) => "Unknown".to_owned(),
    }
}

/// A body without what differs from run to run, and without secrets.
fn body(object: &Object, redact: &[Field]) -> Value {
    let without = Without { revisions: true, history: true, ..Without::default() };
    let mut value = normal::normal(object, without);
    if object.kind() == "Secret" {
        for data in ["data", "stringData"] {
            if let Some(map) = value.at(&[data]).and_then(Value::as_map) {
                let masked: Map =
                    map.keys().map(|key| (key.clone(), "<redacted>".into())).collect();
                value.set(&[data], masked);
            }
        }
        value.remove(&[
            "metadata",
            "annotations",
            "kubectl.kubernetes.io/last-applied-configuration",
        ]);
    }
    for field in redact {
        if relation::has(&value, &field.segments) {
            relation::remove(&mut value, &field.segments);
        }
    }
    value
}
