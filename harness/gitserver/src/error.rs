//! Why git could not do what was asked.

use std::path::PathBuf;

use crate::CommitId;

/// Why git could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused to read or write.
    #[error("{action} {path}")]
    Io {
        /// What was tried: "read", "write", "create", …
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// A folder could not be read as a tree.
    #[error(transparent)]
    Folder(#[from] tree::ReadError),
    /// No branch, tag or commit has this name.
    #[error("{rev:?} is no branch, tag or commit of this repository{hint}")]
    UnknownRevision {
        /// The name as written.
        rev: String,
        /// " (did you mean …)" or nothing.
        hint: String,
    },
    /// Several commits begin with this id.
    #[error("commit id {0:?} is ambiguous")]
    AmbiguousId(String),
    /// The branch does not exist.
    #[error("branch {name:?} does not exist{hint}")]
    UnknownBranch {
        /// Its name as written.
        name: String,
        /// " (there are …)" or nothing.
        hint: String,
    },
    /// The ref exists already.
    #[error("{0} exists already")]
    RefExists(String),
    /// The ref does not exist.
    #[error("{0} does not exist")]
    NoRef(String),
    /// Git allows no ref of this name.
    #[error("{name:?} is no valid name for a ref: {why}")]
    RefName {
        /// The name as written.
        name: String,
        /// The broken rule.
        why: String,
    },
    /// A fast-forward was demanded, but the branches have parted.
    #[error("{into} cannot be fast-forwarded to {from}: it has commits of its own")]
    NotFastForward {
        /// The branch that should move.
        into: String,
        /// Where to.
        from: String,
    },
    /// Both sides changed the same lines.
    #[error("{action}: {}{}", counted(.conflicts.len()), listed(.conflicts))]
    Conflicts {
        /// The action, such as `merge main into dev`.
        action: String,
        /// Each file that needs a decision.
        conflicts: Vec<Conflict>,
    },
    /// The result would equal the commit before it.
    #[error("{0} changes nothing")]
    Empty(String),
    /// A merge commit has no single change to undo or repeat.
    #[error("commit {0} is a merge: it has no single parent to compare with")]
    IsMerge(CommitId),
    /// A commit has fewer parents than that.
    #[error("commit {commit} has no parent {parent}")]
    NoParent {
        /// The commit.
        commit: CommitId,
        /// The number of the parent, from 1.
        parent: usize,
    },
    /// An object is missing or has another kind.
    #[error("object {id} is missing or is no {wanted}")]
    Missing {
        /// Its id.
        id: String,
        /// The kind that was expected.
        wanted: &'static str,
    },
    /// An object, pack or bundle cannot be read.
    #[error("{what} is damaged: {why}")]
    Damaged {
        /// What was read.
        what: String,
        /// What the reader says.
        why: String,
    },
    /// A file name in the tree is not UTF-8.
    #[error("the name {0:?} in the repository is not UTF-8")]
    Name(String),
    /// A path is a file and a folder at once.
    #[error("path {0:?} is both a file and a folder")]
    FileAndFolder(String),
    /// The path holds none of the things that can be imported.
    #[error("{0} is neither a folder, a git repository nor a git bundle")]
    NotImportable(PathBuf),
    /// A bundle needs commits that it does not hold.
    #[error("bundle {path} builds upon commit {commit}, which it does not hold")]
    PartialBundle {
        /// The bundle.
        path: PathBuf,
        /// The commit it asks for.
        commit: String,
    },
}

/// One file that a merge could not decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The file.
    pub path: String,
    /// What happened to it on both sides, in words.
    pub reason: String,
    /// The text with conflict markers, where both sides are text; else empty.
    pub text: String,
}

impl Error {
    pub(crate) fn io(
        action: &'static str,
        path: &std::path::Path,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |cause| Self::Io { action, path, cause }
    }
}

const SHOWN_LINES: usize = 40;

fn counted(conflicts: usize) -> String {
    if conflicts == 1 { "1 conflict".to_owned() } else { format!("{conflicts} conflicts") }
}

fn listed(conflicts: &[Conflict]) -> String {
    conflicts.iter().map(shown).collect()
}

fn shown(conflict: &Conflict) -> String {
    let mut out = format!("\n{}: {}", conflict.path, conflict.reason);
    let first = conflict.text.lines().position(|line| line.starts_with("<<<<<<<")).unwrap_or(0);
    for line in conflict.text.lines().skip(first.saturating_sub(2)).take(SHOWN_LINES) {
        out.push_str("\n  | ");
        out.push_str(line);
    }
    out
}
