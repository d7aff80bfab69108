//! Why a build failed.

/// A failed build; it prints as kustomize reports it, without the leading `error: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BuildError(pub String);

/// Shorthand of this crate.
pub(crate) type Result<T> = std::result::Result<T, BuildError>;

/// An error with this text.
pub(crate) fn fail<T>(text: impl Into<String>) -> Result<T> {
    Err(BuildError(text.into()))
}

/// Putting words in front of an error, as kustomize's `WrapPrefixf` does.
pub(crate) trait Context<T> {
    fn context(self, words: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Context<T> for Result<T> {
    fn context(self, words: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|BuildError(text)| BuildError(format!("{}: {text}", words())))
    }
}
