//! Custom resources: structural schemas, pruning, defaults, validation.
//!
//! Knows the rules for definitions and, compiled from one, the treatment of
//! its objects. Must not know storage or names in use. Start at [`CustomVersion`].

mod definition;
mod evaluate;
mod expression;
mod formats;
mod functions;
mod lists;
mod node;
mod prune;
mod shape;
mod values;

use std::sync::{Arc, Mutex, OnceLock};

use objects::Value;

use crate::decode::{DecodeError, decode};
use crate::{Cause, Shape, shared};
use node::Node;

pub use definition::validate_definition;
pub use evaluate::{Evaluated, evaluate};

/// One version of a custom resource, compiled. Cheap to clone; equal schemas share one.
#[derive(Debug, Clone)]
pub struct CustomVersion {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: Node,
    shape: Shape,
    meta: Shape,
    embedded: bool,
    /// Whether the definition has the subresource `status`.
    kind: String,
}

/// Compiled schemas of this process, so that many worlds with equal definitions compile once.
type Known = Vec<(String, Value, CustomVersion)>;

/// More schemas than this are not remembered.
const MOST_KNOWN: usize = 512;

fn known() -> &'static Mutex<Known> {
    static KNOWN: OnceLock<Mutex<Known>> = OnceLock::new();
    KNOWN.get_or_init(Mutex::default)
}

impl CustomVersion {
    /// Compiles a version of a stored definition; `None` where it has no such version.
    #[must_use]
    pub fn compile(definition: &Value, version: &str) -> Option<Self> {
        let versions = definition.list_at(&["spec", "versions"]);
        let found = versions.iter().find(|known| known.str_at(&["name"]) == Some(version))?;
        let schema = found.at(&["schema", "openAPIV3Schema"]).cloned().unwrap_or_default();
        let kind = definition.str_at(&["spec", "names", "kind"]).unwrap_or_default();
        let mut known = known().lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let same = |(name, value, _): &&(String, Value, CustomVersion)| {
            name == kind && crate::apply::same(value, &schema)
        };
        if let Some((_, _, compiled)) = known.iter().find(same) {
            return Some(compiled.clone());
        }
        let compiled = Self::build(kind, &schema);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.push((kind.to_owned(), schema, compiled.clone()));
        Some(compiled)
    }

    fn build(kind: &str, schema: &Value) -> Self {
        let root = Node::parse(schema);
        let shape = shape::shape(&root);
        let meta = shape::object_meta();
        let embedded = prune::has_embedded(&root);
        let inner = Inner { root, shape, meta, embedded, kind: kind.to_owned() };
        Self { inner: Arc::new(inner) }
    }

    /// The type of its objects, for apply and patches.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.inner.shape
    }

    /// Reads a body: checks `metadata`, drops unknown fields and nulls where null is not
    /// allowed; gives each unknown field as `unknown field "spec.foo"`. What an apply merged
    /// is not read again: its nulls stay and break rules.
    ///
    /// # Errors
    /// A wrong type in `metadata`.
    pub fn decode(&self, object: &mut Value) -> Result<Vec<String>, DecodeError> {
        let mut unknown = Vec::new();
        self.decode_meta("", object, &mut unknown)?;
        let mut dropped = prune::prune(&self.inner.root, object);
        prune::drop_nulls(&self.inner.root, object);
        dropped.sort();
        unknown.extend(dropped.into_iter().map(|path| format!("unknown field \"{path}\"")));
        if self.inner.embedded {
            let mut failed = Ok(());
            prune::embedded(&self.inner.root, "", object, &mut |path, found| {
                if !path.is_empty() && failed.is_ok() {
                    failed = self.decode_meta(path, found, &mut unknown);
                }
            });
            failed?;
        }
        Ok(unknown)
    }

    fn decode_meta(
        &self,
        path: &str,
        object: &mut Value,
        unknown: &mut Vec<String>,
    ) -> Result<(), DecodeError> {
        let Value::Map(map) = object else { return Ok(()) };
        if map.get("metadata").is_some_and(Value::is_null) {
            Arc::make_mut(map).remove("metadata");
            return Ok(());
        }
        let dot = if path.is_empty() { "" } else { "." };
        let mut result = Ok(());
        shared::entry(map, "metadata", |meta| {
            result = decode(&self.inner.meta, meta).map(|found| {
                unknown.extend(found.into_iter().map(|text| {
                    let field = text.trim_start_matches("unknown field \"");
                    format!("unknown field \"{path}{dot}metadata.{field}")
                }));
            });
        });
        result
    }

    /// Fills in defaults.
    pub fn default(&self, object: &mut Value) {
        prune::fill(&self.inner.root, object);
    }

    /// Every rule that an object breaks, in a fixed order; `old` for updates (transition
    /// rules, and unchanged values that broke a rule before are let through).
    /// Not here: `metadata` (`builtin::validate_meta`).
    #[must_use]
    pub fn validate(&self, object: &Value, old: Option<&Value>) -> Vec<Cause> {
        let root = &self.inner.root;
        let mut judge = values::Judge { causes: Vec::new(), prefix: "" };
        judge.value(root, "", object, old);
        self.further(judge.causes, object, old)
    }

    /// As [`Self::validate`] for a write to the subresource `status`.
    #[must_use]
    pub fn validate_status(&self, object: &Value, old: Option<&Value>) -> Vec<Cause> {
        let mut judge = values::Judge { causes: Vec::new(), prefix: "status" };
        if let (Some(node), Some(status)) =
            (self.inner.root.property("status"), object.get("status"))
        {
            judge.value(node, "", status, old.and_then(|old| old.get("status")));
        }
        self.further(judge.causes, object, old)
    }

    fn further(&self, mut causes: Vec<Cause>, object: &Value, old: Option<&Value>) -> Vec<Cause> {
        let root = &self.inner.root;
        if self.inner.embedded {
            let mut copy = object.clone();
            prune::embedded(root, "", &mut copy, &mut |path, found| {
                if !path.is_empty() {
                    causes.extend(definition::embedded_rules(path, found));
                }
            });
        }
        lists::duplicates(root, object, old, &mut causes);
        if root.has_rules {
            let blocking = |cause: &Cause| {
                matches!(
                    cause.reason,
                    "FieldValueNotSupported"
                        | "FieldValueRequired"
                        | "FieldValueTooLong"
                        | "FieldValueTooMany"
                        | "FieldValueTypeInvalid"
                )
            };
            if causes.iter().any(blocking) {
                causes.push(Cause::invalid(
                    "<nil>",
                    &Value::Null,
                    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
                ));
            } else {
                expression::validate(root, object, old, &mut causes);
            }
        }
        causes
    }

    /// The kind that it is a version of.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.inner.kind
    }
}

#[cfg(test)]
mod tests;
