//! What a user does to the repositories: pushes, merges, moves of refs.
//!
//! One rule: every commit is made at the world's present moment, so that its id
//! depends on nothing else. Start at [`Place::push`].

use gitserver::{FastForward, Merge, Merged, Note, Rebase, Repository, Signature};
use tree::Tree;

use crate::{Place, PlaceError};

/// A commit's message and author; the author is `fluxrig <fluxrig@example.com>` where none is named.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The message; made up by the operation where it has one of its own.
    pub message: Option<String>,
    /// The author, as `Name <address>`.
    pub author: Option<String>,
    /// When it was made; the place's moment without it.
    pub when: Option<clock::Moment>,
}

/// A commit, as far as reports and expectations look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its id.
    pub id: String,
    /// Ids of its parents.
    pub parents: Vec<String>,
    /// Its author, as `Name <address>`.
    pub author: String,
    /// Its whole message.
    pub message: String,
}

/// How a merge is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeMode {
    /// Always with a merge commit.
    NoFastForward,
    /// Without one where possible.
    FastForward,
    /// Only without one.
    FastForwardOnly,
    /// As one ordinary commit.
    Squash,
}

impl Place {
    fn git<T>(
        &mut self,
        repository: &str,
        work: impl FnOnce(&mut Repository) -> Result<T, gitserver::Error>,
    ) -> Result<T, PlaceError> {
        let done = work(&mut self.repositories.borrow_mut().named(repository)?.git);
        self.clusters_mut().for_each(|cluster| cluster.disturb_sources(|_| false));
        done.map_err(|cause| PlaceError::Git { repository: repository.to_owned(), cause })
    }

    fn look<T>(
        &self,
        repository: &str,
        work: impl FnOnce(&Repository) -> Result<T, gitserver::Error>,
    ) -> Result<T, PlaceError> {
        let mut all = self.repositories.borrow_mut();
        let known = all.named(repository)?;
        work(&known.git)
            .map_err(|cause| PlaceError::Git { repository: repository.to_owned(), cause })
    }

    fn signature(&self, words: &Words) -> Signature {
        let written = words.author.as_deref().unwrap_or("fluxrig <fluxrig@example.com>");
        let (name, rest) = written.split_once('<').unwrap_or((written, ""));
        let when = words.when.unwrap_or(self.now());
        Signature::new(name.trim(), rest.trim_end_matches('>').trim(), when)
    }

