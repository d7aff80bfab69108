//! What judging must know of repositories, and expectations about branches.
//!
//! The runner answers [`Git`] from the real repositories.

use std::collections::BTreeMap;

use events::{Failure, FieldError, Verdict};
use scenario::expect::GitCheck;
use scenario::terms::BranchName;

use crate::observation::Observation;
use crate::text;

/// A commit, as far as expectations look at it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitView {
    /// Full ids of its parents.
    pub parents: Vec<String>,
    /// Its message.
    pub message: String,
    /// Its author, as `Name <address>`.
    pub author: String,
}

/// The repositories of a scenario.
pub trait Git {
    /// Name of the repository that a URL of a manifest means.
    fn repository_of(&self, url: &str) -> Option<String>;

    /// Repository and full commit id that a text means: a step's id, a branch or tag
    /// (with its repository, or without where there is one), or a commit id.
    fn resolve(&self, revision: &str) -> Option<(String, String)>;

    /// Full commit id of a branch or tag of a repository.
    fn head(&self, repository: &str, reference: &str) -> Option<String>;

    /// A commit.
    fn commit(&self, repository: &str, id: &str) -> Option<CommitView>;

    /// The files of a commit by path.
    fn files(&self, repository: &str, id: &str) -> BTreeMap<String, Vec<u8>>;

    /// Repository and branch that a name means.
    fn branch(&self, name: &BranchName) -> (String, String);
}

/// Judges what is expected of one branch.
pub(crate) fn judge(
    name: &BranchName,
    check: &GitCheck,
    world: &Observation,
    git: &dyn Git,
    since: usize,
) -> Verdict {
    let (repository, branch) = git.branch(name);
    let head = git.head(&repository, &branch);
    let mut branch = Branch { repository, branch, git, errors: Vec::new() };
    match head {
        None if check.absent => return Verdict::Met,
        None => return not_met(name, "does not exist", Vec::new()),
        Some(head) if check.absent => {
            branch.wrong("", "absent", &head);
        }
        Some(head) => branch.judge(check, &head, world, since),
    }
    if branch.errors.is_empty() {
        return Verdict::Met;
    }
    branch.errors.sort();
    not_met(name, "is not as expected", branch.errors)
}

fn not_met(name: &BranchName, what: &str, fields: Vec<FieldError>) -> Verdict {
    let what = format!("branch {name} {what}");
    Verdict::NotMet(vec![Failure { fields, ..Failure::new(what) }])
}

struct Branch<'a> {
    repository: String,
    branch: String,
    git: &'a dyn Git,
    errors: Vec<FieldError>,
}

