//! Worlds, repositories and expectations from files, and verdicts as text.

#![allow(dead_code, reason = "each test binary uses a part of this module")]

use std::collections::BTreeMap;
use std::path::Path;

use assertion::{CommitView, Git, Landing, Observation, Override, StepKind};
use clock::Moment;
use events::{Failure, Verdict};
use objects::{Object, ObjectId, Value};
use scenario::expect::Expectation;
use scenario::step::Action;
use scenario::terms::BranchName;

/// Expectations of a scenario file, each with the line it stands on.
pub(crate) fn expectations(path: &Path) -> Vec<(String, Expectation)> {
    let text = std::fs::read_to_string(path).unwrap();
    let scenario = scenario::parse(path.file_name().unwrap().to_str().unwrap(), &text);
    let scenario = scenario.unwrap_or_else(|mistakes| {
        let shown: Vec<String> = mistakes.iter().map(scenario::Diagnostic::render).collect();
        panic!("{}", shown.join("\n"));
    });
    let of_step = |step: scenario::step::Step| {
        let line = text.lines().nth(step.place.line - 1).unwrap().trim().to_owned();
        match step.action {
            Action::Expect(expectation) => Some((line, expectation)),
            _ => None,
        }
    };
    scenario.steps.into_iter().filter_map(of_step).collect()
}

/// A world from the documents of a file.
pub(crate) fn world(path: &Path) -> Observation {
    let text = std::fs::read_to_string(path).unwrap();
    let documents = objects::load_yaml(&text, yaml::Schema::Core12).unwrap();
    let first = &documents[0];
    let names: Vec<&str> = first.list_at(&["clusters"]).iter().filter_map(Value::as_str).collect();
    let names = if names.is_empty() { vec![""] } else { names };
    let mut world = Observation::new(Moment::START, "default", &names);
    for document in &documents {
        happen(&mut world, document, names[0]);
    }
    world
}

fn happen(world: &mut Observation, document: &Value, first: &str) {
    if let Some(at) = document.str_at(&["at"]) {
        world.now = Moment::START + clock::parse_duration(at).unwrap();
    }
    if let Some(id) = document.str_at(&["step"]) {
        let kind = match document.str_at(&["kind"]) {
            Some("acts") => StepKind::Acts,
            Some("looks") => StepKind::Looks,
            _ => StepKind::Wants,
        };
        let heads = BTreeMap::from([((String::new(), "main".to_owned()), commit('1'))]);
        world.begin(Some(id), kind, heads);
    }
    let now = world.now;
    let cluster = document.str_at(&["cluster"]).unwrap_or(first).to_owned();
    let view = world.clusters.get_mut(&cluster).unwrap();
    for value in document.list_at(&["put"]) {
        let object = Object::from(value.clone());
        let before = view.objects.get(&object.id()).cloned();
        view.record(now, before, Some(object));
    }
    for name in document.list_at(&["delete"]) {
        let id = find(view.objects.keys(), name.as_str().unwrap());
        let before = view.objects.get(&id).cloned();
        view.record(now, before, None);
    }
    for note in document.list_at(&["notes"]) {
        let id = find(view.objects.keys(), note.str_at(&["object"]).unwrap());
        view.notes.insert(id, note.str_at(&["why"]).unwrap().to_owned());
    }
    let text = |value: &Value, key| value.str_at(&[key]).unwrap_or_default().to_owned();
    for set in document.list_at(&["overrides"]) {
        view.overrides
            .push(Override { variable: text(set, "variable"), image: text(set, "image") });
    }
    for landing in document.list_at(&["landings"]) {
        let object = find(view.objects.keys(), &text(landing, "object"));
        let (variable, container) = (text(landing, "variable"), text(landing, "container"));
        view.landings.push(Landing { variable, object, container, image: text(landing, "image") });
    }
    notify(world, document, &cluster);
}

fn notify(world: &mut Observation, document: &Value, cluster: &str) {
    let text = |value: &Value, key| value.str_at(&[key]).unwrap_or_default().to_owned();
    for sent in document.list_at(&["notifications"]) {
        let ids: Vec<&ObjectId> = world.clusters[cluster].objects.keys().collect();
        let object = find(ids.into_iter(), &text(sent, "object"));
        world.notifications.push(assertion::Notification {
            object,
            severity: text(sent, "severity"),
            message: text(sent, "message"),
            ..Default::default()
        });
    }
}

