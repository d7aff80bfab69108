//! The place that a case is played on, and the clock of its steps.

use std::collections::BTreeMap;
use std::time::Duration;

use clock::Moment;
use environment::Place;
use environment::behaviour::Rule;
use environment::fault::RemoteFault;
use environment::git::Words;
use environment::settings::Costs;
use environment::settings::{ClusterSettings, FluxSettings, RepositorySettings, Settings};
use objects::{Object, Value};

use crate::ConformError;
use crate::case::{Case, urls};

/// The one cluster of a case.
pub(crate) const CLUSTER: &str = "cluster";

/// The machine of the recordings was small and shared: work took up to two seconds there.
const RECORDED: Costs = Costs {
    list: Duration::from_millis(50),
    clone: Duration::from_millis(200),
    build: Duration::from_millis(900),
    apply: Duration::from_millis(150),
    release: Duration::from_millis(500),
};

/// One look at the world.
pub(crate) struct Observation {
    pub(crate) name: String,
    pub(crate) at: Moment,
    pub(crate) flux: Vec<Object>,
    pub(crate) others: Vec<Object>,
}

/// A case being played.
pub(crate) struct Play<'a> {
    pub(crate) case: &'a Case,
    pub(crate) place: Place,
    /// Ids of the commits made so far, in order, with repository and branch.
    pub(crate) commits: Vec<(String, String, String)>,
    /// When each acting step began, by its number.
    pub(crate) steps: Vec<(usize, Moment)>,
    pub(crate) observations: Vec<Observation>,
    pub(crate) requests: usize,
    /// How workloads behave, the last rule first to count.
    pub(crate) rules: Vec<Rule>,
    /// Faults in force, by host and path.
    pub(crate) faults: BTreeMap<(String, String), Vec<u64>>,
    /// Faults of charts, artifacts and buckets, likewise.
    pub(crate) outside_faults: BTreeMap<(String, String), u64>,
    /// How many commits and annotated tags each repository has.
    made: BTreeMap<String, u64>,
}

/// A repository's name in the place: its host and its name.
pub(crate) fn label(host: &str, name: &str) -> String {
    format!("{host}/{name}")
}

pub(crate) fn host_of(repository: &Value) -> &str {
    repository.str_at(&["host"]).unwrap_or("git.test")
}

impl<'a> Play<'a> {
    /// Opens the place with the repositories of a case and applies its setup.
    pub(crate) fn open(case: &'a Case) -> Result<Self, ConformError> {
        let cluster = ClusterSettings { name: CLUSTER.to_owned(), ..Default::default() };
        let settings = Settings {
            repositories: repositories(case),
            clusters: vec![cluster],
            ..Default::default()
        };
        let mut play = Self {
            case,
            place: Place::open(settings)?,
            commits: Vec::new(),
            steps: Vec::new(),
            observations: Vec::new(),
            requests: 0,
            rules: Vec::new(),
            faults: BTreeMap::new(),
            outside_faults: BTreeMap::new(),
            made: BTreeMap::new(),
        };
        play.break_undeclared()?;
        play.first_commits()?;
        play.declare_outside()?;
        let flux = FluxSettings {
            release: case.body.str_at(&["flux"]).unwrap_or_default().to_owned(),
            jitter_percent: Some(0),
            concurrent: Some(32),
            bare: true,
            costs: Some(RECORDED),
            ..Default::default()
        };
        play.place.cluster(CLUSTER)?.install_flux(&flux)?;
        play.pass(Duration::from_secs(2))?;
        play.first_workloads()?;
        for object in case.body.list_at(&["setup"]) {
            play.apply(object, "kubectl", false)?;
        }
        play.pass(Duration::from_secs(3))?;
        Ok(play)
    }

    /// Servers that exist answer for repositories that do not; other hosts do not exist.
    fn break_undeclared(&mut self) -> Result<(), ConformError> {
        for url in undeclared(self.case) {
            let served = url.starts_with("http://git.test/");
            let fault = if served {
                let message = Some("repository not found\n".to_owned());
                RemoteFault { answer: Some(404), message, ..Default::default() }
            } else {
                refused()
            };
            self.place.break_repository(&url, fault)?;
        }
        Ok(())
    }

