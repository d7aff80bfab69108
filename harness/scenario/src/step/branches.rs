//! What moves branches and tags.

use crate::record::{record, words};
use crate::reference::{BranchName, Revision};

record! {
    /// A merge. A conflict is an error that shows it.
    pub struct Merge {
        /// What is merged: a branch, tag or commit.
        "from" from: Revision,
        /// The branch that moves.
        "into" into: BranchName,
        /// How.
        "mode" mode: MergeMode,
        /// Message of the commit.
        "message" message: Option<String>,
        /// Author, as `Name <address>`.
        "author" author: Option<String>,
    }
}

words! {
    /// How a merge is made.
    pub enum MergeMode {
        /// Always with a merge commit (`git merge --no-ff`).
        "no-ff" NoFastForward,
        /// Without a merge commit where that is possible (`git merge --ff`).
        "ff" FastForward,
        /// Only where no merge commit is needed; else an error (`git merge --ff-only`).
        "ff-only" FastForwardOnly,
        /// As one ordinary commit (`git merge --squash`).
        "squash" Squash,
    }
    default NoFastForward
}

record! {
    /// A revert. Its short form is the commit.
    pub struct Revert {
        /// The commit that is taken back.
        "commit" commit: Revision,
        /// The branch; without it the one that the commit was made on.
        "branch" branch: Option<BranchName>,
        /// For merge commits: the parent that stays, 1 or 2; 1 without it.
        "mainline" mainline: Option<u64>,
        /// Message of the commit.
        "message" message: Option<String>,
    }
    short Revision = |commit| Self { commit, ..Self::default() };
}

record! {
    /// A cherry-pick.
    pub struct CherryPick {
        /// The commit that is copied.
        "commit" commit: Revision,
        /// The branch that gets it.
        "into" into: BranchName,
        /// Message, where it is not the commit's own.
        "message" message: Option<String>,
    }
}

record! {
    /// A rebase.
    pub struct Rebase {
        /// The branch that is rebuilt.
        "branch" branch: BranchName,
        /// What it is put on.
        "onto" onto: Revision,
        /// Whether merge commits are made anew (`--rebase-merges`); else they are lost.
        "rebase-merges" rebase_merges: bool,
    }
}

record! {
    /// A branch moved by force.
    pub struct Reset {
        /// The branch.
        "branch" branch: BranchName,
        /// Where it points afterwards.
        "to" to: Revision,
    }
}

record! {
    /// A tag.
    pub struct TagStep {
        /// Its name: `repository/name`, or `name` where there is one repository.
        "name" name: BranchName,
        /// What it points to; without it branch `main`.
        "at" at: Option<Revision>,
        /// Message, for an annotated tag.
        "message" message: Option<String>,
        /// Whether it may exist already and moves.
        "force" force: bool,
        /// Whether it is deleted.
        "delete" delete: bool,
    }
    short BranchName = |name| Self { name, ..Self::default() };
}

record! {
    /// A branch.
    pub struct BranchStep {
        /// Its name: `repository/name`, or `name` where there is one repository.
        "name" name: BranchName,
        /// What it points to; without it branch `main`.
        "at" at: Option<Revision>,
        /// Whether it is deleted.
        "delete" delete: bool,
    }
    short BranchName = |name| Self { name, ..Self::default() };
}
