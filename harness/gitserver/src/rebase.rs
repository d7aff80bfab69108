//! Rebasing a branch: its own commits, made again on another base.

use std::collections::BTreeMap;

use crate::moves::conflicts;
use crate::{Commit, CommitId, Error, Repository, Signature, merge_trees};

/// A rebase to be made.
#[derive(Debug, Clone)]
pub struct Rebase<'a> {
    /// The branch to move.
    pub branch: &'a str,
    /// The revision it shall stand on.
    pub onto: &'a str,
    /// Keep merge commits (`--rebase-merges`); otherwise history becomes a line and they are lost.
    pub merges: bool,
    /// Who rebases, and when (authors stay).
    pub by: &'a Signature,
}

impl Repository {
    /// Rebases a branch; gives its new head. Commits whose change is there already fall away.
    ///
    /// # Errors
    /// If a name is unknown or a commit's change conflicts; the branch is then where it was.
    pub fn rebase(&mut self, rebase: &Rebase<'_>) -> Result<CommitId, Error> {
        let head = self.need(rebase.branch)?;
        let onto = self.resolve(rebase.onto)?;
        if self.is_ancestor(onto, head)? && (rebase.merges || self.is_line(onto, head)?) {
            return Ok(head);
        }
        let mut own = self.between(onto, head)?;
        own.reverse();
        let new = if rebase.merges {
            self.replay_shape(&own, head, onto, rebase)?
        } else {
            own.retain(|commit| commit.parents.len() < 2);
            own.iter().try_fold(onto, |at, commit| self.pick(commit, at, rebase))?
        };
        self.move_branch(rebase.branch, new)?;
        Ok(new)
    }

    fn is_line(&self, old: CommitId, new: CommitId) -> Result<bool, Error> {
        Ok(self.between(old, new)?.iter().all(|commit| commit.parents.len() < 2))
    }

    fn replay_shape(
        &mut self,
        own: &[Commit],
        head: CommitId,
        onto: CommitId,
        rebase: &Rebase<'_>,
    ) -> Result<CommitId, Error> {
        let mut moved: BTreeMap<CommitId, CommitId> = BTreeMap::new();
        for commit in own {
            let parents = &commit.parents;
            // A parent outside the range is where the branch left its old base.
            let first = parents.first().map_or(onto, |id| moved.get(id).copied().unwrap_or(onto));
            let new = if let [_, second] = parents.as_slice() {
                let second = moved.get(second).copied().unwrap_or(*second);
                self.merge_again(commit, (first, second), rebase)?
            } else {
                self.pick(commit, first, rebase)?
            };
            moved.insert(commit.id, new);
        }
        Ok(moved.get(&head).copied().unwrap_or(onto))
    }

    fn merge_again(
        &mut self,
        commit: &Commit,
        (first, second): (CommitId, CommitId),
        rebase: &Rebase<'_>,
    ) -> Result<CommitId, Error> {
        let mut note = commit.note.clone();
        note.committer = rebase.by.clone();
        let tree = self.merged_tree((rebase.branch, first), ("the merged side", second))?;
        self.put_commit(tree, &[first, second], &note)
    }

    fn pick(
        &mut self,
        commit: &Commit,
        at: CommitId,
        rebase: &Rebase<'_>,
    ) -> Result<CommitId, Error> {
        if commit.parents == [at] {
            return Ok(commit.id);
        }
        let (before, after) = self.change_of(commit.id)?;
        let current = self.tree_of(at)?;
        let action =
            format!("rebase {} onto {}, at {:?}", rebase.branch, rebase.onto, commit.subject());
        let merged = merge_trees(&before, (rebase.onto, &current), (rebase.branch, &after));
        let merged = merged.map_err(conflicts(action))?;
        if merged == current && before != after {
            return Ok(at);
        }
        let mut note = commit.note.clone();
        note.committer = rebase.by.clone();
        let tree = self.put_tree(&merged)?;
        self.put_commit(tree, &[at], &note)
    }
}
