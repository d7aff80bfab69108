//! Why a build failed.

/// A failed build; it prints as kustomize reports it, without the leading `error: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BuildError(pub String);
