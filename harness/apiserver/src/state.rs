//! The state of one server: what is served, what is stored, what is due.
//!
//! One rule: every change of an object goes through [`State::commit`] or
//! [`State::erase`], which keep log, owner index and work queue true.

mod addresses;
mod owners;
mod work;

use std::collections::BTreeSet;
use std::sync::Arc;

use clock::{Random, Seed};
use objects::{GroupKind, Gvk, Object, Value};
use schema::Schemas;

pub(crate) use owners::Owners;
pub(crate) use work::{Id, Work};

use crate::catalogue::{Catalogue, Kind};
use crate::fault::Faults;
use crate::storage::Storage;
use crate::{ImageLanding, ImageOverride};

/// Everything that a server knows.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) schemas: Arc<Schemas>,
    pub(crate) minor: u32,
    /// Versions before it are too old to watch from.
    pub(crate) first_revision: u64,
    pub(crate) catalogue: Catalogue,
    pub(crate) storage: Storage,
    pub(crate) uids: Random,
    pub(crate) names: Random,
    pub(crate) numbers: Random,
    pub(crate) owners: Owners,
    pub(crate) addresses: addresses::Addresses,
    pub(crate) work: work::Queue,
    pub(crate) faults: Faults,
    pub(crate) images: Vec<ImageOverride>,
    pub(crate) landed: Vec<ImageLanding>,
    /// Tokens given out for service accounts.
    pub(crate) issued: BTreeSet<String>,
}

impl State {
    pub(crate) fn new(schemas: Arc<Schemas>, minor: u32, seed: Seed) -> Self {
        Self {
            catalogue: Catalogue::built_in(&schemas),
            schemas,
            minor,
            first_revision: 0,
            storage: Storage::default(),
            uids: seed.stream("apiserver uid"),
            names: seed.stream("apiserver name"),
            numbers: seed.stream("apiserver number"),
            owners: Owners::default(),
            addresses: addresses::Addresses::default(),
            work: work::Queue::default(),
            faults: Faults::default(),
            images: Vec::new(),
            landed: Vec::new(),
            issued: BTreeSet::new(),
        }
    }

    /// Stores an object and gives it back with its new version.
    pub(crate) fn commit(&mut self, kind: &Kind, object: Object) -> Object {
        let before = self.storage.get(&kind.store, object.namespace(), object.name()).cloned();
        let object = self.storage.put(&kind.store, object);
        self.owners.replace(&kind.store, before.as_ref(), Some(&object));
        if is_service(kind) {
            self.addresses.replace(before.as_ref(), Some(&object));
        }
        work::after(&mut self.work, &self.owners, &kind.store, before.as_ref(), Some(&object));
        object
    }

    /// Removes an object; gives it back with the version of its end.
    pub(crate) fn erase(&mut self, kind: &Kind, last: Object) -> Object {
        let before = last.clone();
        let last = self.storage.remove(&kind.store, last);
        if let Some(custom) = &kind.custom {
            self.work.add(Work::Definition(custom.definition.clone()));
        }
        self.owners.replace(&kind.store, Some(&before), None);
        if is_service(kind) {
            self.addresses.replace(Some(&before), None);
        }
        work::after(&mut self.work, &self.owners, &kind.store, Some(&before), None);
        last
    }

    /// A stored object in the version it is stored in.
    pub(crate) fn get(&self, kind: &Kind, namespace: &str, name: &str) -> Option<&Object> {
        self.storage.get(&kind.store, namespace, name)
    }

    /// A stored object of a core kind.
    pub(crate) fn core(&self, kind: &str, namespace: &str, name: &str) -> Option<&Object> {
        let kind = GroupKind { group: String::new(), kind: kind.to_owned() };
        self.storage.get(&kind, namespace, name)
    }

    /// The kind by its names, in the preferred version.
    pub(crate) fn kind(&self, group: &str, kind: &str) -> Option<Arc<Kind>> {
        self.catalogue.preferred(group, kind).cloned()
    }

    /// An object in the version of a kind; stored objects are in their kind's storage version.
    pub(crate) fn present(kind: &Kind, object: &Object) -> Object {
        let mut shown = object.clone();
        if let Some(custom) = &kind.custom
            && !kind.is_settled(object)
        {
            custom.stored.default(&mut shown.0);
        }
        if object.api_version() != kind.api_version.as_ref() {
            crate::convert::convert(&mut shown.0, &kind.gvk);
            if let Some(custom) = &kind.custom {
                // What the other version does not have is not shown in it.
                let _ = custom.version.decode(&mut shown.0);
            }
        }
        shown
    }

    /// An object as it is stored.
    pub(crate) fn to_storage(kind: &Kind, object: &mut Value) {
        if kind.api_version != kind.storage_version {
            let gvk = Gvk::from_api_version(&kind.storage_version, &kind.gvk.kind);
            crate::convert::convert(object, &gvk);
            if let Some(custom) = &kind.custom {
                // What the stored version does not have is not stored.
                let _ = custom.stored.decode(object);
                custom.stored.default(object);
            }
        }
    }
}

/// Whether it is the kind that holds addresses.
pub(crate) fn is_service(kind: &Kind) -> bool {
    kind.gvk.group.is_empty() && kind.gvk.kind == "Service"
}
