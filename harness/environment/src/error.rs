//! Why a place could not do what was asked.

use std::path::PathBuf;

/// An object that kept a cluster busy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Busy {
    /// The cluster.
    pub cluster: String,
    /// The object.
    pub object: objects::ObjectId,
    /// How often it changed; 0 if it was only looked at.
    pub changes: usize,
}

/// The busiest objects, in words.
pub(crate) fn listed(busy: &[Busy]) -> String {
    let words = |one: &Busy| match one.changes {
        0 | 1 => one.object.to_string(),
        changes => format!("{} (changed {changes} times)", one.object),
    };
    let mut words: Vec<String> = busy.iter().take(4).map(words).collect();
    if busy.len() > 4 {
        words.push(format!("{} more", busy.len() - 4));
    }
    if words.is_empty() { "nothing that can be named".to_owned() } else { words.join(", ") }
}

/// Why a place could not be opened, or an operation could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// A temporary folder could not be made.
    #[error("make the temporary folder {path}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// The Kubernetes API of a cluster could not be made.
    #[error("start the API of cluster {cluster}")]
    Api {
        /// The cluster.
        cluster: String,
        /// Why.
        #[source]
        cause: apiserver::SettingsError,
    },
    /// A repository could not do it.
    #[error("repository {repository}")]
    Git {
        /// The repository's name.
        repository: String,
        /// Why.
        #[source]
        cause: gitserver::Error,
    },
    /// The API refused a call made for the user.
    #[error("{what}")]
    Refused {
        /// What was called, with the object.
        what: String,
        /// The server's words.
        #[source]
        cause: client::Status,
    },
    /// Two things that must differ have one name.
    #[error("{kind} {name} is declared twice")]
    Twice {
        /// `cluster`, `repository` or `url`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A name that nothing declares.
    #[error("no {kind} is named {name:?}")]
    NoSuch {
        /// `cluster`, `repository`, `branch` or `fault`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// Flux is not there.
    #[error("cluster {0} runs no Flux")]
    NoFlux(String),
    /// A folder could not be built into objects.
    #[error("build {path}")]
    Build {
        /// The folder in its repository.
        path: String,
        /// Why.
        #[source]
        cause: kustomize::BuildError,
    },
    /// Controllers answer each other without end, and time stands still.
    #[error("controllers answer each other without end at {at}: {}", listed(.busy))]
    Endless {
        /// The moment.
        at: clock::Moment,
        /// What kept it busy.
        busy: Vec<Busy>,
    },
    /// Controllers answer each other without end, and time passes.
    #[error("the world never comes to rest: {}", listed(.busy))]
    Restless {
        /// What kept it busy.
        busy: Vec<Busy>,
    },
    /// It is asked of an object, or in words, that the place cannot follow.
    #[error("{0}")]
    Impossible(String),
}
