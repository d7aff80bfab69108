//! Reading a directory of the disk once, inside its root and within limits.

use std::path::{Path, PathBuf};

use crate::{File, Mode, Tree, TreePath};

/// Why a directory could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error("read {path}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// A name is not UTF-8.
    #[error("read {0:?}: the name is not UTF-8")]
    Name(PathBuf),
    /// More files or bytes than a repository may have.
    #[error("read {path}: more than {limit}")]
    TooLarge {
        /// The folder.
        path: PathBuf,
        /// The limit, in words.
        limit: &'static str,
    },
}

const MOST_FILES: usize = 100_000;
const MOST_BYTES: u64 = 1 << 30;

impl Tree {
    /// Reads a directory: files, executables and links as links; `.git` is left out.
    ///
    /// # Errors
    /// If something cannot be read, a name is not UTF-8, or a limit is passed.
    pub fn from_dir(root: &Path) -> Result<Self, ReadError> {
        let mut reader = Reader { root, tree: Self::new(), bytes: 0 };
        reader.folder(root, &TreePath::root())?;
        Ok(reader.tree)
    }
}

struct Reader<'a> {
    root: &'a Path,
    tree: Tree,
    bytes: u64,
}

impl Reader<'_> {
    fn folder(&mut self, folder: &Path, at: &TreePath) -> Result<(), ReadError> {
        let io = |cause| ReadError::Io { path: folder.to_owned(), cause };
        for entry in std::fs::read_dir(folder).map_err(io)? {
            let entry = entry.map_err(io)?;
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| ReadError::Name(entry.path()))?;
            let kind = entry.file_type().map_err(io)?;
            if name == ".git" {
                continue;
            }
            let path = at.join(name).map_err(|_| ReadError::Name(entry.path()))?;
            if kind.is_dir() {
                self.folder(&entry.path(), &path)?;
            } else {
                self.file(&entry, kind, path)?;
            }
        }
        Ok(())
    }

    fn file(
        &mut self,
        entry: &std::fs::DirEntry,
        kind: std::fs::FileType,
        path: TreePath,
    ) -> Result<(), ReadError> {
        let io = |cause| ReadError::Io { path: entry.path(), cause };
        let (mode, contents) = if kind.is_symlink() {
            let target = std::fs::read_link(entry.path()).map_err(io)?;
            let target = target.to_str().ok_or_else(|| ReadError::Name(entry.path()))?;
            (Mode::Symlink, target.as_bytes().to_vec())
        } else {
            let meta = entry.metadata().map_err(io)?;
            self.count(meta.len())?;
            (mode_of(&meta), std::fs::read(entry.path()).map_err(io)?)
        };
        self.tree.insert_file(path, File { mode, contents: contents.into() });
        Ok(())
    }

    fn count(&mut self, bytes: u64) -> Result<(), ReadError> {
        self.bytes += bytes;
        let too_large = |limit| Err(ReadError::TooLarge { path: self.root.to_owned(), limit });
        if self.bytes > MOST_BYTES {
            return too_large("1 GiB of files");
        }
        if self.tree.len() >= MOST_FILES {
            return too_large("100,000 files");
        }
        Ok(())
    }
}

#[cfg(unix)]
fn mode_of(meta: &std::fs::Metadata) -> Mode {
    use std::os::unix::fs::PermissionsExt;
    if meta.permissions().mode() & 0o111 != 0 { Mode::Executable } else { Mode::File }
}

#[cfg(not(unix))]
fn mode_of(_meta: &std::fs::Metadata) -> Mode {
    Mode::File
}
