//! From a file to the scenarios that can be run: the files of steps that it uses are
//! put in, and each row of its matrix gives one.
//!
//! The file system stays outside: the caller hands in a function that reads a file.
//! Start at [`load`].

use std::collections::BTreeMap;

use crate::counterproof::Change;
use crate::header::Scenario;
use crate::parse::{self, sorted};
use crate::prepare::{self, Bindings};
use crate::read::{Read, Reader};
use crate::sources::{Mistake, Sources};
use crate::step::{Action, Step, StepsFile, Use};
use crate::{Diagnostic, Place, check};

/// Deepest nesting of `use`.
const DEEPEST: usize = 16;

/// Most steps that a scenario may have once all files are put in.
const MOST_STEPS: usize = 10_000;

/// Reads a scenario file and every file of steps that it uses, and gives one scenario
/// for each row of its matrix (one alone where it has none). The row that a scenario
/// is for is the only one that it keeps.
///
/// `read` gives the text of a file, or why it cannot be read; it is asked for `path`
/// and for paths beside it. `with` holds other texts for bindings, which win over
/// the file's and the matrix's.
///
/// # Errors
/// Every mistake of the files, in their order; a circle of files that use each other.
pub fn load(
    path: &str,
    read: &dyn Fn(&str) -> Result<String, String>,
    with: &BTreeMap<String, String>,
) -> Result<Vec<Scenario>, Vec<Diagnostic>> {
    let text = read(path).map_err(|problem| vec![unreadable(path, &problem)])?;
    let whole = parse::parse(path, &text)?;
    let mut rows: Vec<Option<usize>> = (0..whole.matrix.len()).map(Some).collect();
    if rows.is_empty() {
        rows.push(None);
    }
    let one = |row: Option<usize>| {
        let mut bindings = Bindings::new();
        if let Some(row) = row.and_then(|row| whole.matrix.get(row)) {
            bindings.extend(row.with.iter().cloned());
        }
        bindings.extend(with.iter().map(|(name, text)| (name.clone(), text.clone())));
        let mut scenario = parse::read(path, &text, &bindings)?;
        keep_row(&mut scenario, row);
        Loader::new(path, &text, read).finish(scenario)
    };
    rows.into_iter().map(one).collect()
}

fn unreadable(path: &str, problem: &str) -> Diagnostic {
    let place = Place { file: path.into(), ..Place::default() };
    let message = format!("cannot be read: {problem}");
    Diagnostic { place, length: 1, excerpt: String::new(), message, help: None }
}

/// Applies one row of the matrix to the header.
fn keep_row(scenario: &mut Scenario, row: Option<usize>) {
    let rows = std::mem::take(&mut scenario.matrix);
    let Some(row) = row.and_then(|row| rows.into_iter().nth(row)) else { return };
    scenario.kubernetes = row.kubernetes.clone().or(scenario.kubernetes.take());
    scenario.flux = row.flux.clone().or(scenario.flux.take());
    scenario.labels.extend(row.labels.iter().cloned());
    scenario.matrix = vec![row];
}

struct Loader<'a> {
    read: &'a dyn Fn(&str) -> Result<String, String>,
    sources: Sources,
    mistakes: Vec<Diagnostic>,
    open: Vec<String>,
    steps: usize,
}

impl<'a> Loader<'a> {
    fn new(path: &str, text: &str, read: &'a dyn Fn(&str) -> Result<String, String>) -> Self {
        let mut sources = Sources::default();
        sources.add(path, text);
        Self { read, sources, mistakes: Vec::new(), open: vec![path.to_owned()], steps: 0 }
    }

    fn finish(mut self, mut scenario: Scenario) -> Result<Scenario, Vec<Diagnostic>> {
        scenario.steps = self.flatten(std::mem::take(&mut scenario.steps));
        for proof in &mut scenario.counterproof {
            for change in &mut proof.change.0 {
                if let Change::Insert(insert) = change {
                    insert.steps = self.flatten(std::mem::take(&mut insert.steps));
                }
            }
        }
        if self.mistakes.is_empty() {
            let found = check::mistakes(&scenario);
            self.mistakes.extend(found.into_iter().map(|mistake| self.sources.diagnostic(mistake)));
        }
        if self.mistakes.is_empty() { Ok(scenario) } else { Err(sorted(self.mistakes)) }
    }

