//! From a reference to a commit, as Flux's git client goes about it.
//!
//! Rules and words from fluxcd/pkg: git/gogit and go-git's transports.

use std::time::Duration;

use clock::parse_duration;
use flux::{GitRepository, reason};
use objects::Object;

use super::reconcile::Run;
use crate::source::Failure;
use crate::{Commit, FetchError, Refs, Remote};

/// What `spec.ref` asks for, by precedence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    Commit { id: String, branch: Option<String> },
    Name(String),
    Tag(String),
    Semver(String),
    Branch(String),
}

impl Wanted {
    pub(super) fn of(repo: &GitRepository) -> Self {
        let field = |name| repo.reference(name).map(str::to_owned);
        if let Some(id) = field("commit") {
            return Self::Commit { id, branch: field("branch") };
        }
        if let Some(name) = field("name") {
            return Self::Name(name);
        }
        if let Some(tag) = field("tag") {
            return Self::Tag(tag);
        }
        if let Some(range) = field("semver") {
            return Self::Semver(range);
        }
        Self::Branch(field("branch").unwrap_or_else(|| "master".to_owned()))
    }

    /// The full ref and the pointer shown in revisions; `None` where a clone must tell.
    fn single_ref(&self) -> Option<(String, &str)> {
        match self {
            Self::Branch(branch) => Some((format!("refs/heads/{branch}"), branch)),
            Self::Tag(tag) => Some((format!("refs/tags/{tag}"), tag)),
            Self::Name(name) => Some((name.clone(), name)),
            Self::Commit { .. } | Self::Semver(_) => None,
        }
    }
}

/// The revision a listing leads to.
pub(super) fn listed_revision(wanted: &Wanted, refs: &Refs) -> Option<String> {
    let (full, pointer) = wanted.single_ref()?;
    Some(format!("{pointer}@sha1:{}", refs.commits.get(&full)?))
}

/// Whether a source would find another commit than the one it holds: what it would find,
/// as a text that differs where that differs; `None` where nothing is new.
pub(crate) fn outlook(source: &Object, refs: &Refs) -> Option<String> {
    let repo = GitRepository(source.clone());
    let held = repo.artifact()?.revision;
    let wanted = Wanted::of(&repo);
    let found: Vec<&str> = match &wanted {
        Wanted::Commit { .. } => return None,
        Wanted::Semver(range) => highest(range, refs),
        _ => {
            let (full, _) = wanted.single_ref()?;
            refs.commits.get(&full).map(String::as_str).into_iter().collect()
        }
    };
    (!found.iter().any(|id| held.ends_with(id))).then(|| found.join(" "))
}

/// The commits of the tags with the highest version in a range.
fn highest<'a>(range: &str, refs: &'a Refs) -> Vec<&'a str> {
    let Ok(range) = crate::semver_range::Range::parse(range) else { return Vec::new() };
    let tags = refs.commits.iter().filter_map(|(name, id)| {
        let version = crate::semver_range::parse_version(name.strip_prefix("refs/tags/")?)?;
        range.allows(&version).then_some((version, id.as_str()))
    });
    let mut tags: Vec<_> = tags.collect();
    tags.sort_by(|a, b| b.0.cmp_precedence(&a.0));
    let Some(best) = tags.first().map(|(version, _)| version.clone()) else { return Vec::new() };
    let of_best = tags.into_iter().take_while(|(version, _)| version.cmp_precedence(&best).is_eq());
    of_best.map(|(_, id)| id).collect()
}

impl Run {
    fn timeout(&self) -> Duration {
        parse_duration(self.repo.timeout()).unwrap_or(Duration::from_secs(60))
    }

    /// Lists the refs; `verb` is what Flux says it could not do.
    pub(super) async fn list(&self, remote: &Remote, verb: &str) -> Result<Refs, Failure> {
        self.world.work(self.world.settings.costs.list).await;
        let listing = self.world.within(self.timeout(), self.world.fetch.list_refs(remote)).await;
        let url = &remote.url;
        match listing {
            Some(Ok(refs)) => Ok(refs),
            Some(Err(problem)) => {
                self.note_undeclared(&problem);
                Err(checkout_failed(format!("unable to {verb} '{url}': {}", words(&problem, url))))
            }
            None => {
                let problem = format!(
                    "unable to {verb} '{url}': Get \"{url}/info/refs?service=git-upload-pack\": \
                     context deadline exceeded"
                );
                Err(checkout_failed(problem))
            }
        }
    }

    fn note_undeclared(&self, problem: &FetchError) {
        if let FetchError::NotDeclared { url } = problem {
            let why =
                format!("the repository {url} is not declared: Flux sees an unreachable host");
            self.world.note(self.repo.0.id(), why);
        }
    }

    /// Clones what is wanted: the revision and the commit.
    pub(super) async fn clone_commit(
        &self,
        remote: &Remote,
        wanted: &Wanted,
    ) -> Result<(String, Commit), Failure> {
        let refs = self.list(remote, "clone").await?;
        if refs.commits.is_empty() {
            return Err(Failure::fetch("EmptyGitRepository", "git repository is empty"));
        }
        let (pointer, id) = self.resolve(remote, wanted, &refs).await?;
        let commit = self.fetch_commit(remote, &id).await?;
        let revision =
            if pointer.is_empty() { format!("sha1:{id}") } else { format!("{pointer}@sha1:{id}") };
        Ok((revision, commit))
    }

