//! What people do to branches: merge, revert, cherry-pick.

use gix_hash::ObjectId;
use tree::Tree;

use crate::{CommitId, Conflict, Error, Note, Repository, Signature, merge_trees};

/// Whether a merge may move the branch without a commit of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FastForward {
    /// Always a merge commit (`--no-ff`): the evidence of a promotion.
    #[default]
    Never,
    /// Only a fast-forward (`--ff-only`).
    Only,
    /// A fast-forward where possible, else a merge commit.
    Allowed,
    /// One ordinary commit with all of the changes (`--squash`), which names no second parent.
    Squash,
}

/// A merge to be made.
#[derive(Debug, Clone)]
pub struct Merge<'a> {
    /// The revision to take in.
    pub from: &'a str,
    /// The branch that receives it.
    pub into: &'a str,
    /// Whether a merge commit is made.
    pub fast_forward: FastForward,
    /// Message; git's own words where absent.
    pub message: Option<&'a str>,
    /// Who merges, and when.
    pub by: &'a Signature,
}

/// What a merge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    /// The branch had all of it already.
    UpToDate,
    /// The branch moved to this commit.
    FastForward(CommitId),
    /// This merge commit was made.
    Commit(CommitId),
}

const DEEPEST_CRISS_CROSS: usize = 8;

impl Repository {
    /// Merges a revision into a branch.
    ///
    /// # Errors
    /// If a name is unknown, both sides changed the same lines, or a demanded fast-forward is impossible.
    pub fn merge(&mut self, merge: &Merge<'_>) -> Result<Merged, Error> {
        let into = self.need(merge.into)?;
        let from = self.resolve(merge.from)?;
        if self.is_ancestor(from, into)? {
            return Ok(Merged::UpToDate);
        }
        let straight = self.is_ancestor(into, from)?;
        match merge.fast_forward {
            FastForward::Only if !straight => {
                let (into, from) = (merge.into.to_owned(), merge.from.to_owned());
                return Err(Error::NotFastForward { into, from });
            }
            FastForward::Only | FastForward::Allowed if straight => {
                self.move_branch(merge.into, from)?;
                return Ok(Merged::FastForward(from));
            }
            _ => {}
        }
        let tree = self.merged_tree((merge.into, into), (merge.from, from))?;
        let default = format!("Merge branch '{}' into {}", merge.from, merge.into);
        let note = Note::new(merge.message.unwrap_or(&default), merge.by);
        let both = [into, from];
        let parents = if merge.fast_forward == FastForward::Squash { &both[..1] } else { &both };
        let id = self.put_commit(tree, parents, &note)?;
        self.move_branch(merge.into, id)?;
        Ok(Merged::Commit(id))
    }

    pub(crate) fn merged_tree(
        &mut self,
        (into, ours): (&str, CommitId),
        (from, theirs): (&str, CommitId),
    ) -> Result<ObjectId, Error> {
        let base = self.base_tree(ours, theirs, 0)?;
        let (our, their) = (self.tree_of(ours)?, self.tree_of(theirs)?);
        let merged = merge_trees(&base, (into, &our), (from, &their));
        let merged = merged.map_err(conflicts(format!("merge {from} into {into}")))?;
        self.put_tree(&merged)
    }

    // Histories that cross have several best ancestors: these are merged first, as git does.
    fn base_tree(&self, one: CommitId, other: CommitId, depth: usize) -> Result<Tree, Error> {
        let mut bases = self.merge_bases(one, other)?.into_iter();
        let Some(first) = bases.next() else { return Ok(Tree::new()) };
        let mut tree = self.tree_of(first)?;
        for next in bases.take(DEEPEST_CRISS_CROSS.saturating_sub(depth)) {
            let below = self.base_tree(first, next, depth + 1)?;
            let next = self.tree_of(next)?;
            // Where the ancestors themselves conflict, the newest one serves as base.
            tree = merge_trees(&below, ("one", &tree), ("other", &next)).unwrap_or(tree);
        }
        Ok(tree)
    }

