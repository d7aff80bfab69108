//! Which pods bear a label, which services ask for it, and how full nodes are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use objects::{Map, Object, Value};

use crate::kind::Kind;
use crate::meta;

/// Namespace, label and value.
type Pair = (Arc<str>, Arc<str>, Arc<str>);
type Names = BTreeSet<Arc<str>>;

/// Kept by the mirror with every change.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pods: BTreeMap<Pair, Names>,
    /// Services under the first pair of their selector.
    services: BTreeMap<Pair, Names>,
    loads: BTreeMap<Arc<str>, usize>,
}

fn pairs<'a>(namespace: &'a str, map: Option<&'a Map>) -> impl Iterator<Item = Pair> + 'a {
    let entries = map.into_iter().flat_map(|map| map.iter());
    entries.filter_map(move |(key, value)| match value {
        Value::String(text) => Some((Arc::from(namespace), key.clone(), text.clone())),
        _ => None,
    })
}

fn update(index: &mut BTreeMap<Pair, Names>, pair: Pair, name: &str, add: bool) {
    if add {
        index.entry(pair).or_default().insert(name.into());
    } else if let Some(names) = index.get_mut(&pair) {
        names.remove(name);
        if names.is_empty() {
            index.remove(&pair);
        }
    }
}

impl Index {
    /// Takes an object out as it was and in as it is.
    pub(crate) fn replace(&mut self, kind: Kind, before: Option<&Object>, after: Option<&Object>) {
        for (object, add) in [(before, false), (after, true)] {
            match (kind, object) {
                (Kind::Pod, Some(pod)) => self.pod(pod, add),
                (Kind::Service, Some(service)) => {
                    let selector = meta::map_at(service, &["spec", "selector"]);
                    let first = pairs(service.namespace(), selector).next();
                    if let Some(pair) = first {
                        update(&mut self.services, pair, service.name(), add);
                    }
                }
                _ => {}
            }
        }
    }

    fn pod(&mut self, pod: &Object, add: bool) {
        let labels = meta::map_at(pod, &["metadata", "labels"]);
        for pair in pairs(pod.namespace(), labels) {
            update(&mut self.pods, pair, pod.name(), add);
        }
        if let Some(node) = pod.str_at(&["spec", "nodeName"]).filter(|name| !name.is_empty()) {
            let load = self.loads.entry(node.into()).or_default();
            *load = if add { *load + 1 } else { load.saturating_sub(1) };
        }
    }

    /// The names of pods that bear the rarest of some pairs; `None` if there are no pairs.
    pub(crate) fn pods_with(&self, namespace: &str, wanted: &Map) -> Option<Vec<Arc<str>>> {
        let sets = pairs(namespace, Some(wanted)).map(|pair| self.pods.get(&pair));
        let rarest = sets.min_by_key(|set| set.map_or(0, BTreeSet::len))?;
        Some(rarest.map(|names| names.iter().cloned().collect()).unwrap_or_default())
    }

    /// The names of services whose selector begins with one of a pod's labels.
    pub(crate) fn services_near(&self, pod: &Object) -> Names {
        let labels = meta::map_at(pod, &["metadata", "labels"]);
        let sets = pairs(pod.namespace(), labels).filter_map(|pair| self.services.get(&pair));
        sets.flatten().cloned().collect()
    }

    /// How many pods are bound to a node.
    pub(crate) fn load_of(&self, node: &str) -> usize {
        self.loads.get(node).copied().unwrap_or(0)
    }
}