    /// Takes in all branches and tags of a bundle or repository on disk.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn import(&mut self, repository: &str, from: &std::path::Path) -> Result<(), PlaceError> {
        self.git(repository, |git| git.import(from))
    }

    /// Reads the files at a path of the disk: a folder, or a bundle or repository at a revision.
    ///
    /// # Errors
    /// If the path is nothing of these, or the revision is unknown.
    pub fn read_files(&self, from: &std::path::Path, at: Option<&str>) -> Result<Tree, PlaceError> {
        let scratch = crate::temporary::folder()?;
        gitserver::read_tree(from, at, scratch.path())
            .map_err(|cause| PlaceError::Git { repository: from.display().to_string(), cause })
    }

    /// Commits a tree on a branch, which begins here if it does not exist; gives the commit's id.
    ///
    /// # Errors
    /// If it cannot be stored or the branch's name is not allowed.
    pub fn push(
        &mut self,
        repository: &str,
        branch: &str,
        tree: &Tree,
        words: &Words,
    ) -> Result<String, PlaceError> {
        let note = Note::new(words.message.as_deref().unwrap_or("change"), &self.signature(words));
        self.git(repository, |git| git.commit(branch, tree, &note).map(|id| id.to_string()))
    }

    /// Replaces the last commit of a branch by one with this tree (`git commit --amend`, then a forced push).
    ///
    /// # Errors
    /// If the branch has no commit before its last.
    pub fn amend(
        &mut self,
        repository: &str,
        branch: &str,
        tree: &Tree,
        words: &Words,
    ) -> Result<String, PlaceError> {
        let by = self.signature(words);
        self.git(repository, |git| {
            let last = git.read(git.resolve(branch)?)?;
            let parent = git.resolve(&format!("{branch}~1"))?;
            git.reset(branch, parent)?;
            let message = words.message.clone().unwrap_or(last.note.message);
            git.commit(branch, tree, &Note::new(&message, &by)).map(|id| id.to_string())
        })
    }

    /// Merges a revision into a branch; gives the branch's head and whether it moved.
    ///
    /// # Errors
    /// If both sides changed the same lines, or a demanded fast-forward is impossible.
    pub fn merge(
        &mut self,
        repository: &str,
        (from, into): (&str, &str),
        mode: MergeMode,
        words: &Words,
    ) -> Result<(String, bool), PlaceError> {
        let by = self.signature(words);
        let message = words.message.as_deref();
        self.git(repository, |git| {
            let fast_forward = match mode {
                MergeMode::NoFastForward => FastForward::Never,
                MergeMode::FastForward => FastForward::Allowed,
                MergeMode::FastForwardOnly => FastForward::Only,
                MergeMode::Squash => FastForward::Squash,
            };
            let merged = git.merge(&Merge { from, into, fast_forward, message, by: &by })?;
            let moved = !matches!(merged, Merged::UpToDate);
            Ok((git.resolve(into)?.to_string(), moved))
        })
    }

    /// Undoes a commit by a new one on the branch; of a merge, all that came in beside its `mainline` parent.
    ///
    /// # Errors
    /// If later commits changed the same lines, or nothing is left to undo.
    pub fn revert(
        &mut self,
        repository: &str,
        (branch, commit): (&str, &str),
        mainline: Option<usize>,
        words: &Words,
    ) -> Result<String, PlaceError> {
        let by = self.signature(words);
        let message = words.message.as_deref();
        self.git(repository, |git| {
            let id = git.resolve(commit)?;
            let parent = mainline.unwrap_or(1);
            git.revert_merge(branch, id, parent, message, &by).map(|id| id.to_string())
        })
    }

    /// Repeats a commit's change on another branch.
    ///
    /// # Errors
    /// If the branch changed the same lines, or has the change already.
    pub fn cherry_pick(
        &mut self,
        repository: &str,
        branch: &str,
        commit: &str,
        words: &Words,
    ) -> Result<String, PlaceError> {
        let by = self.signature(words);
        let message = words.message.as_deref();
        self.git(repository, |git| {
            let id = git.resolve(commit)?;
            git.cherry_pick_as(branch, id, message, &by).map(|id| id.to_string())
        })
    }

    /// Puts the commits of a branch on top of another revision.
    ///
    /// # Errors
    /// If a commit's change conflicts; the branch is then where it was.
    pub fn rebase(
        &mut self,
        repository: &str,
        branch: &str,
        onto: &str,
        merges: bool,
    ) -> Result<String, PlaceError> {
        let by = self.signature(&Words::default());
        self.git(repository, |git| {
            git.rebase(&Rebase { branch, onto, merges, by: &by }).map(|id| id.to_string())
        })
    }

    /// Points a branch at any revision, as a forced push does.
    ///
    /// # Errors
    /// If the branch or the revision does not exist.
    pub fn reset(&mut self, repository: &str, branch: &str, to: &str) -> Result<(), PlaceError> {
        self.git(repository, |git| {
            let to = git.resolve(to)?;
            git.reset(branch, to).map(|_| ())
        })
    }

    /// Makes a tag, or moves it; annotated where there is a message.
    ///
    /// # Errors
    /// If the name is not allowed or the revision does not exist.
    pub fn tag(
        &mut self,
        repository: &str,
        name: &str,
        at: &str,
        words: &Words,
    ) -> Result<(), PlaceError> {
        let by = self.signature(words);
        self.git(repository, |git| {
            let at = git.resolve(at)?;
            match &words.message {
                Some(message) => git.annotated_tag(name, at, message, &by).map(|_| ()),
                None => git.tag(name, at),
            }
        })
    }

    /// Takes a tag away.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn delete_tag(&mut self, repository: &str, name: &str) -> Result<(), PlaceError> {
        self.git(repository, |git| git.delete_tag(name))
    }

    /// Points any ref (`refs/pull/7/head`) at a revision.
    ///
    /// # Errors
    /// If the name is not allowed or the revision does not exist.
    pub fn set_ref(&mut self, repository: &str, name: &str, at: &str) -> Result<(), PlaceError> {
        self.git(repository, |git| {
            let at = git.resolve(at)?;
            git.set_ref(name, at)
        })
    }

    /// Begins a branch at a revision.
    ///
    /// # Errors
    /// If it exists already.
    pub fn branch(&mut self, repository: &str, name: &str, at: &str) -> Result<(), PlaceError> {
        self.git(repository, |git| {
            let at = git.resolve(at)?;
            git.create_branch(name, at)
        })
    }

    /// Takes a branch away.
    ///
    /// # Errors
    /// If there is none of this name.
    pub fn delete_branch(&mut self, repository: &str, name: &str) -> Result<(), PlaceError> {
        self.git(repository, |git| git.delete_branch(name))
    }

    /// The commit that a branch points at.
    #[must_use]
    pub fn head(&self, repository: &str, branch: &str) -> Option<String> {
        self.look(repository, |git| Ok(git.head(branch).map(|id| id.to_string()))).ok().flatten()
    }

    /// The commit behind a revision.
    ///
    /// # Errors
    /// If nothing has that name.
    pub fn resolve(&self, repository: &str, revision: &str) -> Result<String, PlaceError> {
        self.look(repository, |git| git.resolve(revision).map(|id| id.to_string()))
    }

    /// The files at a revision.
    ///
    /// # Errors
    /// If nothing has that name.
    pub fn tree(&self, repository: &str, revision: &str) -> Result<Tree, PlaceError> {
        self.look(repository, |git| git.tree(revision))
    }

    /// The branches of a repository.
    ///
    /// # Errors
    /// If there is no such repository.
    pub fn branches(&self, repository: &str) -> Result<Vec<String>, PlaceError> {
        self.look(repository, |git| Ok(git.branches().map(str::to_owned).collect()))
    }

    /// A commit.
    ///
    /// # Errors
    /// If nothing has that name.
    pub fn commit(&self, repository: &str, revision: &str) -> Result<CommitInfo, PlaceError> {
        self.look(repository, |git| {
            let found = git.read(git.resolve(revision)?)?;
            let author = &found.note.author;
            Ok(CommitInfo {
                id: found.id.to_string(),
                parents: found.parents.iter().map(ToString::to_string).collect(),
                author: format!("{} <{}>", author.name, author.email),
                message: found.note.message,
            })
        })
    }

    /// The repository that answers to a URL.
    #[must_use]
    pub fn repository_behind(&self, url: &str) -> Option<String> {
        self.repositories.borrow().name_behind(url)
    }
}
