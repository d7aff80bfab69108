//! From files to charts.
//!
//! Source: Helm `pkg/chart/v2/loader`: which file is what, in which order they are refused,
//! subcharts in `charts/` as folders or archives.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use objects::{Map, Value};
use tree::{Mode, Tree, TreePath};

use super::archive;
use super::ignore::Ignore;
use super::metadata::{self, Metadata, Nulls};
use crate::data::read_yaml;
use crate::go;
use crate::template::Parsed;
use crate::values::load_values;

/// The largest sum of a chart's files, in bytes (Helm: `MaxDecompressedChartSize`).
pub(super) const LARGEST: u64 = 100 << 20;
/// How deep charts may lie in charts.
const DEPTH: usize = 50;

/// Why files are no chart. Prints as Helm does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ChartError(pub(super) String);

/// A file of a chart.
#[derive(Debug)]
pub(crate) struct ChartFile {
    /// Path from the chart's root.
    pub(crate) name: Arc<str>,
    pub(crate) data: Arc<[u8]>,
    /// The file as a template, parsed once for all renderings.
    pub(crate) parsed: OnceLock<Option<Parsed>>,
}

impl ChartFile {
    /// The contents as template text; bytes that are no UTF-8 survive.
    pub(crate) fn text(&self) -> std::borrow::Cow<'_, str> {
        go::text_of_bytes(&self.data)
    }
}

/// A chart with its subcharts. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Chart(Arc<Parts>);

/// What a chart is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts {
    pub(crate) metadata: Metadata,
    pub(crate) values: Map,
    pub(crate) schema: Option<Arc<[u8]>>,
    pub(crate) templates: Vec<Arc<ChartFile>>,
    pub(crate) files: Vec<Arc<ChartFile>>,
    pub(crate) dependencies: Vec<Chart>,
}

/// A file on its way into a chart.
pub(super) struct Loose {
    pub(super) name: String,
    pub(super) data: Arc<[u8]>,
}

impl Chart {
    /// The chart whose root is a folder of a tree; its `.helmignore` is heeded.
    ///
    /// # Errors
    /// As Helm refuses it: no or a wrong `Chart.yaml`, values that are no map, a broken subchart, …
    pub fn from_tree(tree: &Tree, folder: &TreePath) -> Result<Self, ChartError> {
        let files = read_folder(tree, folder).map_err(ChartError)?;
        check_api_version(&files)?;
        load(files, 0)
    }

    /// The chart in a gzipped tar archive.
    ///
    /// # Errors
    /// As [`Chart::from_tree`], and for archives that are broken, too large, or leave their root.
    pub fn from_archive(bytes: &[u8]) -> Result<Self, ChartError> {
        let files = archive::unpack(bytes).map_err(ChartError)?;
        check_api_version(&files)?;
        load(files, 0)
    }

