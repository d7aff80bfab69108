//! How a repository is broken.

use std::time::Duration;

/// A fault of a repository: without answer and delay it cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteFault {
    /// The HTTP status it answers with.
    pub answer: Option<u16>,
    /// The text it answers with; the usual text of the status without it.
    pub message: Option<String>,
    /// How late it answers.
    pub delay: Option<Duration>,
    /// How many looks it spoils; all without it.
    pub times: Option<u64>,
}

impl RemoteFault {
    /// The text it answers with.
    pub(super) fn body(&self) -> String {
        let usual = match self.answer {
            Some(401) => "Unauthorized",
            Some(403) => "Forbidden",
            Some(404) => "Not Found",
            Some(429) => "Too Many Requests",
            Some(500) => "Internal Server Error",
            Some(502) => "Bad Gateway",
            Some(503) => "Service Unavailable",
            Some(504) => "Gateway Timeout",
            _ => "",
        };
        self.message.clone().unwrap_or_else(|| usual.to_owned())
    }
}
