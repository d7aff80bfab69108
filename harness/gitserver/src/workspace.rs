//! The temporary folder of one process, removed at its end or, after a hard kill, by the next run.
//!
//! The owner holds a lock on a file beside its folder; the system lets it go when
//! the process dies, however it dies. So a folder whose lock can be taken is left over.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use crate::Error;

const PREFIX: &str = "fluxrig-";
const MOST_TRIES: u32 = 10_000;

/// A folder for repositories that vanishes when dropped.
#[derive(Debug)]
pub struct Workspace {
    folder: PathBuf,
    lock: PathBuf,
    // Holding the file open holds the lock.
    _held: File,
}

impl Workspace {
    /// Makes a folder in the system's temporary folder, after removing what killed runs left there.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn create() -> Result<Self, Error> {
        Self::create_in(&std::env::temp_dir())
    }

    /// Makes a folder in a given place, after removing what killed runs left there.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn create_in(place: &Path) -> Result<Self, Error> {
        sweep(place);
        let id = std::process::id();
        for number in 0..MOST_TRIES {
            let folder = place.join(format!("{PREFIX}{id}-{number}"));
            if let Some(workspace) = Self::claim(folder)? {
                return Ok(workspace);
            }
        }
        let taken = std::io::Error::other("all names of this process are taken");
        Err(Error::io("create a folder in", place)(taken))
    }

    // `None` if the name is taken or a sweeper was faster than our lock.
    fn claim(folder: PathBuf) -> Result<Option<Self>, Error> {
        let lock = lock_of(&folder);
        let file = match OpenOptions::new().write(true).create_new(true).open(&lock) {
            Ok(file) => file,
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => return Ok(None),
            Err(cause) => return Err(Error::io("create", &lock)(cause)),
        };
        if file.try_lock().is_err() || !lock.exists() {
            return Ok(None);
        }
        std::fs::create_dir_all(&folder).map_err(Error::io("create", &folder))?;
        Ok(Some(Self { folder, lock, _held: file }))
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next run.
        let _ = std::fs::remove_dir_all(&self.folder);
        let _ = std::fs::remove_file(&self.lock);
    }
}

fn lock_of(folder: &Path) -> PathBuf {
    folder.with_extension("lock")
}

fn sweep(place: &Path) {
    let Ok(entries) = std::fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let ours = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.strip_suffix(".lock"));
        if ours.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')) {
            remove_if_left_over(&entry.path());
        }
    }
}

fn remove_if_left_over(lock: &Path) {
    let Ok(file) = OpenOptions::new().write(true).open(lock) else { return };
    if !matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        let _ = std::fs::remove_dir_all(lock.with_extension(""));
        let _ = std::fs::remove_file(lock);
    }
}
