//! Reading files and folders as one kustomization may: restrictions, cycles, messages.

use std::rc::Rc;

use crate::error::{BuildError, Context, Result, fail};
use crate::files::{Entry, Files};
use crate::options::LoadRestrictions;

/// Reads for the kustomization in one folder.
pub(crate) struct Loader<'a> {
    files: &'a dyn Files,
    /// The folder, absolute.
    root: String,
    restrictions: LoadRestrictions,
    referrer: Option<Rc<Loader<'a>>>,
    /// Where remote trees stand: the URL as written, and the folder.
    remotes: Rc<Vec<(String, String)>>,
    /// The folder of the remote tree it belongs to.
    remote_root: Option<String>,
}

impl<'a> Loader<'a> {
    pub(crate) fn new(
        files: &'a dyn Files,
        folder: &str,
        restrictions: LoadRestrictions,
        remotes: Vec<(String, String)>,
    ) -> Result<Rc<Self>> {
        let root = confirm_folder(files, folder).context(|| "must build at directory".into())?;
        let remotes = Rc::new(remotes);
        Ok(Rc::new(Self { files, root, restrictions, referrer: None, remotes, remote_root: None }))
    }

    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// A loader for another folder, named relative to this one or by a remote URL.
    pub(crate) fn below(self: &Rc<Self>, path: &str) -> Result<Rc<Self>> {
        if path.is_empty() {
            return fail("new root cannot be empty");
        }
        if let Some((_, root)) = self.remotes.iter().find(|(url, _)| url == path) {
            return self.remote(path, root);
        }
        if is_remote(path) {
            return fail(format!("remote base {path:?} is not declared"));
        }
        if path.starts_with('/') {
            return fail(format!("new root '{path}' cannot be absolute"));
        }
        let root = confirm_folder(self.files, &join(&self.root, path))
            .context(|| "must build at directory".into())?;
        if let Some(remote) = &self.remote_root
            && !is_in(&root, remote)
        {
            return fail(format!(
                "security; bases in kustomizations found in cloned git repos must be within the repo, but base '{root}' is outside '{remote}'"
            ));
        }
        self.refuse_cycle(&root)?;
        Ok(self.child(root, self.restrictions, self.remote_root.clone()))
    }

    fn remote(self: &Rc<Self>, url: &str, root: &str) -> Result<Rc<Self>> {
        let mut at = Some(self);
        while let Some(loader) = at {
            if loader.root == root {
                return fail(format!(
                    "cycle detected: URI '{url}' referenced by previous URI '{url}'"
                ));
            }
            at = loader.referrer.as_ref();
        }
        let folder = confirm_folder(self.files, root)?;
        Ok(self.child(folder.clone(), LoadRestrictions::RootOnly, Some(folder)))
    }

    fn child(
        self: &Rc<Self>,
        root: String,
        restrictions: LoadRestrictions,
        remote_root: Option<String>,
    ) -> Rc<Self> {
        Rc::new(Self {
            files: self.files,
            root,
            restrictions,
            referrer: Some(Rc::clone(self)),
            remotes: Rc::clone(&self.remotes),
            remote_root,
        })
    }

    fn refuse_cycle(&self, candidate: &str) -> Result<()> {
        if is_in(&self.root, candidate) {
            return fail(format!(
                "cycle detected: candidate root '{candidate}' contains visited root '{}'",
                self.root
            ));
        }
        self.referrer.as_ref().map_or(Ok(()), |referrer| referrer.refuse_cycle(candidate))
    }

    /// How many kustomizations led here.
    pub(crate) fn depth(&self) -> usize {
        let mut depth = 0;
        let mut at = self.referrer.as_ref();
        while let Some(loader) = at {
            depth += 1;
            at = loader.referrer.as_ref();
        }
        depth
    }

    /// The bytes of a file.
    pub(crate) fn load(&self, path: &str) -> Result<Vec<u8>> {
        if path.starts_with("http://") || path.starts_with("https://") {
            if let Some((_, root)) = self.remotes.iter().find(|(url, _)| url == path)
                && let Some(bytes) = self.files.read(root)
            {
                return Ok(bytes.into_owned());
            }
            return fail(format!("remote file {path:?} is not declared"));
        }
        let path = if path.starts_with('/') { path.to_owned() } else { join(&self.root, path) };
        let path = match self.restrictions {
            LoadRestrictions::RootOnly => self.restricted(&path)?,
            LoadRestrictions::None => self.unrestricted(&path)?,
        };
        let bytes = self.files.read(&path);
        bytes.map_or_else(
            || fail(format!("open {path}: no such file or directory")),
            |bytes| Ok(bytes.into_owned()),
        )
    }

    fn restricted(&self, path: &str) -> Result<String> {
        let (found, entry) = resolve(self.files, path)?;
        if entry == Entry::Folder {
            return fail(format!("'{path}' must resolve to a file"));
        }
        let folder = found.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !is_in(folder, &self.root) {
            return fail(format!("security; file '{path}' is not in or below '{}'", self.root));
        }
        Ok(found)
    }

    fn unrestricted(&self, path: &str) -> Result<String> {
        match self.files.resolve(path) {
            Ok((found, Entry::File)) => Ok(found),
            Ok((_, Entry::Folder)) => fail(format!("read {path}: is a directory")),
            Err(_) => fail(format!("open {path}: no such file or directory")),
        }
    }

    /// The bytes of a file as text.
    pub(crate) fn load_text(&self, path: &str) -> Result<String> {
        let bytes = self.load(path)?;
        String::from_utf8(bytes).map_err(|_| BuildError(format!("file '{path}' is not UTF-8 text")))
    }
}

fn resolve(files: &dyn Files, path: &str) -> Result<(String, Entry)> {
    files.resolve(path).map_err(|missing| {
        BuildError(format!(
            "evalsymlink failure on '{path}' : lstat {missing}: no such file or directory"
        ))
    })
}

fn confirm_folder(files: &dyn Files, path: &str) -> Result<String> {
    let (found, entry) = resolve(files, path).context(|| "not a valid directory".into())?;
    match entry {
        Entry::Folder => Ok(found),
        Entry::File => fail(format!("'{path}': file is not directory")),
    }
}

/// Whether a folder is another one, or lies below it.
fn is_in(folder: &str, other: &str) -> bool {
    let rest = folder.strip_prefix(other.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A folder and a relative path, cleaned.
pub(crate) fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// Whether kustomize would take a path for a git repository.
pub(crate) fn is_remote(path: &str) -> bool {
    let schemes = ["http://", "https://", "ssh://", "git::", "git@", "file://", "git://"];
    schemes.iter().any(|scheme| path.starts_with(scheme))
        || ["github.com/", "github.com:", "gitlab.com/"].iter().any(|host| path.starts_with(host))
}
