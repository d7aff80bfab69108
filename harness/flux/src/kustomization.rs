//! Kustomization, read.

use objects::{Object, ObjectId, Value};

use crate::{Inventory, SourceRef};

/// A Kustomization. Fields that are absent read as their defaults.
#[derive(Debug, Clone, PartialEq)]
pub struct Kustomization(pub Object);

/// One entry of `spec.dependsOn`, its namespace resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// The CEL expression that says when it is ready.
    pub ready: Option<String>,
}

/// One entry of `spec.healthChecks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRef {
    /// `apps/v1` unless given.
    pub api_version: String,
    /// Which object.
    pub id: ObjectId,
}

/// One entry of `spec.healthCheckExprs`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthExpression {
    /// API version of the kind.
    pub api_version: String,
    /// The kind; empty for the whole group.
    pub kind: String,
    /// CEL for "as it should be".
    pub current: String,
    /// CEL for "on the way".
    pub in_progress: String,
    /// CEL for "failed".
    pub failed: String,
}

/// What happens to the objects when the Kustomization is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeletionPolicy {
    /// They go if `spec.prune` is on.
    MirrorPrune,
    /// They go.
    Delete,
    /// They go, and their end is awaited.
    WaitForTermination,
    /// They stay.
    Orphan,
}

impl Kustomization {
    /// `spec.path` as written; empty for the root.
    #[must_use]
    pub fn path(&self) -> &str {
        self.text(&["path"]).unwrap_or_default()
    }

    /// `spec.interval` as written.
    #[must_use]
    pub fn interval(&self) -> &str {
        self.text(&["interval"]).unwrap_or_default()
    }

    /// `spec.retryInterval` as written.
    #[must_use]
    pub fn retry_interval(&self) -> Option<&str> {
        self.text(&["retryInterval"])
    }

    /// `spec.timeout` as written.
    #[must_use]
    pub fn timeout(&self) -> Option<&str> {
        self.text(&["timeout"])
    }

    /// `spec.prune`
    #[must_use]
    pub fn prunes(&self) -> bool {
        self.flag("prune")
    }

    /// `spec.wait`
    #[must_use]
    pub fn waits(&self) -> bool {
        self.flag("wait")
    }

    /// `spec.force`
    #[must_use]
    pub fn forces(&self) -> bool {
        self.flag("force")
    }

    /// `spec.suspend`
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.flag("suspend")
    }

    /// `spec.sourceRef`, in the Kustomization's own namespace unless it names one.
    #[must_use]
    pub fn source(&self) -> SourceRef {
        let text = |key| self.text(&["sourceRef", key]).unwrap_or_default().to_owned();
        let namespace = self.text(&["sourceRef", "namespace"]).unwrap_or(self.0.namespace());
        SourceRef { kind: text("kind"), namespace: namespace.into(), name: text("name") }
    }

    /// `spec.dependsOn`
    #[must_use]
    pub fn depends_on(&self) -> Vec<Dependency> {
        dependencies(&self.0)
    }

    /// `spec.healthChecks`
    #[must_use]
    pub fn health_checks(&self) -> Vec<ObjectRef> {
        self.0.list_at(&["spec", "healthChecks"]).iter().map(object_ref).collect()
    }

    /// `spec.healthCheckExprs`
    #[must_use]
    pub fn health_expressions(&self) -> Vec<HealthExpression> {
        health_expressions(&self.0)
    }

    /// `spec.deletionPolicy`
    #[must_use]
    pub fn deletion_policy(&self) -> DeletionPolicy {
        match self.text(&["deletionPolicy"]) {
            Some("Delete") => DeletionPolicy::Delete,
            Some("WaitForTermination") => DeletionPolicy::WaitForTermination,
            Some("Orphan") => DeletionPolicy::Orphan,
            _ => DeletionPolicy::MirrorPrune,
        }
    }

    /// `spec.serviceAccountName`
    #[must_use]
    pub fn service_account(&self) -> Option<&str> {
        self.text(&["serviceAccountName"])
    }

    /// `status.inventory`
    #[must_use]
    pub fn inventory(&self) -> Inventory {
        Inventory::read(self.0.at(&["status", "inventory"]).unwrap_or(&Value::Null))
    }

    /// A text of `status`, if it is not empty.
    #[must_use]
    pub fn status_text(&self, key: &str) -> Option<&str> {
        self.0.str_at(&["status", key]).filter(|text| !text.is_empty())
    }

    /// Text below `spec`, if it is not empty.
    #[must_use]
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        let found = self.0.get("spec")?.str_at(path);
        found.filter(|text| !text.is_empty())
    }

    fn flag(&self, key: &str) -> bool {
        self.0.bool_at(&["spec", key]).unwrap_or(false)
    }
}

/// `spec.dependsOn` of an object.
pub(crate) fn dependencies(object: &Object) -> Vec<Dependency> {
    let read = |entry: &Value| {
        let text = |key| entry.str_at(&[key]).filter(|text| !text.is_empty());
        Dependency {
            namespace: text("namespace").unwrap_or(object.namespace()).to_owned(),
            name: text("name").unwrap_or_default().to_owned(),
            ready: text("readyExpr").map(str::to_owned),
        }
    };
    object.list_at(&["spec", "dependsOn"]).iter().map(read).collect()
}

/// `spec.healthCheckExprs` of an object.
pub(crate) fn health_expressions(object: &Object) -> Vec<HealthExpression> {
    let text = |entry: &Value, key| entry.str_at(&[key]).unwrap_or_default().to_owned();
    let read = |entry| HealthExpression {
        api_version: text(entry, "apiVersion"),
        kind: text(entry, "kind"),
        current: text(entry, "current"),
        in_progress: text(entry, "inProgress"),
        failed: text(entry, "failed"),
    };
    object.list_at(&["spec", "healthCheckExprs"]).iter().map(read).collect()
}

fn object_ref(entry: &Value) -> ObjectRef {
    let text = |key| entry.str_at(&[key]).unwrap_or_default();
    let api_version = Some(text("apiVersion")).filter(|text| !text.is_empty());
    let api_version = api_version.unwrap_or("apps/v1").to_owned();
    let gvk = objects::Gvk::from_api_version(&api_version, text("kind"));
    let id = ObjectId {
        kind: gvk.group_kind(),
        namespace: text("namespace").into(),
        name: text("name").into(),
    };
    ObjectRef { api_version, id }
}
