//! The world of one case while it runs, and the marks that steps leave in it.
//!
//! One rule: names of the scenario are looked up here and nowhere else.
//! Start at [`World`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clock::Moment;
use environment::behaviour::{Listed, Matcher, Rule};
use environment::{Cluster, Place};
use scenario::Scenario;
use scenario::terms::{BranchName, Revision};

use crate::plan::Case;
use crate::refusal::Refusal;

/// The name of the one repository and of the one cluster.
pub(crate) const ONE_REPOSITORY: &str = "repository";
/// See [`ONE_REPOSITORY`].
pub(crate) const ONE_CLUSTER: &str = "cluster";

/// A commit that a step made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) repository: String,
    pub(crate) branch: String,
    pub(crate) commit: String,
}

/// Something broken, and what heals it.
#[derive(Debug, Clone)]
pub(crate) enum Broken {
    Repository(u64),
    Api(String, environment::fault::FaultId),
    /// Cluster, and number of its rule.
    Image(String, u64),
    /// Where charts or artifacts are served, and the number of the fault.
    Served(String, u64),
}

/// The rules by which the workloads of one cluster behave, each with a number of its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rules {
    next: u64,
    rules: Vec<(u64, Rule)>,
}

impl Rules {
    pub(crate) fn put(&mut self, rule: Rule) -> u64 {
        self.next += 1;
        self.rules.push((self.next, rule));
        self.next
    }

    pub(crate) fn add(&mut self, rules: impl Iterator<Item = Rule>) {
        rules.for_each(|rule| {
            self.put(rule);
        });
    }

    pub(crate) fn take(&mut self, number: u64) {
        self.rules.retain(|(known, _)| *known != number);
    }

    /// Forgets the rules for the same objects.
    pub(crate) fn forget(&mut self, matchers: &[Matcher]) {
        self.rules.retain(|(_, rule)| !matchers.contains(&rule.matcher));
    }

    pub(crate) fn all(&self) -> Vec<Rule> {
        self.rules.iter().map(|(_, rule)| rule.clone()).collect()
    }
}

pub(crate) struct World<'a> {
    pub(crate) case: &'a Case,
    /// The folder of the scenario file.
    pub(crate) base: PathBuf,
    pub(crate) place: Place,
    pub(crate) repositories: Vec<String>,
    pub(crate) clusters: Vec<String>,
    /// Which clusters have begun.
    pub(crate) begun: Vec<String>,
    /// The commits that steps made, by their ids.
    pub(crate) commits: BTreeMap<String, Made>,
    pub(crate) rules: BTreeMap<String, Rules>,
    /// Image repositories that have no other tags than these.
    pub(crate) listed: Vec<Listed>,
    pub(crate) broken: BTreeMap<String, Vec<Broken>>,
    /// Faults that end by themselves.
    pub(crate) ends: Vec<(Moment, Vec<Broken>)>,
}

impl World<'_> {
    pub(crate) fn scenario(&self) -> &Scenario {
        &self.case.scenario
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.base.join(Path::new(relative))
    }

    pub(crate) fn default_namespace(&self) -> String {
        self.scenario().namespace.clone().unwrap_or_else(|| "default".to_owned())
    }

    /// The cluster a step names, or the one there is.
    pub(crate) fn cluster_name(&self, name: Option<&String>) -> Result<String, Refusal> {
        match (name, self.clusters.as_slice()) {
            (Some(name), all) if all.contains(name) => Ok(name.clone()),
            (Some(name), all) => Err(unknown("cluster", name, all)),
            (None, [one]) => Ok(one.clone()),
            (None, all) => Err(Refusal::new(format!("name the cluster: {}", all.join(", ")))),
        }
    }

    /// The clusters a step may mean: the one it names, or all.
    pub(crate) fn clusters_of(&self, name: Option<&String>) -> Result<Vec<String>, Refusal> {
        match name {
            Some(_) => self.cluster_name(name).map(|one| vec![one]),
            None => Ok(self.clusters.clone()),
        }
    }

    pub(crate) fn cluster(&mut self, name: Option<&String>) -> Result<&mut Cluster, Refusal> {
        let name = self.cluster_name(name)?;
        Ok(self.place.cluster(&name)?)
    }

    /// The repository a name means, or the one there is.
    pub(crate) fn repository_name(&self, name: Option<&str>) -> Result<String, Refusal> {
        match (name, self.repositories.as_slice()) {
            (Some(name), all) if all.iter().any(|one| one == name) => Ok(name.to_owned()),
            (Some(name), all) => Err(unknown("repository", name, all)),
            (None, [one]) => Ok(one.clone()),
            (None, []) => Err(Refusal::new("the scenario declares no repository")),
            (None, all) => Err(Refusal::new(format!(
                "name the repository, as in {}/main: {}",
                all[0],
                all.join(", ")
            ))),
        }
    }

    /// Repository and branch; `main` of the one repository without a name.
    pub(crate) fn branch(&self, name: Option<&BranchName>) -> Result<(String, String), Refusal> {
        let Some(name) = name else { return Ok((self.repository_name(None)?, "main".to_owned())) };
        let (repository, branch) = name.split(|known| self.repositories.iter().any(|r| r == known));
        Ok((self.repository_name(repository)?, branch.to_owned()))
    }

    /// Repository and commit of a revision: a step's commit, a branch, a tag, an id.
    pub(crate) fn revision(&self, revision: &Revision) -> Result<(String, String), Refusal> {
        let text = revision.0.as_str();
        let (name, back) = text.find(['~', '^']).map_or((text, ""), |at| text.split_at(at));
        if let Some(made) = self.commits.get(name) {
            let resolved =
                self.place.resolve(&made.repository, &format!("{}{back}", made.commit))?;
            return Ok((made.repository.clone(), resolved));
        }
        let (repository, rest) = match text.split_once('/') {
            Some((repository, rest)) if self.repositories.iter().any(|r| r == repository) => {
                (repository.to_owned(), rest)
            }
            _ => (self.repository_name(None)?, text),
        };
        let commit = self.place.resolve(&repository, rest)?;
        Ok((repository, commit))
    }

    /// The commit of every branch, by repository and branch.
    pub(crate) fn heads(&self) -> BTreeMap<(String, String), String> {
        let mut heads = BTreeMap::new();
        for repository in &self.repositories {
            for branch in self.place.branches(repository).unwrap_or_default() {
                if let Some(head) = self.place.head(repository, &branch) {
                    heads.insert((repository.clone(), branch), head);
                }
            }
        }
        heads
    }

    /// What a step that was left out stands for: the head of the first branch.
    pub(crate) fn any_commit(&self) -> Option<Made> {
        let ((repository, branch), commit) = self.heads().into_iter().next()?;
        Some(Made { repository, branch, commit })
    }

    /// How a cluster is called in reports: not at all where there is one.
    pub(crate) fn shown<'n>(&self, cluster: &'n str) -> &'n str {
        if self.clusters.len() == 1 { "" } else { cluster }
    }
}

fn unknown(kind: &str, name: &str, all: &[String]) -> Refusal {
    let known = if all.is_empty() { "none".to_owned() } else { all.join(", ") };
    Refusal::new(format!("no {kind} is named {name:?}: there is {known}"))
}
