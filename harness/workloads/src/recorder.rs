//! Events: one object for each distinct thing said of an object, counted when it is said again.

use std::collections::BTreeMap;

use client::{Call, Options, Patch, Target, Verb};
use clock::{Moment, Random};
use objects::{Gvk, Object, Value};

/// Names of the events recorded so far, and how often.
#[derive(Debug)]
pub(crate) struct Recorder {
    random: Random,
    known: BTreeMap<String, (String, i64)>,
}

impl Recorder {
    pub(crate) fn new(random: Random) -> Self {
        Self { random, known: BTreeMap::new() }
    }

    /// The call that records an event.
    pub(crate) fn record(
        &mut self,
        now: Moment,
        source: &str,
        object: &Object,
        (kind, reason, message): (&str, &str, &str),
    ) -> Call {
        let uid = object.uid();
        let key = format!("{source}\n{uid}\n{kind}\n{reason}\n{message}");
        let namespace = match object.namespace() {
            "" => "default",
            namespace => namespace,
        };
        let stamp = now.rfc3339();
        let options = Options { manager: source.to_owned(), ..Options::default() };
        if let Some((name, count)) = self.known.get_mut(&key) {
            *count += 1;
            let body =
                Value::from([("count", Value::Int(*count)), ("lastTimestamp", stamp.into())]);
            let target = Target::new(Gvk::new("", "v1", "Event"), namespace, name);
            let call = Call::new(Verb::Patch(Patch::Merge), target);
            return Call { body: Some(body), options, ..call };
        }
        let name = format!("{}.{:016x}", object.name(), self.random.next_u64());
        self.known.insert(key, (name.clone(), 1));
        let body = Value::from([
            ("apiVersion", Value::from("v1")),
            ("kind", "Event".into()),
            ("metadata", Value::from([("name", name.as_str()), ("namespace", namespace)])),
            ("involvedObject", reference(object)),
            ("type", kind.into()),
            ("reason", reason.into()),
            ("message", message.into()),
            ("source", Value::from([("component", source)])),
            ("reportingComponent", source.into()),
            ("reportingInstance", "".into()),
            ("firstTimestamp", stamp.as_str().into()),
            ("lastTimestamp", stamp.into()),
            ("count", 1.into()),
        ]);
        let target = Target::list(Gvk::new("", "v1", "Event"), Some(namespace));
        Call { body: Some(body), options, ..Call::new(Verb::Create, target) }
    }
}

/// A reference to an object, with its version.
pub(crate) fn reference(object: &Object) -> Value {
    let mut reference = Value::from([
        ("apiVersion", object.api_version()),
        ("kind", object.kind()),
        ("name", object.name()),
        ("uid", object.uid()),
        ("resourceVersion", object.resource_version()),
    ]);
    if !object.namespace().is_empty() {
        reference.set(&["namespace"], object.namespace());
    }
    reference
}