    /// Undoes a commit by a new one on the branch; of a merge, what came from its second parent.
    ///
    /// # Errors
    /// If later commits changed the same lines, or nothing is left to undo.
    pub fn revert(
        &mut self,
        branch: &str,
        commit: CommitId,
        message: Option<&str>,
        by: &Signature,
    ) -> Result<CommitId, Error> {
        self.revert_merge(branch, commit, 1, message, by)
    }

    /// Undoes a merge, keeping the side of the parent `mainline` (from 1, as `git revert -m`).
    ///
    /// # Errors
    /// As [`Repository::revert`], and if the merge has no such parent.
    pub fn revert_merge(
        &mut self,
        branch: &str,
        commit: CommitId,
        mainline: usize,
        message: Option<&str>,
        by: &Signature,
    ) -> Result<CommitId, Error> {
        let undone = self.read(commit)?;
        let default = format!("Revert \"{}\"\n\nThis reverts commit {commit}.\n", undone.subject());
        let note = Note::new(message.unwrap_or(&default), by);
        let (before, after) = self.change_since(commit, mainline)?;
        let action = format!("revert {:.10} on {branch}", commit.to_string());
        self.replay(branch, &action, (&after, &before), &note)
    }

    /// Repeats a commit's change on another branch; its author and message stay.
    ///
    /// # Errors
    /// If the commit is a merge, the branch changed the same lines, or it has the change already.
    pub fn cherry_pick(
        &mut self,
        branch: &str,
        commit: CommitId,
        by: &Signature,
    ) -> Result<CommitId, Error> {
        self.cherry_pick_as(branch, commit, None, by)
    }

    /// Repeats a commit's change on another branch under another message.
    ///
    /// # Errors
    /// As [`Repository::cherry_pick`].
    pub fn cherry_pick_as(
        &mut self,
        branch: &str,
        commit: CommitId,
        message: Option<&str>,
        by: &Signature,
    ) -> Result<CommitId, Error> {
        let mut note = self.read(commit)?.note;
        note.committer = by.clone();
        note.message = message.map_or(note.message, str::to_owned);
        let (before, after) = self.change_of(commit)?;
        let action = format!("cherry-pick {:.10} onto {branch}", commit.to_string());
        self.replay(branch, &action, (&before, &after), &note)
    }

    // The trees before and after a commit with one parent or none.
    pub(crate) fn change_of(&self, commit: CommitId) -> Result<(Tree, Tree), Error> {
        if self.read(commit)?.parents.len() > 1 {
            return Err(Error::IsMerge(commit));
        }
        self.change_since(commit, 1)
    }

    fn change_since(&self, commit: CommitId, parent: usize) -> Result<(Tree, Tree), Error> {
        let parents = self.read(commit)?.parents;
        let before = match parent.checked_sub(1).and_then(|at| parents.get(at)) {
            Some(parent) => self.tree_of(*parent)?,
            None if parents.is_empty() && parent == 1 => Tree::new(),
            None => return Err(Error::NoParent { commit, parent }),
        };
        Ok((before, self.tree_of(commit)?))
    }

    fn replay(
        &mut self,
        branch: &str,
        action: &str,
        (before, after): (&Tree, &Tree),
        note: &Note,
    ) -> Result<CommitId, Error> {
        let head = self.need(branch)?;
        let current = self.tree_of(head)?;
        let merged = merge_trees(before, (branch, &current), ("the change", after));
        let merged = merged.map_err(conflicts(action.to_owned()))?;
        if merged == current {
            return Err(Error::Empty(action.to_owned()));
        }
        let tree = self.put_tree(&merged)?;
        let id = self.put_commit(tree, &[head], note)?;
        self.move_branch(branch, id)?;
        Ok(id)
    }
}

pub(crate) fn conflicts(action: String) -> impl FnOnce(Vec<Conflict>) -> Error {
    move |conflicts| Error::Conflicts { action, conflicts }
}
