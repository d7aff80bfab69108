//! What one piece of work may use: the cache, the API and the time.

use std::time::Duration;

use client::{Call, Options, Patch, Propagation, Status, Target, Verb};
use clock::Moment;
use objects::{Object, Value};

use crate::behaviour::{Behaviour, Behaviours};
use crate::cluster::Cluster;
use crate::kind::Kind;
use crate::mirror::Mirror;
use crate::recorder::Recorder;
use crate::work::Work;

/// A refusal stops a piece of work; it is tried again later.
pub(crate) type Done<T = ()> = Result<T, Status>;

/// The surroundings of one piece of work.
pub(crate) struct World<'a> {
    pub(crate) now: Moment,
    pub(crate) mirror: &'a Mirror,
    pub(crate) behaviours: &'a Behaviours,
    pub(crate) recorder: &'a mut Recorder,
    pub(crate) later: &'a mut Vec<(Moment, Work)>,
    pub(crate) cluster: &'a mut dyn Cluster,
    /// Name of the controller at work, for managed fields and events.
    pub(crate) component: &'static str,
}

impl World<'_> {
    /// The present as objects hold it.
    pub(crate) fn stamp(&self) -> Value {
        self.now.rfc3339().into()
    }

    /// Has a piece of work done again at a moment.
    pub(crate) fn at(&mut self, moment: Moment, work: Work) {
        self.later.push((moment.max(self.now), work));
    }

    /// Has a piece of work done again after a while.
    pub(crate) fn after(&mut self, delay: Duration, work: Work) {
        self.at(self.now + delay, work);
    }

    /// The behaviour that the last matching rule gives, of those that `pick` takes.
    pub(crate) fn behaviour<T>(
        &self,
        object: &Object,
        pick: impl Fn(&Behaviour) -> Option<T>,
    ) -> Option<T> {
        if self.behaviours.rules.is_empty() {
            return None;
        }
        let controllers = self.mirror.controllers(object);
        let mut rules = self.behaviours.rules.iter().rev();
        rules.find_map(|rule| {
            let found = pick(&rule.behaviour)?;
            rule.matcher.matches(object, &controllers).then_some(found)
        })
    }

    /// One call under the controller's name.
    pub(crate) fn call(&mut self, verb: Verb, target: Target, body: Option<Value>) -> Done<Object> {
        let options = Options { manager: self.component.to_owned(), ..Options::default() };
        let call = Call { body, options, ..Call::new(verb, target) };
        self.cluster.call(&call).map(Object)
    }

    /// Creates an object.
    pub(crate) fn create(&mut self, object: Value) -> Done<Object> {
        let object = Object(object);
        let mut target = Target::of(&object);
        target.name = None;
        self.call(Verb::Create, target, Some(object.0))
    }

    /// Replaces an object.
    pub(crate) fn update(&mut self, object: &Object) -> Done<Object> {
        self.call(Verb::Update, Target::of(object), Some(object.0.clone()))
    }

    /// Writes an object's status (and, where the kind allows it, annotations).
    pub(crate) fn update_status(&mut self, object: &Object) -> Done<Object> {
        let target = Target::of(object).subresource("status");
        self.call(Verb::Update, target, Some(object.0.clone()))
    }

    /// Changes fields of an object.
    pub(crate) fn merge(&mut self, object: &Object, patch: Value) -> Done<Object> {
        self.call(Verb::Patch(Patch::Merge), Target::of(object), Some(patch))
    }

    /// Deletes an object in the background; that it is gone already is fine.
    pub(crate) fn delete(&mut self, object: &Object, grace: Option<i64>) -> Done {
        let options = Options {
            manager: self.component.to_owned(),
            propagation: Some(Propagation::Background),
            grace_seconds: grace,
            uid: Some(object.uid().to_owned()),
            ..Options::default()
        };
        let call = Call { options, ..Call::new(Verb::Delete, Target::of(object)) };
        match self.cluster.call(&call) {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Records an event about an object.
    pub(crate) fn event(&mut self, object: &Object, reason: &str, message: impl AsRef<str>) {
        self.record(object, "Normal", reason, message.as_ref());
    }

    /// Records a warning about an object.
    pub(crate) fn warn(&mut self, object: &Object, reason: &str, message: impl AsRef<str>) {
        self.record(object, "Warning", reason, message.as_ref());
    }

    fn record(&mut self, object: &Object, kind: &str, reason: &str, message: &str) {
        if !self.behaviours.events {
            return;
        }
        let (now, source) = (self.now, self.component);
        let call = self.recorder.record(now, source, object, (kind, reason, message));
        // An event that cannot be written is lost, as on a cluster.
        let _ = self.cluster.call(&call);
    }

    /// One cached object.
    pub(crate) fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<Object> {
        self.mirror.get(kind, namespace, name).cloned()
    }
}
