//! From a name to a commit: branches, tags, ids, and `~n` behind them.

use gix_hash::ObjectId;
use gix_object::{Kind, TagRef};

use crate::{CommitId, Error, Repository};

const LONGEST_TAG_CHAIN: usize = 16;

impl Repository {
    /// The commit behind a revision: `HEAD`, a branch, a tag, a full ref name, an id
    /// or its beginning (4 digits or more), each with `~n` or `^` behind it.
    ///
    /// # Errors
    /// If nothing or more than one thing has that name.
    pub fn resolve(&self, rev: &str) -> Result<CommitId, Error> {
        let (name, steps) = match rev.find(['~', '^']) {
            Some(at) => rev.split_at(at),
            None => (rev, ""),
        };
        let unknown = || Error::UnknownRevision { rev: rev.to_owned(), hint: self.hint(name) };
        let mut commit = self.named(name)?.ok_or_else(unknown)?;
        for back in back_steps(steps).ok_or_else(unknown)? {
            let parents = self.read(commit)?.parents;
            commit = back
                .checked_sub(1)
                .and_then(|nth| parents.get(nth))
                .copied()
                .ok_or_else(unknown)?;
        }
        Ok(commit)
    }

    fn named(&self, name: &str) -> Result<Option<CommitId>, Error> {
        let name = if name == "HEAD" { self.refs.head.as_str() } else { name };
        let places =
            ["", "refs/", "refs/heads/", "refs/tags/", "refs/remotes/", "refs/remotes/origin/"];
        let known = places.iter().find_map(|place| self.refs.all.get(&format!("{place}{name}")));
        if let Some(id) = known {
            return self.peel(*id).map(Some);
        }
        if let Ok(id) = ObjectId::from_hex(name.as_bytes()) {
            return self.store.find(id)?.map(|_| self.peel(id)).transpose();
        }
        self.abbreviated(name)
    }

    fn abbreviated(&self, digits: &str) -> Result<Option<CommitId>, Error> {
        if digits.len() < 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(None);
        }
        self.load_history()?;
        let mut found = self.store.begins_with(&digits.to_ascii_lowercase());
        found.retain(|id| self.store.get(*id, Kind::Commit).is_ok());
        match found.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(CommitId(*one))),
            _ => Err(Error::AmbiguousId(digits.to_owned())),
        }
    }

    // Reading every commit brings imported ids into memory, where the search looks.
    fn load_history(&self) -> Result<(), Error> {
        for id in self.refs.all.values() {
            if let Ok(commit) = self.peel(*id) {
                self.ancestors(commit)?;
            }
        }
        Ok(())
    }

    /// The commit behind an object: itself, or what an annotated tag names.
    pub(crate) fn peel(&self, id: ObjectId) -> Result<CommitId, Error> {
        let mut id = id;
        for _ in 0..LONGEST_TAG_CHAIN {
            match self.store.find(id)? {
                Some(stored) if stored.kind == Kind::Commit => return Ok(CommitId(id)),
                Some(stored) if stored.kind == Kind::Tag => {
                    let damaged =
                        |why| Error::Damaged { what: format!("tag {}", id.to_hex()), why };
                    let tag = TagRef::from_bytes(&stored.data, gix_hash::Kind::Sha1)
                        .map_err(|cause| damaged(cause.to_string()))?;
                    id = tag.target();
                }
                _ => break,
            }
        }
        Err(Error::Missing { id: id.to_hex().to_string(), wanted: "commit" })
    }

    fn hint(&self, name: &str) -> String {
        if self.refs.all.is_empty() {
            return " (the repository is empty)".to_owned();
        }
        let short = |full: &str| full.rsplit('/').next().unwrap_or_default().to_owned();
        let close =
            self.refs.all.keys().find(|full| short(full).eq_ignore_ascii_case(&short(name)));
        close.map(|full| format!(" (did you mean {full}?)")).unwrap_or_default()
    }
}

// `~2` is two first parents; `^` the first parent, `^2` the second.
fn back_steps(text: &str) -> Option<Vec<usize>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let digits = rest[1..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| at + 1);
        let number: usize = if digits == 1 { 1 } else { rest[1..digits].parse().ok()? };
        match sign {
            '~' if number <= 100_000 => out.extend(std::iter::repeat_n(1, number)),
            '^' => out.push(number),
            _ => return None,
        }
        rest = &rest[digits..];
    }
    Some(out)
}
