//! The trait, and the answers it gives.

use std::future::Future;
use std::pin::Pin;

use objects::{Gvk, Object, Value};

use crate::{Call, Options, Patch, Status, Target, Verb};

/// A future of this world's thread.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Status>> + 'a>>;

/// What discovery says of a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The kind, in the version asked for or preferred.
    pub gvk: Gvk,
    /// Name in paths.
    pub plural: String,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether `status` is a subresource.
    pub has_status: bool,
}

/// What a server serves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discovery {
    /// Its version: `v1.36.3`.
    pub version: String,
    /// Every kind in every version.
    pub kinds: Vec<Gvk>,
}

/// How an object changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It appeared.
    Added,
    /// It changed.
    Modified,
    /// It is gone; the change carries its last state.
    Deleted,
}

/// One change of a watched object.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// The object after it (before it, for a deletion).
    pub object: Object,
}

/// An open watch. Starts with every object that exists, as [`ChangeKind::Added`].
pub trait Watch {
    /// The next change that is already known; never waits.
    fn next(&mut self) -> Option<Change>;
}

/// A Kubernetes API.
///
/// The embedded one answers at once; a real one may suspend. Calls never
/// panic and never retry: the answer is the server's.
pub trait Api {
    /// One call. Lists answer with a `List` object; deletes with the object or a `Status`.
    fn call(&self, call: Call) -> Answer<'_, Value>;

    /// What discovery says of a kind; the version may be empty for "any served".
    fn resource(&self, gvk: &Gvk) -> Answer<'_, Resource>;

    /// Everything that is served; an API may not offer to list it.
    fn discovery(&self) -> Answer<'_, Discovery> {
        let refusal = Status::new(501, "NotImplemented", "discovery is not offered as a list");
        Box::pin(std::future::ready(Err(refusal)))
    }

    /// Watches a kind in all namespaces.
    ///
    /// # Errors
    /// If the kind is not served.
    fn watch(&self, gvk: &Gvk) -> Result<Box<dyn Watch>, Status>;
}

impl dyn Api + '_ {
    /// Reads one object.
    pub async fn get(&self, target: Target) -> Result<Object, Status> {
        self.call(Call::new(Verb::Get, target)).await.map(Object)
    }

    /// Lists the objects of a kind, in one namespace or all.
    pub async fn list(&self, gvk: &Gvk, namespace: Option<&str>) -> Result<Vec<Object>, Status> {
        let target = Target::list(gvk.clone(), namespace);
        let list = self.call(Call::new(Verb::List, target)).await?;
        Ok(list.list_at(&["items"]).iter().cloned().map(Object).collect())
    }

    /// Server-side apply under a manager's name.
    pub async fn apply(
        &self,
        object: Object,
        manager: &str,
        force: bool,
    ) -> Result<Object, Status> {
        let target = Target::of(&object);
        let options = Options { manager: manager.to_owned(), force, ..Options::default() };
        let call = Call {
            verb: Verb::Patch(Patch::Apply),
            body: Some(object.0),
            options,
            ..Call::new(Verb::Get, target)
        };
        self.call(call).await.map(Object)
    }
}
