//! Following links inside a tree, never out of it and never in a circle.

use crate::{Mode, PathError, Tree, TreePath};

/// Why a link leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Links that lead to each other, or too many in a row.
    #[error("link {0} leads in a circle")]
    Circle(TreePath),
    /// A link to a place outside the tree.
    #[error("link {path} leads out of its root")]
    Leaves {
        /// The link.
        path: TreePath,
        /// How its target leaves.
        #[source]
        cause: PathError,
    },
}

// As many as Linux follows in one path.
const MOST_LINKS: usize = 40;

impl Tree {
    /// The path behind a path any part of which may be a link; the path itself where none is.
    ///
    /// What it leads to need not exist.
    ///
    /// # Errors
    /// If a link leaves the root or links form a circle.
    pub fn follow(&self, path: &TreePath) -> Result<TreePath, LinkError> {
        let mut left = parts_backwards(path.as_str());
        let mut at = TreePath::root();
        let mut links = 0;
        while let Some(part) = left.pop() {
            let leaves = |cause| LinkError::Leaves { path: at.clone(), cause };
            let next = at.join(&part).map_err(leaves)?;
            let Some(target) = self.target(&next) else {
                at = next;
                continue;
            };
            links += 1;
            if links > MOST_LINKS {
                return Err(LinkError::Circle(path.clone()));
            }
            if target.starts_with('/') {
                let cause = PathError::Absolute(target.to_owned());
                return Err(LinkError::Leaves { path: next, cause });
            }
            left.extend(parts_backwards(target));
        }
        Ok(at)
    }

    fn target(&self, path: &TreePath) -> Option<&str> {
        let file = self.get(path).filter(|file| file.mode == Mode::Symlink)?;
        std::str::from_utf8(&file.contents).ok()
    }
}

fn parts_backwards(path: &str) -> Vec<String> {
    path.rsplit('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::File;

    #[test]
    fn links_are_followed_inside_the_root_and_no_further() {
        let mut tree = Tree::new();
        for (path, target) in [
            ("a/link", "../b"),
            ("b/file", "real"),
            ("loop", "pool"),
            ("pool", "loop"),
            ("out", "../../etc"),
            ("abs", "/etc"),
            ("gone", "nowhere"),
        ] {
            let file = File { mode: Mode::Symlink, contents: target.as_bytes().into() };
            tree.insert_file(TreePath::new(path).unwrap(), file);
        }
        let follow = |path: &str| {
            let found = tree.follow(&TreePath::new(path).unwrap());
            found.map(|path| path.to_string()).unwrap_or_else(|error| error.to_string())
        };
        for (path, found) in [
            ("a/link/file", "b/real"),
            ("b/other", "b/other"),
            ("gone", "nowhere"),
            ("loop/x", "link loop/x leads in a circle"),
            ("out", "link . leads out of its root"),
            ("abs", "link abs leads out of its root"),
        ] {
            assert_eq!(follow(path), found);
        }
    }
}
