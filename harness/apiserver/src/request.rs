//! Requests and responses as HTTP shapes them, without HTTP.

use crate::watch::WatchStream;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// Decoded path without query: `/api/v1/namespaces/default/pods`.
    pub path: String,
    /// Query pairs in order, decoded.
    pub query: Vec<(String, String)>,
    /// Headers in order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// The first value of a query parameter.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a header, by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// One response.
#[derive(Debug)]
pub struct Response {
    /// HTTP status code.
    pub status: u16,
    /// Headers in order; names as they are sent.
    pub headers: Vec<(String, String)>,
    /// The body, or a stream.
    pub body: Body,
}

/// What a response carries.
#[derive(Debug)]
pub enum Body {
    /// All of it.
    Bytes(Vec<u8>),
    /// A watch: let the server read what it has to say, again and again.
    Watch(Box<WatchStream>),
}
