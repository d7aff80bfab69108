//! The tree itself: files by path, cheap to clone.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::TreePath;

/// What kind of file an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Mode 644.
    #[default]
    File,
    /// Mode 755.
    Executable,
    /// A link; the contents are its target as written.
    Symlink,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Kind of file.
    pub mode: Mode,
    /// Bytes, shared.
    pub contents: Arc<[u8]>,
}

/// Files by path. Folders exist where files lie below them. A clone shares everything until it is changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree {
    files: Arc<BTreeMap<TreePath, File>>,
}

impl Tree {
    /// An empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a plain file, replacing what was there.
    pub fn insert(&mut self, path: TreePath, contents: impl Into<Arc<[u8]>>) {
        self.insert_file(path, File { mode: Mode::File, contents: contents.into() });
    }

    /// Puts a file with its mode.
    pub fn insert_file(&mut self, path: TreePath, file: File) {
        Arc::make_mut(&mut self.files).insert(path, file);
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &TreePath) -> Option<File> {
        Arc::make_mut(&mut self.files).remove(path)
    }

    /// A file.
    #[must_use]
    pub fn get(&self, path: &TreePath) -> Option<&File> {
        self.files.get(path)
    }

    /// Contents of a file that is text.
    #[must_use]
    pub fn text(&self, path: &TreePath) -> Option<&str> {
        std::str::from_utf8(&self.get(path)?.contents).ok()
    }

    /// Whether anything lies below the path.
    #[must_use]
    pub fn is_dir(&self, path: &TreePath) -> bool {
        self.below(path).next().is_some()
    }

    /// All files, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &File)> {
        self.files.iter()
    }

    /// Files below a folder, by path (paths from this tree's root).
    pub fn below(&self, folder: &TreePath) -> impl Iterator<Item = (&TreePath, &File)> {
        let prefix = if folder.as_str().is_empty() { String::new() } else { format!("{folder}/") };
        let start = folder.clone();
        let after = self.files.range(start..);
        let deep = prefix.clone();
        after
            .skip_while(move |(path, _)| !path.as_str().starts_with(&prefix))
            .take_while(move |(path, _)| path.as_str().starts_with(&deep))
    }

    /// The files below a folder as a tree of their own.
    #[must_use]
    pub fn subtree(&self, folder: &TreePath) -> Self {
        let cut = if folder.as_str().is_empty() { 0 } else { folder.as_str().len() + 1 };
        let files = self.below(folder).filter_map(|(path, file)| {
            TreePath::new(&path.as_str()[cut..]).ok().map(|path| (path, file.clone()))
        });
        Self { files: Arc::new(files.collect()) }
    }

    /// How many files.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// SHA-256 over paths, modes and contents, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (path, file) in self.files.iter() {
            hash.update(path.as_str().len().to_le_bytes());
            hash.update(path.as_str());
            hash.update([file.mode as u8]);
            hash.update(file.contents.len().to_le_bytes());
            hash.update(&file.contents);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_what_lies_below_it_and_no_neighbour() {
        let mut tree = Tree::new();
        for path in ["a", "a-b/x", "ab/y", "b/c/d", "b/c-d"] {
            tree.insert(TreePath::new(path).unwrap(), path.as_bytes());
        }
        let folder = TreePath::new("b").unwrap();
        let found: Vec<_> = tree.subtree(&folder).iter().map(|(p, _)| p.to_string()).collect();
        assert_eq!(found, ["c-d", "c/d"]);
        assert!(!tree.is_dir(&TreePath::new("a").unwrap()));
        assert!(tree.is_dir(&TreePath::new("a-b").unwrap()));
        assert!(tree.is_dir(&TreePath::root()));
    }
}
