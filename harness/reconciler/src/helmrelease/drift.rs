//! Drift: what in the cluster is no longer as the release says, and its correction.
//!
//! Rules from fluxcd/helm-controller: internal/action/diff, internal/reconcile/
//! correct_cluster_drift.

use client::{Options, Patch, Status, Target, Verb};
use flux::parts::State;
use flux::reason;
use objects::{Object, Value};
use regex::Regex;

use super::diff::{Change, Difference, patch, remove_pointer, to_value};
use super::reconcile::Run;
use crate::action::{MANAGER, Release, documents, own};
use crate::compare::dry_run_failed;
use crate::kustomization::{normalize, sort_key};

const SWITCH: &str = "helm.toolkit.fluxcd.io/driftDetection";

impl Run {
    /// Compares every object of the manifest with the cluster; problems come beside.
    pub(super) async fn detect_drift(&self, release: &Release) -> (Vec<Change>, Vec<String>) {
        let (mut changes, mut problems) = (Vec::new(), Vec::new());
        let rules = self.rules();
        for text in documents(&release.manifest) {
            let read = objects::load_yaml(text, yaml::Schema::Yaml11).unwrap_or_default();
            for desired in read.into_iter().map(Object).filter(|object| !object.kind().is_empty()) {
                match self.desired(desired, release).await {
                    Ok(desired) => match self.compare(&desired, &rules).await {
                        Ok(difference) => changes.push(Change { desired, difference }),
                        Err(problem) => problems.push(problem),
                    },
                    Err(problem) => problems.push(problem),
                }
            }
        }
        (changes, problems)
    }

    /// The object as Helm applied it.
    async fn desired(&self, mut object: Object, release: &Release) -> Result<Object, String> {
        normalize(&mut object);
        own(&mut object, &release.name, &release.namespace);
        if object.namespace().is_empty() {
            let gvk = object.gvk();
            let resource = self.api_client().resource(&gvk).await.map_err(|status| {
                format!("failed to determine if {} is namespace scoped: {status}", gvk.kind)
            })?;
            if resource.namespaced {
                object.set(&["metadata", "namespace"], release.namespace.as_str());
            }
        }
        Ok(object)
    }

    async fn compare(&self, desired: &Object, rules: &[Rule]) -> Result<Difference, String> {
        let ignored: Vec<&str> = rules
            .iter()
            .filter(|rule| rule.matches(desired))
            .flat_map(|rule| rule.paths.iter().map(String::as_str))
            .collect();
        if is_off(desired) || ignored.contains(&"") {
            return Ok(Difference::Excluded);
        }
        let client = self.api_client();
        let target = Target::of(desired);
        let live = match client.get(target.clone()).await {
            Ok(live) => Some(live),
            Err(status) if status.is_not_found() => None,
            Err(status) => return Err(status.to_string()),
        };
        if live.as_ref().is_some_and(is_off) {
            return Ok(Difference::Excluded);
        }
        let options = Options { force: true, dry_run: true, ..options() };
        let body = Some(desired.0.clone());
        let dry = client.call(Verb::Patch(Patch::Apply), target, body, options).await;
        let mut dry = dry.map_err(|status| dry_run_failed(desired, &status))?;
        let Some(mut live) = live else { return Ok(Difference::Removed) };
        for pointer in ignored {
            remove_pointer(&mut live, pointer);
            remove_pointer(&mut dry, pointer);
        }
        let found = patch(&live, &dry);
        Ok(if found.is_empty() { Difference::None } else { Difference::Changed(found) })
    }

    /// Makes the cluster what the release says: what is gone first, then what changed.
    pub(super) async fn correct_drift(&mut self, changes: &[Change]) {
        let text = "correcting cluster drift";
        self.stamped().set("Ready", State::Unknown, reason::PROGRESSING, text);
        let mut sorted: Vec<(bool, objects::ObjectId, &Change)> = changes
            .iter()
            .map(|change| (change.difference != Difference::Removed, change.desired.id(), change))
            .collect();
        sorted.sort_by(|(a, first, _), (b, second, _)| {
            (a, sort_key(first)).cmp(&(b, sort_key(second)))
        });
        let (mut done, mut problems) = (Vec::new(), Vec::new());
        for (_, id, change) in sorted {
            match self.correct(change).await {
                Ok(None) => {}
                Ok(Some(word)) => done.push(format!("{id} {word}")),
                Err(problem) => problems.push(problem),
            }
        }
        self.report_correction(&done, &problems).await;
    }

