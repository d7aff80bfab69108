//! Inventories: which objects a Kustomization applied.
//!
//! Ids follow fluxcd/cli-utils: object/objmetadata (`ns_name_group_kind`).

use std::collections::BTreeSet;

use objects::{GroupKind, Gvk, Object, ObjectId, Value};

/// One object of an inventory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Which object.
    pub object: ObjectId,
    /// Version of its API, without the group.
    pub version: String,
}

impl Entry {
    /// The entry of an object.
    #[must_use]
    pub fn of(object: &Object) -> Self {
        Self { object: object.id(), version: object.gvk().version }
    }

    /// Group, version and kind.
    #[must_use]
    pub fn gvk(&self) -> Gvk {
        Gvk::new(&self.object.kind.group, &self.version, &self.object.kind.kind)
    }

    /// `namespace_name_group_kind`; names of RBAC objects write `:` as `__`.
    #[must_use]
    pub fn id(&self) -> String {
        let ObjectId { kind, namespace, name } = &self.object;
        let name = if is_rbac(&kind.kind) { name.replace(':', "__") } else { name.clone() };
        format!("{namespace}_{name}_{}_{}", kind.group, kind.kind)
    }

    /// Reads an id; `None` where it is none.
    #[must_use]
    pub fn parse(id: &str, version: &str) -> Option<Self> {
        let (namespace, rest) = id.split_once('_')?;
        let (rest, kind) = rest.rsplit_once('_')?;
        let (name, group) = rest.rsplit_once('_')?;
        let name = if is_rbac(kind) { name.replace("__", ":") } else { name.to_owned() };
        let kind = GroupKind { group: group.to_owned(), kind: kind.to_owned() };
        let object = ObjectId { kind, namespace: namespace.to_owned(), name };
        Some(Self { object, version: version.to_owned() })
    }
}

fn is_rbac(kind: &str) -> bool {
    matches!(kind, "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding")
}

/// The entries of `status.inventory`, in their stored order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory(pub Vec<Entry>);

impl Inventory {
    /// Reads `status.inventory`; what is no entry is left out.
    #[must_use]
    pub fn read(value: &Value) -> Self {
        let entries = value.list_at(&["entries"]).iter();
        let read = |entry: &Value| Entry::parse(entry.str_at(&["id"])?, entry.str_at(&["v"])?);
        Self(entries.filter_map(read).collect())
    }

    /// As `status.inventory` holds it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let entry = |entry: &Entry| {
            Value::from([
                ("id", Value::from(entry.id())),
                ("v", Value::from(entry.version.as_str())),
            ])
        };
        Value::from([("entries", self.0.iter().map(entry).collect::<Value>())])
    }

    /// What is here and, whatever its version, not in the newer one.
    #[must_use]
    pub fn stale(&self, newer: &Self) -> Vec<Entry> {
        let kept: BTreeSet<&ObjectId> = newer.0.iter().map(|entry| &entry.object).collect();
        self.0.iter().filter(|entry| !kept.contains(&entry.object)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_written_and_read_as_flux_does() {
        for id in [
            "apps_podinfo_apps_Deployment",
            "_apps__Namespace",
            "_x__y_rbac.authorization.k8s.io_ClusterRole",
            "ns_a.b__ConfigMap",
        ] {
            let entry = Entry::parse(id, "v1").unwrap();
            assert_eq!(entry.id(), id);
        }
        let role = Entry::parse("_x__y_rbac.authorization.k8s.io_ClusterRole", "v1").unwrap();
        assert_eq!(role.object.name, "x:y");
        assert_eq!(Entry::parse("nothing", "v1"), None);
    }

    #[test]
    fn a_bump_of_the_version_leaves_nothing_stale() {
        let read = |id, version| Entry::parse(id, version).unwrap();
        let old = Inventory(vec![read("_a__Namespace", "v1"), read("n_b_batch_Job", "v1beta1")]);
        let new = Inventory(vec![read("n_b_batch_Job", "v1")]);
        assert_eq!(old.stale(&new), [read("_a__Namespace", "v1")]);
        assert_eq!(Inventory::read(&old.to_value()), old);
    }
}
