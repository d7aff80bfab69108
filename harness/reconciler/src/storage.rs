//! The artifacts of the sources, in memory, by their path.
//!
//! Rules from fluxcd/pkg: artifact/storage (retention of one minute and two records).

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use clock::Moment;
use sha2::{Digest, Sha256};
use tree::{Tree, TreePath};

/// One stored artifact; its files are shared with whoever reads them.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) tree: Rc<Tree>,
    pub(crate) digest: String,
    pub(crate) size: i64,
    at: Moment,
}

/// A tree with its folders, and what they weigh.
#[derive(Debug)]
struct Packed {
    tree: Rc<Tree>,
    folders: Vec<TreePath>,
    digest: String,
    size: i64,
}

#[derive(Debug, Default)]
pub(crate) struct Storage {
    files: BTreeMap<String, Stored>,
    packed: Vec<Packed>,
}

const KEPT_FOR: Duration = Duration::from_secs(60);
const KEPT_RECORDS: usize = 2;

impl Storage {
    pub(crate) fn get(&self, path: &str) -> Option<&Stored> {
        self.files.get(path)
    }

    /// Stores a tree under a path; an equal one that is stored already is shared.
    pub(crate) fn put(
        &mut self,
        path: &str,
        tree: Tree,
        folders: Vec<TreePath>,
        at: Moment,
    ) -> Stored {
        let same = |known: &&Packed| known.folders == folders && *known.tree == tree;
        let known = self.packed.iter().find(same);
        let stored = known.map(|known| Stored {
            tree: known.tree.clone(),
            digest: known.digest.clone(),
            size: known.size,
            at,
        });
        let stored = stored.unwrap_or_else(|| self.pack(tree, folders, at));
        self.files.insert(path.to_owned(), stored.clone());
        stored
    }

    fn pack(&mut self, tree: Tree, folders: Vec<TreePath>, at: Moment) -> Stored {
        let tree = Rc::new(tree);
        let size = tree.iter().map(|(path, file)| path.as_str().len() + file.contents.len());
        let size = i64::try_from(size.sum::<usize>()).unwrap_or(i64::MAX);
        let mut hash = Sha256::new();
        hash.update(tree.digest());
        folders.iter().for_each(|folder| hash.update(format!("{folder}\n")));
        let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = format!("sha256:{hex}");
        let stored = Stored { tree: tree.clone(), digest: digest.clone(), size, at };
        self.packed.push(Packed { tree, folders, digest, size });
        stored
    }

    /// Removes old artifacts below a folder and says how many.
    pub(crate) fn collect(&mut self, folder: &str, current: &str, now: Moment) -> usize {
        let mut files: Vec<(Moment, String)> = self.below(folder);
        files.sort();
        let total = files.len();
        let is_old = |at: Moment| now.since(at) > KEPT_FOR;
        let mut garbage: Vec<String> = Vec::new();
        for (at, path) in &files {
            if is_old(*at) && path != current {
                garbage.push(path.clone());
            }
        }
        for (_, path) in &files {
            if garbage.len() + KEPT_RECORDS >= total {
                break;
            }
            if path != current && !garbage.contains(path) {
                garbage.push(path.clone());
            }
        }
        garbage.iter().for_each(|path| self.remove(path));
        garbage.len()
    }

    /// Removes everything below a folder and says how many there were.
    pub(crate) fn clear(&mut self, folder: &str) -> usize {
        let files = self.below(folder);
        files.iter().for_each(|(_, path)| self.remove(path));
        files.len()
    }

    fn below(&self, folder: &str) -> Vec<(Moment, String)> {
        let from = self.files.range(folder.to_owned()..);
        let inside = from.take_while(|(path, _)| path.starts_with(folder));
        inside.map(|(path, stored)| (stored.at, path.clone())).collect()
    }

    fn remove(&mut self, path: &str) {
        self.files.remove(path);
        let used = |tree: &Rc<Tree>| self.files.values().any(|file| Rc::ptr_eq(&file.tree, tree));
        let packed = std::mem::take(&mut self.packed);
        self.packed = packed.into_iter().filter(|packed| used(&packed.tree)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_records_stay_for_a_minute_and_then_only_the_current_one() {
        let mut storage = Storage::default();
        let at = |seconds| Moment::START + Duration::from_secs(seconds);
        for second in 0..4 {
            let mut tree = Tree::new();
            let path = TreePath::new("a").unwrap();
            tree.insert(path, [u8::try_from(second).unwrap()].as_slice());
            storage.put(&format!("g/n/r/{second}"), tree, Vec::new(), at(second));
        }
        storage.put("g/n/rr/0", Tree::new(), Vec::new(), at(0));
        assert_eq!(storage.collect("g/n/r/", "g/n/r/3", at(5)), 2);
        assert_eq!(storage.collect("g/n/r/", "g/n/r/3", at(70)), 1);
        assert!(storage.get("g/n/r/3").is_some());
        assert_eq!(storage.clear("g/n/r/"), 1);
        assert_eq!(storage.files.len(), 1);
    }
}
