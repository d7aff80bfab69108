//! Custom resources: structural schemas, pruning, defaults, validation.
//!
//! Knows the rules for definitions and, compiled from one, the treatment of
//! its objects. Must not know storage or names in use. Start at [`CustomVersion`].

use objects::Value;

use crate::decode::DecodeError;
use crate::{Cause, Shape};

/// Every rule that a `CustomResourceDefinition` breaks; `old` for updates.
/// The object must have its defaults ([`crate::builtin::default`]).
#[must_use]
pub fn validate_definition(_definition: &Value, _old: Option<&Value>) -> Vec<Cause> {
    Vec::new()
}

/// One served version of a custom resource, compiled.
#[derive(Debug, Clone)]
pub struct CustomVersion {
    shape: Shape,
}

impl CustomVersion {
    /// Compiles a version of a stored definition; `None` where it has no such version.
    #[must_use]
    pub fn compile(_definition: &Value, _version: &str) -> Option<Self> {
        Some(Self { shape: Shape::open() })
    }

    /// The type of its objects, for apply and patches.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Checks `metadata`, drops unknown fields; gives each as `unknown field "spec.foo"`.
    ///
    /// # Errors
    /// A wrong type in `metadata`, `apiVersion` or `kind`.
    pub fn decode(&self, _object: &mut Value) -> Result<Vec<String>, DecodeError> {
        Ok(Vec::new())
    }

    /// Fills in defaults.
    pub fn default(&self, _object: &mut Value) {}

    /// Every rule that an object breaks, in a fixed order; `old` for updates (transition
    /// rules, and unchanged values that broke a rule before are let through).
    #[must_use]
    pub fn validate(&self, _object: &Value, _old: Option<&Value>) -> Vec<Cause> {
        Vec::new()
    }
}