    fn first_commits(&mut self) -> Result<(), ConformError> {
        for repository in self.case.body.list_at(&["repos"]) {
            let name = repository.str_at(&["name"]).unwrap_or_default();
            let label = label(host_of(repository), name);
            for branch in self.case.branches(repository)? {
                if let Some(from) = &branch.from {
                    self.place.branch(&label, &branch.name, from)?;
                }
                let words = self.words(&label, &branch.message);
                let id = self.place.push(&label, &branch.name, &branch.tree, &words)?;
                self.commits.push((id.clone(), name.to_owned(), branch.name.clone()));
                for tag in &branch.tags {
                    self.place.tag(&label, tag, &id, &Words::default())?;
                }
            }
        }
        Ok(())
    }

    /// Applies one object on the server's side.
    pub(crate) fn apply(
        &mut self,
        object: &Value,
        manager: &str,
        force: bool,
    ) -> Result<Object, ConformError> {
        let object = Object(self.with_commits(object));
        let target = client::Target::of(&object);
        let options = client::Options { manager: manager.to_owned(), force, ..Default::default() };
        let call = client::Call {
            body: Some(object.0.clone()),
            options,
            ..client::Call::new(client::Verb::Patch(client::Patch::Apply), target)
        };
        let stored = self.place.cluster(CLUSTER)?.call(&call)?;
        self.place.run_ready()?;
        Ok(Object(stored))
    }

    /// The value with `<commit:n>` replaced by ids.
    pub(crate) fn with_commits(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if text.contains("<commit:") => {
                let mut text = text.to_string();
                for (number, (id, ..)) in self.commits.iter().enumerate() {
                    text = text.replace(&format!("<commit:{}>", number + 1), id);
                }
                text.into()
            }
            Value::List(items) => items.iter().map(|item| self.with_commits(item)).collect(),
            Value::Map(map) => {
                let entries =
                    map.iter().map(|(key, value)| (key.clone(), self.with_commits(value)));
                entries.collect::<objects::Map>().into()
            }
            other => other.clone(),
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, time: Duration) -> Result<(), ConformError> {
        let end = self.place.now() + time;
        while self.advance(end)? {}
        Ok(())
    }

    /// Runs what can run, then moves to the next due moment, at most to an end; whether the end is still ahead.
    pub(crate) fn advance(&mut self, end: Moment) -> Result<bool, ConformError> {
        self.place.run_ready()?;
        let due = self.place.next_due().filter(|due| *due < end);
        self.place.advance_to(due.unwrap_or(end));
        if due.is_none() {
            self.place.run_ready()?;
        }
        Ok(due.is_some())
    }
}

impl Play<'_> {
    /// Message, author and date of the next commit of a repository, a minute after the last.
    pub(crate) fn words(&mut self, label: &str, message: &str) -> Words {
        let made = self.made.entry(label.to_owned()).or_default();
        *made += 1;
        let when = Moment::START + Duration::from_secs(60 * *made);
        Words { message: Some(message.to_owned()), author: author(), when: Some(when) }
    }
}

/// A server that refuses connections.
pub(crate) fn refused() -> RemoteFault {
    let message = Some("dial tcp <addr>: connect: connection refused".to_owned());
    RemoteFault { message, ..Default::default() }
}

fn author() -> Option<String> {
    Some("Case Author <author@example.com>".to_owned())
}

fn repositories(case: &Case) -> Vec<RepositorySettings> {
    let declared = case.body.list_at(&["repos"]).iter().map(|repository| {
        let host = host_of(repository);
        let name = repository.str_at(&["name"]).unwrap_or_default();
        let auth =
            |key: &str| Some((key.to_owned(), repository.str_at(&["auth", key])?.to_owned()));
        RepositorySettings {
            name: label(host, name),
            urls: vec![format!("http://{host}/{name}.git")],
            credentials: ["username", "password"].into_iter().filter_map(auth).collect(),
        }
    });
    let unknown = undeclared(case).into_iter().map(|url| RepositorySettings {
        name: url.clone(),
        urls: vec![url],
        credentials: Vec::new(),
    });
    declared.chain(unknown).collect()
}

/// URLs that the case mentions and no repository declares.
fn undeclared(case: &Case) -> Vec<String> {
    let mut found = BTreeMap::new();
    urls(&case.body, &mut found);
    for repository in case.body.list_at(&["repos"]) {
        let name = repository.str_at(&["name"]).unwrap_or_default();
        found.remove(&format!("http://{}/{name}.git", host_of(repository)));
    }
    found.into_keys().filter(|url| url.contains(".git")).collect()
}
