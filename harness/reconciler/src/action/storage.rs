//! Where releases are kept: Secrets of Helm's own type.
//!
//! Rules from helm/helm: pkg/storage and pkg/storage/driver/secrets. Everything written is
//! remembered, in order: what an action did is what it wrote (helm-controller: storage/observer).

use std::cell::{Cell, RefCell};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{Options, Target, Verb};
use clock::Clock;
use objects::{Gvk, Map, Object, Value};

use super::record::{decode, encode};
use super::release::Release;
use super::{MANAGER, Problem};
use crate::caller::Client;

/// The records of one namespace.
pub(crate) struct Storage {
    client: Client,
    clock: Clock,
    namespace: String,
    /// How many revisions may stay; zero for no limit.
    pub(crate) max_history: Cell<i64>,
    written: RefCell<Vec<Release>>,
}

impl Storage {
    pub(crate) fn new(client: Client, clock: Clock, namespace: String) -> Self {
        let written = RefCell::default();
        Self { client, clock, namespace, max_history: Cell::new(0), written }
    }

    /// Everything written so far, in order.
    pub(crate) fn take_written(&self) -> Vec<Release> {
        self.written.take()
    }

    /// All revisions, oldest first.
    ///
    /// # Errors
    /// [`Problem::NotFound`] if there is none.
    pub(crate) async fn history(&self, name: &str) -> Result<Vec<Release>, Problem> {
        self.query(&format!("name={name},owner=helm")).await
    }

    async fn query(&self, selector: &str) -> Result<Vec<Release>, Problem> {
        let options = Options { label_selector: Some(selector.to_owned()), ..Options::default() };
        let list = self.client.list(&secrets(), &self.namespace, options).await;
        let list = list.map_err(|status| {
            Problem::Failed(format!("query: failed to query with labels: {status}"))
        })?;
        if list.is_empty() {
            return Err(not_found());
        }
        let mut releases: Vec<Release> = list.iter().filter_map(release_of).collect();
        releases.sort_by_key(|release| release.version);
        Ok(releases)
    }

    /// The newest revision.
    ///
    /// # Errors
    /// [`Problem::NotFound`] if there is none.
    pub(crate) async fn last(&self, name: &str) -> Result<Release, Problem> {
        let newest = self.history(name).await?.pop();
        newest.ok_or_else(|| Problem::Failed(format!("no revision for release {name:?}")))
    }

    /// All revisions that are deployed, oldest first; none is no problem.
    pub(crate) async fn deployed_all(&self, name: &str) -> Result<Vec<Release>, Problem> {
        match self.query(&format!("name={name},owner=helm,status=deployed")).await {
            Err(Problem::NotFound(_)) => Ok(Vec::new()),
            other => other,
        }
    }

    /// One revision.
    ///
    /// # Errors
    /// [`Problem::NotFound`] if it is not there.
    pub(crate) async fn get(&self, name: &str, version: i64) -> Result<Release, Problem> {
        let found = self.client.get(self.target(name, version)).await;
        let secret = found.map_err(|status| match status.is_not_found() {
            true => not_found(),
            false => {
                Problem::Failed(format!("get: failed to get {:?}: {status}", key(name, version)))
            }
        })?;
        let failed =
            || Problem::Failed(format!("get: failed to decode data {:?}", key(name, version)));
        release_of(&secret).ok_or_else(failed)
    }

    /// Makes a record; old ones go first if there are too many.
    ///
    /// # Errors
    /// If the API refuses it.
    pub(crate) async fn create(&self, release: &Release) -> Result<(), Problem> {
        if self.max_history.get() > 0 {
            self.prune(&release.name, self.max_history.get() - 1).await?;
        }
        let secret = self.secret(release, "createdAt")?;
        let target = Target { name: None, ..self.target(&release.name, release.version) };
        let created = self.client.call(Verb::Create, target, Some(secret.0), options()).await;
        created.map_err(|status| match status.already_exists() {
            true => Problem::Failed("release: already exists".to_owned()),
            false => Problem::Failed(format!("create: failed to create: {status}")),
        })?;
        self.written.borrow_mut().push(release.clone());
        Ok(())
    }

