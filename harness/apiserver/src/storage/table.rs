//! The objects of one kind.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use objects::Object;

/// Namespace (empty for cluster-scoped) and name.
pub(crate) type Key = (Arc<str>, Arc<str>);

/// Objects by namespace, then name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table(BTreeMap<Arc<str>, BTreeMap<Arc<str>, Object>>);

impl Table {
    pub(crate) fn get(&self, namespace: &str, name: &str) -> Option<&Object> {
        self.0.get(namespace)?.get(name)
    }

    pub(crate) fn put(&mut self, object: Object) -> Option<Object> {
        let name: Arc<str> = object.name().into();
        match self.0.get_mut(object.namespace()) {
            Some(names) => names.insert(name, object),
            None => {
                let namespace: Arc<str> = object.namespace().into();
                self.0.entry(namespace).or_default().insert(name, object)
            }
        }
    }

    pub(crate) fn remove(&mut self, namespace: &str, name: &str) -> Option<Object> {
        let names = self.0.get_mut(namespace)?;
        let removed = names.remove(name);
        if names.is_empty() {
            self.0.remove(namespace);
        }
        removed
    }

    /// Objects in order, of one namespace or all, behind a key.
    pub(crate) fn range<'a>(
        &'a self,
        namespace: Option<&'a str>,
        after: Option<&Key>,
    ) -> Box<dyn Iterator<Item = &'a Object> + 'a> {
        let after = after.cloned();
        let from = |space: &str| match &after {
            Some((known, name)) if known.as_ref() == space => Bound::Excluded(name.clone()),
            _ => Bound::Unbounded,
        };
        if let Some(namespace) = namespace {
            let names = self.0.get(namespace);
            let bounds = (from(namespace), Bound::Unbounded);
            return Box::new(
                names
                    .into_iter()
                    .flat_map(move |names| names.range(bounds.clone()))
                    .map(|(_, o)| o),
            );
        }
        let first = match &after {
            Some((space, _)) => Bound::Included(space.clone()),
            None => Bound::Unbounded,
        };
        let spaces = self.0.range::<Arc<str>, _>((first, Bound::Unbounded));
        Box::new(spaces.flat_map(move |(space, names)| {
            let start = match &after {
                Some((known, name)) if known == space => Bound::Excluded(name.clone()),
                _ => Bound::Unbounded,
            };
            names.range((start, Bound::Unbounded)).map(|(_, object)| object)
        }))
    }
}
