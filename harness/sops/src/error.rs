//! Why a document stays closed, in the words of sops and of Flux's decryptor.

/// Why a document could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file cannot be read in its format.
    #[error("failed to load encrypted {format} data: {problem}")]
    Load {
        /// Format in words.
        format: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// No key opens it; getsops/sops: usererrors.go.
    #[error("cannot get sops data key: {0}")]
    DataKey(String),
    /// A value cannot be opened with the key.
    #[error("error decrypting sops tree: {0}")]
    Tree(String),
    /// It is closed with a kind of key that is not reproduced here.
    #[error("it is encrypted for {0}, which is not reproduced here")]
    Unknown(&'static str),
}
