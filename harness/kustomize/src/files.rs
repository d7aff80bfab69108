//! Where files come from: absolute paths, looked up in a tree or by the caller.
//!
//! One rule: the builder asks for what it needs and nothing else is read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use tree::{Mode, Tree, TreePath};

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A folder.
    Folder,
    /// A file.
    File,
}

/// A source of files by absolute, clean path (`/repo/apps/a.yaml`).
pub trait Files {
    /// The path with links followed, and what stands there.
    ///
    /// # Errors
    /// The first path on the way at which nothing stands.
    fn resolve(&self, path: &str) -> Result<(String, Entry), String>;

    /// The bytes of a file; `None` if it is none.
    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>>;
}

/// A tree that stands at a folder of an otherwise empty file system, and remote trees.
pub(crate) struct TreeFiles<'a> {
    roots: BTreeMap<String, &'a Tree>,
}

const MOST_LINKS: usize = 40;

impl<'a> TreeFiles<'a> {
    pub(crate) fn new(root: &str, tree: &'a Tree) -> Self {
        Self { roots: BTreeMap::from([(root.trim_end_matches('/').to_owned(), tree)]) }
    }

    pub(crate) fn mount(&mut self, at: String, tree: &'a Tree) {
        self.roots.insert(at, tree);
    }

    fn locate(&self, path: &str) -> Option<(&'a Tree, TreePath)> {
        let (_, tree, rest) = self
            .roots
            .iter()
            .filter_map(|(root, tree)| {
                let rest = path.strip_prefix(root.as_str())?;
                (rest.is_empty() || rest.starts_with('/')).then_some((root.len(), *tree, rest))
            })
            .max_by_key(|(length, ..)| *length)?;
        TreePath::new(rest.trim_start_matches('/')).ok().map(|path| (tree, path))
    }

    fn is_folder(&self, path: &str) -> bool {
        let above =
            |root: &String| path == "/" || root == path || root.starts_with(&format!("{path}/"));
        self.roots.keys().any(above)
            || self.locate(path).is_some_and(|(tree, path)| tree.is_dir(&path))
    }
}

impl Files for TreeFiles<'_> {
    fn resolve(&self, path: &str) -> Result<(String, Entry), String> {
        let mut todo: Vec<String> = path.split('/').rev().map(Into::into).collect();
        let mut at = String::new();
        let mut links = 0;
        while let Some(part) = todo.pop() {
            match part.as_str() {
                "" | "." => continue,
                ".." => {
                    at.truncate(at.rfind('/').unwrap_or(0));
                    continue;
                }
                part => {
                    at.push('/');
                    at.push_str(part);
                }
            }
            if self.is_folder(&at) {
                continue;
            }
            let file = self.locate(&at).and_then(|(tree, path)| tree.get(&path));
            let Some(file) = file else { return Err(at) };
            if file.mode == Mode::Symlink {
                links += 1;
                let target = String::from_utf8_lossy(&file.contents).into_owned();
                if links > MOST_LINKS {
                    return Err(at);
                }
                at.truncate(if target.starts_with('/') { 0 } else { at.rfind('/').unwrap_or(0) });
                todo.extend(target.split('/').rev().map(Into::into));
            } else if todo.iter().any(|part| !matches!(part.as_str(), "" | ".")) {
                return Err(at);
            } else {
                return Ok((at, Entry::File));
            }
        }
        Ok((if at.is_empty() { "/".into() } else { at }, Entry::Folder))
    }

    fn read(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let (tree, path) = self.locate(path)?;
        tree.get(&path).map(|file| Cow::Borrowed(&*file.contents))
    }
}
