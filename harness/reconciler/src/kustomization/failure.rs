//! How a phase fails: an error that knows the reason of its condition.

use flux::reason;

/// Why a reconciliation stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// A phase failed.
    #[error("{}", .0.message)]
    Phase(PhaseError),
    /// The artifact is gone from the storage.
    #[error("artifact not found")]
    ArtifactGone,
}

/// The failure of a phase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PhaseError {
    pub(super) reason: &'static str,
    pub(super) message: String,
    /// What the event says, where it differs.
    pub(super) event: Option<String>,
    /// Whether `status.history` takes it in.
    pub(super) in_history: bool,
}

impl Failure {
    fn phase(reason: &'static str, message: impl Into<String>, in_history: bool) -> Self {
        Self::Phase(PhaseError { reason, message: message.into(), event: None, in_history })
    }

    pub(super) fn artifact(message: impl Into<String>) -> Self {
        Self::phase(reason::ARTIFACT_FAILED, message, false)
    }

    pub(super) fn build(message: impl Into<String>) -> Self {
        Self::phase(reason::BUILD_FAILED, message, false)
    }

    pub(super) fn apply(message: impl Into<String>) -> Self {
        Self::phase(reason::RECONCILIATION_FAILED, message, true)
    }

    pub(super) fn prune(message: impl Into<String>) -> Self {
        Self::phase(reason::PRUNE_FAILED, message, true)
    }

    pub(super) fn health(message: impl Into<String>) -> Self {
        Self::phase(reason::HEALTH_CHECK_FAILED, message, true)
    }

    /// The client for the cluster could not be made; the event says so at more length.
    pub(super) fn client(message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Phase(PhaseError {
            reason: reason::RECONCILIATION_FAILED,
            event: Some(format!("failed to build kube client: {message}")),
            message,
            in_history: false,
        })
    }
}