    /// Replaces a record.
    ///
    /// # Errors
    /// If the API refuses it.
    pub(crate) async fn update(&self, release: &Release) -> Result<(), Problem> {
        let secret = self.secret(release, "modifiedAt")?;
        let target = self.target(&release.name, release.version);
        let updated = self.client.call(Verb::Update, target, Some(secret.0), options()).await;
        updated.map_err(|status| Problem::Failed(format!("update: failed to update: {status}")))?;
        self.written.borrow_mut().push(release.clone());
        Ok(())
    }

    /// Removes a record.
    ///
    /// # Errors
    /// [`Problem::NotFound`] if it is not there.
    pub(crate) async fn delete(&self, name: &str, version: i64) -> Result<(), Problem> {
        let release = self.get(name, version).await?;
        let target = self.target(name, version);
        let deleted = self.client.call(Verb::Delete, target, None, Options::default()).await;
        deleted.map_err(|status| Problem::Failed(status.to_string()))?;
        self.written.borrow_mut().push(release);
        Ok(())
    }

    /// Removes the oldest until so many are left, never the newest deployed one.
    async fn prune(&self, name: &str, left: i64) -> Result<(), Problem> {
        let history = match self.history(name).await {
            Err(Problem::NotFound(_)) => return Ok(()),
            other => other?,
        };
        let left = usize::try_from(left).unwrap_or(0);
        let deployed = self.deployed_all(name).await?.pop().map(|release| release.version);
        let mut surplus = history.len().saturating_sub(left);
        for release in history.iter().filter(|release| Some(release.version) != deployed) {
            if surplus == 0 {
                break;
            }
            self.delete(name, release.version).await?;
            surplus -= 1;
        }
        Ok(())
    }

    fn target(&self, name: &str, version: i64) -> Target {
        Target::new(secrets(), &self.namespace, &key(name, version))
    }

    fn secret(&self, release: &Release, stamp: &str) -> Result<Object, Problem> {
        let text = encode(release).map_err(|problem| {
            Problem::Failed(format!("failed to encode release {:?}: {problem}", release.name))
        })?;
        let mut labels: Map = release
            .labels
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str().into()))
            .collect();
        labels.insert(stamp, self.clock.now().unix_seconds().to_string());
        labels.insert("name", release.name.as_str());
        labels.insert("owner", "helm");
        labels.insert("status", release.info.status.as_str());
        labels.insert("version", release.version.to_string());
        let metadata = Value::from([
            ("name", Value::from(key(&release.name, release.version))),
            ("namespace", self.namespace.as_str().into()),
            ("labels", labels.into()),
        ]);
        let data = Value::from([("release", STANDARD.encode(text))]);
        Ok(Object(Value::from([
            ("apiVersion", Value::from("v1")),
            ("kind", "Secret".into()),
            ("metadata", metadata),
            ("type", "helm.sh/release.v1".into()),
            ("data", data),
        ])))
    }
}

fn options() -> Options {
    Options { manager: MANAGER.to_owned(), ..Options::default() }
}

fn secrets() -> Gvk {
    Gvk::new("", "v1", "Secret")
}

fn key(name: &str, version: i64) -> String {
    format!("sh.helm.release.v1.{name}.v{version}")
}

fn not_found() -> Problem {
    Problem::NotFound("release: not found".to_owned())
}

/// The release in a Secret; `None` where it cannot be read.
fn release_of(secret: &Object) -> Option<Release> {
    let bytes = STANDARD.decode(secret.str_at(&["data", "release"])?).ok()?;
    let mut release = decode(std::str::from_utf8(&bytes).ok()?).ok()?;
    let labels = secret.at(&["metadata", "labels"]).and_then(Value::as_map);
    let pairs = labels.into_iter().flat_map(Map::iter);
    release.labels = pairs
        .filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned())))
        .collect();
    Some(release)
}
