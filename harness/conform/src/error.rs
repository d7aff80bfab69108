//! Why a case could not be played.

use std::path::PathBuf;

/// Why a recording could not be read or played.
#[derive(Debug, thiserror::Error)]
pub enum ConformError {
    /// A file of the recordings cannot be read, or one of ours not be written.
    #[error("open {path}: {cause}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// A file is not YAML.
    #[error("read {path}: {problem}")]
    Yaml {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The filter is no glob.
    #[error("read the filter {0:?}: it is no glob such as ks-*/*")]
    Glob(String),
    /// There are no cases, or the filter leaves none.
    #[error("find cases below {0}: there are none")]
    Nothing(PathBuf),
    /// A step says something that is not understood.
    #[error("step {step}: {problem}")]
    Step {
        /// Its number.
        step: usize,
        /// What is wrong.
        problem: String,
    },
    /// The place could not do what the case asks.
    #[error("{0}")]
    Place(String),
}

impl From<environment::PlaceError> for ConformError {
    fn from(cause: environment::PlaceError) -> Self {
        let mut text = cause.to_string();
        let mut source = std::error::Error::source(&cause);
        while let Some(inner) = source {
            text = format!("{text}: {inner}");
            source = inner.source();
        }
        Self::Place(text)
    }
}

impl From<client::Status> for ConformError {
    fn from(refusal: client::Status) -> Self {
        Self::Place(refusal.to_string())
    }
}
