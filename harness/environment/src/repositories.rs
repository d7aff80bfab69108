//! The repositories of a place, and how the controllers of a cluster reach them.
//!
//! One rule: a URL that nothing declares is never contacted. Start at [`Repositories`].

mod fault;
mod fetch;
mod outside;

use std::path::Path;

use gitserver::Repository;
use tree::Tree;

pub use fault::RemoteFault;
pub(crate) use fetch::Fetcher;
pub(crate) use outside::{Outside, looks_at};

use crate::api::Embedded;
use crate::{PlaceError, RepositorySettings};

/// One repository with what is declared of it.
pub(crate) struct Declared {
    pub(crate) name: String,
    urls: Vec<String>,
    credentials: Vec<(String, String)>,
    pub(crate) git: Repository,
    faults: Vec<(u64, RemoteFault)>,
}

/// All repositories of a place.
pub(crate) struct Repositories {
    list: Vec<Declared>,
    remotes: Vec<(String, Tree)>,
    /// The APIs of the place's clusters, which may know each other.
    pub(crate) clusters: Vec<(String, Embedded)>,
    next_fault: u64,
    pub(crate) outside: Outside,
}

impl Repositories {
    pub(crate) fn new(
        settings: &[RepositorySettings],
        remotes: Vec<(String, Tree)>,
        folder: &Path,
    ) -> Result<Self, PlaceError> {
        let mut all = Self {
            list: Vec::new(),
            remotes,
            clusters: Vec::new(),
            next_fault: 0,
            outside: Outside::default(),
        };
        for (number, one) in settings.iter().enumerate() {
            all.add(one, &folder.join(format!("{number}.git")))?;
        }
        Ok(all)
    }

    fn add(&mut self, one: &RepositorySettings, folder: &Path) -> Result<(), PlaceError> {
        let twice = |kind, name: &str| PlaceError::Twice { kind, name: name.to_owned() };
        if self.list.iter().any(|known| known.name == one.name) {
            return Err(twice("repository", &one.name));
        }
        let urls: Vec<String> = one.urls.iter().map(|url| plain(url)).collect();
        if let Some(url) = urls.iter().find(|url| self.list.iter().any(|r| r.urls.contains(url))) {
            return Err(twice("url", url));
        }
        let git = Repository::create(folder)
            .map_err(|cause| PlaceError::Git { repository: one.name.clone(), cause })?;
        self.list.push(Declared {
            name: one.name.clone(),
            urls,
            credentials: one.credentials.clone(),
            git,
            faults: Vec::new(),
        });
        Ok(())
    }

    /// A repository by its name.
    pub(crate) fn named(&mut self, name: &str) -> Result<&mut Declared, PlaceError> {
        let found = self.list.iter_mut().find(|known| known.name == name);
        found.ok_or_else(|| PlaceError::NoSuch { kind: "repository", name: name.to_owned() })
    }

    /// The repository behind a URL: the one that declares it, else the one that answers to any.
    pub(crate) fn behind(&self, url: &str) -> Option<usize> {
        let url = plain(url);
        let exact = self.list.iter().position(|known| known.urls.contains(&url));
        exact.or_else(|| self.list.iter().position(|known| known.urls.is_empty()))
    }

    /// The name of the repository behind a URL.
    pub(crate) fn name_behind(&self, url: &str) -> Option<String> {
        self.behind(url).and_then(|at| self.list.get(at)).map(|known| known.name.clone())
    }

    /// Whether a URL leads to a repository that has a name or URL.
    pub(crate) fn reaches(&self, url: &str, name: &str) -> bool {
        let by_name = self.list.iter().position(|known| known.name == name);
        self.behind(url).is_some_and(|at| by_name.or_else(|| self.behind(name)) == Some(at))
    }

    /// What a source would find now that it does not hold; `None` where nothing is new.
    pub(crate) fn outlook(&self, source: &objects::Object) -> Option<String> {
        let at = self.behind(source.str_at(&["spec", "url"])?)?;
        let refs = self.list.get(at)?.git.refs().ok()?.into_iter();
        let commits = refs.map(|one| (one.name, one.commit.to_string())).collect();
        reconciler::outlook(source, &reconciler::fetch::Refs { commits })
    }

    /// Breaks a repository, by name or URL; gives the number that heals it.
    pub(crate) fn break_one(&mut self, name: &str, fault: RemoteFault) -> Result<u64, PlaceError> {
        let by_name = self.list.iter().position(|known| known.name == name);
        let at = by_name.or_else(|| self.behind(name));
        let known = at.and_then(|at| self.list.get_mut(at));
        let known = known
            .ok_or_else(|| PlaceError::NoSuch { kind: "repository", name: name.to_owned() })?;
        let id = self.next_fault;
        self.next_fault += 1;
        known.faults.push((id, fault));
        Ok(id)
    }

    /// Ends a fault; the name of the repository that had it.
    pub(crate) fn heal(&mut self, id: u64) -> Option<String> {
        let has = |known: &&mut Declared| known.faults.iter().any(|(number, _)| *number == id);
        let known = self.list.iter_mut().find(has)?;
        known.faults.retain(|(number, _)| *number != id);
        Some(known.name.clone())
    }
}

/// A URL without what hosts treat as equal: `.git`, a slash at the end, letter case of the host.
fn plain(url: &str) -> String {
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url);
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            format!("{}://{}/{path}", scheme.to_lowercase(), host.to_lowercase())
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn urls_that_a_host_treats_as_equal_are_equal() {
        let same = plain("https://GitHub.com/a/B");
        for url in
            ["https://github.com/a/B.git", "https://github.com/a/B/", "HTTPS://github.com/a/B"]
        {
            assert_eq!(plain(url), same, "{url}");
        }
        assert_ne!(plain("https://github.com/a/b"), same);
        assert_ne!(plain("ssh://github.com/a/B"), same);
    }
}
