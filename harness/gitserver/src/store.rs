//! Where objects live: in memory while the world runs, and in packs on disk.
//!
//! What is written is kept in memory and waits until [`Store::flush`] puts it
//! into one pack; what was imported is read from disk on demand.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix_hash::ObjectId;
use gix_object::{Exists as _, Find as _, Kind};

use crate::Error;
use crate::pack::{self, Stored};

/// The objects of one repository.
pub(crate) struct Store {
    folder: PathBuf,
    memory: RefCell<BTreeMap<ObjectId, Stored>>,
    // The bytes stay alive in `memory`, so an address never gets a second meaning.
    addresses: BTreeMap<(usize, usize), ObjectId>,
    waiting: Vec<ObjectId>,
    disk: Option<gix_odb::Handle>,
}

impl Store {
    /// The store of a repository's `objects` folder, which must exist.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            memory: RefCell::default(),
            addresses: BTreeMap::new(),
            waiting: Vec::new(),
            disk: None,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// From now on, what is not in memory is looked for on disk.
    pub(crate) fn open_disk(&mut self) -> Result<(), Error> {
        let handle = gix_odb::at(&self.folder, gix_hash::Kind::Sha1);
        self.disk = Some(handle.map_err(Error::io("open", &self.folder))?);
        Ok(())
    }

    /// Puts an object; equal bytes of a kind are stored once.
    pub(crate) fn put(&mut self, kind: Kind, data: Arc<[u8]>) -> Result<ObjectId, Error> {
        let address = (data.as_ptr().addr(), data.len());
        if kind == Kind::Blob
            && let Some(id) = self.addresses.get(&address)
        {
            return Ok(*id);
        }
        let id = gix_object::compute_hash(gix_hash::Kind::Sha1, kind, &data)
            .map_err(|cause| damaged("object", &cause))?;
        let memory = self.memory.get_mut();
        if let Entry::Vacant(place) = memory.entry(id) {
            if !self.disk.as_ref().is_some_and(|disk| disk.exists(&id)) {
                self.waiting.push(id);
            }
            if kind == Kind::Blob {
                self.addresses.insert(address, id);
            }
            place.insert(Stored { kind, data });
        }
        Ok(id)
    }

    /// An object of any kind.
    pub(crate) fn find(&self, id: ObjectId) -> Result<Option<Stored>, Error> {
        if let Some(stored) = self.memory.borrow().get(&id) {
            return Ok(Some(stored.clone()));
        }
        let Some(disk) = &self.disk else { return Ok(None) };
        let mut buffer = Vec::new();
        let found = disk.try_find(&id, &mut buffer);
        let found = found.map_err(|cause| damaged(&format!("object {}", id.to_hex()), &cause))?;
        let Some(found) = found else { return Ok(None) };
        let stored = Stored { kind: found.kind, data: found.data.into() };
        self.memory.borrow_mut().insert(id, stored.clone());
        Ok(Some(stored))
    }

    /// An object that must be there and of this kind.
    pub(crate) fn get(&self, id: ObjectId, kind: Kind) -> Result<Arc<[u8]>, Error> {
        match self.find(id)? {
            Some(stored) if stored.kind == kind => Ok(stored.data),
            _ => Err(Error::Missing { id: id.to_hex().to_string(), wanted: word(kind) }),
        }
    }

    /// The ids in memory that begin with these hexadecimal digits.
    pub(crate) fn begins_with(&self, digits: &str) -> Vec<ObjectId> {
        let memory = self.memory.borrow();
        memory.keys().filter(|id| id.to_hex().to_string().starts_with(digits)).copied().collect()
    }

    /// Writes what waits into one pack.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let memory = self.memory.get_mut();
        let objects: Vec<_> = self
            .waiting
            .iter()
            .filter_map(|id| memory.get(id).map(|stored| (*id, stored.clone())))
            .collect();
        pack::write(&self.folder.join("pack"), &objects)?;
        self.waiting.clear();
        Ok(())
    }
}

fn damaged(what: &str, cause: &dyn std::fmt::Display) -> Error {
    Error::Damaged { what: what.to_owned(), why: cause.to_string() }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Blob => "file",
        Kind::Tree => "tree",
        Kind::Commit => "commit",
        Kind::Tag => "tag",
    }
}
