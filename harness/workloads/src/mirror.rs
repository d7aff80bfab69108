//! What the controllers have seen: every object, by kind, and by controller.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

use client::{Change, ChangeKind};
use objects::{Map, Object};

use crate::index::Index;
use crate::kind::{Key, Kind};
use crate::meta;

/// The cache. Changed only between pieces of work.
#[derive(Debug, Default)]
pub(crate) struct Mirror {
    objects: BTreeMap<(Kind, Key), Object>,
    children: BTreeMap<Arc<str>, BTreeSet<(Kind, Key)>>,
    orphans: BTreeSet<(Kind, Key)>,
    foreign: BTreeMap<(String, Key), Object>,
    index: Index,
}

impl Mirror {
    /// Takes a change over; gives back the object as it was before.
    pub(crate) fn apply(&mut self, change: &Change) -> Option<Object> {
        let object = &change.object;
        let (kind, key) = (Kind::of(object), Key::of(object));
        if kind == Kind::Event {
            return None;
        }
        let gone = change.kind == ChangeKind::Deleted;
        if kind == Kind::Foreign {
            let key = (meta::foreign_kind(object), key);
            return match gone {
                true => self.foreign.remove(&key),
                false => self.foreign.insert(key, object.clone()),
            };
        }
        let before = match gone {
            true => self.objects.remove(&(kind, key.clone())),
            false => self.objects.insert((kind, key.clone()), object.clone()),
        };
        self.index.replace(kind, before.as_ref(), (!gone).then_some(object));
        if !gone && meta::controller(object).is_none() {
            self.orphans.insert((kind, key.clone()));
        } else {
            self.orphans.remove(&(kind, key.clone()));
        }
        let owner = |object: &Object| meta::controller(object).map(|owner| Arc::from(owner.uid));
        let old = before.as_ref().and_then(owner);
        let new: Option<Arc<str>> = if gone { None } else { owner(object) };
        if old != new {
            if let Some(set) = old.and_then(|uid| self.children.get_mut(&uid)) {
                set.remove(&(kind, key.clone()));
            }
            if let Some(uid) = new {
                self.children.entry(uid).or_default().insert((kind, key));
            }
        }
        before
    }

    /// One object.
    pub(crate) fn get(&self, kind: Kind, namespace: &str, name: &str) -> Option<&Object> {
        self.objects.get(&(kind, Key::new(namespace, name)))
    }

    /// One object of a kind that is not built in.
    pub(crate) fn foreign(&self, kind: &str, key: &Key) -> Option<&Object> {
        self.foreign.get(&(kind.to_owned(), key.clone()))
    }

    /// Every object of a kind that is not built in.
    pub(crate) fn all_foreign(&self) -> impl Iterator<Item = &Object> {
        self.foreign.values()
    }

    /// The objects of a kind in a namespace, by name.
    pub(crate) fn list(&self, kind: Kind, namespace: &str) -> Vec<&Object> {
        let from = Bound::Included((kind, Key::new(namespace, "")));
        let entries = self.objects.range((from, Bound::Unbounded));
        entries
            .take_while(|((k, key), _)| *k == kind && &*key.namespace == namespace)
            .map(|(_, object)| object)
            .collect()
    }

    /// The objects of a kind in a namespace that nothing controls.
    pub(crate) fn orphans(&self, kind: Kind, namespace: &str) -> Vec<&Object> {
        let from = Bound::Included((kind, Key::new(namespace, "")));
        let keys = self.orphans.range((from, Bound::Unbounded));
        let own = keys.take_while(|(k, key)| *k == kind && &*key.namespace == namespace);
        own.filter_map(|key| self.objects.get(key)).collect()
    }

    /// The objects of a kind, in all namespaces.
    pub(crate) fn all(&self, kind: Kind) -> Vec<&Object> {
        let from = Bound::Included((kind, Key::new("", "")));
        let entries = self.objects.range((from, Bound::Unbounded));
        entries.take_while(|((k, _), _)| *k == kind).map(|(_, object)| object).collect()
    }

    /// The objects of a kind that an owner controls, by name.
    pub(crate) fn owned(&self, uid: &str, kind: Kind) -> Vec<&Object> {
        let Some(keys) = self.children.get(uid) else { return Vec::new() };
        let own = keys.iter().filter(|(k, _)| *k == kind);
        own.filter_map(|key| self.objects.get(key)).collect()
    }

    /// The pods of a namespace whose labels fit plain pairs, by name.
    pub(crate) fn pods_with(&self, namespace: &str, pairs: &Map) -> Vec<&Object> {
        let Some(names) = self.index.pods_with(namespace, pairs) else {
            return self.list(Kind::Pod, namespace);
        };
        let found = names.iter().filter_map(|name| self.get(Kind::Pod, namespace, name));
        found.filter(|one| meta::matches_labels(pairs, one, &["metadata", "labels"])).collect()
    }

    /// The services of a namespace whose selector fits a pod, by name.
    pub(crate) fn services_of(&self, pod: &Object) -> Vec<&Object> {
        let namespace = pod.namespace();
        let names = self.index.services_near(pod);
        let found = names.iter().filter_map(|name| self.get(Kind::Service, namespace, name));
        let fits = |service: &&Object| {
            let selector = meta::map_at(service, &["spec", "selector"]);
            selector.is_some_and(|s| meta::matches_labels(s, pod, &["metadata", "labels"]))
        };
        found.filter(fits).collect()
    }

    /// How many pods are bound to a node.
    pub(crate) fn load_of(&self, node: &str) -> usize {
        self.index.load_of(node)
    }

    /// The controllers above an object, nearest first.
    pub(crate) fn controllers(&self, object: &Object) -> Vec<&Object> {
        let mut found: Vec<&Object> = Vec::new();
        let mut below = object;
        while found.len() < 3
            && let Some(owner) = meta::controller(below)
            && let Some(object) =
                self.get(Kind::named(owner.api_version, owner.kind), below.namespace(), owner.name)
        {
            found.push(object);
            below = object;
        }
        found
    }
}
