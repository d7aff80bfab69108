//! Bringing in what exists: a git bundle, another repository, a folder.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use gix_hash::ObjectId;
use tree::Tree;

use crate::{Error, Repository, refs::Refs};

/// Reads the files at a path: a folder as it stands or, with `at`, a bundle or repository at a revision.
///
/// A bundle without `at` is read at its default branch. `scratch` is an empty folder for unpacking.
///
/// # Errors
/// If the path is nothing of these, cannot be read, or the revision is unknown.
pub fn read_tree(path: &Path, at: Option<&str>, scratch: &Path) -> Result<Tree, Error> {
    if at.is_none() && path.is_dir() && !is_bare(path) {
        return Ok(Tree::from_dir(path)?);
    }
    let mut repository = Repository::create(scratch)?;
    repository.import(path)?;
    repository.tree(at.unwrap_or("HEAD"))
}

fn is_bare(path: &Path) -> bool {
    path.join("objects").is_dir() && path.join("HEAD").is_file()
}

impl Repository {
    /// Takes in all branches and tags of a git bundle or another repository.
    ///
    /// Branches that a clone knows only as `origin/NAME` become branches of their own.
    ///
    /// # Errors
    /// If the path is neither, is damaged, or lacks commits.
    pub fn import(&mut self, path: &Path) -> Result<(), Error> {
        if path.is_file() { self.import_bundle(path) } else { self.import_repository(path) }
    }

    // The other repository's objects are read where they lie, by git's own means of sharing.
    fn import_repository(&mut self, path: &Path) -> Result<(), Error> {
        let inside = path.join(".git");
        let path = if inside.is_dir() { inside } else { path.to_owned() };
        if !is_bare(&path) {
            return Err(Error::NotImportable(path));
        }
        let refs = Refs::read(&path)?;
        let objects =
            std::path::absolute(path.join("objects")).map_err(Error::io("find", &path))?;
        let info = self.store.folder().join("info");
        std::fs::create_dir_all(&info).map_err(Error::io("create", &info))?;
        let list = info.join("alternates");
        let mut known = std::fs::read_to_string(&list).unwrap_or_default();
        known.push_str(&format!("{}\n", objects.display()));
        std::fs::write(&list, known).map_err(Error::io("write", &list))?;
        self.store.open_disk()?;
        self.take_refs(&refs)
    }

    fn take_refs(&mut self, refs: &Refs) -> Result<(), Error> {
        for (name, id) in &refs.all {
            if let Some(branch) = name.strip_prefix("refs/remotes/origin/") {
                let local = format!("refs/heads/{branch}");
                if branch != "HEAD" && !refs.all.contains_key(&local) {
                    self.refs.set(&local, *id)?;
                }
            } else if name.starts_with("refs/heads/") || name.starts_with("refs/tags/") {
                self.refs.set(name, *id)?;
            }
        }
        if let Some(branch) = refs.head.strip_prefix("refs/heads/") {
            self.set_default_branch(branch)?;
        }
        Ok(())
    }

    fn import_bundle(&mut self, path: &Path) -> Result<(), Error> {
        let file = std::fs::File::open(path).map_err(Error::io("open", path))?;
        let mut file = BufReader::new(file);
        let mut refs = Refs::new(self.folder().to_owned(), "refs/heads/main");
        let mut head = None;
        for line in bundle_header(&mut file, path)? {
            let Line { id, name, wanted } = line;
            if wanted && self.store.find(id)?.is_none() {
                let commit = id.to_hex().to_string();
                return Err(Error::PartialBundle { path: path.to_owned(), commit });
            }
            match name.as_str() {
                _ if wanted => {}
                "HEAD" => head = Some(id),
                _ => drop(refs.all.insert(name, id)),
            }
        }
        unpack(&mut file, &self.store.folder().join("pack"), path)?;
        self.store.open_disk()?;
        refs.head = default_branch(&refs, head);
        self.take_refs(&refs)
    }
}

// A bundle says which commit HEAD is, not which branch: `main` and `master` go first, as in git.
fn default_branch(refs: &Refs, head: Option<ObjectId>) -> String {
    let named = ["refs/heads/main", "refs/heads/master"].map(str::to_owned);
    let all = refs.all.keys().filter(|name| name.starts_with("refs/heads/")).cloned();
    let mut candidates =
        named.iter().filter(|name| refs.all.contains_key(*name)).cloned().chain(all);
    let fits = |name: &String| head.is_none_or(|head| refs.all.get(name) == Some(&head));
    candidates.find(fits).unwrap_or_else(|| refs.head.clone())
}

struct Line {
    id: ObjectId,
    name: String,
    wanted: bool,
}

// git's `gitformat-bundle`: a signature, capabilities (v3), `-id` prerequisites, `id name` refs, an empty line.
fn bundle_header(file: &mut impl BufRead, path: &Path) -> Result<Vec<Line>, Error> {
    let damaged =
        |why: &str| Error::Damaged { what: path.display().to_string(), why: why.to_owned() };
    let mut next = || -> Result<String, Error> {
        let mut line = Vec::new();
        file.read_until(b'\n', &mut line).map_err(Error::io("read", path))?;
        String::from_utf8(line).map_err(|_| Error::NotImportable(path.to_owned()))
    };
    if !matches!(next()?.as_str(), "# v2 git bundle\n" | "# v3 git bundle\n") {
        return Err(Error::NotImportable(path.to_owned()));
    }
    let mut out = Vec::new();
    loop {
        let line = next()?;
        let line = line.strip_suffix('\n').ok_or_else(|| damaged("it ends within its header"))?;
        if line.is_empty() {
            return Ok(out);
        }
        if let Some(ability) = line.strip_prefix('@') {
            if ability != "object-format=sha1" {
                return Err(damaged(&format!("it needs {ability:?}, which is not supported")));
            }
            continue;
        }
        let wanted = line.starts_with('-');
        let (id, name) = line.trim_start_matches('-').split_once(' ').unwrap_or((&line[1..], ""));
        let id =
            ObjectId::from_hex(id.as_bytes()).map_err(|_| damaged("a commit id is not one"))?;
        out.push(Line { id, name: name.to_owned(), wanted });
    }
}

fn unpack(file: &mut dyn BufRead, folder: &Path, path: &Path) -> Result<(), Error> {
    let options = gix_pack::bundle::write::Options { thread_limit: Some(1), ..Default::default() };
    let outcome = gix_pack::Bundle::write_to_directory(
        file,
        Some(folder),
        &mut gix_utils::progress::Discard,
        &AtomicBool::new(false),
        None::<gix_odb::Handle>,
        gix_hash::Kind::Sha1,
        options,
    );
    let damaged = |why: String| Error::Damaged { what: path.display().to_string(), why };
    outcome.map(|_| ()).map_err(|cause| damaged(cause.to_string()))
}
