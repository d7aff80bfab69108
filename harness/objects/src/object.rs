//! A Kubernetes object: a map with apiVersion, kind and metadata.

use crate::{Gvk, ObjectId, Value};

/// A whole object. Readers never fail: what is absent reads as empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Object(pub Value);

impl Object {
    /// `apiVersion`
    #[must_use]
    pub fn api_version(&self) -> &str {
        self.0.str_at(&["apiVersion"]).unwrap_or_default()
    }

    /// `kind`
    #[must_use]
    pub fn kind(&self) -> &str {
        self.0.str_at(&["kind"]).unwrap_or_default()
    }

    /// Group, version and kind.
    #[must_use]
    pub fn gvk(&self) -> Gvk {
        Gvk::from_api_version(self.api_version(), self.kind())
    }

    /// Which object it is.
    #[must_use]
    pub fn id(&self) -> ObjectId {
        ObjectId {
            kind: self.gvk().group_kind(),
            namespace: self.namespace().into(),
            name: self.name().into(),
        }
    }

    /// `metadata.name`
    #[must_use]
    pub fn name(&self) -> &str {
        self.meta("name")
    }

    /// `metadata.namespace`, empty where there is none.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.meta("namespace")
    }

    /// `metadata.uid`
    #[must_use]
    pub fn uid(&self) -> &str {
        self.meta("uid")
    }

    /// `metadata.resourceVersion`
    #[must_use]
    pub fn resource_version(&self) -> &str {
        self.meta("resourceVersion")
    }

    /// `metadata.generation`, 0 where there is none.
    #[must_use]
    pub fn generation(&self) -> i64 {
        self.0.int_at(&["metadata", "generation"]).unwrap_or(0)
    }

    /// Whether `metadata.deletionTimestamp` is set.
    #[must_use]
    pub fn is_deleting(&self) -> bool {
        self.0.at(&["metadata", "deletionTimestamp"]).is_some_and(|time| !time.is_null())
    }

    /// A label.
    #[must_use]
    pub fn label(&self, key: &str) -> Option<&str> {
        self.0.str_at(&["metadata", "labels", key])
    }

    /// An annotation.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.0.str_at(&["metadata", "annotations", key])
    }

    /// The condition of a type under `status.conditions`.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Value> {
        let conditions = self.0.list_at(&["status", "conditions"]);
        conditions.iter().find(|condition| condition.str_at(&["type"]) == Some(kind))
    }

    fn meta(&self, key: &str) -> &str {
        self.0.str_at(&["metadata", key]).unwrap_or_default()
    }
}

impl std::ops::Deref for Object {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl std::ops::DerefMut for Object {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}

impl From<Value> for Object {
    fn from(value: Value) -> Self {
        Self(value)
    }
}
