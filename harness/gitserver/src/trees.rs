//! Between our trees (files by path) and git's (an object for each folder).

use gix_hash::ObjectId;
use gix_object::{Kind, tree::EntryKind};
use tree::{File, Mode, Tree, TreePath};

use crate::Error;
use crate::store::Store;

const DEEPEST: usize = 256;

type Item<'a> = (&'a str, &'a File);

/// Stores a tree with all its files; gives the id of its root.
pub(crate) fn write(store: &mut Store, tree: &Tree) -> Result<ObjectId, Error> {
    let items: Vec<Item<'_>> = tree.iter().map(|(path, file)| (path.as_str(), file)).collect();
    write_folder(store, &items, 0)
}

// Files of one folder stand side by side in path order: all names with the prefix `folder/`.
fn write_folder(store: &mut Store, items: &[Item<'_>], cut: usize) -> Result<ObjectId, Error> {
    let mut entries: Vec<(&str, &[u8], ObjectId)> = Vec::new();
    let mut rest = items;
    while let Some(((path, file), tail)) = rest.split_first() {
        let name = &path[cut..];
        if let Some((folder, _)) = name.split_once('/') {
            let end = cut + folder.len() + 1;
            let prefix = &path[..end];
            let count = rest.iter().take_while(|(path, _)| path.starts_with(prefix)).count();
            let id = write_folder(store, &rest[..count], end)?;
            entries.push((folder, b"40000", id));
            rest = &rest[count..];
        } else {
            entries.push((
                name,
                mode_text(file.mode),
                store.put(Kind::Blob, file.contents.clone())?,
            ));
            rest = tail;
        }
    }
    let at = items.first().map_or("", |(path, _)| &path[..cut]);
    store.put(Kind::Tree, folder_bytes(entries, at)?.into())
}

fn folder_bytes(mut entries: Vec<(&str, &[u8], ObjectId)>, at: &str) -> Result<Vec<u8>, Error> {
    // Git sorts a folder as if its name ended in a slash.
    let key = |entry: &(&str, &[u8], ObjectId)| {
        let slash = if entry.1 == b"40000" { "/" } else { "" };
        format!("{}{slash}", entry.0)
    };
    entries.sort_by_cached_key(key);
    let mut names: Vec<&str> = entries.iter().map(|entry| entry.0).collect();
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::FileAndFolder(format!("{at}{}", twice[0])));
    }
    let mut out = Vec::with_capacity(entries.len() * 40);
    for (name, mode, id) in entries {
        out.extend(mode);
        out.push(b' ');
        out.extend(name.as_bytes());
        out.push(0);
        out.extend(id.as_slice());
    }
    Ok(out)
}

fn mode_text(mode: Mode) -> &'static [u8] {
    match mode {
        Mode::File => b"100644",
        Mode::Executable => b"100755",
        Mode::Symlink => b"120000",
    }
}

/// Reads a whole tree. Submodules are left out, as Flux leaves them out by default.
pub(crate) fn read(store: &Store, root: ObjectId) -> Result<Tree, Error> {
    let mut tree = Tree::new();
    read_folder(store, root, &TreePath::root(), 0, &mut tree)?;
    Ok(tree)
}

fn read_folder(
    store: &Store,
    id: ObjectId,
    at: &TreePath,
    depth: usize,
    tree: &mut Tree,
) -> Result<(), Error> {
    let damaged = |why: String| Error::Damaged { what: format!("tree {}", id.to_hex()), why };
    if depth > DEEPEST {
        return Err(damaged(format!("more than {DEEPEST} folders deep")));
    }
    let data = store.get(id, Kind::Tree)?;
    for entry in gix_object::TreeRefIter::from_bytes(&data, gix_hash::Kind::Sha1) {
        let entry = entry.map_err(|cause| damaged(cause.to_string()))?;
        let name = std::str::from_utf8(entry.filename)
            .map_err(|_| Error::Name(format!("{at}/{}", entry.filename)))?;
        let path = at.join(name).map_err(|cause| damaged(cause.to_string()))?;
        let child: ObjectId = entry.oid.to_owned();
        let mode = match entry.mode.kind() {
            EntryKind::Tree => {
                read_folder(store, child, &path, depth + 1, tree)?;
                continue;
            }
            EntryKind::Commit => continue,
            EntryKind::Blob => Mode::File,
            EntryKind::BlobExecutable => Mode::Executable,
            EntryKind::Link => Mode::Symlink,
        };
        tree.insert_file(path, File { mode, contents: store.get(child, Kind::Blob)? });
    }
    Ok(())
}
