//! The files of snapshots: accepted ones, and pending ones beside them.
//!
//! A scenario's snapshots lie in a folder of its own; a run names each that it saw,
//! so that one that vanished is found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// New and changed snapshots become pending files.
    WritePending,
    /// Nothing is written: new and changed snapshots fail (CI).
    WriteNothing,
}

/// How a snapshot compares with the accepted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// It is the same.
    Same,
    /// It differs: the lines, with `-`, `+` or a space before each.
    Changed(Vec<String>),
    /// There is no accepted one yet.
    New,
}

/// Why the files of snapshots cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The name cannot be that of a file.
    #[error("the snapshot name {0:?} is not made of letters, digits, '-', '_', '.' and ' '")]
    Name(String),
    /// Two snapshots of one scenario have the same name.
    #[error("the snapshot {0} stands twice in the scenario")]
    Twice(String),
    /// Reading or writing failed.
    #[error("use {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: std::io::Error,
    },
}

/// The snapshots of one scenario while it runs.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    policy: Policy,
    seen: BTreeSet<String>,
}

/// A pending snapshot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pending {
    /// The accepted file, which may not exist yet.
    pub accepted: PathBuf,
    /// The file that waits.
    pub waiting: PathBuf,
}

const ACCEPTED: &str = "snap";
const WAITING: &str = "snap.new";

impl Store {
    /// The snapshots that lie in a folder; it need not exist.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, policy: Policy) -> Self {
        Self { folder: folder.into(), policy, seen: BTreeSet::new() }
    }

    /// Compares a text with the accepted snapshot of its name.
    ///
    /// # Errors
    /// If the name cannot be a file's or was seen before, or a file cannot be used.
    pub fn compare(&mut self, name: &str, text: &str) -> Result<Comparison, StoreError> {
        let allowed = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(allowed) {
            return Err(StoreError::Name(name.to_owned()));
        }
        if !self.seen.insert(name.to_owned()) {
            return Err(StoreError::Twice(name.to_owned()));
        }
        let waiting = self.folder.join(format!("{name}.{WAITING}"));
        let accepted = read(&self.folder.join(format!("{name}.{ACCEPTED}")))?;
        if accepted.as_deref() == Some(text) {
            self.discard(&waiting)?;
            return Ok(Comparison::Same);
        }
        if self.policy == Policy::WritePending {
            let create = std::fs::create_dir_all(&self.folder);
            create.map_err(|cause| failed(&self.folder, cause))?;
            std::fs::write(&waiting, text).map_err(|cause| failed(&waiting, cause))?;
        }
        Ok(accepted.map_or(Comparison::New, |old| Comparison::Changed(diff(&old, text))))
    }

    fn discard(&self, waiting: &Path) -> Result<(), StoreError> {
        if self.policy == Policy::WritePending && waiting.exists() {
            std::fs::remove_file(waiting).map_err(|cause| failed(waiting, cause))?;
        }
        Ok(())
    }

    /// Names of accepted snapshots that the run did not see, sorted. Ask after all steps.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn vanished(&self) -> Result<Vec<String>, StoreError> {
        let names = files(&self.folder)?.into_iter().filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(&format!(".{ACCEPTED}"))?;
            (!self.seen.contains(name)).then(|| name.to_owned())
        });
        Ok(names.collect())
    }
}

impl Pending {
    /// What changes if it is accepted, as lines with `-`, `+` or a space before each.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn diff(&self) -> Result<Vec<String>, StoreError> {
        let old = read(&self.accepted)?.unwrap_or_default();
        let new = read(&self.waiting)?.unwrap_or_default();
        Ok(diff(&old, &new))
    }

    /// Makes it the accepted one.
    ///
    /// # Errors
    /// If the file cannot be moved.
    pub fn accept(&self) -> Result<(), StoreError> {
        std::fs::rename(&self.waiting, &self.accepted).map_err(|cause| failed(&self.waiting, cause))
    }

    /// Throws it away.
    ///
    /// # Errors
    /// If the file cannot be removed.
    pub fn reject(&self) -> Result<(), StoreError> {
        std::fs::remove_file(&self.waiting).map_err(|cause| failed(&self.waiting, cause))
    }
}

/// Every pending snapshot below a folder, sorted by path.
///
/// # Errors
/// If a folder cannot be read.
pub fn pending(folder: &Path) -> Result<Vec<Pending>, StoreError> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for path in files(&folder)? {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if path.is_dir() && !path.is_symlink() {
                open.push(path);
            } else if let Some(stem) = name.strip_suffix(&format!(".{WAITING}")) {
                let accepted = path.with_file_name(format!("{stem}.{ACCEPTED}"));
                found.push(Pending { accepted, waiting: path });
            }
        }
    }
    found.sort();
    Ok(found)
}

/// What lies in a folder, sorted; nothing where there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let entries = std::fs::read_dir(folder).map_err(|cause| failed(folder, cause))?;
    let paths: Result<Vec<PathBuf>, _> =
        entries.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut paths = paths.map_err(|cause| failed(folder, cause))?;
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<Option<String>, StoreError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(failed(path, cause)),
    }
}

fn failed(path: &Path, cause: std::io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), cause }
}

/// Changed lines with three lines around them.
fn diff(old: &str, new: &str) -> Vec<String> {
    let diff = similar::TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for (number, group) in diff.grouped_ops(3).iter().enumerate() {
        if number > 0 {
            lines.push(" …".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                similar::ChangeTag::Delete => '-',
                similar::ChangeTag::Insert => '+',
                similar::ChangeTag::Equal => ' ',
            };
            lines.push(format!("{sign}{}", change.value().trim_end_matches('\n')));
        }
    }
    lines
}
