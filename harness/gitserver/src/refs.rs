//! Branches and tags: a map from full name to object id, mirrored on disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gix_hash::ObjectId;

use crate::{CommitId, Error};

/// A ref as `git ls-remote` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ref {
    /// Full name, such as `refs/heads/main`; `HEAD` for the default branch.
    pub name: String,
    /// Id of the object it names: a commit, or the tag object of an annotated tag.
    pub object: String,
    /// The commit behind it.
    pub commit: CommitId,
    /// Whether it is an annotated tag.
    pub annotated: bool,
}

/// The refs of one repository.
#[derive(Debug)]
pub(crate) struct Refs {
    folder: PathBuf,
    pub(crate) head: String,
    pub(crate) all: BTreeMap<String, ObjectId>,
}

impl Refs {
    pub(crate) fn new(folder: PathBuf, head: &str) -> Self {
        Self { folder, head: head.to_owned(), all: BTreeMap::new() }
    }

    /// Reads `HEAD`, `packed-refs` and the files below `refs`.
    pub(crate) fn read(folder: &Path) -> Result<Self, Error> {
        let head = folder.join("HEAD");
        let text = std::fs::read_to_string(&head).map_err(Error::io("read", &head))?;
        let head = text.trim().strip_prefix("ref: ").unwrap_or("refs/heads/main");
        let mut refs = Self::new(folder.to_owned(), head);
        if let Ok(packed) = std::fs::read_to_string(folder.join("packed-refs")) {
            let lines = packed.lines().filter_map(|line| line.split_once(' '));
            refs.all.extend(lines.filter_map(|(id, name)| {
                Some((name.trim().to_owned(), ObjectId::from_hex(id.as_bytes()).ok()?))
            }));
        }
        refs.read_loose(&folder.join("refs"), "refs")?;
        Ok(refs)
    }

    fn read_loose(&mut self, folder: &Path, at: &str) -> Result<(), Error> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
        for entry in entries {
            let entry = entry.map_err(Error::io("read", folder))?;
            let Some(name) = entry.file_name().to_str().map(|name| format!("{at}/{name}")) else {
                continue;
            };
            let path = entry.path();
            if entry.file_type().map_err(Error::io("read", &path))?.is_dir() {
                self.read_loose(&path, &name)?;
            } else if let Ok(text) = std::fs::read_to_string(&path)
                && let Ok(id) = ObjectId::from_hex(text.trim().as_bytes())
            {
                self.all.insert(name, id);
            }
        }
        Ok(())
    }

    /// Points a ref at an object, creating it where needed.
    pub(crate) fn set(&mut self, name: &str, id: ObjectId) -> Result<(), Error> {
        if self.all.get(name) == Some(&id) {
            return Ok(());
        }
        valid(name)?;
        let path = self.folder.join(name);
        if !self.all.contains_key(name) {
            self.refuse_nesting(name)?;
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
            }
        }
        std::fs::write(&path, format!("{}\n", id.to_hex())).map_err(Error::io("write", &path))?;
        self.all.insert(name.to_owned(), id);
        Ok(())
    }

    // `a` and `a/b` cannot both be refs: git would need a file and a folder of one name.
    fn refuse_nesting(&self, name: &str) -> Result<(), Error> {
        let inside = |outer: &str, inner: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
        };
        let other = self.all.keys().find(|other| inside(other, name) || inside(name, other));
        match other {
            Some(other) => {
                let why = format!("{other} exists, and a ref cannot lie inside another");
                Err(Error::RefName { name: name.to_owned(), why })
            }
            None => Ok(()),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> Result<(), Error> {
        self.all.remove(name).ok_or_else(|| Error::NoRef(name.to_owned()))?;
        let path = self.folder.join(name);
        std::fs::remove_file(&path).map_err(Error::io("remove", &path))?;
        // Empty folders are taken away so that a ref of their name can come later.
        let floor = self.folder.join("refs");
        let above = path.ancestors().skip(1).take_while(|folder| folder.parent() != Some(&floor));
        for folder in above {
            if std::fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }

    pub(crate) fn branches(&self) -> impl Iterator<Item = &str> {
        self.all.keys().filter_map(|name| name.strip_prefix("refs/heads/"))
    }
}

fn valid(name: &str) -> Result<(), Error> {
    let wrong = |why: String| Error::RefName { name: name.to_owned(), why };
    if !name.starts_with("refs/") {
        return Err(wrong("it does not begin with refs/".to_owned()));
    }
    let checked = gix_validate::reference::name(name.into());
    checked.map(|_| ()).map_err(|cause| wrong(cause.to_string()))
}
