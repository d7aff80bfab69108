//! `Chart.yaml`, read from files or from a packed chart.
//!
//! Rules and words from fluxcd/source-controller: internal/helm/chart/metadata, and helm:
//! pkg/chart (what metadata must say).

use objects::Value;
use tree::archive::{Limits, unpack};
use tree::{Tree, TreePath};

/// What a chart says of itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) version: String,
    /// `Chart.yaml`, with what `requirements.yaml` adds.
    pub(super) value: Value,
}

/// Reads the metadata of a chart's folder; `shown` is how messages name the folder.
pub(super) fn of_folder(files: &Tree, folder: &TreePath, shown: &str) -> Result<Metadata, String> {
    let file = |name: &str| folder.join(name).ok().and_then(|path| files.get(&path));
    let chart = file("Chart.yaml")
        .ok_or_else(|| format!("open {shown}/Chart.yaml: no such file or directory"))?;
    let requirements = file("requirements.yaml").map(|file| file.contents.clone());
    read(&chart.contents, requirements.as_deref())
}

/// Reads the metadata of a packed chart.
pub(super) fn of_archive(bytes: &[u8]) -> Result<Metadata, String> {
    of_unpacked(&unpack(bytes, Limits::default()).map_err(|cause| go_words(&cause.to_string()))?)
}

/// Reads the metadata of a chart whose folder is the only one at the root.
pub(super) fn of_unpacked(files: &Tree) -> Result<Metadata, String> {
    let at_top = |name: &str| {
        let mut found =
            files.iter().filter(|(path, _)| path.name() == name && path.parts().count() == 2);
        found.next().map(|(_, file)| file.contents.clone())
    };
    let chart = at_top("Chart.yaml").ok_or("no 'Chart.yaml' found")?;
    read(&chart, at_top("requirements.yaml").as_deref())
}

/// The unpacker's words, as Go's libraries have them.
fn go_words(problem: &str) -> String {
    if problem.contains("gzip header") {
        "gzip: invalid header".to_owned()
    } else if problem.contains("unexpected end of file") || problem.contains("failed to fill") {
        "unexpected EOF".to_owned()
    } else {
        problem.to_owned()
    }
}

fn read(chart: &[u8], requirements: Option<&[u8]>) -> Result<Metadata, String> {
    let mut value = document(chart, "Chart.yaml")?;
    if let Some(bytes) = requirements {
        let more = document(bytes, "requirements.yaml")?;
        if let Some(list) = more.get("dependencies") {
            value.set(&["dependencies"], list.clone());
        }
    }
    if value.str_at(&["apiVersion"]).is_none_or(str::is_empty) {
        value.set(&["apiVersion"], "v1");
    }
    let text = |key: &str| value.str_at(&[key]).unwrap_or_default().to_owned();
    let (name, version) = (text("name"), text("version"));
    Ok(Metadata { name, version, value })
}

fn document(bytes: &[u8], file: &str) -> Result<Value, String> {
    let text = String::from_utf8_lossy(bytes);
    let documents = objects::load_yaml(&text, yaml::Schema::Yaml11)
        .map_err(|cause| format!("cannot load '{file}': error converting YAML to JSON: {cause}"))?;
    Ok(documents
        .into_iter()
        .next()
        .filter(|value| value.as_map().is_some())
        .unwrap_or_else(Value::map))
}

impl Metadata {
    /// Whether Helm takes it for a chart's.
    pub(super) fn validate(&self) -> Result<(), String> {
        let wrong = |problem: String| Err(format!("validation: {problem}"));
        if self.name.is_empty() {
            return wrong("chart.metadata.name is required".to_owned());
        }
        if self.name.contains(['/', '\\']) {
            return wrong(format!("chart.metadata.name {:?} is invalid", self.name));
        }
        if self.version.is_empty() {
            return wrong("chart.metadata.version is required".to_owned());
        }
        let bare = self.version.strip_prefix('v').unwrap_or(&self.version);
        let core = bare.split(['-', '+']).next().unwrap_or_default();
        let numbers = core.split('.').all(|part| part.parse::<u64>().is_ok());
        if !numbers || core.split('.').count() > 3 {
            return wrong(format!("chart.metadata.version {:?} is invalid", self.version));
        }
        match self.value.str_at(&["type"]).unwrap_or_default() {
            "" | "application" | "library" => Ok(()),
            _ => wrong("chart.metadata.type must be application or library".to_owned()),
        }
    }

    /// A list of dependencies as `name`, `version`, `repository`, `alias`.
    pub(super) fn dependencies(&self) -> Vec<[String; 4]> {
        let text = |entry: &Value, key: &str| entry.str_at(&[key]).unwrap_or_default().to_owned();
        let read =
            |entry: &Value| ["name", "version", "repository", "alias"].map(|key| text(entry, key));
        self.value.list_at(&["dependencies"]).iter().map(read).collect()
    }
}
