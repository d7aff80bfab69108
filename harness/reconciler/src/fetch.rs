//! The face of what lies outside the cluster: repositories by URL.
//!
//! Knows what a git client can ask and how it can fail, in the words of go-git. Must
//! not know who answers. Start at [`Fetch`].

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use client::Api;
use clock::Moment;
use tree::Tree;

/// A future of this world's thread that fetches something.
pub type Fetching<'a, T> = Pin<Box<dyn Future<Output = Result<T, FetchError>> + 'a>>;

/// What the controllers may ask of the world outside.
///
/// Embedded ones answer at once, or after a sleep on the world's clock.
pub trait Fetch {
    /// Every ref of a repository.
    fn list_refs<'a>(&'a self, remote: &'a Remote) -> Fetching<'a, Refs>;

    /// One commit with its tree.
    fn fetch<'a>(&'a self, remote: &'a Remote, commit: &'a str) -> Fetching<'a, Commit>;

    /// The tree behind a remote base of a kustomization; `None` if nobody declared it.
    fn base(&self, url: &str) -> Option<Tree>;

    /// The API of another cluster, by the server's URL in a kubeconfig; `None` if nobody
    /// declared it.
    fn cluster(&self, _server: &str) -> Option<Rc<dyn Api>> {
        None
    }
}

/// A repository, and who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// URL as the object writes it.
    pub url: String,
    /// Credentials from its secret.
    pub credentials: Credentials,
}

/// How a client says who it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Credentials {
    /// Not at all.
    #[default]
    None,
    /// With a name and a password.
    Basic {
        /// Name.
        username: String,
        /// Password.
        password: String,
    },
    /// With a token.
    Bearer(String),
    /// With a private key.
    Ssh {
        /// The key in PEM form.
        identity: String,
    },
}

/// The refs of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Refs {
    /// Full names (`refs/heads/main`, `refs/tags/v1`, `refs/pull/7/head`) and commit ids in
    /// hexadecimal; annotated tags are followed to their commit.
    pub commits: BTreeMap<String, String>,
}

/// A commit with everything in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Commit {
    /// Id in hexadecimal.
    pub id: String,
    /// The whole message.
    pub message: String,
    /// When it was committed.
    pub when: Moment,
    /// Its files; shared, never copied.
    pub tree: Rc<Tree>,
}

/// How a remote fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// No connection; the words of Go's dialer, such as `dial tcp 10.0.0.1:443: connect: connection refused`.
    #[error("{0}")]
    Unreachable(String),
    /// Nothing in this world answers under the URL. Flux sees an unreachable host.
    #[error("{url} is not declared")]
    NotDeclared {
        /// The URL.
        url: String,
    },
    /// The server answered with an HTTP status that is no success, and these words.
    #[error("status {status}: {body}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Body of the answer, one line.
        body: String,
    },
    /// The repository has no such commit.
    #[error("object not found")]
    CommitNotFound,
}