    async fn correct(&self, change: &Change) -> Result<Option<&'static str>, String> {
        let client = self.api_client();
        let desired = &change.desired;
        match &change.difference {
            Difference::Removed => {
                let target = Target { name: None, ..Target::of(desired) };
                let body = Some(desired.0.clone());
                let made = client.call(Verb::Create, target, body, options()).await;
                made.map(|_| Some("created"))
                    .map_err(|status| format!("{} creation failure: {status}", desired.id()))
            }
            Difference::Changed(found) => {
                let body = Some(to_value(found));
                let verb = Verb::Patch(Patch::Json);
                let made = client.call(verb, Target::of(desired), body, options()).await;
                made.map(|_| Some("configured")).map_err(|status| {
                    format!("{} patch failure: {}", desired.id(), masked(desired, &status))
                })
            }
            Difference::Excluded | Difference::None => Ok(None),
        }
    }

    async fn report_correction(&self, done: &[String], problems: &[String]) {
        let latest = self.hr.history().latest().cloned().unwrap_or_default();
        let (release, lines) = (latest.full_name(), done.join("\n"));
        let annotations = Self::metadata(&latest);
        if !problems.is_empty() {
            let partially = if done.is_empty() { "" } else { "partially " };
            let mut message = format!(
                "Failed to {partially}correct cluster state of release {release}:\n{}",
                problems.join("\n")
            );
            if !done.is_empty() {
                message.push_str(&format!("\n\nSuccessful corrections:\n{lines}"));
            }
            self.event(true, "DriftCorrectionFailed", &message, annotations).await;
        } else if !done.is_empty() {
            let message =
                format!("Cluster state of release {release} has been corrected:\n{lines}");
            self.event(false, "DriftCorrected", &message, annotations).await;
        }
    }

    fn rules(&self) -> Vec<Rule> {
        let written = self.spec(&["driftDetection", "ignore"]).and_then(Value::as_list);
        written.unwrap_or_default().iter().map(Rule::read).collect()
    }
}

fn options() -> Options {
    Options { manager: MANAGER.to_owned(), ..Options::default() }
}

fn is_off(object: &Object) -> bool {
    let said = [object.label(SWITCH), object.annotation(SWITCH)];
    said.into_iter().flatten().any(|value| value.eq_ignore_ascii_case("disabled"))
}

/// Of a Secret only the last part of a refusal is told.
fn masked(object: &Object, status: &Status) -> String {
    let text = status.to_string();
    match text.rsplit_once(':') {
        Some((_, rest)) if object.kind() == "Secret" && status.reason == "Invalid" => {
            rest.trim().to_owned()
        }
        _ => text,
    }
}

/// What is not looked at, and of which objects.
struct Rule {
    paths: Vec<String>,
    patterns: Option<[Option<Regex>; 5]>,
    labels: String,
    annotations: String,
}

const FIELDS: [&str; 5] = ["group", "version", "kind", "name", "namespace"];

impl Rule {
    fn read(value: &Value) -> Self {
        let paths = value.list_at(&["paths"]).iter();
        let target = value.get("target").filter(|target| !target.is_null());
        let pattern = |key: &str| {
            let text = target?.str_at(&[key]).filter(|text| !text.is_empty())?;
            Regex::new(&format!("^(?:{text})$")).ok()
        };
        let text = |key: &str| {
            target.and_then(|target| target.str_at(&[key])).unwrap_or_default().to_owned()
        };
        Self {
            paths: paths.filter_map(Value::as_str).map(str::to_owned).collect(),
            patterns: target.map(|_| FIELDS.map(pattern)),
            labels: text("labelSelector"),
            annotations: text("annotationSelector"),
        }
    }

    fn matches(&self, object: &Object) -> bool {
        let Some(patterns) = &self.patterns else { return true };
        let gvk = object.gvk();
        let values = [&gvk.group, &gvk.version, &gvk.kind, object.name(), object.namespace()];
        let named = patterns
            .iter()
            .zip(values)
            .all(|(pattern, value)| pattern.as_ref().is_none_or(|pattern| pattern.is_match(value)));
        named
            && selects(&self.labels, |key| object.label(key))
            && selects(&self.annotations, |key| object.annotation(key))
    }
}

/// Whether a selector in the language of Kubernetes fits (`a=b,c!=d,e,!f,g in (h,i)`).
fn selects<'a>(selector: &str, value: impl Fn(&str) -> Option<&'a str>) -> bool {
    let mut depth = 0;
    let parts = selector.split(move |letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        let among = |list: &str, found: Option<&str>| {
            let list = list.trim().trim_start_matches('(').trim_end_matches(')');
            found.is_some_and(|found| list.split(',').any(|item| item.trim() == found))
        };
        if let Some((key, wanted)) = part.split_once("!=") {
            value(key.trim()) != Some(wanted.trim())
        } else if let Some((key, wanted)) = part.split_once('=') {
            value(key.trim()) == Some(wanted.trim_start_matches('=').trim())
        } else if let Some((key, list)) = part.split_once(" notin ") {
            !among(list, value(key.trim()))
        } else if let Some((key, list)) = part.split_once(" in ") {
            among(list, value(key.trim()))
        } else if let Some(key) = part.strip_prefix('!') {
            value(key.trim()).is_none()
        } else {
            value(part).is_some()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_fit_as_in_kubernetes() {
        let value = |key: &str| match key {
            "app" => Some("web"),
            "tier" => Some("front"),
            _ => None,
        };
        for (selector, expected) in [
            ("", true),
            ("app=web,tier==front", true),
            ("app!=web", false),
            ("app in (api, web),!none", true),
            ("app notin (web)", false),
            ("none", false),
        ] {
            assert_eq!(selects(selector, value), expected, "{selector}");
        }
    }
}
