//! What is served: every kind by its path and by its name.
//!
//! One rule: a lookup never allocates, because every call starts with one.
//! Start at [`Catalogue`].

mod custom;
mod kind;
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;

use objects::{GroupKind, Gvk};
use schema::Schemas;

pub(crate) use custom::{Custom, custom_kinds, version_order};
pub(crate) use kind::{Kind, Sub};
pub(crate) use rules::{Generation, Rules};

/// The kinds of one group version.
#[derive(Debug, Clone, Default)]
pub(crate) struct Version {
    plurals: BTreeMap<Arc<str>, Arc<Kind>>,
    kinds: BTreeMap<Arc<str>, Arc<Kind>>,
}

impl Version {
    pub(crate) fn plural(&self, plural: &str) -> Option<&Arc<Kind>> {
        self.plurals.get(plural)
    }

    /// Kinds in the order of their plurals.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.plurals.values()
    }
}

/// One group: its versions, the preferred one first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    pub(crate) order: Vec<Arc<str>>,
    pub(crate) versions: BTreeMap<Arc<str>, Version>,
    pub(crate) custom: bool,
}

/// Everything served.
#[derive(Debug, Clone, Default)]
pub(crate) struct Catalogue {
    groups: BTreeMap<Arc<str>, Group>,
    order: Vec<Arc<str>>,
}

impl Catalogue {
    /// The built-in kinds of a minor.
    pub(crate) fn built_in(schemas: &Schemas) -> Self {
        let mut catalogue = Self::default();
        for resource in schemas.resources().iter().filter(|resource| resource.served_by_default) {
            catalogue.add(Kind::built_in(resource), false);
        }
        catalogue
    }

    /// Serves a kind.
    pub(crate) fn add(&mut self, kind: Kind, custom: bool) {
        let group: Arc<str> = kind.gvk.group.as_str().into();
        let version: Arc<str> = kind.gvk.version.as_str().into();
        if !self.groups.contains_key(&group) {
            self.order.push(group.clone());
        }
        let slot = self.groups.entry(group).or_default();
        slot.custom |= custom;
        if !slot.order.contains(&version) {
            let at = if kind.preferred { 0 } else { slot.order.len() };
            slot.order.insert(at, version.clone());
        }
        if custom {
            slot.order.sort_by(|a, b| version_order(a, b));
        }
        let kind = Arc::new(kind);
        let versions = slot.versions.entry(version).or_default();
        versions.plurals.insert(kind.plural.clone(), kind.clone());
        versions.kinds.insert(kind.gvk.kind.as_str().into(), kind);
    }

    /// No longer serves the custom kinds of a definition.
    pub(crate) fn remove_custom(&mut self, group: &str, definition: &str) {
        let Some(slot) = self.groups.get_mut(group) else { return };
        for version in slot.versions.values_mut() {
            let keep = |kind: &Arc<Kind>| {
                kind.custom.as_ref().is_none_or(|custom| custom.definition != definition)
            };
            version.plurals.retain(|_, kind| keep(kind));
            version.kinds.retain(|_, kind| keep(kind));
        }
        slot.versions.retain(|_, version| !version.plurals.is_empty());
        let versions = &slot.versions;
        slot.order.retain(|version| versions.contains_key(version));
        if slot.versions.is_empty() {
            self.groups.remove(group);
            self.order.retain(|known| known.as_ref() != group);
        }
    }

    /// Groups in discovery's order: built-in ones, then custom ones by name.
    pub(crate) fn groups(&self) -> Vec<(&str, &Group)> {
        let known = self.order.iter().filter_map(|name| Some((name, self.groups.get(name)?)));
        let (mut custom, built_in): (Vec<_>, Vec<_>) = known.partition(|(_, group)| group.custom);
        custom.sort_by(|a, b| a.0.cmp(b.0));
        built_in.into_iter().chain(custom).map(|(name, group)| (name.as_ref(), group)).collect()
    }

    pub(crate) fn group(&self, group: &str) -> Option<&Group> {
        self.groups.get(group)
    }

    pub(crate) fn version(&self, group: &str, version: &str) -> Option<&Version> {
        self.groups.get(group)?.versions.get(version)
    }

    /// A kind; an empty version stands for the preferred one.
    pub(crate) fn by_kind(&self, gvk: &Gvk) -> Option<&Arc<Kind>> {
        if gvk.version.is_empty() {
            return self.preferred(&gvk.group, &gvk.kind);
        }
        self.version(&gvk.group, &gvk.version)?.kinds.get(gvk.kind.as_str())
    }

    /// A kind in the most preferred version that has it.
    pub(crate) fn preferred(&self, group: &str, kind: &str) -> Option<&Arc<Kind>> {
        let slot = self.groups.get(group)?;
        slot.order.iter().find_map(|version| slot.versions.get(version)?.kinds.get(kind))
    }

    /// The kind that stands for what is stored under a group and kind.
    pub(crate) fn stored(&self, store: &GroupKind) -> Option<&Arc<Kind>> {
        self.preferred(&store.group, &store.kind)
    }

    /// One kind for each thing stored, in discovery's order.
    pub(crate) fn stored_kinds(&self) -> Vec<Arc<Kind>> {
        let mut found: Vec<Arc<Kind>> = Vec::new();
        for (_, group) in self.groups() {
            for kind in
                group.order.iter().filter_map(|v| group.versions.get(v)).flat_map(Version::all)
            {
                if kind.is_stored() && !found.iter().any(|known| known.store == kind.store) {
                    found.push(kind.clone());
                }
            }
        }
        found
    }
}
