//! Patches: JSON patch, merge patch and strategic merge patch on values.
//!
//! Knows the three formats and the server's words for patches that do not fit.
//! Must not know ownership or rules. Start at [`strategic`].

mod json;
mod merge;
mod order;
mod restore;
mod strategic;

pub use json::json;
pub use merge::merge;
pub use strategic::strategic;

/// Why a patch does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// 400: the patch itself cannot be read.
    #[error("{0}")]
    BadRequest(String),
    /// 422 with the server's one fixed text for patches that fail on this object.
    #[error("the server rejected our request due to an error in our request")]
    Unfit,
    /// 422 with one cause on field `patch`, here without the field; the message is
    /// ` "" is invalid: patch: ` and this.
    #[error("{0}")]
    Restore(String),
    /// 500 with this text.
    #[error("{0}")]
    Internal(String),
}
