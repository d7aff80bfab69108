//! One call as a value.

use objects::{Gvk, Object, Value};

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Read one.
    Get,
    /// Read many.
    List,
    /// Make one.
    Create,
    /// Replace one.
    Update,
    /// Change one.
    Patch(Patch),
    /// Delete one.
    Delete,
    /// Delete many.
    DeleteCollection,
}

/// The kinds of patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patch {
    /// `application/json-patch+json`
    Json,
    /// `application/merge-patch+json`
    Merge,
    /// `application/strategic-merge-patch+json`
    Strategic,
    /// `application/apply-patch+yaml`
    Apply,
}

/// What a call is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Kind of the object.
    pub gvk: Gvk,
    /// Namespace; `None` for cluster-scoped kinds, or for "all" in lists.
    pub namespace: Option<String>,
    /// Name; `None` for lists and creations.
    pub name: Option<String>,
    /// `status`, `scale`, `eviction`, …
    pub subresource: Option<String>,
}

impl Target {
    /// One object by name; an empty namespace means cluster-scoped.
    #[must_use]
    pub fn new(gvk: Gvk, namespace: &str, name: &str) -> Self {
        let namespace = (!namespace.is_empty()).then(|| namespace.to_owned());
        Self { gvk, namespace, name: Some(name.to_owned()), subresource: None }
    }

    /// The objects of a kind.
    #[must_use]
    pub fn list(gvk: Gvk, namespace: Option<&str>) -> Self {
        Self { gvk, namespace: namespace.map(str::to_owned), name: None, subresource: None }
    }

    /// An object that is at hand.
    #[must_use]
    pub fn of(object: &Object) -> Self {
        Self::new(object.gvk(), object.namespace(), object.name())
    }

    /// A subresource of the same object.
    #[must_use]
    pub fn subresource(mut self, subresource: &str) -> Self {
        self.subresource = Some(subresource.to_owned());
        self
    }
}

/// How dependents go when their owner is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    /// After the owner.
    Background,
    /// Before the owner.
    Foreground,
    /// Not at all.
    Orphan,
}

/// Who a call is made for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Impersonation {
    /// User name, such as `system:serviceaccount:apps:flux`.
    pub user: String,
    /// Groups.
    pub groups: Vec<String>,
}

/// The options of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Field manager; empty for the client's default.
    pub manager: String,
    /// Take fields over from other managers (apply only).
    pub force: bool,
    /// Validate and answer, store nothing.
    pub dry_run: bool,
    /// For deletes; `None` for the kind's default.
    pub propagation: Option<Propagation>,
    /// For deletes: seconds of grace; `None` for the kind's default.
    pub grace_seconds: Option<i64>,
    /// Precondition: the object's uid.
    pub uid: Option<String>,
    /// Precondition: the object's resourceVersion.
    pub resource_version: Option<String>,
    /// For lists.
    pub label_selector: Option<String>,
    /// For lists.
    pub field_selector: Option<String>,
    /// Refuse unknown fields (`fieldValidation=Strict`).
    pub strict: bool,
}

/// One call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What it does.
    pub verb: Verb,
    /// To what.
    pub target: Target,
    /// Object or patch.
    pub body: Option<Value>,
    /// Options.
    pub options: Options,
    /// For whom; `None` for the client itself.
    pub impersonate: Option<Impersonation>,
}

impl Call {
    /// A call without body and with default options.
    #[must_use]
    pub fn new(verb: Verb, target: Target) -> Self {
        Self { verb, target, body: None, options: Options::default(), impersonate: None }
    }
}
