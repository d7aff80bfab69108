//! What judging one cluster needs: the view, the observation around it, git, and
//! the step since which history counts.

use objects::ObjectId;
use scenario::terms::ObjectPattern;

use crate::git::Git;
use crate::observation::{ClusterView, Observation};

/// One cluster under judgement.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    /// Its name; empty where there is one.
    pub(crate) name: &'a str,
    /// Its state and history.
    pub(crate) view: &'a ClusterView,
    /// The whole world.
    pub(crate) world: &'a Observation,
    /// The repositories.
    pub(crate) git: &'a dyn Git,
    /// The step since which words of history count.
    pub(crate) since: usize,
    /// The step since which lists count.
    pub(crate) lists_since: usize,
    /// Whether failures carry diffs, transitions and causes.
    pub(crate) details: bool,
}

impl<'a> Place<'a> {
    /// Whether a reference means this object.
    pub(crate) fn means(&self, pattern: &ObjectPattern, id: &ObjectId) -> bool {
        pattern.matches(id, &self.world.default_namespace)
    }

    /// The objects that a reference means now.
    pub(crate) fn found(&self, pattern: &ObjectPattern) -> Vec<&'a ObjectId> {
        let view: &'a ClusterView = self.view;
        if !pattern.is_glob()
            && let Some(found) = self.exact(pattern)
        {
            return found;
        }
        view.objects.keys().filter(|id| self.means(pattern, id)).collect()
    }

    /// A reference with group and namespace means one entry: no search is needed.
    fn exact(&self, pattern: &ObjectPattern) -> Option<Vec<&'a ObjectId>> {
        let id = ObjectId {
            kind: objects::GroupKind { group: pattern.group.clone()?, kind: pattern.kind.clone() },
            namespace: pattern.namespace.clone()?,
            name: pattern.name.clone(),
        };
        let found = self.view.objects.get_key_value(&id);
        Some(found.map(|(id, _)| id).into_iter().collect())
    }

    /// The objects that a reference means now or meant since `since`.
    pub(crate) fn known(&self, pattern: &ObjectPattern) -> Vec<&'a ObjectId> {
        let mut ids = self.found(pattern);
        let view: &'a ClusterView = self.view;
        let gone = view.since(self.since).iter().map(|entry| &entry.id);
        ids.extend(gone.filter(|id| self.means(pattern, id)));
        ids.sort();
        ids.dedup();
        ids
    }
}
