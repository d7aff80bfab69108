//! Commits: ids, people, and the bytes that git hashes.
//!
//! The same inputs give the same bytes, so ids are reproducible: times come from
//! the caller, the offset is always +0000, the message is taken as it stands.

use clock::Moment;
use gix_hash::ObjectId;
use gix_object::CommitRef;

use crate::{CommitId, Error};

/// Who did something, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Name.
    pub name: String,
    /// Address of mail.
    pub email: String,
    /// When; git keeps whole seconds.
    pub when: Moment,
}

impl Signature {
    /// A person at a moment.
    #[must_use]
    pub fn new(name: &str, email: &str, when: Moment) -> Self {
        Self { name: name.to_owned(), email: email.to_owned(), when }
    }

    pub(crate) fn line(&self) -> String {
        let clean = |text: &str| text.replace(['<', '>', '\n', '\0'], "");
        let seconds = self.when.unix_seconds();
        format!("{} <{}> {seconds} +0000", clean(&self.name), clean(&self.email))
    }

    fn read(line: &[u8]) -> Self {
        let line = String::from_utf8_lossy(line);
        let (name, rest) = line.split_once('<').unwrap_or((&line, ""));
        let (email, time) = rest.split_once('>').unwrap_or((rest, ""));
        let seconds = time.split_whitespace().next().and_then(|text| text.parse().ok());
        let when = Moment::from_unix_seconds(seconds.unwrap_or_default());
        Self::new(name.trim(), email.trim(), when)
    }
}

/// What a commit says about itself: message, author, committer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The message, taken as it stands.
    pub message: String,
    /// Who made the change.
    pub author: Signature,
    /// Who put it into the repository.
    pub committer: Signature,
}

impl Note {
    /// A note whose author and committer are one.
    #[must_use]
    pub fn new(message: &str, by: &Signature) -> Self {
        Self { message: message.to_owned(), author: by.clone(), committer: by.clone() }
    }
}

/// A commit as it stands in the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: CommitId,
    /// Id of its tree: equal for equal contents.
    pub tree: String,
    /// What it builds upon; two or more for a merge.
    pub parents: Vec<CommitId>,
    /// Message, author, committer.
    pub note: Note,
}

impl Commit {
    /// The first line of the message.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.note.message.lines().next().unwrap_or_default()
    }

    pub(crate) fn read(id: CommitId, data: &[u8]) -> Result<Self, Error> {
        let damaged = |why: String| Error::Damaged { what: format!("commit {id}"), why };
        let commit = CommitRef::from_bytes(data, gix_hash::Kind::Sha1)
            .map_err(|cause| damaged(cause.to_string()))?;
        let note = Note {
            message: String::from_utf8_lossy(commit.message).into_owned(),
            author: Signature::read(commit.author),
            committer: Signature::read(commit.committer),
        };
        let parents = commit.parents().map(CommitId).collect();
        Ok(Self { id, tree: commit.tree().to_hex().to_string(), parents, note })
    }
}

pub(crate) fn commit_bytes(tree: ObjectId, parents: &[CommitId], note: &Note) -> Vec<u8> {
    let mut out = format!("tree {}\n", tree.to_hex());
    for parent in parents {
        out.push_str(&format!("parent {parent}\n"));
    }
    let (author, committer) = (note.author.line(), note.committer.line());
    out.push_str(&format!("author {author}\ncommitter {committer}\n\n{}", note.message));
    out.into_bytes()
}

pub(crate) fn tag_bytes(target: CommitId, name: &str, message: &str, by: &Signature) -> Vec<u8> {
    let line = by.line();
    format!("object {target}\ntype commit\ntag {name}\ntagger {line}\n\n{message}").into_bytes()
}
