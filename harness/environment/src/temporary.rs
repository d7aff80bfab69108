//! Temporary folders that never outlive their process for long.
//!
//! One rule: a process writes below one folder that carries its id and the moment
//! it started, so that the next run can tell a dead owner from a living one.
//! Start at [`folder`].

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::PlaceError;

const PREFIX: &str = "fluxrig-";

static ROOT: OnceLock<PathBuf> = OnceLock::new();
static NEXT: AtomicUsize = AtomicUsize::new(0);
/// No folder is made any more.
static ENDED: AtomicBool = AtomicBool::new(false);
/// How often the end tries to remove what other threads may still be writing to.
const TRIES: usize = 50;

/// A folder of one place; removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
        if let Some(root) = ROOT.get() {
            let _ = std::fs::remove_dir(root);
        }
    }
}

/// A new folder below this process's own.
pub(crate) fn folder() -> Result<Folder, PlaceError> {
    let root = ROOT.get_or_init(|| {
        let base = std::env::temp_dir();
        sweep(&base);
        base.join(own_name())
    });
    let path = root.join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
    if ENDED.load(Ordering::SeqCst) {
        let cause = std::io::ErrorKind::Interrupted.into();
        return Err(PlaceError::Folder { path, cause });
    }
    made(&path).map_err(|cause| PlaceError::Folder { path: path.clone(), cause })?;
    Ok(Folder(path))
}

/// Makes a folder and those above it. Another place that ends just now may remove the empty
/// one above between two steps of this, so that is tried again.
fn made(path: &Path) -> std::io::Result<()> {
    const MOST_TRIES: usize = 1_000;
    for _ in 1..MOST_TRIES {
        match std::fs::create_dir_all(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            done => return done,
        }
    }
    std::fs::create_dir_all(path)
}

/// Removes everything this process wrote to disk for its places, and lets it write no more:
/// for signals and the end of a run.
pub fn clean_up() {
    ENDED.store(true, Ordering::SeqCst);
    let Some(root) = ROOT.get() else { return };
    // Under another name it is out of reach of threads that are still at work.
    let aside = root.with_extension("gone");
    let _ = std::fs::rename(root, &aside);
    for folder in [&aside, root] {
        for _ in 0..TRIES {
            if std::fs::remove_dir_all(folder).is_ok() || !folder.exists() {
                break;
            }
        }
    }
}

/// Removes the folders of processes that are gone.
fn sweep(base: &Path) {
    let Ok(entries) = std::fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
            continue;
        };
        if let Some((pid, started)) = owner.split_once('-')
            && pid.bytes().all(|byte| byte.is_ascii_digit())
            && !is_alive(pid, started)
        {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn own_name() -> String {
    let pid = std::process::id().to_string();
    let started = start_of(&pid).unwrap_or_else(|| "0".to_owned());
    format!("{PREFIX}{pid}-{started}")
}

/// Where the system cannot say who lives, nothing is removed.
fn is_alive(pid: &str, started: &str) -> bool {
    !Path::new("/proc/self/stat").exists() || start_of(pid).as_deref() == Some(started)
}

/// When a process started, in ticks since boot (proc(5): field 22 of `stat`).
fn start_of(pid: &str) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_ascii_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remains_of_dead_processes_are_removed_and_living_ones_kept() {
        let base = std::env::temp_dir().join(format!("sweep-test-{}", std::process::id()));
        let folders = [own_name(), "fluxrig-999999999-1".into(), "fluxrig-notes".into()];
        for name in &folders {
            std::fs::create_dir_all(base.join(name)).unwrap();
        }
        sweep(&base);
        let left = folders.map(|name| base.join(name).exists());
        std::fs::remove_dir_all(&base).unwrap();
        assert_eq!(left, [true, false, true]);
    }

    #[test]
    fn a_folder_is_gone_when_its_place_is() {
        let one = folder().unwrap();
        let path = one.path().to_owned();
        assert!(path.exists());
        drop(one);
        assert!(!path.exists());
    }
}
