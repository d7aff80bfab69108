//! The face of what lies outside the cluster: repositories, charts, registries, buckets.
//!
//! Knows what clients of git, HTTP, OCI and S3 can ask and how that can fail, before any
//! client has put it into its words. Must not know who answers. Start at [`Fetch`].

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

    /// GET of a URL: the index of a chart repository, a packed chart.
    fn download<'a>(&'a self, remote: &'a Remote) -> Fetching<'a, Rc<[u8]>> {
        undeclared(&remote.url)
    }

    /// One call to an OCI registry.
    fn ask<'a>(&'a self, call: &'a RegistryCall) -> Fetching<'a, Rc<[u8]>> {
        undeclared(&call.url())
    }

    /// The objects of a bucket whose keys begin with a prefix; `None` if there is no bucket.
    fn bucket<'a>(&'a self, call: &'a BucketCall) -> Fetching<'a, Option<Vec<BucketObject>>> {
        undeclared(&call.endpoint)
    }
}

fn undeclared<'a, T: 'a>(url: &str) -> Fetching<'a, T> {
    let url = url.to_owned();
    Box::pin(async move { Err(FetchError::NotDeclared { url }) })
}

/// What is asked of an OCI registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegistryQuestion {
    /// Whether it is there (`GET /v2/`).
    Ping,
    /// The tags of the repository, as a JSON list.
    Tags,
    /// The manifest of a tag or digest.
    Manifest(String),
    /// The bytes of a digest.
    Blob(String),
}

/// One call to an OCI registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryCall {
    /// Whether it is made without TLS.
    pub plain: bool,
    /// Host, with its port where it has one.
    pub host: String,
    /// Repository below the host.
    pub repository: String,
    /// What is asked.
    pub question: RegistryQuestion,
    /// Who asks.
    pub credentials: Credentials,
}

impl RegistryCall {
    /// The URL that is called.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.plain { "http" } else { "https" };
        let Self { host, repository, .. } = self;
        match &self.question {
            RegistryQuestion::Ping => format!("{scheme}://{host}/v2/"),
            RegistryQuestion::Tags => format!("{scheme}://{host}/v2/{repository}/tags/list"),
            RegistryQuestion::Manifest(reference) => {
                format!("{scheme}://{host}/v2/{repository}/manifests/{reference}")
            }
            RegistryQuestion::Blob(digest) => {
                format!("{scheme}://{host}/v2/{repository}/blobs/{digest}")
            }
        }
    }
}

/// A look into a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketCall {
    /// Host of the object store.
    pub endpoint: String,
    /// Name of the bucket.
    pub bucket: String,
    /// What keys begin with; empty for all.
    pub prefix: String,
    /// Access key and secret key.
    pub credentials: Credentials,
}

/// One object of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketObject {
    /// Its key.
    pub key: String,
    /// Its entity tag.
    pub etag: String,
    /// Its bytes.
    pub contents: Rc<[u8]>,
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
    /// The answer ended before it was complete.
    #[error("unexpected EOF")]
    CutOff,
    /// The repository has no such commit.
    #[error("object not found")]
    CommitNotFound,
}
