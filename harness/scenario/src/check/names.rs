//! Names that must be declared: clusters, repositories, ids of steps, bindings,
//! environment variables.

use std::collections::BTreeSet;

use crate::Place;
use crate::expect::Expectation;
use crate::header::Scenario;
use crate::reference::BranchName;
use crate::sources::Mistake;
use crate::step::{Action, Step};

use super::{suggestion, walk};

pub(super) fn check(scenario: &Scenario, found: &mut Vec<Mistake>) {
    let names = Names::of(scenario);
    names.header(scenario, found);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for step in &scenario.steps {
        names.step(step, found);
        before(step, &seen, &names, found);
        if let Some(id) = &step.id
            && !seen.insert(id)
        {
            found.push((step.place.clone(), format!("the id `{id}` stands twice"), None));
        }
    }
    if let Some(last) = &scenario.expect {
        names.expectation(last, found);
        since(last, &seen, &names, found);
    }
}

/// What a scenario declares.
pub(super) struct Names<'a> {
    clusters: Vec<&'a str>,
    repositories: Vec<&'a str>,
    pub(super) ids: Vec<&'a str>,
}

impl<'a> Names<'a> {
    pub(super) fn of(scenario: &'a Scenario) -> Self {
        Self {
            clusters: scenario.clusters.iter().map(|(name, _)| name.as_str()).collect(),
            repositories: scenario.repositories.iter().map(|(name, _)| name.as_str()).collect(),
            ids: scenario.steps.iter().filter_map(|step| step.id.as_deref()).collect(),
        }
    }

    fn header(&self, scenario: &Scenario, found: &mut Vec<Mistake>) {
        let one = scenario.cluster.iter().map(|cluster| (&cluster.place, cluster));
        let many = scenario.clusters.iter().map(|(_, cluster)| (&cluster.place, cluster));
        for (place, cluster) in one.chain(many) {
            let bootstrap = cluster.bootstrap.iter().map(|one| one.repository.as_ref());
            let sync = cluster.sync.iter().filter(|one| one.artifact.is_none());
            let sync = sync.map(|one| one.repository.as_ref());
            let apply = cluster.apply.iter().map(|one| one.repository.as_ref());
            for repository in bootstrap.chain(sync).chain(apply) {
                self.repository(repository.map(String::as_str), place, found);
            }
        }
        rows(scenario, found);
    }

    fn cluster(&self, name: Option<&str>, place: &Place, found: &mut Vec<Mistake>) {
        match name {
            Some(name) if self.clusters.contains(&name) => {}
            Some(name) => {
                let help = if self.clusters.is_empty() {
                    "the scenario has one cluster: leave `cluster` out".to_owned()
                } else {
                    suggestion(name, &self.clusters, "the clusters are")
                };
                found.push((place.clone(), format!("no cluster is called `{name}`"), Some(help)));
            }
            None if self.clusters.len() > 1 => {
                let help = suggestion("", &self.clusters, "the clusters are");
                found.push((
                    place.clone(),
                    "which cluster is meant?".to_owned(),
                    Some(format!("add `cluster`; {help}")),
                ));
            }
            None => {}
        }
    }

    fn repository(&self, name: Option<&str>, place: &Place, found: &mut Vec<Mistake>) {
        match name {
            Some(name) if self.repositories.contains(&name) => {}
            Some(name) => {
                let help = if self.repositories.is_empty() {
                    "the scenario has one repository: leave its name out".to_owned()
                } else {
                    suggestion(name, &self.repositories, "the repositories are")
                };
                found.push((
                    place.clone(),
                    format!("no repository is called `{name}`"),
                    Some(help),
                ));
            }
            None if self.repositories.len() > 1 => {
                let help = suggestion("", &self.repositories, "the repositories are");
                let message = "which repository is meant?".to_owned();
                found.push((place.clone(), message, Some(format!("add `repository`; {help}"))));
            }
            None => {}
        }
    }

    /// With several repositories a branch begins with the name of one.
    fn branch(&self, branch: Option<&BranchName>, place: &Place, found: &mut Vec<Mistake>) {
        if self.repositories.len() < 2 {
            return;
        }
        let Some(branch) = branch else { return self.repository(None, place, found) };
        if branch.split(|name| self.repositories.contains(&name)).0.is_none() {
            let first = branch.0.split('/').next().unwrap_or_default();
            let help = suggestion(first, &self.repositories, "the repositories are");
            let message = format!("the branch `{branch}` does not begin with a repository");
            found.push((place.clone(), message, Some(help)));
        }
    }

    fn step(&self, step: &Step, found: &mut Vec<Mistake>) {
        if let Some((cluster, place)) = cluster_of(&step.action) {
            self.cluster(cluster, place, found);
        }
        for (branch, place) in branches_of(&step.action) {
            self.branch(branch, place, found);
        }
        if let Action::Snapshot(snapshot) = &step.action {
            for name in snapshot.clusters.iter() {
                self.cluster(Some(name), &snapshot.place, found);
            }
        }
        if let Some(expectation) = walk::expectation_of(step) {
            self.expectation(expectation, found);
        }
    }