fn find<'a>(mut ids: impl Iterator<Item = &'a ObjectId>, name: &str) -> ObjectId {
    ids.find(|id| id.to_string() == name).unwrap_or_else(|| panic!("no {name}")).clone()
}

/// A commit id made of one digit.
pub(crate) fn commit(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// One repository: main at 3 (a merge of 2 and 4), test at 2, both grown from 1.
pub(crate) struct Repositories;

pub(crate) fn repositories() -> Repositories {
    Repositories
}

impl Git for Repositories {
    fn repository_of(&self, url: &str) -> Option<String> {
        (url == "https://git.example/fleet").then(String::new)
    }

    fn resolve(&self, revision: &str) -> Option<(String, String)> {
        let id = match revision {
            "main" => commit('3'),
            "test" | "bump" => commit('2'),
            "start" => commit('1'),
            "side" => commit('4'),
            id if id.len() == 40 => id.to_owned(),
            _ => return None,
        };
        Some((String::new(), id))
    }

    fn head(&self, _repository: &str, reference: &str) -> Option<String> {
        self.resolve(reference).map(|(_, id)| id)
    }

    fn commit(&self, _repository: &str, id: &str) -> Option<CommitView> {
        let parents = match id.chars().next()? {
            '1' => vec![],
            '2' | '4' => vec![commit('1')],
            '3' => vec![commit('2'), commit('4')],
            _ => return None,
        };
        Some(CommitView {
            parents,
            message: format!("change {}\n", &id[..1]),
            author: "Ann <ann@example.org>".to_owned(),
        })
    }

    fn files(&self, _repository: &str, id: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::from([("apps/app.yaml".to_owned(), b"image: app:1\n".to_vec())]);
        if id.starts_with(['2', '3']) {
            files.insert("apps/app.yaml".to_owned(), b"image: app:2\n".to_vec());
        }
        if id.starts_with(['3', '4']) {
            files.insert("docs/read.me".to_owned(), b"read\n".to_vec());
        }
        files
    }

    fn branch(&self, name: &BranchName) -> (String, String) {
        (String::new(), name.0.clone())
    }
}

/// A verdict as text.
pub(crate) fn shown(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Met => "met\n".to_owned(),
        Verdict::Unknown(reasons) => format!("unknown: {}\n", reasons.join("; ")),
        Verdict::NotMet(failures) => failures.iter().map(failure).collect(),
    }
}

fn failure(failure: &Failure) -> String {
    let mut out = String::new();
    let cluster =
        if failure.cluster.is_empty() { String::new() } else { format!("[{}] ", failure.cluster) };
    let object = failure.object.as_ref().map(|id| format!("{id} ")).unwrap_or_default();
    out.push_str(&format!("{cluster}{object}{}\n", failure.what));
    for field in &failure.fields {
        out.push_str(&format!(
            "  {}: expected {}, found {}\n",
            field.path, field.expected, field.found
        ));
    }
    for line in &failure.diff {
        out.push_str(&format!("  | {line}\n"));
    }
    for transition in &failure.transitions {
        let words = [&transition.state, &transition.reason, &transition.message];
        let words: Vec<&str> =
            words.iter().map(|word| word.as_str()).filter(|word| !word.is_empty()).collect();
        out.push_str(&format!("  {} {}\n", transition.at, words.join(" ")));
    }
    for cause in &failure.causes {
        let object = cause.object.as_ref().map(ToString::to_string).unwrap_or_default();
        let source = cause.source.as_ref();
        let source =
            source.map(|s| format!(" {}:{} at {} ({})", s.file, s.line, s.commit, s.message));
        out.push_str(&format!("  because {object} {}{}\n", cause.what, source.unwrap_or_default()));
    }
    out
}

/// The snapshots of a scenario text.
pub(crate) fn snapshots(text: &str) -> Vec<scenario::step::Snapshot> {
    let scenario = scenario::parse("snapshots.yaml", text).unwrap();
    let of_step = |step: scenario::step::Step| match step.action {
        Action::Snapshot(snapshot) => Some(snapshot),
        _ => None,
    };
    scenario.steps.into_iter().filter_map(of_step).collect()
}

/// The case folders, sorted.
pub(crate) fn cases() -> Vec<std::path::PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases");
    let mut all: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|one| one.unwrap().path()).collect();
    all.sort();
    assert!(all.len() > 3, "the case folders are gone");
    all
}
