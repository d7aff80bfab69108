//! What a server is made from.

use clock::Seed;

/// The settings of one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Kubernetes minor: `1.20` to `1.37`.
    pub kubernetes: String,
    /// Where uids, generated names and addresses come from.
    pub seed: Seed,
}

impl Default for Settings {
    fn default() -> Self {
        Self { kubernetes: "1.36".to_owned(), seed: Seed::default() }
    }
}

/// Why there is no such server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The version is none of the known ones.
    #[error("kubernetes version {0:?} is not known: use 1.20 to 1.37")]
    UnknownVersion(String),
}