    fn expectation(&self, expectation: &Expectation, found: &mut Vec<Mistake>) {
        for one in walk::nested(expectation) {
            for (name, inner) in one.clusters.iter() {
                self.cluster(Some(name), &inner.place, found);
            }
            if let Some(same) = &one.same_as
                && let Some(name) = &same.cluster
            {
                self.cluster(Some(name), &same.place, found);
            }
            for (branch, git) in one.git.iter() {
                self.branch(Some(branch), &git.place, found);
            }
            for (_, branch) in one.revisions.iter() {
                self.branch(Some(branch), &one.place, found);
            }
        }
        for check in walk::object_checks(expectation) {
            if check.at.is_some() {
                self.branch(check.at.as_ref(), &check.place, found);
            }
        }
    }
}

/// The cluster that an action names, for actions that are about one.
fn cluster_of(action: &Action) -> Option<(Option<&str>, &Place)> {
    let (cluster, place) = match action {
        Action::Apply(one) => (&one.cluster, &one.place),
        Action::Patch(one) => (&one.cluster, &one.place),
        Action::Delete(one) => (&one.cluster, &one.place),
        Action::Reconcile(one) => (&one.cluster, &one.place),
        Action::Suspend(one) | Action::Resume(one) => (&one.cluster, &one.place),
        Action::Probe(one) => (&one.cluster, &one.place),
        Action::Webhook(one) => (&one.cluster, &one.place),
        Action::Bootstrap(one) => (&one.cluster, &one.place),
        Action::Uninstall(one) => (&one.cluster, &one.place),
        Action::Controllers(one) => (&one.cluster, &one.place),
        Action::Fault(one) if one.cluster.is_some() => (&one.cluster, &one.place),
        Action::Fault(one) if one.api.is_some() || one.node.is_some() => (&one.cluster, &one.place),
        _ => return None,
    };
    Some((cluster.as_deref(), place))
}

/// The branches that an action names.
fn branches_of(action: &Action) -> Vec<(Option<&BranchName>, &Place)> {
    match action {
        Action::Push(one) => vec![(one.branch.as_ref(), &one.place)],
        Action::Merge(one) => vec![(Some(&one.into), &one.place)],
        Action::Revert(one) if one.branch.is_some() => vec![(one.branch.as_ref(), &one.place)],
        Action::CherryPick(one) => vec![(Some(&one.into), &one.place)],
        Action::Rebase(one) => vec![(Some(&one.branch), &one.place)],
        Action::Reset(one) => vec![(Some(&one.branch), &one.place)],
        Action::Tag(one) => vec![(Some(&one.name), &one.place)],
        Action::Branch(one) => vec![(Some(&one.name), &one.place)],
        _ => Vec::new(),
    }
}

/// Ids of steps that must have come before this one.
fn before(step: &Step, seen: &BTreeSet<&str>, names: &Names<'_>, found: &mut Vec<Mistake>) {
    if let Action::Heal(ids) = &step.action {
        for id in ids.iter() {
            earlier(id, &step.place, seen, names, found);
        }
    }
    if let Some(expectation) = walk::expectation_of(step) {
        since(expectation, seen, names, found);
    }
}

fn since(
    expectation: &Expectation,
    seen: &BTreeSet<&str>,
    names: &Names<'_>,
    found: &mut Vec<Mistake>,
) {
    for one in walk::nested(expectation) {
        if let Some(id) = &one.since {
            earlier(id, &one.place, seen, names, found);
        }
        if let Some(same) = &one.same_as {
            for id in same.before.iter().chain(&same.after) {
                earlier(id, &same.place, seen, names, found);
            }
        }
    }
}

fn earlier(
    id: &str,
    place: &Place,
    seen: &BTreeSet<&str>,
    names: &Names<'_>,
    found: &mut Vec<Mistake>,
) {
    if seen.contains(id) {
        return;
    }
    let (message, help) = if names.ids.contains(&id) {
        (format!("the step `{id}` comes later"), "refer to a step that came before".to_owned())
    } else {
        (format!("no step has the id `{id}`"), suggestion(id, &names.ids, "the ids are"))
    };
    found.push((place.clone(), message, Some(help)));
}

/// Rows of the matrix: their names, and the variables and bindings that they set.
fn rows(scenario: &Scenario, found: &mut Vec<Mistake>) {
    let images: Vec<&str> = scenario.images.iter().map(|(name, _)| name.as_str()).collect();
    let bindings: Vec<&str> = scenario.bindings.iter().map(|(name, _)| name.as_str()).collect();
    let mut seen = BTreeSet::new();
    for row in &scenario.matrix {
        if !seen.insert(row.name.as_str()) {
            found.push((row.place.clone(), format!("two rows are called `{}`", row.name), None));
        }
        for (name, _) in row.set.iter().filter(|(name, _)| !images.contains(&name.as_str())) {
            let help = suggestion(name, &images, "`images` declares");
            found.push((row.place.clone(), format!("`images` declares no `{name}`"), Some(help)));
        }
        for (name, _) in row.with.iter().filter(|(name, _)| !bindings.contains(&name.as_str())) {
            let help = suggestion(name, &bindings, "`bindings` declares");
            found.push((row.place.clone(), format!("`bindings` declares no `{name}`"), Some(help)));
        }
    }
}