    /// What the chart says of itself.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        &self.0.metadata
    }

    /// The same chart in another version.
    #[must_use]
    pub fn with_version(&self, version: &str) -> Self {
        let mut parts = self.parts().clone();
        parts.metadata.version = version.into();
        Self::of(parts)
    }

    /// The same chart with other default values.
    #[must_use]
    pub fn with_values(&self, values: &crate::Values) -> Self {
        let mut parts = self.parts().clone();
        parts.values.clone_from(&values.0);
        Self::of(parts)
    }

    /// The default values of the chart alone, a map.
    #[must_use]
    pub fn values(&self) -> Value {
        Value::Map(Arc::new(self.0.values.clone()))
    }

    /// `values.schema.json`, where there is one.
    #[must_use]
    pub fn schema(&self) -> Option<&[u8]> {
        self.0.schema.as_deref()
    }

    /// Paths and contents of the files in `templates/`.
    pub fn templates(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.templates.iter().map(|file| (file.name.as_ref(), file.data.as_ref()))
    }

    /// Paths and contents of all files that are neither templates nor subcharts nor known by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.files.iter().map(|file| (file.name.as_ref(), file.data.as_ref()))
    }

    /// The charts in `charts/`, sorted by the names of their folders or archives.
    #[must_use]
    pub fn subcharts(&self) -> &[Self] {
        &self.0.dependencies
    }

    /// Names of the dependencies of `Chart.yaml` that `charts/` does not hold.
    #[must_use]
    pub fn missing_dependencies(&self) -> Vec<Arc<str>> {
        let wanted = self.0.metadata.dependencies.iter().map(|need| &need.name);
        let missing = wanted.filter(|name| {
            !self.0.dependencies.iter().any(|chart| chart.metadata().name == **name)
        });
        missing.cloned().collect()
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    pub(crate) fn of(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

fn wrong(problem: impl Into<String>) -> ChartError {
    ChartError(problem.into())
}

/// Helm looks at the API version before all else.
fn check_api_version(files: &[Loose]) -> Result<(), ChartError> {
    let Some(file) = files.iter().find(|file| file.name == "Chart.yaml") else {
        return Err(wrong("Chart.yaml file is missing"));
    };
    let value = read_yaml(&String::from_utf8_lossy(&file.data))
        .map_err(|problem| wrong(format!("cannot load Chart.yaml: {problem}")))?;
    match value.get("apiVersion") {
        Some(Value::String(version)) if !matches!(version.as_ref(), "v1" | "v2" | "") => {
            Err(wrong("unsupported chart version"))
        }
        Some(Value::Int(_) | Value::Float(_) | Value::Bool(_)) => {
            Err(wrong("unsupported chart version"))
        }
        _ => Ok(()),
    }
}

/// The files of a folder in the order in which Helm walks, links followed.
fn read_folder(tree: &Tree, folder: &TreePath) -> Result<Vec<Loose>, String> {
    let ignore_file = folder.join(".helmignore").ok().and_then(|path| tree.get(&path).cloned());
    let ignore = match ignore_file {
        Some(file) => Ignore::parse(&String::from_utf8_lossy(without_bom(&file.contents)))?,
        None => Ignore::parse("")?,
    };
    let mut walk = Walk { tree, ignore, bytes: 0, files: Vec::new() };
    walk.folder(folder, "", 0)?;
    Ok(walk.files)
}

pub(super) fn without_bom(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

struct Walk<'t> {
    tree: &'t Tree,
    ignore: Ignore,
    bytes: u64,
    files: Vec<Loose>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &TreePath, name: &str, depth: usize) -> Result<(), String> {
        if depth > DEPTH {
            return Err(format!("folder {name} lies more than {DEPTH} folders deep"));
        }
        let mut entries: Vec<&str> = Vec::new();
        let cut = if folder.as_str().is_empty() { 0 } else { folder.as_str().len() + 1 };
        for (path, _) in self.tree.below(folder) {
            let entry = path.as_str()[cut..].split('/').next().unwrap_or_default();
            if entries.last() != Some(&entry) {
                entries.push(entry);
            }
        }
        entries.sort_unstable();
        entries.dedup();
        for entry in entries {
            let inside = if name.is_empty() { entry.to_owned() } else { format!("{name}/{entry}") };
            let path = folder.join(entry).map_err(|problem| problem.to_string())?;
            self.entry(&path, &inside, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &TreePath, name: &str, depth: usize) -> Result<(), String> {
        let path = self.tree.follow(path).map_err(|problem| problem.to_string())?;
        let Some(file) = self.tree.get(&path) else {
            if self.tree.is_dir(&path) && !self.ignore.ignores(name, true) {
                return self.folder(&path, name, depth + 1);
            }
            return Ok(());
        };
        if self.ignore.ignores(name, false) {
            return Ok(());
        }
        if file.mode == Mode::Symlink {
            return Err(format!("error reading {name}: the link leads nowhere"));
        }
        self.bytes += file.contents.len() as u64;
        if self.bytes > LARGEST {
            return Err(format!(
                "error reading {name}: chart exceeds maximum decompressed size of {LARGEST} bytes"
            ));
        }
        let data = match without_bom(&file.contents) {
            all if all.len() == file.contents.len() => file.contents.clone(),
            rest => rest.into(),
        };
        self.files.push(Loose { name: name.to_owned(), data });
        Ok(())
    }
}

/// Makes a chart of its files (Helm: `LoadFiles`).
fn load(files: Vec<Loose>, depth: usize) -> Result<Chart, ChartError> {
    if depth > DEPTH {
        return Err(wrong(format!("charts lie more than {DEPTH} deep in one another")));
    }
    let mut loader = Loader::default();
    loader.metadata(&files)?;
    for file in files {
        loader.file(file)?;
    }
    loader.finish(depth)
}

#[derive(Default)]
struct Loader {
    parts: Parts,
    described: bool,
    nulls: Nulls,
    subcharts: BTreeMap<String, Vec<Loose>>,
}

impl Loader {
    fn metadata(&mut self, files: &[Loose]) -> Result<(), ChartError> {
        for file in files.iter().filter(|file| file.name == "Chart.yaml") {
            self.describe(file, "Chart.yaml")?;
            if self.parts.metadata.api_version.is_empty() {
                self.parts.metadata.api_version = "v1".into();
            }
        }
        Ok(())
    }

    fn describe(&mut self, file: &Loose, name: &str) -> Result<(), ChartError> {
        let value = read_yaml(&String::from_utf8_lossy(&file.data));
        let read = value.and_then(|value| metadata::read(&value, &self.parts.metadata));
        let (metadata, nulls) =
            read.map_err(|problem| wrong(format!("cannot load {name}: {problem}")))?;
        self.parts.metadata = metadata;
        self.nulls = nulls;
        self.described = true;
        Ok(())
    }

    fn file(&mut self, file: Loose) -> Result<(), ChartError> {
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => lock(&file)?,
            "values.yaml" => {
                let text = go::text_of_bytes(&file.data);
                self.parts.values = load_values(&text)
                    .map_err(|problem| wrong(format!("cannot load values.yaml: {problem}")))?;
            }
            "values.schema.json" => self.parts.schema = Some(file.data),
            "requirements.yaml" => {
                self.describe(&file, "requirements.yaml")?;
                self.keep_if_v1(file);
            }
            "requirements.lock" => {
                lock(&file)?;
                self.keep_if_v1(file);
            }
            name if name.starts_with("templates/") => self.parts.templates.push(chart_file(file)),
            name if name.starts_with("charts/") && !name.ends_with(".prov") => {
                let inside = name["charts/".len()..].to_owned();
                let subchart = inside.split('/').next().unwrap_or_default().to_owned();
                let loose = Loose { name: inside, data: file.data };
                self.subcharts.entry(subchart).or_default().push(loose);
            }
            _ => self.parts.files.push(chart_file(file)),
        }
        Ok(())
    }

    fn keep_if_v1(&mut self, file: Loose) {
        if self.parts.metadata.api_version.as_ref() == "v1" {
            self.parts.files.push(chart_file(file));
        }
    }

    fn finish(mut self, depth: usize) -> Result<Chart, ChartError> {
        if !self.described {
            return Err(wrong("Chart.yaml file is missing"));
        }
        let checked = self.parts.metadata.check(self.nulls);
        checked.map_err(|problem| wrong(format!("validation: {problem}")))?;
        let name = self.parts.metadata.name.clone();
        for (folder, files) in self.subcharts {
            if folder.starts_with(['_', '.']) {
                continue;
            }
            let subchart = subchart(&folder, files, &name, depth)?;
            self.parts.dependencies.push(subchart);
        }
        Ok(Chart::of(self.parts))
    }
}

fn lock(file: &Loose) -> Result<(), ChartError> {
    let read = read_yaml(&String::from_utf8_lossy(&file.data));
    let name = &file.name;
    read.map(drop).map_err(|problem| wrong(format!("cannot load {name}: {problem}")))
}

fn chart_file(file: Loose) -> Arc<ChartFile> {
    let Loose { name, data } = file;
    Arc::new(ChartFile { name: name.into(), data, parsed: OnceLock::new() })
}

fn subchart(
    folder: &str,
    files: Vec<Loose>,
    parent: &str,
    depth: usize,
) -> Result<Chart, ChartError> {
    let loaded = if folder.ends_with(".tgz") {
        match files.first() {
            Some(file) if file.name != folder => {
                let found = &file.name;
                return Err(wrong(format!(
                    "error unpacking subchart tar in {parent}: expected {folder}, got {found}"
                )));
            }
            Some(file) => archive::unpack(&file.data).map_err(ChartError),
            None => return Err(wrong(format!("error unpacking subchart tar in {parent}"))),
        }
    } else {
        let inside = files.into_iter().filter_map(|file| {
            let (_, name) = file.name.split_once('/')?;
            Some(Loose { name: name.to_owned(), data: file.data })
        });
        Ok(inside.collect())
    };
    loaded.and_then(|files| load(files, depth + 1)).map_err(|problem| {
        wrong(format!("error unpacking subchart {folder} in {parent}: {problem}"))
    })
}
