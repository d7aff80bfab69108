//! Kubernetes events, counted and combined as client-go's recorder does.
//!
//! Rules from client-go: tools/record (same event: count; more than ten alike in ten
//! minutes: one combined; 25 at once per object, then one in five minutes).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use client::{Call, Options, Patch, Target, Verb};
use clock::Moment;
use objects::{Gvk, Map, Object, Value};

use crate::world::World;

/// One event to record.
pub(crate) struct Event<'a> {
    pub(crate) object: &'a Object,
    pub(crate) controller: &'static str,
    pub(crate) warning: bool,
    pub(crate) reason: &'a str,
    pub(crate) message: &'a str,
    pub(crate) annotations: Vec<(&'static str, String)>,
}

#[derive(Debug, Default)]
pub(crate) struct Correlator {
    known: BTreeMap<String, Known>,
    alike: BTreeMap<String, Alike>,
    buckets: BTreeMap<String, Bucket>,
}

#[derive(Debug, Clone)]
struct Known {
    name: String,
    count: i64,
}

#[derive(Debug)]
struct Alike {
    messages: BTreeSet<String>,
    last: Moment,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    last: Moment,
}

const MOST_ALIKE: usize = 10;
const ALIKE_FOR: Duration = Duration::from_secs(600);
const BURST: f64 = 25.0;
const TOKENS_A_SECOND: f64 = 1.0 / 300.0;

enum Verdict {
    Drop,
    Create(String, String),
    Count(String, String, i64),
}

impl Correlator {
    fn judge(&mut self, object: &str, event: &Event<'_>, now: Moment, name: String) -> Verdict {
        let kind = if event.warning { "Warning" } else { "Normal" };
        let group = format!("{object}|{kind}|{}|{}", event.reason, event.controller);
        let (key, message) = self.aggregate(group, event.message, now);
        let known = self.known.get(&key).cloned();
        let count = known.as_ref().map_or(1, |known| known.count + 1);
        let stored = known.map_or(name, |known| known.name);
        self.known.insert(key, Known { name: stored.clone(), count });
        if !self.spend(&format!("{}|{object}", event.controller), now) {
            return Verdict::Drop;
        }
        if count > 1 {
            Verdict::Count(stored, message, count)
        } else {
            Verdict::Create(stored, message)
        }
    }

    fn aggregate(&mut self, group: String, message: &str, now: Moment) -> (String, String) {
        let fresh = || Alike { messages: BTreeSet::new(), last: now };
        let alike = self.alike.entry(group.clone()).or_insert_with(fresh);
        if now.since(alike.last) > ALIKE_FOR {
            alike.messages.clear();
        }
        alike.last = now;
        alike.messages.insert(message.to_owned());
        if alike.messages.len() < MOST_ALIKE {
            return (format!("{group}|{message}"), message.to_owned());
        }
        let oldest = alike.messages.iter().find(|known| *known != message).cloned();
        alike.messages.remove(&oldest.unwrap_or_default());
        (group, format!("(combined from similar events): {message}"))
    }

    fn spend(&mut self, key: &str, now: Moment) -> bool {
        let fresh = || Bucket { tokens: BURST, last: now };
        let bucket = self.buckets.entry(key.to_owned()).or_insert_with(fresh);
        let gained = now.since(bucket.last).as_secs_f64() * TOKENS_A_SECOND;
        bucket.tokens = (bucket.tokens + gained).min(BURST);
        bucket.last = now;
        let enough = bucket.tokens >= 1.0;
        if enough {
            bucket.tokens -= 1.0;
        }
        enough
    }
}

impl World {
    /// Records an event; what the API refuses is lost, as in a cluster.
    pub(crate) async fn record(&self, event: Event<'_>) {
        let now = self.clock.now();
        let (namespace, name) = (event.object.namespace(), event.object.name());
        let id = event.object.id();
        let object = format!("{}|{namespace}|{name}|{}", id.kind, event.object.uid());
        let fresh = format!("{name}.{:x}", now.unix_nanos() + self.noise());
        let verdict = self.correlator.borrow_mut().judge(&object, &event, now, fresh);
        let call = match verdict {
            Verdict::Drop => return,
            Verdict::Create(name, message) => created(&event, &name, &message, now),
            Verdict::Count(name, message, count) => {
                counted(namespace, &name, &message, count, now, event.controller)
            }
        };
        let _ = self.api.call(call).await;
    }
}

fn gvk() -> Gvk {
    Gvk::new("", "v1", "Event")
}

fn options(manager: &str) -> Options {
    Options { manager: manager.to_owned(), ..Options::default() }
}

fn created(event: &Event<'_>, name: &str, message: &str, now: Moment) -> Call {
    let namespace = event.object.namespace();
    let namespace = if namespace.is_empty() { "default" } else { namespace };
    let text = |text: &str| Value::from(text);
    let object = event.object;
    let involved = Value::from([
        ("kind", text(object.kind())),
        ("namespace", text(object.namespace())),
        ("name", text(object.name())),
        ("uid", text(object.uid())),
        ("apiVersion", text(object.api_version())),
        ("resourceVersion", text(object.resource_version())),
    ]);
    let mut metadata = Value::from([("name", text(name)), ("namespace", text(namespace))]);
    let pairs = event.annotations.iter().map(|(key, value)| (*key, Value::from(value.as_str())));
    let pairs: Map = pairs.chain(own_annotations(object)).collect();
    if !pairs.is_empty() {
        metadata.set(&["annotations"], pairs);
    }
    let body = Value::from([
        ("apiVersion", text("v1")),
        ("kind", text("Event")),
        ("metadata", metadata),
        ("involvedObject", involved),
        ("reason", text(event.reason)),
        ("message", text(message)),
        ("source", Value::from([("component", event.controller)])),
        ("firstTimestamp", now.rfc3339().into()),
        ("lastTimestamp", now.rfc3339().into()),
        ("count", 1.into()),
        ("type", text(if event.warning { "Warning" } else { "Normal" })),
        ("reportingComponent", text(event.controller)),
        ("reportingInstance", text(event.controller)),
    ]);
    let mut target = Target::list(gvk(), Some(namespace));
    target.name = None;
    Call { body: Some(body), options: options(event.controller), ..Call::new(Verb::Create, target) }
}

/// Annotations of the object that are meant for its events (fluxcd/pkg: runtime/events).
fn own_annotations(object: &Object) -> impl Iterator<Item = (&str, Value)> {
    let annotations = object.at(&["metadata", "annotations"]).and_then(Value::as_map);
    let pairs = annotations.into_iter().flat_map(Map::iter);
    let meant = pairs.filter(|(key, _)| key.starts_with("event.toolkit.fluxcd.io/"));
    meant.map(|(key, value)| (key.as_ref(), value.clone()))
}

fn counted(
    namespace: &str,
    name: &str,
    message: &str,
    count: i64,
    now: Moment,
    manager: &str,
) -> Call {
    let namespace = if namespace.is_empty() { "default" } else { namespace };
    let body = Value::from([
        ("count", Value::from(count)),
        ("lastTimestamp", now.rfc3339().into()),
        ("message", message.into()),
    ]);
    Call {
        verb: Verb::Patch(Patch::Merge),
        body: Some(body),
        options: options(manager),
        ..Call::new(Verb::Get, Target::new(gvk(), namespace, name))
    }
}