    async fn resolve(
        &self,
        remote: &Remote,
        wanted: &Wanted,
        refs: &Refs,
    ) -> Result<(String, String), Failure> {
        let url = &remote.url;
        match wanted {
            Wanted::Commit { id, branch } => {
                if let Some(branch) = branch {
                    let full = format!("refs/heads/{branch}");
                    refs.commits.get(&full).ok_or_else(|| no_ref(url, &full))?;
                }
                Ok((branch.clone().unwrap_or_default(), id.clone()))
            }
            Wanted::Name(name) if name.starts_with('/') || name.ends_with('/') => {
                let problem =
                    format!("ref {name} is invalid; Git refs cannot begin or end with a slash '/'");
                Err(checkout_failed(problem))
            }
            Wanted::Name(name) => {
                let found = refs.commits.get(name).cloned();
                let missing = || {
                    checkout_failed(format!("unable to resolve ref '{name}' to a specific commit"))
                };
                Ok((name.clone(), found.ok_or_else(missing)?))
            }
            Wanted::Branch(pointer) | Wanted::Tag(pointer) => {
                let (full, _) = wanted.single_ref().unwrap_or_default();
                let found = refs.commits.get(&full).cloned();
                Ok((pointer.clone(), found.ok_or_else(|| no_ref(url, &full))?))
            }
            Wanted::Semver(range) => self.resolve_semver(remote, range, refs).await,
        }
    }

    async fn resolve_semver(
        &self,
        remote: &Remote,
        range: &str,
        refs: &Refs,
    ) -> Result<(String, String), Failure> {
        let constraint = crate::semver_range::Range::parse(range)
            .map_err(|problem| checkout_failed(format!("semver parse error: {problem}")))?;
        let tags = refs.commits.iter().filter_map(|(name, id)| {
            let tag = name.strip_prefix("refs/tags/")?;
            let version = crate::semver_range::parse_version(tag)?;
            constraint.allows(&version).then(|| (version, tag.to_owned(), id.clone()))
        });
        let mut best: Vec<_> = tags.collect();
        best.sort_by(|a, b| a.0.cmp_precedence(&b.0));
        let Some(highest) = best.last().map(|(version, ..)| version.clone()) else {
            return Err(checkout_failed(format!("no match found for semver: {range}")));
        };
        let mut newest: Option<(clock::Moment, String, String)> = None;
        for (_, tag, id) in best.into_iter().filter(|(v, ..)| v.cmp_precedence(&highest).is_eq()) {
            let when = self.fetch_commit(remote, &id).await?.when;
            if newest.as_ref().is_none_or(|(known, ..)| when > *known) {
                newest = Some((when, tag, id));
            }
        }
        let (_, tag, id) = newest.unwrap_or_default();
        Ok((tag, id))
    }

    async fn fetch_commit(&self, remote: &Remote, id: &str) -> Result<Commit, Failure> {
        let url = &remote.url;
        let fetching = self.world.within(self.timeout(), self.world.fetch.fetch(remote, id)).await;
        match fetching {
            Some(Ok(commit)) => Ok(commit),
            Some(Err(FetchError::CommitNotFound)) => Err(checkout_failed(format!(
                "unable to resolve commit object for '{id}': object not found"
            ))),
            Some(Err(problem)) => {
                Err(checkout_failed(format!("unable to clone '{url}': {}", words(&problem, url))))
            }
            None => {
                Err(checkout_failed(format!("unable to clone '{url}': context deadline exceeded")))
            }
        }
    }
}

fn no_ref(url: &str, full: &str) -> Failure {
    checkout_failed(format!("unable to clone '{url}': couldn't find remote ref {full:?}"))
}

fn checkout_failed(problem: String) -> Failure {
    let message = format!("failed to checkout and determine revision: {problem}");
    Failure::fetch(reason::GIT_OPERATION_FAILED, message)
}

/// A failure in go-git's words.
fn words(problem: &FetchError, url: &str) -> String {
    let request = format!("{url}/info/refs?service=git-upload-pack");
    match problem {
        FetchError::Unreachable(cause) if is_ssh(url) => cause.clone(),
        FetchError::Unreachable(cause) => format!("Get {request:?}: {cause}"),
        FetchError::NotDeclared { .. } => {
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            let host = rest.split(['/', ':']).next().unwrap_or_default();
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            let cause = format!("dial tcp: lookup {host} on 10.96.0.10:53: no such host");
            if is_ssh(url) { cause } else { format!("Get {request:?}: {cause}") }
        }
        FetchError::Refused { status: 401, body } => format!("authentication required: {body}"),
        FetchError::Refused { status: 403, body } => format!("authorization failed: {body}"),
        FetchError::Refused { status: 404, body } => format!("repository not found: {body}"),
        FetchError::Refused { status, body } => {
            let reason = if body.is_empty() { String::new() } else { format!(": reason: {body}") };
            format!(
                "unexpected client error: unexpected requesting {request:?} status code: {status}{reason}"
            )
        }
        FetchError::CommitNotFound | FetchError::CutOff => problem.to_string(),
    }
}

fn is_ssh(url: &str) -> bool {
    url.starts_with("ssh://")
}
