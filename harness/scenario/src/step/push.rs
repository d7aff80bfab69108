//! A push: edits, files, patches and removals that become one commit.

use objects::Value;

use crate::record::record;
use crate::reference::{BranchName, ObjectPattern};
use crate::scalar::{Entries, Many};
use crate::world::Content;

record! {
    /// A commit on a branch. Its parts are done in this order: `tree`, `remove`,
    /// `files`, `edit`, `patch`.
    pub struct Push {
        /// The branch; without it `main` of the one repository.
        "branch" branch: Option<BranchName>,
        /// Message of the commit; made up from the step without it.
        "message" message: Option<String>,
        /// Author, as `Name <address>`.
        "author" author: Option<String>,
        /// Edits of files by YAML path, image or text; comments and order are kept.
        "edit" edit: Many<Edit>,
        /// Whole files by path.
        "files" files: Entries<String, Content>,
        /// Paths to remove; `*` and `**` as in .gitignore.
        "remove" remove: Many<String>,
        /// A unified diff, as text.
        "patch" patch: Option<String>,
        /// A folder, relative to the scenario file, that replaces the whole content.
        "tree" tree: Option<String>,
        /// Whether it replaces the last commit instead of following it (a forced push).
        "amend" amend: bool,
    }
}

record! {
    /// Edits of the files that a path names.
    pub struct Edit {
        /// The file; `*` within a name, `**` for any folders.
        "file" file: String,
        /// In files of several documents: only this one.
        "object" object: Option<ObjectPattern>,
        /// Values by YAML path: `spec.chart.spec.version`, `spec.rules[0].host`,
        /// `containers[name=app].image`, `data["a.b"]`.
        "set" set: Entries<String, Value>,
        /// YAML paths to remove.
        "remove" remove: Many<String>,
        /// Items to append to lists, by YAML path.
        "append" append: Entries<String, Value>,
        /// Images by name of their container, or by repository; also in `images:` of a
        /// kustomization.
        "image" image: Entries<String, String>,
        /// Text to replace.
        "replace" replace: Many<Replacement>,
    }
}

record! {
    /// A text and what replaces it, everywhere in the file.
    pub struct Replacement {
        /// The text.
        "text" text: String,
        /// What replaces it.
        "with" with: String,
    }
}
