//! The artifacts of the sources, in memory, by their path.
//!
//! Rules from fluxcd/pkg: artifact/storage (retention of one minute and two records).
//! Consumers read with [`Storage::read`]; sources write with `put` and `put_file`.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use clock::Moment;
use flux::Artifact;
use sha2::{Digest, Sha256};
use tree::archive::{ArchiveError, Limits, Packing, pack, unpack};
use tree::{Tree, TreePath};

/// What an artifact holds; shared with whoever reads it.
#[derive(Debug, Clone)]
enum Contents {
    /// Files that count as packed: a git tree, an extracted layer, a bucket.
    Files(Rc<Tree>),
    /// One file as it is: a packed chart, an index, a copied layer.
    File(Rc<[u8]>),
}

/// One stored artifact.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    contents: Contents,
    /// `sha256:…`; of the file itself where it is stored as a file.
    pub(crate) digest: String,
    pub(crate) size: i64,
    at: Moment,
}

impl Stored {
    /// Its files, unpacked as a consumer of archives does.
    pub(crate) fn files(&self) -> Result<Rc<Tree>, ArchiveError> {
        match &self.contents {
            Contents::Files(tree) => Ok(tree.clone()),
            Contents::File(bytes) => unpack(bytes, Limits::default()).map(Rc::new),
        }
    }

    /// The file that is served: the packed chart of a HelmChart, the archive of an OCIRepository.
    pub(crate) fn bytes(&self) -> Rc<[u8]> {
        match &self.contents {
            Contents::Files(tree) => pack(tree, Packing::default()).into(),
            Contents::File(bytes) => bytes.clone(),
        }
    }
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
    /// What lies under a path.
    pub(crate) fn get(&self, path: &str) -> Option<&Stored> {
        self.files.get(path)
    }

    /// What an artifact of a status stands for; `None` where it is gone or another is stored.
    pub(crate) fn read(&self, artifact: &Artifact) -> Option<Stored> {
        // Sources of old API versions have no digest in their status.
        let fits =
            |stored: &&Stored| artifact.digest.is_empty() || stored.digest == artifact.digest;
        self.get(&artifact.path).filter(fits).cloned()
    }

    /// Stores a file as it is; one of equal bytes that is stored already is shared.
    pub(crate) fn put_file(&mut self, path: &str, bytes: &[u8], at: Moment) -> Stored {
        let digest = digest_of(bytes);
        let known = self.files.values().find(|known| known.digest == digest);
        let shared = known.and_then(|known| match &known.contents {
            Contents::File(bytes) => Some(bytes.clone()),
            Contents::Files(_) => None,
        });
        let contents = Contents::File(shared.unwrap_or_else(|| bytes.into()));
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let stored = Stored { contents, digest, size, at };
        self.files.insert(path.to_owned(), stored.clone());
        stored
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
            contents: Contents::Files(known.tree.clone()),
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
        let digest = format!("sha256:{}", hex(&hash.finalize()));
        let contents = Contents::Files(tree.clone());
        let stored = Stored { contents, digest: digest.clone(), size, at };
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
        let is_of = |stored: &Stored, tree: &Rc<Tree>| matches!(&stored.contents, Contents::Files(files) if Rc::ptr_eq(files, tree));
        let used = |tree: &Rc<Tree>| self.files.values().any(|file| is_of(file, tree));
        let packed = std::mem::take(&mut self.packed);
        self.packed = packed.into_iter().filter(|packed| used(&packed.tree)).collect();
    }
}

/// `sha256:…` of bytes.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_file_is_read_as_it_is_and_unpacked() {
        let mut tree = Tree::new();
        tree.insert(TreePath::new("app/Chart.yaml").unwrap(), b"name: app".as_slice());
        let bytes = pack(&tree, Packing::default());
        let mut storage = Storage::default();
        let stored = storage.put_file("c/n/x/app-1.tgz", &bytes, Moment::START);
        let mut artifact = Artifact { path: "c/n/x/app-1.tgz".into(), ..Artifact::default() };
        assert!(storage.read(&artifact).is_some(), "old sources know no digest");
        artifact.digest = digest_of(b"another file");
        assert!(storage.read(&artifact).is_none(), "its digest is another");
        artifact.digest = stored.digest;
        let read = storage.read(&artifact).unwrap();
        assert_eq!(*read.bytes(), *bytes);
        assert_eq!(*read.files().unwrap(), tree);
        let again = storage.put_file("c/n/y/app-1.tgz", &bytes, Moment::START);
        assert!(Rc::ptr_eq(&again.bytes(), &read.bytes()), "equal files are shared");
    }

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
