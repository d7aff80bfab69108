//! Why a cluster cannot be reached.

use std::path::PathBuf;

/// A context that does not lead to an API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The kubeconfig cannot be read.
    #[error("reading the kubeconfig {from}: {reason}")]
    Kubeconfig {
        /// Its path, or where it was looked for.
        from: String,
        /// What is wrong with it.
        reason: String,
    },
    /// No context of that name.
    #[error(
        "the kubeconfig {from} has no context {name:?}: it has {}",
        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
    )]
    NoContext {
        /// Its path, or where it was looked for.
        from: String,
        /// The name asked for.
        name: String,
        /// The names that it has.
        known: Vec<String>,
    },
    /// What the context says of certificates or credentials cannot be used.
    #[error("context {name:?}: {reason}")]
    Unusable {
        /// The context.
        name: String,
        /// Why.
        reason: String,
    },
    /// Nothing answers there.
    #[error("context {name:?}: no answer from {url}: {reason}")]
    Silent {
        /// The context.
        name: String,
        /// Where it was called.
        url: String,
        /// Why.
        reason: String,
    },
    /// The thread for sockets cannot start.
    #[error("starting the connection's thread: {0}")]
    Thread(String),
}

/// Where a kubeconfig was looked for, for messages.
pub(crate) fn place(path: Option<&PathBuf>) -> String {
    match path {
        Some(path) => path.display().to_string(),
        None => std::env::var("KUBECONFIG").unwrap_or_else(|_| "~/.kube/config".to_owned()),
    }
}
