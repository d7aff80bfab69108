//! Questions about history: who descends from whom, and what was rewritten.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use clock::Moment;

use crate::{Commit, CommitId, Error, Repository};

impl Repository {
    /// Whether `old` is `new` or one of its ancestors.
    ///
    /// # Errors
    /// If a commit is missing.
    pub fn is_ancestor(&self, old: CommitId, new: CommitId) -> Result<bool, Error> {
        let mut seen = BTreeSet::from([new]);
        let mut queue = VecDeque::from([new]);
        while let Some(id) = queue.pop_front() {
            if id == old {
                return Ok(true);
            }
            let parents = self.read(id)?.parents;
            queue.extend(parents.into_iter().filter(|parent| seen.insert(*parent)));
        }
        Ok(false)
    }

    /// Whether moving a branch from `old` to `new` threw commits away (a forced push, a reset, a rebase).
    ///
    /// # Errors
    /// If a commit is missing.
    pub fn is_rewrite(&self, old: CommitId, new: CommitId) -> Result<bool, Error> {
        Ok(!self.is_ancestor(old, new)?)
    }

    /// The best common ancestor of two commits; `None` for unrelated histories.
    ///
    /// # Errors
    /// If a commit is missing.
    pub fn merge_base(&self, one: CommitId, other: CommitId) -> Result<Option<CommitId>, Error> {
        Ok(self.merge_bases(one, other)?.into_iter().next())
    }

    // Every ancestor of a common ancestor is common too, so the best ones are those
    // that are nobody's parent among the common. Newest first.
    pub(crate) fn merge_bases(
        &self,
        one: CommitId,
        other: CommitId,
    ) -> Result<Vec<CommitId>, Error> {
        let ours = self.ancestors(one)?;
        let theirs = self.ancestors(other)?;
        let common: BTreeSet<CommitId> = ours.intersection(&theirs).copied().collect();
        let mut best = common.clone();
        for id in &common {
            self.read(*id)?.parents.iter().for_each(|parent| {
                best.remove(parent);
            });
        }
        let mut best: Vec<CommitId> = best.into_iter().collect();
        let when = |id: &CommitId| self.read(*id).map(|commit| commit.note.committer.when);
        best.sort_by_key(|id| std::cmp::Reverse((when(id).unwrap_or_default(), *id)));
        Ok(best)
    }

    /// A commit with all that it builds upon.
    ///
    /// # Errors
    /// If a commit is missing.
    pub fn ancestors(&self, id: CommitId) -> Result<BTreeSet<CommitId>, Error> {
        let mut seen = BTreeSet::from([id]);
        let mut queue = vec![id];
        while let Some(id) = queue.pop() {
            let parents = self.read(id)?.parents;
            queue.extend(parents.into_iter().filter(|parent| seen.insert(*parent)));
        }
        Ok(seen)
    }

    /// The history of a commit, newest first, children before parents (`git log --date-order`).
    ///
    /// # Errors
    /// If a commit is missing.
    pub fn log(&self, id: CommitId) -> Result<Vec<Commit>, Error> {
        let mut children: BTreeMap<CommitId, usize> = BTreeMap::new();
        for id in self.ancestors(id)? {
            for parent in self.read(id)?.parents {
                *children.entry(parent).or_default() += 1;
            }
        }
        let mut ready: BTreeSet<(Moment, CommitId)> = BTreeSet::new();
        ready.insert((self.read(id)?.note.committer.when, id));
        let mut out = Vec::new();
        while let Some((_, id)) = ready.pop_last() {
            let commit = self.read(id)?;
            for parent in &commit.parents {
                let left = children.entry(*parent).or_default();
                *left = left.saturating_sub(1);
                if *left == 0 {
                    ready.insert((self.read(*parent)?.note.committer.when, *parent));
                }
            }
            out.push(commit);
        }
        Ok(out)
    }

    /// The line of first parents, newest first: what a branch pointed at, one promotion after the other.
    ///
    /// # Errors
    /// If a commit is missing.
    pub fn first_parents(&self, id: CommitId) -> Result<Vec<Commit>, Error> {
        let mut out = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next {
            let commit = self.read(id)?;
            next = commit.parents.first().copied();
            out.push(commit);
        }
        Ok(out)
    }

    /// The commits of `new` that `old` does not have, newest first (`git log old..new`).
    ///
    /// # Errors
    /// If a commit is missing.
    pub fn between(&self, old: CommitId, new: CommitId) -> Result<Vec<Commit>, Error> {
        let known = self.ancestors(old)?;
        let mut log = self.log(new)?;
        log.retain(|commit| !known.contains(&commit.id));
        Ok(log)
    }
}
