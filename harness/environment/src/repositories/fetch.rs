//! The repositories as the controllers of one cluster see them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use clock::Clock;
use reconciler::fetch::{
    BucketCall, BucketObject, Commit, Credentials, Refs, RegistryCall, Remote,
};
use reconciler::{Fetch, FetchError, Fetching};
use tree::Tree;

use super::outside::wait;
use super::{Declared, RemoteFault, Repositories};

/// What one cluster may reach.
pub(crate) struct Fetcher {
    shared: Rc<RefCell<Repositories>>,
    clock: Clock,
}

impl Fetcher {
    pub(crate) fn new(shared: Rc<RefCell<Repositories>>, clock: Clock) -> Self {
        Self { shared, clock }
    }

    /// Takes the fault that spoils this look, if one does.
    fn strike(&self, url: &str) -> Result<(usize, Option<RemoteFault>), FetchError> {
        let mut all = self.shared.borrow_mut();
        let at = all.behind(url);
        let at = at.ok_or_else(|| FetchError::NotDeclared { url: url.to_owned() })?;
        let known = &mut all.list[at];
        let Some((id, fault)) = known.faults.first_mut() else { return Ok((at, None)) };
        let (id, struck) = (*id, fault.clone());
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                known.faults.retain(|(number, _)| *number != id);
            }
        }
        Ok((at, Some(struck)))
    }

    /// Waits and fails as the faults and the credentials of a repository say.
    async fn reach(&self, remote: &Remote) -> Result<usize, FetchError> {
        let (at, fault) = self.strike(&remote.url)?;
        if let Some(fault) = fault {
            self.clock.sleep(fault.delay.unwrap_or(Duration::ZERO)).await;
            if let Some(status) = fault.answer {
                return Err(FetchError::Refused { status, body: fault.body() });
            }
            if fault.delay.is_none() {
                let words = fault.message.unwrap_or_else(|| unreachable(&remote.url));
                return Err(FetchError::Unreachable(words));
            }
        }
        let all = self.shared.borrow();
        if !admits(&all.list[at], &remote.credentials) {
            let body = "Unauthorized".to_owned();
            return Err(FetchError::Refused { status: 401, body });
        }
        Ok(at)
    }
}

/// As Go's dialer words it.
pub(super) fn unreachable(url: &str) -> String {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let port = match url.split_once("://") {
        Some(("ssh", _)) => 22,
        Some(("http", _)) => 80,
        _ => 443,
    };
    let host = if host.contains(':') { host.to_owned() } else { format!("{host}:{port}") };
    format!("dial tcp {host}: connect: connection refused")
}

fn admits(known: &Declared, credentials: &Credentials) -> bool {
    let wants = |key: &str| {
        known.credentials.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    };
    if known.credentials.is_empty() {
        return true;
    }
    match credentials {
        Credentials::None => false,
        Credentials::Basic { username, password } => {
            wants("username").is_none_or(|name| name == username)
                && wants("password") == Some(password)
        }
        Credentials::Bearer(token) => wants("bearerToken") == Some(token),
        Credentials::Ssh { identity } => wants("identity") == Some(identity),
    }
}

impl Fetch for Fetcher {
    fn list_refs<'a>(&'a self, remote: &'a Remote) -> Fetching<'a, Refs> {
        Box::pin(async move {
            let at = self.reach(remote).await?;
            let all = self.shared.borrow();
            let refs = all.list[at].git.refs().map_err(|cause| broken(&cause))?;
            let commits = refs.into_iter().map(|one| (one.name, one.commit.to_string()));
            Ok(Refs { commits: commits.collect() })
        })
    }

    fn fetch<'a>(&'a self, remote: &'a Remote, commit: &'a str) -> Fetching<'a, Commit> {
        Box::pin(async move {
            let at = self.reach(remote).await?;
            let all = self.shared.borrow();
            let git = &all.list[at].git;
            let id = git.resolve(commit).map_err(|_| FetchError::CommitNotFound)?;
            let read = git.read(id).map_err(|cause| broken(&cause))?;
            let tree = git.tree_of(id).map_err(|cause| broken(&cause))?;
            Ok(Commit {
                id: id.to_string(),
                message: read.note.message,
                when: read.note.committer.when,
                tree: Rc::new(tree),
            })
        })
    }

    fn download<'a>(&'a self, remote: &'a Remote) -> Fetching<'a, Rc<[u8]>> {
        Box::pin(async move {
            let fault = self.shared.borrow_mut().outside.registry.strike(&remote.url, false);
            wait(&self.clock, fault.as_ref()).await;
            self.shared.borrow_mut().outside.get(remote, fault)
        })
    }

    fn ask<'a>(&'a self, call: &'a RegistryCall) -> Fetching<'a, Rc<[u8]>> {
        Box::pin(async move {
            let fault = self.shared.borrow_mut().outside.strike(call);
            wait(&self.clock, fault.as_ref()).await;
            self.shared.borrow_mut().outside.ask(call, fault)
        })
    }

    fn bucket<'a>(&'a self, call: &'a BucketCall) -> Fetching<'a, Option<Vec<BucketObject>>> {
        Box::pin(async move {
            let address = format!("{}/{}/", call.endpoint, call.bucket);
            let fault = self.shared.borrow_mut().outside.registry.strike(&address, false);
            wait(&self.clock, fault.as_ref()).await;
            self.shared.borrow_mut().outside.bucket(call, fault)
        })
    }

    fn base(&self, url: &str) -> Option<Tree> {
        let all = self.shared.borrow();
        all.remotes.iter().find(|(known, _)| known == url).map(|(_, tree)| tree.clone())
    }

    fn cluster(&self, server: &str) -> Option<Rc<dyn client::Api>> {
        let all = self.shared.borrow();
        let name = crate::kubectl::cluster_of(server);
        let (_, api) = all.clusters.iter().find(|(known, _)| known == name)?;
        Some(Rc::new(api.clone()))
    }
}

fn broken(cause: &gitserver::Error) -> FetchError {
    FetchError::Unreachable(cause.to_string())
}
