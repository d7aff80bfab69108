//! The lock file beside what was fetched: where each thing came from, and its digest.
//!
//! One rule: what a lock names and what lies there must agree, or nothing runs.

use std::collections::BTreeMap;
use std::path::Path;

use objects::{Map, Value};
use tree::Tree;

use crate::hex::digest;

/// The lock's name; it lies in the folder of what it names.
pub const NAME: &str = "vendor.lock";

/// One thing that was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it came from.
    pub url: String,
    /// `sha256:…` of the file, or of the folder's files.
    pub digest: String,
}

/// A lock: entries by the name of the file or folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock(pub BTreeMap<String, Entry>);

/// Why a lock does not hold.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// The lock or what it names cannot be read.
    #[error("read {path}: {problem}")]
    Read {
        /// Which file.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// What lies there is not what was fetched.
    #[error(
        "{path} is {found}, but {NAME} beside it says {wanted}: fetch it again with `fluxrig vendor`, or restore it"
    )]
    Differs {
        /// Which file or folder.
        path: String,
        /// The digest that it has.
        found: String,
        /// The digest that it had.
        wanted: String,
    },
}

impl Lock {
    /// The lock of a folder; empty where there is none.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn of_folder(folder: &Path) -> Result<Self, LockError> {
        let path = folder.join(NAME);
        if !path.is_file() {
            return Ok(Self::default());
        }
        let failed =
            |problem: String| LockError::Read { path: path.display().to_string(), problem };
        let text = std::fs::read_to_string(&path).map_err(|cause| failed(cause.to_string()))?;
        let documents = objects::load_yaml(&text, yaml::Schema::Core12)
            .map_err(|cause| failed(cause.to_string()))?;
        let value = documents.into_iter().next().unwrap_or_default();
        let files = value.get("files").and_then(Value::as_map);
        let entries = files.into_iter().flat_map(|map| map.iter());
        let text = |entry: &Value, key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
        let read = |entry: &Value| Entry { url: text(entry, "url"), digest: text(entry, "digest") };
        Ok(Self(entries.map(|(name, entry)| (name.to_string(), read(entry))).collect()))
    }

    /// The lock as its file holds it.
    #[must_use]
    pub fn to_text(&self) -> String {
        let entries = self.0.iter().map(|(name, entry)| {
            let fields = [
                ("url", Value::from(entry.url.as_str())),
                ("digest", entry.digest.as_str().into()),
            ];
            (name.as_str(), Value::from(fields))
        });
        let value = Value::from([("files", Value::from(entries.collect::<Map>()))]);
        format!(
            "# Written by `fluxrig vendor`; runs check these digests.\n{}",
            objects::to_yaml(&value)
        )
    }
}

/// `sha256:…` of bytes.
#[must_use]
pub fn digest_of_bytes(bytes: &[u8]) -> String {
    digest(bytes)
}

/// The digest of a file, or of all files of a folder.
///
/// # Errors
/// If something cannot be read.
pub fn digest_of(path: &Path) -> Result<String, LockError> {
    let failed = |problem: String| LockError::Read { path: path.display().to_string(), problem };
    if path.is_dir() {
        let tree = Tree::from_dir(path).map_err(|cause| failed(cause.to_string()))?;
        let lines: String = tree
            .iter()
            .map(|(path, file)| format!("{path} {}\n", digest(&file.contents)))
            .collect();
        return Ok(digest(lines.as_bytes()));
    }
    let bytes = std::fs::read(path).map_err(|cause| failed(cause.to_string()))?;
    Ok(digest(&bytes))
}

/// Checks a file or folder against the lock beside it, where one names it.
///
/// # Errors
/// If it differs, or something cannot be read.
pub fn verify(path: &Path) -> Result<(), LockError> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str()))
    else {
        return Ok(());
    };
    let lock = Lock::of_folder(folder)?;
    let Some(entry) = lock.0.get(name) else { return Ok(()) };
    let found = digest_of(path)?;
    if found == entry.digest {
        return Ok(());
    }
    let wanted = entry.digest.clone();
    Err(LockError::Differs { path: path.display().to_string(), found, wanted })
}
