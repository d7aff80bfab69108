//! What a scenario names outside its file must be there, before anything runs.
//!
//! One rule: a missing folder is a mistake of the file, with its place. Start at [`missing`].

use std::path::Path;

use scenario::step::{Action, Publish, Push, Step};
use scenario::world::{Repository, Setup};
use scenario::{Diagnostic, Place, Scenario};

use crate::load::Mistake;

/// A mistake for every path that a scenario names and that does not exist.
pub(crate) fn missing(file: &Path, scenario: &Scenario) -> Vec<Mistake> {
    let mut search = Search { base: file.parent().unwrap_or(Path::new("")), found: Vec::new() };
    let several = scenario.repositories.iter().map(|(_, one)| one);
    scenario.repository.iter().chain(several).for_each(|one| search.repository(one));
    let setups = scenario.clusters.iter().map(|(_, one)| one).chain(&scenario.cluster);
    setups
        .filter_map(|one| one.setup.as_ref())
        .chain(&scenario.setup)
        .for_each(|one| search.setup(one));
    for (_, charts) in scenario.charts.iter() {
        charts.iter().for_each(|one| search.path("the chart", &one.from, &one.place));
    }
    for (_, artifacts) in scenario.artifacts.iter() {
        artifacts.iter().for_each(|one| search.path("the artifact", &one.from, &one.place));
    }
    scenario.steps.iter().for_each(|step| search.step(step));
    search.found
}

struct Search<'a> {
    base: &'a Path,
    found: Vec<Mistake>,
}

impl Search<'_> {
    fn path(&mut self, what: &str, path: &str, place: &Place) {
        if self.base.join(path).exists() {
            return;
        }
        let help = match what {
            "the chart" | "the artifact" => {
                "paths are relative to the scenario file; `fluxrig vendor` fetches what is missing"
            }
            _ => "paths are relative to the scenario file",
        };
        let text = std::fs::read_to_string(&*place.file).unwrap_or_default();
        let excerpt = text.lines().nth(place.line.saturating_sub(1)).unwrap_or_default();
        self.found.push(Mistake::At(Diagnostic {
            place: place.clone(),
            length: 1,
            excerpt: excerpt.to_owned(),
            message: format!("{what} {path} does not exist"),
            help: Some(help.to_owned()),
        }));
    }

    fn repository(&mut self, one: &Repository) {
        if let Some(from) = &one.from {
            self.path("the repository", from, &one.place);
        }
        for (_, branch) in one.branches.iter() {
            if let Some(from) = &branch.from {
                self.path("the branch's content", from, &branch.place);
            }
        }
    }

    fn setup(&mut self, one: &Setup) {
        for path in one.crds.iter().chain(one.files.iter()) {
            self.path("the manifest", path, &one.place);
        }
    }

    fn step(&mut self, step: &Step) {
        match &step.action {
            Action::Push(Push { tree: Some(tree), .. }) => {
                self.path("the folder", tree, &step.place)
            }
            Action::Publish(Publish { chart, artifact, .. }) => {
                for from in chart.iter().chain(artifact) {
                    self.path("what is published", from, &step.place);
                }
            }
            Action::Apply(apply) => {
                apply.files.iter().for_each(|path| self.path("the manifest", path, &step.place));
            }
            _ => {}
        }
    }
}
