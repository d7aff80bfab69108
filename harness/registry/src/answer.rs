//! Who asks, and how a server refuses.

/// A name and a password.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Login {
    /// Name.
    pub username: String,
    /// Password.
    pub password: String,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing is declared there.
    #[error("nothing is declared there")]
    Unknown,
    /// The host is there and takes no connection of this kind.
    #[error("connection refused")]
    NoConnection,
    /// A status that is no success, with the body of the answer.
    #[error("status {status}: {body}")]
    Status {
        /// HTTP status.
        status: u16,
        /// Body.
        body: String,
    },
}

impl Refusal {
    /// A status with its usual text as the body.
    pub(crate) fn plain(status: u16) -> Self {
        Self::Status { status, body: status_text(status).to_owned() }
    }

    /// A status with an error in the form of OCI registries.
    pub(crate) fn coded(status: u16, code: &str, message: &str, detail: &str) -> Self {
        let body = format!(
            "{{\"errors\":[{{\"code\":\"{code}\",\"message\":\"{message}\",\"detail\":{detail}}}]}}"
        );
        Self::Status { status, body }
    }
}

/// The usual text of a status.
pub(crate) fn status_text(status: u16) -> &'static str {
    match status {
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}

/// Whether who asks may come in.
pub(crate) fn admits(wanted: Option<&Login>, given: Option<&Login>) -> bool {
    wanted.is_none() || wanted == given
}
