//! One bare repository: commits, refs, and trees read back.
//!
//! Everything lies on disk as git expects it (packs and loose refs), and in
//! memory for speed. Nothing is flushed to the device: a run's repository is scratch.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;
use gix_object::Kind;
use tree::Tree;

use crate::commit::{commit_bytes, tag_bytes};
use crate::refs::Refs;
use crate::store::Store;
use crate::{Commit, CommitId, Error, Note, Ref, Signature, trees};

/// A bare git repository in a folder of its own.
pub struct Repository {
    folder: PathBuf,
    pub(crate) store: Store,
    pub(crate) refs: Refs,
    trees: RefCell<BTreeMap<ObjectId, Tree>>,
    commits: RefCell<BTreeMap<CommitId, Commit>>,
}

const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";

impl Repository {
    /// Makes an empty bare repository whose default branch is `main`.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn create(folder: &Path) -> Result<Self, Error> {
        for part in ["objects/pack", "refs/heads", "refs/tags"] {
            let part = folder.join(part);
            std::fs::create_dir_all(&part).map_err(Error::io("create", &part))?;
        }
        for (name, text) in [("HEAD", "ref: refs/heads/main\n"), ("config", CONFIG)] {
            let path = folder.join(name);
            std::fs::write(&path, text).map_err(Error::io("write", &path))?;
        }
        Ok(Self::with(folder, Refs::new(folder.to_owned(), "refs/heads/main")))
    }

    /// Opens a bare repository, or the one inside a working folder.
    ///
    /// # Errors
    /// If the folder holds no repository or cannot be read.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let inside = folder.join(".git");
        let folder = if inside.is_dir() { &inside } else { folder };
        if !folder.join("objects").is_dir() {
            return Err(Error::NotImportable(folder.to_owned()));
        }
        let mut repository = Self::with(folder, Refs::read(folder)?);
        repository.store.open_disk()?;
        Ok(repository)
    }

    fn with(folder: &Path, refs: Refs) -> Self {
        Self {
            folder: folder.to_owned(),
            store: Store::new(folder.join("objects")),
            refs,
            trees: RefCell::default(),
            commits: RefCell::default(),
        }
    }

    /// Where it lies.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Commits a tree on top of a branch, which begins here if it does not exist.
    ///
    /// # Errors
    /// If the tree cannot be stored or the branch's name is not allowed.
    pub fn commit(&mut self, branch: &str, tree: &Tree, note: &Note) -> Result<CommitId, Error> {
        let parents: Vec<CommitId> = self.head(branch).into_iter().collect();
        let tree = trees::write(&mut self.store, tree)?;
        let id = self.put_commit(tree, &parents, note)?;
        self.move_branch(branch, id)?;
        Ok(id)
    }

    /// The commit a branch points at.
    #[must_use]
    pub fn head(&self, branch: &str) -> Option<CommitId> {
        self.refs.all.get(&format!("refs/heads/{branch}")).map(|id| CommitId(*id))
    }

    /// The names of all branches.
    pub fn branches(&self) -> impl Iterator<Item = &str> {
        self.refs.branches()
    }

    /// All refs as `git ls-remote` lists them: `HEAD` first, then by name.
    ///
    /// # Errors
    /// If an annotated tag cannot be read.
    pub fn refs(&self) -> Result<Vec<Ref>, Error> {
        let mut out = Vec::new();
        let head = self.refs.all.get(&self.refs.head).map(|id| ("HEAD", *id));
        let all = self.refs.all.iter().map(|(name, id)| (name.as_str(), *id));
        for (name, id) in head.into_iter().chain(all) {
            // A tag of a file or a tree has no commit behind it and cannot be deployed.
            let Ok(commit) = self.peel(id) else { continue };
            let annotated = commit.0 != id;
            let object = id.to_hex().to_string();
            out.push(Ref { name: name.to_owned(), object, commit, annotated });
        }
        Ok(out)
    }

    /// Which branch is checked out by a clone that names none.
    ///
    /// # Errors
    /// If `HEAD` cannot be written.
    pub fn set_default_branch(&mut self, branch: &str) -> Result<(), Error> {
        let path = self.folder.join("HEAD");
        let name = format!("refs/heads/{branch}");
        std::fs::write(&path, format!("ref: {name}\n")).map_err(Error::io("write", &path))?;
        self.refs.head = name;
        Ok(())
    }

    /// The files at a revision (see [`Repository::resolve`]); read once, then shared.
    ///
    /// # Errors
    /// If the revision is unknown or an object is missing.
    pub fn tree(&self, rev: &str) -> Result<Tree, Error> {
        self.tree_of(self.resolve(rev)?)
    }

    /// The files of a commit.
    ///
    /// # Errors
    /// If an object is missing.
    pub fn tree_of(&self, commit: CommitId) -> Result<Tree, Error> {
        let id = self.tree_id(commit)?;
        if let Some(tree) = self.trees.borrow().get(&id) {
            return Ok(tree.clone());
        }
        let tree = trees::read(&self.store, id)?;
        self.trees.borrow_mut().insert(id, tree.clone());
        Ok(tree)
    }

    pub(crate) fn tree_id(&self, commit: CommitId) -> Result<ObjectId, Error> {
        let commit = self.read(commit)?;
        ObjectId::from_hex(commit.tree.as_bytes())
            .map_err(|_| Error::Missing { id: commit.tree, wanted: "tree" })
    }

    /// A commit.
    ///
    /// # Errors
    /// If it is missing or damaged.
    pub fn read(&self, id: CommitId) -> Result<Commit, Error> {
        if let Some(commit) = self.commits.borrow().get(&id) {
            return Ok(commit.clone());
        }
        let commit = Commit::read(id, &self.store.get(id.0, Kind::Commit)?)?;
        self.commits.borrow_mut().insert(id, commit.clone());
        Ok(commit)
    }

    /// Makes a lightweight tag, or moves it.
    ///
    /// # Errors
    /// If the name is not allowed.
    pub fn tag(&mut self, name: &str, at: CommitId) -> Result<(), Error> {
        self.refs.set(&format!("refs/tags/{name}"), at.0)
    }

    /// Makes an annotated tag, or replaces it; gives the id of the tag object.
    ///
    /// # Errors
    /// If the name is not allowed or the tag cannot be stored.
    pub fn annotated_tag(
        &mut self,
        name: &str,
        at: CommitId,
        message: &str,
        by: &Signature,
    ) -> Result<String, Error> {
        let id = self.store.put(Kind::Tag, tag_bytes(at, name, message, by).into())?;
        self.store.flush()?;
        self.refs.set(&format!("refs/tags/{name}"), id)?;
        Ok(id.to_hex().to_string())
    }

    /// Takes a tag away.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn delete_tag(&mut self, name: &str) -> Result<(), Error> {
        self.refs.remove(&format!("refs/tags/{name}"))
    }

    /// Begins a new branch at a commit.
    ///
    /// # Errors
    /// If it exists already or its name is not allowed.
    pub fn create_branch(&mut self, name: &str, at: CommitId) -> Result<(), Error> {
        if self.head(name).is_some() {
            return Err(Error::RefExists(format!("branch {name:?}")));
        }
        self.move_branch(name, at)
    }

    /// Takes a branch away.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn delete_branch(&mut self, name: &str) -> Result<(), Error> {
        self.refs.remove(&format!("refs/heads/{name}"))
    }

    /// Points a branch at any commit, as a forced push does; gives where it was.
    ///
    /// # Errors
    /// If the branch does not exist.
    pub fn reset(&mut self, branch: &str, to: CommitId) -> Result<CommitId, Error> {
        let before = self.need(branch)?;
        self.move_branch(branch, to)?;
        Ok(before)
    }

    /// Points any ref (`refs/pull/1/head`) at a commit.
    ///
    /// # Errors
    /// If the name is not allowed.
    pub fn set_ref(&mut self, name: &str, at: CommitId) -> Result<(), Error> {
        self.refs.set(name, at.0)
    }

    pub(crate) fn put_commit(
        &mut self,
        tree: ObjectId,
        parents: &[CommitId],
        note: &Note,
    ) -> Result<CommitId, Error> {
        let bytes = commit_bytes(tree, parents, note);
        let id = self.store.put(Kind::Commit, bytes.into())?;
        self.store.flush()?;
        Ok(CommitId(id))
    }

    pub(crate) fn put_tree(&mut self, tree: &Tree) -> Result<ObjectId, Error> {
        trees::write(&mut self.store, tree)
    }

    pub(crate) fn move_branch(&mut self, branch: &str, to: CommitId) -> Result<(), Error> {
        self.refs.set(&format!("refs/heads/{branch}"), to.0)
    }

    pub(crate) fn need(&self, branch: &str) -> Result<CommitId, Error> {
        self.head(branch).ok_or_else(|| {
            let known: Vec<&str> = self.branches().collect();
            let hint = if known.is_empty() {
                " (the repository is empty)".to_owned()
            } else {
                format!(" (there are {})", known.join(", "))
            };
            Error::UnknownBranch { name: branch.to_owned(), hint }
        })
    }
}
