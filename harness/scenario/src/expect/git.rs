//! What is expected of branches, and of notifications.

use crate::matcher::{NumberMatch, TextMatch};
use crate::record::record;
use crate::reference::{ObjectPattern, Revision};
use crate::scalar::{Entries, Many};

record! {
    /// What is expected of a branch, or of the commit at its head. Its short form is
    /// a revision that it must be at.
    pub struct GitCheck {
        /// The commit that it must be at.
        "at" at: Option<Revision>,
        /// The revision whose files are the same.
        "same-tree-as" same_tree_as: Option<Revision>,
        /// Paths that `same-tree-as` leaves out; `*` and `**` as in .gitignore.
        "except" except: Many<String>,
        /// Commits that are part of its history.
        "contains" contains: Many<Revision>,
        /// Commits that are not.
        "lacks" lacks: Many<Revision>,
        /// How many parents its commit has: 2 for a merge.
        "parents" parents: Option<NumberMatch>,
        /// Message of its commit.
        "message" message: Option<TextMatch>,
        /// Author of its commit, as `Name <address>`.
        "author" author: Option<TextMatch>,
        /// Exactly the paths that its commit changed; `*` and `**` as in .gitignore.
        "changed" changed: Option<Many<String>>,
        /// Files that are there, and their texts.
        "files" files: Entries<String, TextMatch>,
        /// Paths that are not there.
        "without" without: Many<String>,
        /// How many commits it gained since the step before.
        "commits" commits: Option<NumberMatch>,
        /// Whether its history was rewritten since the step before.
        "rewritten" rewritten: Option<bool>,
        /// Whether it is not there.
        "absent" absent: bool,
    }
    short Revision = |at| Self { at: Some(at), ..Self::default() };
}

record! {
    /// A notification that an Alert let through.
    pub struct NotificationCheck {
        /// The Provider that got it.
        "provider" provider: Option<ObjectPattern>,
        /// The object that it is about.
        "object" object: Option<ObjectPattern>,
        /// Its severity: `info` or `error`.
        "severity" severity: Option<String>,
        /// Its reason.
        "reason" reason: Option<TextMatch>,
        /// Its message.
        "message" message: Option<TextMatch>,
        /// How often it was sent; at least once without it.
        "count" count: Option<NumberMatch>,
    }
}
