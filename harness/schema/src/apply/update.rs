//! How ownership moves on a write: the updater of structured-merge-diff `merge`.

use std::collections::BTreeMap;

use objects::Value;

use super::managers::{Id, Managers, Owned};
use super::memo;
use super::merge::{merged, without};
use super::set::Set;
use super::walk::{Comparison, compare, fields_of, same};
use super::{Conflict, Versions, Write};
use crate::Shape;

/// One write on its way: types, conversions, and the paths that it may not own.
pub(crate) struct Updater<'a> {
    versions: &'a dyn Versions,
    shape: &'a Shape,
    write: &'a Write<'a>,
    reset: Set,
}

/// Conflicts of one manager.
pub(crate) type Conflicts = Vec<(Id, Set)>;

/// As causes: one a field.
pub(crate) fn causes(conflicts: &Conflicts) -> Vec<Conflict> {
    let each = conflicts.iter().flat_map(|(id, set)| {
        let message = format!("conflict with {}", id.shown());
        set.paths().into_iter().map(move |field| Conflict { message: message.clone(), field })
    });
    each.collect()
}

impl<'a> Updater<'a> {
    pub(crate) fn new(versions: &'a dyn Versions, shape: &'a Shape, write: &'a Write<'a>) -> Self {
        let paths = write.reset.iter().map(|path| Set::of_fields(path));
        let reset = paths.fold(Set::default(), |all, one| all.union(&one));
        Self { versions, shape, write, reset }
    }

