//! What happens to rendered files before they are a release.
//!
//! Rules from fluxcd/helm-controller: internal/postrender (post-renderers, then common metadata,
//! then the labels of origin), and from helm/helm: pkg/action for the strategies.

use std::collections::BTreeMap;

use kustomize::Stream;
use objects::{Map, Value};

use super::reconcile::Run;
use crate::action::documents;

/// Files by name.
pub(super) type Files = BTreeMap<String, String>;

/// Labels of origin.
const ORIGIN: [&str; 2] = ["helm.toolkit.fluxcd.io/name", "helm.toolkit.fluxcd.io/namespace"];

impl Run {
    /// Whether hooks and manifests go their ways apart, and whether hooks stay as they are.
    pub(super) fn post_render_strategy(&self) -> &str {
        self.hr.text(&["postRenderStrategy"]).unwrap_or("combined")
    }

    /// Sends files through every post-renderer; `group` is empty where all go together.
    pub(super) fn post_render(&self, files: &Files, group: &str) -> Result<Files, String> {
        let (merging, running, parsing) = words(group);
        let stream =
            Stream::read(split(files)).map_err(|problem| format!("{merging}: {problem}"))?;
        let stream = self.renderers(stream).map_err(|problem| format!("{running}: {problem}"))?;
        stream.files(group).map_err(|problem| format!("{parsing}: {problem}"))
    }

    fn renderers(&self, mut stream: Stream) -> Result<Stream, kustomize::BuildError> {
        let steps = self.spec(&["postRenderers"]).and_then(Value::as_list).unwrap_or_default();
        for step in steps.iter().filter_map(|step| step.get("kustomize")) {
            stream = stream.kustomize(step.list_at(&["patches"]), step.list_at(&["images"]))?;
        }
        for field in ["labels", "annotations"] {
            if let Some(map) = self.spec(&["commonMetadata", field]).and_then(Value::as_map) {
                stream = stream.set_metadata(field, &texts(map))?;
            }
        }
        let (namespace, name) = &self.name;
        let [name_label, namespace_label] = ORIGIN;
        let origin = [(name_label, name), (namespace_label, namespace)];
        let origin = origin.map(|(key, value)| (key.to_owned(), value.clone()));
        stream.set_metadata("labels", &origin.into())
    }
}

fn words(group: &str) -> (String, String, String) {
    if group.is_empty() {
        return (
            "error merging manifests".to_owned(),
            "error while running post render on files".to_owned(),
            "error while parsing post rendered output".to_owned(),
        );
    }
    (
        format!("error merging {group}"),
        format!("error while running post render on {group}"),
        format!("error while parsing post rendered output for {group}"),
    )
}

/// The documents of files, with the files' names; partials and blank files are none.
fn split(files: &Files) -> impl Iterator<Item = (&str, &str)> {
    let shown = files.iter().filter(|(name, text)| {
        let base = name.rsplit('/').next().unwrap_or(name);
        !base.starts_with('_') && !text.trim().is_empty()
    });
    shown.flat_map(|(name, text)| {
        documents(text).into_iter().map(move |document| (name.as_str(), document))
    })
}

fn texts(map: &Map) -> BTreeMap<String, String> {
    let pairs = map.iter().filter_map(|(key, value)| Some((key.to_string(), value.as_str()?)));
    pairs.map(|(key, value)| (key, value.to_owned())).collect()
}
