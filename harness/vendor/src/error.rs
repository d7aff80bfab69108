//! Why something could not be fetched.

use std::path::PathBuf;

use registry::lock::LockError;

/// Why something could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum VendorError {
    /// A server cannot be reached, or breaks off.
    #[error("reach {url}: {problem}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What the connection says.
        problem: String,
    },
    /// A server refuses.
    #[error("get {url}: the server answers {status}")]
    Refused {
        /// What was asked for.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// An answer is not what it should be.
    #[error("read {url}: {problem}")]
    Answer {
        /// What was asked for.
        url: String,
        /// What is wrong.
        problem: String,
    },
    /// It says nowhere what to fetch.
    #[error("fetch {url} into {target}: {problem}")]
    Unclear {
        /// The URL of the scenario.
        url: String,
        /// The path of the scenario.
        target: String,
        /// What to do.
        problem: &'static str,
    },
    /// A file cannot be written.
    #[error("write {path}: {cause}")]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// What is there is not what was fetched.
    #[error("check what is there: {0}")]
    Lock(LockError),
}