    pub(crate) fn top(&self) -> crate::Type<'_> {
        self.shape.top()
    }

    /// The type in a manager's version; `None` if that version is gone.
    fn shape_of(&self, version: &str) -> Option<Shape> {
        match version == self.write.api_version {
            true => Some(self.shape.clone()),
            false => self.versions.shape(version),
        }
    }

    fn converted(&self, object: &Value, version: &str) -> Option<Value> {
        match version == self.write.api_version {
            true => Some(object.clone()),
            false => self.versions.convert(object, version),
        }
    }

    /// Forgets paths below what became atomic.
    pub(crate) fn reconcile(&self, managers: &mut Managers) {
        for owned in managers.values_mut() {
            let Some(shape) = self.shape_of(&owned.version) else { continue };
            if owned.encoded().is_some_and(|fields| memo::fits(fields, &shape)) {
                continue;
            }
            match (owned.set.collapsed(shape.top()), owned.encoded()) {
                (Some(cut), _) => owned.replace(cut),
                (None, Some(fields)) => memo::note_fit(fields, &shape),
                (None, None) => {}
            }
        }
    }

    fn comparison(&self, left: &Value, right: &Value, version: &str) -> Option<Comparison> {
        let shape = self.shape_of(version)?;
        let (left, right) = (self.converted(left, version)?, self.converted(right, version)?);
        Some(compare(shape.top(), Some(&left), Some(&right)).without(&self.reset))
    }

    /// Takes changed fields from other managers; without `force` their claims are conflicts.
    fn take(
        &self,
        old: &Value,
        new: &Value,
        managers: &mut Managers,
        own: &Id,
        force: bool,
    ) -> Result<Comparison, Conflicts> {
        let main = compare(self.shape.top(), Some(old), Some(new)).without(&self.reset);
        let mut others: BTreeMap<String, Comparison> = BTreeMap::new();
        let mut gone = Vec::new();
        for (id, owned) in managers.iter().filter(|(id, _)| *id != own) {
            if owned.version == self.write.api_version || others.contains_key(&owned.version) {
                continue;
            }
            match self.comparison(old, new, &owned.version) {
                Some(comparison) => drop(others.insert(owned.version.clone(), comparison)),
                None => gone.push(id.clone()),
            }
        }
        managers.retain(|id, _| !gone.contains(id));
        let mut conflicts = Conflicts::new();
        for (id, owned) in managers.iter().filter(|(id, _)| *id != own) {
            let comparison = others.get(&owned.version).unwrap_or(&main);
            if comparison.modified.is_empty() && comparison.added.is_empty() {
                continue;
            }
            let mut lost = owned.set.intersection(&comparison.modified.below);
            if !comparison.added.below.is_empty() {
                lost = lost.union(&owned.set.intersection(&comparison.added.below));
            }
            if !lost.is_empty() {
                conflicts.push((id.clone(), lost));
            }
        }
        if !force && !conflicts.is_empty() {
            return Err(conflicts);
        }
        for (id, lost) in &conflicts {
            if let Some(owned) = managers.get_mut(id) {
                owned.replace(owned.set.difference(lost));
            }
        }
        for (_, owned) in managers.iter_mut().filter(|(id, _)| *id != own) {
            let comparison = others.get(&owned.version).unwrap_or(&main);
            if !comparison.removed.below.is_empty() {
                owned.replace(owned.set.difference(&comparison.removed.below));
            }
        }
        managers.retain(|_, owned| !owned.set.is_empty());
        Ok(main)
    }

    /// A plain write: its manager owns what it changed.
    pub(crate) fn update(&self, old: &Value, new: &Value, managers: &mut Managers, own: &Id) {
        self.reconcile(managers);
        // The current operation stands beside the same manager's earlier writes until it is known to own something.
        let current = Id {
            manager: "current-operation".to_owned(),
            update: true,
            version: String::new(),
            subresource: String::new(),
        };
        let Ok(comparison) = self.take(old, new, managers, &current, true) else { return };
        let changed = comparison.modified.below.union(&comparison.added.below);
        let set = changed.minus_all_below(&self.reset).minus(stripped());
        if set.is_empty() {
            return;
        }
        let time = super::moment(self.write);
        match managers.get_mut(own) {
            Some(owned) => {
                owned.replace(owned.set.union(&set));
                owned.time = time;
            }
            None => {
                managers.insert(own.clone(), Owned::new(self.write.api_version, set, time));
            }
        }
    }

    /// An apply: the merged object, `None` if nothing changes.
    pub(crate) fn apply(
        &self,
        live: &Value,
        config: &Value,
        managers: &mut Managers,
        own: &Id,
        force: bool,
    ) -> Result<Option<Value>, Conflicts> {
        self.reconcile(managers);
        let mut new = merged(self.shape.top(), live, config);
        let last = managers.get(own).cloned();
        let set =
            fields_of(self.shape.top(), config).minus_all_below(&self.reset).minus(stripped());
        let mut owned = match &last {
            Some(last) => last.clone(),
            None => Owned::new("", Set::default(), None),
        };
        owned.version = self.write.api_version.to_owned();
        owned.replace(set);
        managers.insert(own.clone(), owned);
        if let Some(last) = last {
            new = self.pruned(&new, managers, own, &last);
        }
        self.take(live, &new, managers, own, force)?;
        if managers.get(own).is_some_and(|owned| owned.set.is_empty()) {
            managers.remove(own);
        }
        Ok((!same(live, &new)).then_some(new))
    }

    /// Removes what this manager applied before, not now, and nobody else owns.
    fn pruned(&self, merged: &Value, managers: &Managers, own: &Id, last: &Owned) -> Value {
        if last.version == self.write.api_version {
            let owned = managers.get(own).map(|owned| &owned.set);
            if owned.is_some_and(|set| last.set.is_subset(set)) {
                return merged.clone();
            }
        }
        self.prune(merged, managers, last).unwrap_or_else(|| merged.clone())
    }

    fn prune(&self, merged: &Value, managers: &Managers, last: &Owned) -> Option<Value> {
        let shape = self.shape_of(&last.version)?;
        let of = shape.top();
        let merged = self.to_version(merged, self.write.api_version, &last.version)?;
        let last_set = last.set.with_named_fields(of);
        let pruned = without(of, &merged, &last_set);
        let mut by_version: BTreeMap<&str, Set> = BTreeMap::new();
        for owned in managers.values() {
            let all = by_version.entry(&owned.version).or_default();
            *all = all.union(&owned.set);
        }
        let (mut full, mut pruned, mut version) = (merged.clone(), pruned, last.version.as_str());
        let first = by_version.remove(last.version.as_str());
        let rest = by_version.into_iter().map(|(version, set)| (version, Some(set)));
        for (next, managed) in std::iter::once((last.version.as_str(), first)).chain(rest) {
            let Some(managed) = managed else { continue };
            let Some(shape) = self.shape_of(next) else { continue };
            let converted = self.to_version(&full, version, next);
            let (Some(whole), Some(cut)) = (converted, self.to_version(&pruned, version, next))
            else {
                continue;
            };
            let of = shape.top();
            let kept = fields_of(of, &cut).with_named_fields(of);
            let keep = kept.union(&managed.with_named_fields(of));
            let lose = fields_of(of, &whole).with_named_fields(of).difference(&keep);
            pruned = without(of, &whole, &lose);
            (full, version) = (whole, next);
        }
        let pruned = self.to_version(&pruned, version, &last.version)?;
        let kept = fields_of(of, &pruned).with_named_fields(of);
        let all = fields_of(of, &merged).with_named_fields(of);
        let lose = all.difference(&kept).intersection(&last_set);
        self.to_version(&without(of, &merged, &lose), &last.version, self.write.api_version)
    }

    fn to_version(&self, object: &Value, from: &str, to: &str) -> Option<Value> {
        match from == to {
            true => Some(object.clone()),
            false => self.versions.convert(object, to),
        }
    }
}

/// Fields that nobody ever owns (apimachinery: `stripMetaManager`).
fn stripped() -> &'static Set {
    static STRIPPED: std::sync::OnceLock<Set> = std::sync::OnceLock::new();
    STRIPPED.get_or_init(|| {
        let paths: [&[&str]; 12] = [
            &["apiVersion"],
            &["kind"],
            &["metadata"],
            &["metadata", "name"],
            &["metadata", "namespace"],
            &["metadata", "creationTimestamp"],
            &["metadata", "selfLink"],
            &["metadata", "uid"],
            &["metadata", "clusterName"],
            &["metadata", "generation"],
            &["metadata", "managedFields"],
            &["metadata", "resourceVersion"],
        ];
        paths.iter().fold(Set::default(), |all, path| all.union(&Set::of_fields(path)))
    })
}
