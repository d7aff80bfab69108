//! Repositories: where their content comes from, and their branches and tags.

use yaml::{Node, NodeKind};

use crate::read::{Read, Reader};
use crate::record::record;
use crate::scalar::{Entries, Many};
use crate::shape::Shape;

record! {
    /// A git repository of the world. Its short form is the folder it comes from,
    /// which becomes branch `main`.
    pub struct Repository {
        /// The URL that manifests carry. Several are possible (a repository that was
        /// renamed). Without one it answers to every URL that a `GitRepository` of
        /// the world names and that nothing else declares.
        "url" url: Many<String>,
        /// A folder, a git bundle, or a git repository, relative to the scenario file.
        "from" from: Option<String>,
        /// The revision to take from a git repository or bundle: a branch, tag or commit.
        "at" at: Option<String>,
        /// Files by path, written here; they lie over `from`.
        "files" files: Entries<String, Content>,
        /// Paths that are left out of what `from` gives; `*` and `**` as in .gitignore.
        "without" without: Many<String>,
        /// Its branches. A list makes each at the same commit; a map gives each its
        /// own content. Without it: `main` for a folder, every branch for a bundle
        /// or a repository.
        "branches" branches: Refs,
        /// Its tags, likewise.
        "tags" tags: Refs,
        /// What clients must present: the data of a Secret (`username`, `password`,
        /// `bearerToken`, `identity`). Without it anyone may read.
        "credentials" credentials: Entries<String, String>,
    }
    short String = |from| Self { from: Some(from), ..Self::default() };
}

record! {
    /// Where the content of a branch or tag comes from. Its short form is a revision
    /// of the repository that `from` names.
    pub struct Branch {
        /// A branch, tag or commit of the repository that `from` names.
        "at" at: Option<String>,
        /// Another folder, bundle or repository.
        "from" from: Option<String>,
        /// Files by path that lie over it.
        "files" files: Entries<String, Content>,
        /// Commits one after the other, oldest first, for a branch with a history.
        "commits" commits: Vec<Branch>,
        /// Message of the commit.
        "message" message: Option<String>,
    }
    short String = |at| Self { at: Some(at), ..Self::default() };
}

record! {
    /// The content of a file. Its short form is the text itself.
    pub struct Content {
        /// The text.
        "text" text: Option<String>,
        /// A file to copy, relative to the scenario file.
        "from" from: Option<String>,
        /// Whether the file may be executed.
        "executable" executable: bool,
        /// Where a symbolic link points.
        "link" link: Option<String>,
    }
    short String = |text| Self { text: Some(text), ..Self::default() };
}

/// Branches or tags: a list of names, or a map from names to content.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Refs(pub Entries<String, Branch>);

impl std::ops::Deref for Refs {
    type Target = [(String, Branch)];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Read for Refs {
    fn shape() -> Shape {
        Shape::OneOf(vec![Vec::<String>::shape(), Entries::<String, Branch>::shape()])
    }

    fn read(node: &Node, reader: &mut Reader<'_>) -> Option<Self> {
        if matches!(node.kind, NodeKind::Mapping(_)) {
            return Entries::read(node, reader).map(Self);
        }
        let names = Many::<String>::read(node, reader)?.0;
        let plain = |name| (name, Branch { place: reader.place(node), ..Branch::default() });
        Some(Self(Entries(names.into_iter().map(plain).collect())))
    }

    fn absent() -> Option<Self> {
        Some(Self::default())
    }
}
