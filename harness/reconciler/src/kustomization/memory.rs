//! What earlier runs found out, so that a run without news costs little.
//!
//! Only pure results are kept: a build of the same files with the same settings, and that a
//! dry-run of the same object on the same live version changed nothing. And inventories,
//! for releases whose API has no field for them (before 0.18).

use std::collections::BTreeMap;
use std::rc::Rc;

use flux::Inventory;
use objects::{Object, ObjectId, Value};

use super::build::{BuildKey, Built};
use crate::queue::Name;

#[derive(Default)]
pub(crate) struct Memory {
    builds: BTreeMap<Name, (BuildKey, Rc<Built>)>,
    settled: BTreeMap<(Name, ObjectId), (Object, Object)>,
    inventories: BTreeMap<Name, Inventory>,
}

impl Memory {
    pub(super) fn built(&self, name: &Name, key: &BuildKey) -> Option<Rc<Built>> {
        let (known, built) = self.builds.get(name)?;
        (known == key).then(|| built.clone())
    }

    pub(super) fn keep_build(&mut self, name: Name, key: BuildKey, built: Rc<Built>) {
        self.builds.insert(name, (key, built));
    }

    /// Whether the same object was found unchanged on the same live object.
    pub(super) fn is_settled(&self, name: &Name, desired: &Object, live: &Object) -> bool {
        let known = self.settled.get(&(name.clone(), desired.id()));
        known.is_some_and(|(object, core)| object == desired && *core == core_of(live))
    }

    pub(super) fn settle(&mut self, name: &Name, desired: Object, live: &Object) {
        self.settled.insert((name.clone(), desired.id()), (desired, core_of(live)));
    }

    pub(super) fn inventory(&self, name: &Name) -> Inventory {
        self.inventories.get(name).cloned().unwrap_or_default()
    }

    pub(super) fn keep_inventory(&mut self, name: Name, inventory: Inventory) {
        self.inventories.insert(name, inventory);
    }

    pub(super) fn forget(&mut self, name: &Name) {
        self.inventories.remove(name);
        self.builds.remove(name);
        self.settled.retain(|(known, _), _| known != name);
    }
}

/// What of a live object a dry-run looks at: all but its version, its status and who owns that.
fn core_of(live: &Object) -> Object {
    let mut core = live.clone();
    core.remove(&["status"]);
    core.remove(&["metadata", "resourceVersion"]);
    let entries = core.list_at(&["metadata", "managedFields"]).iter();
    let own = entries.filter(|entry| entry.str_at(&["subresource"]) != Some("status"));
    let own: Vec<Value> = own.cloned().collect();
    core.set(&["metadata", "managedFields"], own);
    core
}
