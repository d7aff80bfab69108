//! What happened, in the layout of the recordings.

use std::collections::BTreeMap;

use client::ChangeKind;
use clock::Moment;
use environment::Entry;
use flux::FluxKind;
use objects::{Object, ObjectId, Value};

use crate::ConformError;
use crate::normal::Normal;
use crate::play::{CLUSTER, Play};

/// The files of a played case, by name.
pub(crate) type Recorded = BTreeMap<String, Value>;

impl Play<'_> {
    /// Everything that was observed, in normal form.
    pub(crate) fn recorded(mut self) -> Result<Recorded, ConformError> {
        let mut normal = Normal::new(
            self.commits.iter().map(|(id, ..)| id.clone()),
            self.case.body.list_at(&["controllers"]),
        )?;
        let mut files = Recorded::new();
        for (number, seen) in self.observations.iter().enumerate() {
            let flux =
                seen.flux.iter().map(|object| normal.object(object, true)).collect::<Value>();
            let others = seen.others.iter().map(|object| normal.object(object, false));
            let (step, t) = self.when(seen.at);
            let file = Value::from([
                ("step", Value::from(step)),
                ("observe", seen.name.as_str().into()),
                ("flux", flux),
                ("objects", others.collect()),
                ("t", vec![t].into()),
            ]);
            files.insert(format!("{:02}-{}.yaml", number + 1, seen.name), file);
        }
        files.insert("commits.yaml".to_owned(), self.commit_list());
        let journal = self.place.cluster(CLUSTER)?.journal().to_vec();
        let events = self.events(&journal, &mut normal);
        files.insert("notified.yaml".to_owned(), notified(&events));
        files.insert("events.yaml".to_owned(), events);
        files.insert("transitions.yaml".to_owned(), self.transitions(&journal, &mut normal));
        Ok(files)
    }

    /// The acting step that a moment belongs to, and the seconds since it began.
    fn when(&self, at: Moment) -> (i64, Value) {
        let began = self.steps.iter().rev().find(|(_, start)| *start <= at);
        let (step, start) = began.copied().unwrap_or((0, at));
        let tenths = (at.since(start).as_secs_f64() * 10.0).round() / 10.0;
        (i64::try_from(step).unwrap_or(i64::MAX), Value::Float(tenths))
    }

    fn commit_list(&self) -> Value {
        let entry = |(number, (id, repo, branch)): (usize, &(String, String, String))| {
            Value::from([
                ("id", Value::from(format!("<commit:{}>", number + 1))),
                ("sha", id.as_str().into()),
                ("repo", repo.as_str().into()),
                ("branch", branch.as_str().into()),
            ])
        };
        self.commits.iter().enumerate().map(entry).collect()
    }

    fn events(&self, journal: &[Entry], normal: &mut Normal) -> Value {
        let mut order: Vec<(ObjectId, Moment)> = Vec::new();
        let mut last: BTreeMap<ObjectId, Object> = BTreeMap::new();
        let namespaces = self.case.namespaces();
        for entry in journal.iter().filter(|entry| entry.object.kind() == "Event") {
            let id = entry.object.id();
            let source = entry.object.str_at(&["source", "component"]).unwrap_or_default();
            let ours =
                matches!(source, "source-controller" | "kustomize-controller" | "helm-controller");
            if !ours || !namespaces.contains(&id.namespace) {
                continue;
            }
            if !last.contains_key(&id) {
                order.push((id.clone(), entry.at));
            }
            if entry.kind != ChangeKind::Deleted {
                last.insert(id, entry.object.clone());
            }
        }
        let began = self.steps.first().map(|(_, start)| *start).unwrap_or_default();
        let events = order.into_iter().filter(|(_, at)| *at >= began);
        let shown = events.filter_map(|(id, at)| Some(self.event(last.get(&id)?, at, normal)));
        shown.collect()
    }

    fn event(&self, event: &Object, at: Moment, normal: &mut Normal) -> Value {
        let involved = ["apiVersion", "kind", "namespace", "name"].map(|key| {
            (key, Value::from(event.str_at(&["involvedObject", key]).unwrap_or_default()))
        });
        let (step, t) = self.when(at);
        let text = |key: &str| event.str_at(&[key]).unwrap_or_default();
        let mut shown = Value::from([
            ("involvedObject", Value::from(involved)),
            ("type", text("type").into()),
            ("reason", text("reason").into()),
            ("message", normal.text(text("message")).into()),
            ("reportingController", text("reportingComponent").into()),
            ("count", event.int_at(&["count"]).unwrap_or(1).into()),
            ("step", step.into()),
            ("t", vec![t].into()),
            ("stable", true.into()),
        ]);
        if let Some(annotations) = event.at(&["metadata", "annotations"]) {
            shown.set(&["annotations"], normal.value(annotations));
        }
        shown
    }

    fn transitions(&self, journal: &[Entry], normal: &mut Normal) -> Value {
        let namespaces = self.case.namespaces();
        let began = self.steps.first().map(|(_, start)| *start).unwrap_or_default();
        let mut states: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for entry in journal.iter().filter(|entry| entry.at >= began) {
            let object = &entry.object;
            let own = FluxKind::of_gvk(&object.gvk()).is_some()
                && namespaces.iter().any(|namespace| *namespace == object.namespace());
            if !own {
                continue;
            }
            let list = states.entry(object.id().to_string()).or_default();
            let (step, t) = self.when(entry.at);
            let mut state = state_of(entry, normal);
            let known = list.last().cloned().map(|mut known| {
                known.remove(&["step"]);
                known.remove(&["t"]);
                known
            });
            if known.as_ref() != Some(&state) {
                state.set(&["step"], step);
                state.set(&["t"], vec![t]);
                list.push(state);
            }
        }
        let entry = |(name, states): (String, Vec<Value>)| {
            let value = Value::from([("stable", Value::Bool(true)), ("states", states.into())]);
            (name, value)
        };
        states.into_iter().map(entry).collect::<objects::Map>().into()
    }
}