    /// The steps with those of other files in the places of `use`.
    fn flatten(&mut self, steps: Vec<Step>) -> Vec<Step> {
        let mut flat = Vec::with_capacity(steps.len());
        for step in steps {
            match step.action {
                Action::Use(used) => {
                    let mut inner = self.used(&used);
                    if let Some(first) = inner.first_mut()
                        && first.id.is_none()
                    {
                        first.id = step.id;
                    }
                    flat.extend(inner);
                }
                _ => flat.push(step),
            }
        }
        flat
    }

    fn wrong(&mut self, mistake: Mistake) {
        let diagnostic = self.sources.diagnostic(mistake);
        self.mistakes.push(diagnostic);
    }

    /// The steps of a file, those of the files that it uses put in.
    fn used(&mut self, used: &Use) -> Vec<Step> {
        let path = beside(&used.place.file, &used.file);
        if let Some(at) = self.open.iter().position(|open| *open == path) {
            let circle = self.open[at..].join(" uses ");
            let message = format!("these files use each other in a circle: {circle} uses {path}");
            self.wrong((used.place.clone(), message, None));
            return Vec::new();
        }
        if self.open.len() > DEEPEST {
            self.wrong((
                used.place.clone(),
                format!("files use each other more than {DEEPEST} deep"),
                None,
            ));
            return Vec::new();
        }
        let text = match (self.read)(&path) {
            Ok(text) => text,
            Err(problem) => {
                let message = format!("the file of steps {path} cannot be read: {problem}");
                self.wrong((used.place.clone(), message, None));
                return Vec::new();
            }
        };
        self.sources.add(&path, &text);
        let Some(file) = self.steps_file(&path, &text, used) else { return Vec::new() };
        self.steps += file.steps.len();
        if self.steps > MOST_STEPS {
            self.wrong((
                used.place.clone(),
                format!("more than {MOST_STEPS} steps are used"),
                None,
            ));
            return Vec::new();
        }
        self.open.push(path);
        let steps = self.flatten(file.steps);
        self.open.pop();
        steps
    }

    fn steps_file(&mut self, path: &str, text: &str, used: &Use) -> Option<StepsFile> {
        let mut reader = Reader::new(path, text);
        let file = prepare::document(text, &mut reader).and_then(|mut node| {
            let parameters = self.arguments(&prepare::declared(&node, "parameters"), used)?;
            parse::bind_all_but(&mut node, "parameters", &parameters, &mut reader);
            StepsFile::read(&node, &mut reader)
        });
        let mistakes = reader.finish();
        let clean = mistakes.is_empty();
        self.mistakes.extend(mistakes);
        file.filter(|_| clean)
    }

    /// The texts of a file's parameters as a step gives them.
    fn arguments(&mut self, declared: &Bindings, used: &Use) -> Option<Bindings> {
        let mut bindings = declared.clone();
        let mut clean = true;
        for (name, text) in used.with.iter() {
            if bindings.insert(name.clone(), text.clone()).is_none() {
                let names: Vec<&str> = declared.keys().map(String::as_str).collect();
                let message = format!("{} has no parameter `{name}`", used.file);
                let help = check::suggestion(name, &names, "its parameters are");
                self.wrong((used.place.clone(), message, Some(help)));
                clean = false;
            }
        }
        for (name, text) in &bindings {
            if text.is_empty() {
                let message =
                    format!("{} must be given a text for its parameter `{name}`", used.file);
                let help = format!("add `with: {{{name}: …}}`");
                self.wrong((used.place.clone(), message, Some(help)));
                clean = false;
            }
        }
        clean.then_some(bindings)
    }
}

/// A path beside a file, cleaned of `.` and inner `..`.
fn beside(file: &str, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let root = if folder.starts_with('/') { "/" } else { "" };
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("{root}{}", parts.join("/"))
}