impl Branch<'_> {
    fn wrong(&mut self, path: &str, expected: impl Into<String>, found: impl Into<String>) {
        let (expected, found) = (expected.into(), found.into());
        self.errors.push(FieldError { path: path.to_owned(), expected, found });
    }

    fn resolve(&mut self, path: &str, revision: &str) -> Option<(String, String)> {
        let found = self.git.resolve(revision);
        if found.is_none() {
            self.wrong(path, revision, "no such revision");
        }
        found
    }

    fn judge(&mut self, check: &GitCheck, head: &str, world: &Observation, since: usize) {
        if let Some(at) = &check.at
            && let Some((_, wanted)) = self.resolve("at", &at.0)
            && wanted != head
        {
            self.wrong("at", format!("{at} ({})", short(&wanted)), short(head));
        }
        self.commit(check, head);
        self.history(check, head);
        self.tree(check, head);
        self.growth(check, head, world, since);
    }

    fn commit(&mut self, check: &GitCheck, head: &str) {
        let commit = self.git.commit(&self.repository, head).unwrap_or_default();
        let parents = commit.parents.len() as u64;
        if check.parents.as_ref().is_some_and(|wanted| !wanted.holds(parents)) {
            self.wrong("parents", text::number(check.parents.as_ref()), parents.to_string());
        }
        let texts = [
            ("message", &check.message, &commit.message),
            ("author", &check.author, &commit.author),
        ];
        for (path, wanted, found) in texts {
            if let Some(wanted) = wanted
                && !text::holds(wanted, found.trim_end())
            {
                self.wrong(path, text::words(wanted), found.trim_end());
            }
        }
        if let Some(wanted) = &check.changed {
            let found = self.changed(head, commit.parents.first().map(String::as_str));
            self.exact_paths("changed", wanted, &found);
        }
    }

    /// Paths that differ between a commit and its first parent.
    fn changed(&self, head: &str, parent: Option<&str>) -> Vec<String> {
        let now = self.git.files(&self.repository, head);
        let then = parent.map(|id| self.git.files(&self.repository, id)).unwrap_or_default();
        let gone = then.keys().filter(|path| !now.contains_key(*path)).cloned();
        let new = now.iter().filter(|(path, text)| then.get(*path) != Some(text));
        let mut paths: Vec<String> = new.map(|(path, _)| path.clone()).chain(gone).collect();
        paths.sort();
        paths
    }

    fn exact_paths(&mut self, path: &str, wanted: &[String], found: &[String]) {
        for pattern in wanted {
            if !found.iter().any(|file| path_glob(pattern, file)) {
                self.wrong(path, pattern.as_str(), "not among them");
            }
        }
        for file in found {
            if !wanted.iter().any(|pattern| path_glob(pattern, file)) {
                self.wrong(path, "not among them", file.as_str());
            }
        }
    }

    fn history(&mut self, check: &GitCheck, head: &str) {
        for wanted in check.contains.iter() {
            if let Some((_, id)) = self.resolve("contains", &wanted.0)
                && !self.is_ancestor(&id, head)
            {
                self.wrong("contains", wanted.0.as_str(), "not in its history");
            }
        }
        for refused in check.lacks.iter() {
            if let Some((_, id)) = self.resolve("lacks", &refused.0)
                && self.is_ancestor(&id, head)
            {
                self.wrong("lacks", refused.0.as_str(), "in its history");
            }
        }
    }

    fn is_ancestor(&self, ancestor: &str, head: &str) -> bool {
        self.ancestors(head).contains(ancestor)
    }

    fn ancestors(&self, head: &str) -> std::collections::BTreeSet<String> {
        let mut seen = std::collections::BTreeSet::new();
        let mut open = vec![head.to_owned()];
        while let Some(id) = open.pop() {
            if let Some(commit) = self.git.commit(&self.repository, &id)
                && seen.insert(id)
            {
                open.extend(commit.parents);
            }
        }
        seen
    }

    fn tree(&mut self, check: &GitCheck, head: &str) {
        let here = self.git.files(&self.repository, head);
        if let Some(other) = &check.same_tree_as
            && let Some((repository, id)) = self.resolve("same-tree-as", &other.0)
        {
            let there = self.git.files(&repository, &id);
            for path in here.keys().chain(there.keys().filter(|path| !here.contains_key(*path))) {
                let excepted = check.except.iter().any(|pattern| path_glob(pattern, path));
                if !excepted && here.get(path) != there.get(path) {
                    self.wrong(path, format!("as in {other}"), difference(&here, &there, path));
                }
            }
        }
        for (path, wanted) in check.files.iter() {
            let found = here.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            match found {
                Some(found) if text::holds(wanted, &found) => {}
                Some(_) => self.wrong(path, text::words(wanted), "another text"),
                None => self.wrong(path, text::words(wanted), "absent"),
            }
        }
        for pattern in check.without.iter() {
            for path in here.keys().filter(|path| path_glob(pattern, path)) {
                self.wrong("without", pattern.as_str(), path.as_str());
            }
        }
    }

    fn growth(&mut self, check: &GitCheck, head: &str, world: &Observation, since: usize) {
        let before = world.head_before(since, &self.repository, &self.branch).map(str::to_owned);
        let old = before.as_deref().map(|id| self.ancestors(id)).unwrap_or_default();
        let new = self.ancestors(head);
        let gained = new.difference(&old).count() as u64;
        if check.commits.as_ref().is_some_and(|wanted| !wanted.holds(gained)) {
            self.wrong("commits", text::number(check.commits.as_ref()), gained.to_string());
        }
        let rewritten = before.is_some_and(|id| !new.contains(&id));
        if check.rewritten.is_some_and(|wanted| wanted != rewritten) {
            self.wrong("rewritten", (!rewritten).to_string(), rewritten.to_string());
        }
    }
}

fn difference(
    here: &BTreeMap<String, Vec<u8>>,
    there: &BTreeMap<String, Vec<u8>>,
    path: &str,
) -> &'static str {
    match (here.contains_key(path), there.contains_key(path)) {
        (true, true) => "another text",
        (true, false) => "there it is absent",
        _ => "absent",
    }
}

fn short(id: &str) -> String {
    id.chars().take(10).collect()
}

/// Whether a path matches: `**` for any folders, `*` within a name; a folder means
/// everything in it.
pub(crate) fn path_glob(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.trim_matches('/').split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    parts_match(&pattern, &path)
}

fn parts_match(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], _) => true,
        (["**", rest @ ..], _) => (0..=path.len()).any(|skip| parts_match(rest, &path[skip..])),
        ([first, rest @ ..], [name, below @ ..]) => {
            scenario::terms::glob(first, name) && parts_match(rest, below)
        }
        (_, []) => false,
    }
}