/// Reasons of events that controllers keep to the cluster (fluxcd/pkg: `EventTypeTrace`).
const TRACES: [&str; 8] = [
    "GarbageCollectionSucceeded",
    "GitOperationSucceeded",
    "ArtifactUpToDate",
    "NoSourceArtifact",
    "HelmChartCreated",
    "HelmChartConfigured",
    "HelmChartDeleted",
    "HelmChartSyncErr",
];

/// What the controllers posted: every event that is no trace.
fn notified(events: &Value) -> Value {
    let events = events.as_list().unwrap_or_default().iter();
    let posted = events.filter(|event| {
        let reason = event.str_at(&["reason"]).unwrap_or_default();
        !TRACES.contains(&reason)
    });
    let one = |event: &Value| {
        let part = |key: &str| event.get(key).cloned().unwrap_or_default();
        let warning = event.str_at(&["type"]) == Some("Warning");
        let mut post = Value::from([
            ("involvedObject", part("involvedObject")),
            ("severity", if warning { "error" } else { "info" }.into()),
            ("reason", part("reason")),
            ("message", part("message")),
            ("reportingController", part("reportingController")),
            ("_answer", 202.into()),
        ]);
        if event.get("annotations").is_some() {
            post.set(&["metadata"], part("annotations"));
        }
        post
    };
    Value::from([("stable", Value::Bool(true)), ("items", posted.map(one).collect())])
}

fn state_of(entry: &Entry, normal: &mut Normal) -> Value {
    if entry.kind == ChangeKind::Deleted {
        return Value::from([("deleted", true)]);
    }
    let conditions = entry.object.list_at(&["status", "conditions"]).iter();
    let mut short = |condition: &Value| {
        ["type", "status", "reason", "message"]
            .into_iter()
            .map(|key| {
                let text = condition.str_at(&[key]).unwrap_or_default();
                (key, Value::from(normal.text(text)))
            })
            .collect::<objects::Map>()
            .into()
    };
    let mut state = Value::from([("conditions", conditions.map(&mut short).collect::<Value>())]);
    if entry.object.is_deleting() {
        state.set(&["deleting"], true);
    }
    state
}
