//! A chart repository over HTTP: an index and the packed charts it names.

use std::collections::BTreeMap;
use std::sync::Arc;

use clock::Moment;
use objects::{Map, Value};
use tree::archive::{ArchiveError, Limits, unpack};

use crate::answer::{Login, Refusal, admits};
use crate::hex::sha256;
use crate::index;

/// Why bytes are no packed chart.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// They cannot be unpacked.
    #[error("unpack the chart")]
    Archive(#[source] ArchiveError),
    /// There is no `Chart.yaml` in its folder.
    #[error("find Chart.yaml in the chart")]
    NoChartFile,
    /// `Chart.yaml` is no YAML, or names no chart or no version.
    #[error("read Chart.yaml: {0}")]
    ChartFile(String),
}

/// `Chart.yaml` of a packed chart.
///
/// # Errors
/// If the bytes are no packed chart, or the file names no chart or no version.
pub fn read_chart(archive: &[u8]) -> Result<Value, ChartError> {
    let files = unpack(archive, Limits::default()).map_err(ChartError::Archive)?;
    let is_chart = |path: &tree::TreePath| path.name() == "Chart.yaml" && path.parts().count() == 2;
    let found = files.iter().find(|(path, _)| is_chart(path));
    let (path, _) = found.ok_or(ChartError::NoChartFile)?;
    let text = files.text(path).ok_or_else(|| ChartError::ChartFile("it is no text".to_owned()))?;
    let documents = objects::load_yaml(text, yaml::Schema::Yaml11)
        .map_err(|cause| ChartError::ChartFile(cause.to_string()))?;
    let value = documents.into_iter().next().unwrap_or_default();
    for key in ["name", "version"] {
        if value.str_at(&[key]).is_none_or(str::is_empty) {
            return Err(ChartError::ChartFile(format!("it has no {key}")));
        }
    }
    Ok(value)
}

/// A repository and what is published in it.
#[derive(Debug, Default)]
pub(crate) struct ChartRepository {
    pub(crate) login: Option<Login>,
    /// An index as it was declared, where it was.
    pub(crate) raw_index: Option<Arc<[u8]>>,
    entries: BTreeMap<String, Vec<Value>>,
    archives: BTreeMap<String, Arc<[u8]>>,
    generated: Option<Moment>,
}

impl ChartRepository {
    /// Publishes a packed chart, first in its list; one of the same version is replaced.
    pub(crate) fn publish(&mut self, archive: &[u8], at: Moment) -> Result<(), ChartError> {
        let mut entry = read_chart(archive)?;
        let text = |key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
        let (name, version) = (text("name"), text("version"));
        let file = format!("{name}-{version}.tgz");
        entry.set(&["urls"], vec![Value::from(file.as_str())]);
        entry.set(&["created"], at.rfc3339());
        entry.set(&["digest"], sha256(archive));
        self.withdraw(&name, &version);
        self.entries.entry(name).or_default().insert(0, entry);
        self.archives.insert(file, archive.into());
        self.generated.get_or_insert(at);
        Ok(())
    }

    /// Takes a version away; whether it was there.
    pub(crate) fn withdraw(&mut self, name: &str, version: &str) -> bool {
        let Some(entries) = self.entries.get_mut(name) else { return false };
        let before = entries.len();
        entries.retain(|entry| entry.str_at(&["version"]) != Some(version));
        let found = entries.len() < before;
        if entries.is_empty() {
            self.entries.remove(name);
        }
        self.archives.remove(&format!("{name}-{version}.tgz"));
        found
    }

    /// A file of the repository: the index or a packed chart.
    pub(crate) fn get(&self, path: &str, login: Option<&Login>) -> Result<Arc<[u8]>, Refusal> {
        if !admits(self.login.as_ref(), login) {
            return Err(Refusal::plain(401));
        }
        let found = match path {
            "index.yaml" => self.index(),
            file => self.archives.get(file).cloned(),
        };
        found.ok_or_else(|| Refusal::plain(404))
    }

    fn index(&self) -> Option<Arc<[u8]>> {
        if let Some(raw) = &self.raw_index {
            return Some(raw.clone());
        }
        let generated = self.generated?;
        let entries =
            self.entries.iter().map(|(name, list)| (name.as_str(), Value::from(list.clone())));
        let text = index::write(&entries.collect::<Map>(), &generated.rfc3339());
        Some(text.into_bytes().into())
    }
}
