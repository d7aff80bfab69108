//! From a chart and values to manifests, hooks and notes.
//!
//! Source: Helm `pkg/action` `renderResources` and `pkg/engine`. Start at [`render`].

mod context;
mod extras;
mod manifest;
mod objects;
mod problem;

use std::collections::BTreeMap;
use std::sync::Arc;

use ::objects::Value;

use crate::capabilities::Capabilities;
use crate::chart::{Chart, ChartFile, coalesce_values, full_path, process};
use crate::functions;
use crate::go;
use crate::host::{Host, Lookup, Seam};
use crate::schema;
use crate::template::{Execution, Parsed, Templates, without_no_value};
use crate::value::{Arena, MapType, Val};
use crate::values::Values;
use crate::version::is_in_range;

pub use extras::{Extras, crds, sort};
pub use manifest::Hook;

/// The release that a chart is rendered for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Name of the release.
    pub name: Arc<str>,
    /// Namespace of the release.
    pub namespace: Arc<str>,
    /// Number of the revision, from 1.
    pub revision: i64,
    /// Whether it is installed, as `.Release.IsInstall` says; otherwise it is upgraded.
    pub is_install: bool,
}

/// What a rendering gives.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Every manifest with its source, as releases keep it.
    pub manifest: String,
    /// Hooks in install order; their weights are not yet heeded.
    pub hooks: Vec<Hook>,
    /// `NOTES.txt` of the chart.
    pub notes: String,
    /// The values as the templates saw them at first.
    pub values: Value,
    /// Paths and contents of the files in `crds/` of the charts that take part.
    pub crds: Vec<(Arc<str>, Arc<[u8]>)>,
    /// The chart with the subcharts that took part and the values that it imported.
    pub chart: Chart,
    /// The functions called whose answers come from the seam or the cluster: `now`, `randAlphaNum`, …
    pub outside: Vec<&'static str>,
}

/// Why a chart cannot be rendered. Prints as Helm does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The name of the release is none.
    #[error("release name check failed: release name {name}: {problem}", name = go::quote(.name))]
    Name {
        /// The name.
        name: Arc<str>,
        /// What is wrong with it.
        problem: String,
    },
    /// The subcharts do not fit the values.
    #[error("chart dependencies processing failed: {0}")]
    Dependencies(String),
    /// The values do not fit together, or not to a schema.
    #[error("{0}")]
    Values(String),
    /// The chart wants another Kubernetes.
    #[error("chart requires kubeVersion: {wanted} which is incompatible with Kubernetes {found}")]
    KubeVersion {
        /// The range that the chart accepts.
        wanted: Arc<str>,
        /// The version.
        found: Arc<str>,
    },
    /// A template is wrong, or refuses.
    #[error("{0}")]
    Template(String),
    /// What a template printed is no YAML.
    #[error("{0}")]
    Manifest(String),
}

impl RenderError {
    /// Whether values were fine and templates had begun: Helm then has a release to show.
    #[must_use]
    pub fn has_release(&self) -> bool {
        matches!(self, Self::KubeVersion { .. } | Self::Template(_) | Self::Manifest(_))
    }
}

/// Renders a chart for a release.
///
/// # Errors
/// As `helm template` refuses it.
pub fn render(
    chart: &Chart,
    release: &Release,
    values: &Values,
    capabilities: &Capabilities,
    lookup: &dyn Lookup,
    seam: Seam,
) -> Result<Rendered, RenderError> {
    render_with(chart, release, values, capabilities, lookup, seam, &Extras::default())
}

/// Renders a chart for a release in a cluster, whose controller may look the other way or change
/// the files before they are manifests.
///
/// # Errors
/// As [`render`], and [`RenderError::Manifest`] for what the controller says.
pub fn render_with(
    chart: &Chart,
    release: &Release,
    values: &Values,
    capabilities: &Capabilities,
    lookup: &dyn Lookup,
    seam: Seam,
    extras: &Extras<'_>,
) -> Result<Rendered, RenderError> {
    check_name(&release.name)?;
    let chart = process(chart, &values.0).map_err(RenderError::Dependencies)?;
    let values = coalesce_values(&chart, &values.0, false).map_err(RenderError::Values)?;
    if !extras.skip_schema {
        schema::check(&chart, &values).map_err(RenderError::Values)?;
    }
    check_kube_version(&chart, capabilities)?;
    let values = Value::Map(Arc::new(values));
    let mut host = Host::new(lookup, seam);
    let mut files = run(&chart, release, &values, capabilities, &mut host)?;
    let notes_path = format!("{}/templates/NOTES.txt", chart.metadata().name);
    let notes = files.get(notes_path.as_str()).cloned().unwrap_or_default();
    files.retain(|path, _| !path.ends_with("NOTES.txt"));
    if let Some(post_render) = extras.post_render {
        files = post_render(files).map_err(RenderError::Manifest)?;
    }
    let (hooks, manifests) = manifest::sort(&files).map_err(RenderError::Manifest)?;
    let mut manifest = String::new();
    for part in manifests {
        add_document(&mut manifest, &part.path, &part.text);
    }
    let mut crds = Vec::new();
    collect_crds(&chart, "", &mut crds);
    Ok(Rendered { manifest, hooks, notes, values, crds, chart, outside: host.used() })
}

/// Adds a document under its source, as Helm joins them.
fn add_document(out: &mut String, path: &str, text: &str) {
    for part in ["---\n# Source: ", path, "\n", text, "\n"] {
        out.push_str(part);
    }
}

impl Rendered {
    /// What `helm template` prints: CRDs where they are asked for, manifests, hooks.
    #[must_use]
    pub fn template_output(&self, include_crds: bool) -> String {
        let mut text = String::new();
        if include_crds {
            for (path, data) in &self.crds {
                add_document(&mut text, path, &go::text_of_bytes(data));
            }
        }
        text.push_str(&self.manifest);
        let mut out = text.trim().to_owned();
        out.push('\n');
        for hook in &self.hooks {
            add_document(&mut out, &hook.path, &hook.manifest);
        }
        out
    }
}

fn check_name(name: &Arc<str>) -> Result<(), RenderError> {
    const PATTERN: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
    let good = |part: &str| {
        let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        part.bytes().all(|byte| word(byte) || byte == b'-')
            && part.bytes().next().is_some_and(word)
            && part.bytes().last().is_some_and(word)
    };
    let problem = if name.is_empty() {
        "no name provided".to_owned()
    } else if name.len() > 53 || !name.split('.').all(good) {
        format!(
            "invalid release name, must match regex {PATTERN} and the length must not be longer than 53"
        )
    } else {
        return Ok(());
    };
    Err(RenderError::Name { name: name.clone(), problem })
}

fn check_kube_version(chart: &Chart, capabilities: &Capabilities) -> Result<(), RenderError> {
    let wanted = &chart.metadata().kube_version;
    let found = &capabilities.kube_version;
    if wanted.is_empty() || is_in_range(wanted, &found.normal) {
        return Ok(());
    }
    Err(RenderError::KubeVersion { wanted: wanted.clone(), found: found.full.clone() })
}

/// A template on its way: its file, and the values of its chart.
struct Job {
    file: Arc<ChartFile>,
    dot: Val,
    base: String,
}

/// Renders every template, the deepest charts first.
fn run(
    chart: &Chart,
    release: &Release,
    values: &Value,
    capabilities: &Capabilities,
    host: &mut Host<'_>,
) -> Result<BTreeMap<Arc<str>, String>, RenderError> {
    let _arena = Arena::open();
    let root = context::root(release, values, capabilities);
    let mut jobs = BTreeMap::new();
    collect(chart, "", &root, &mut jobs);
    let mut order: Vec<(Arc<str>, Job)> = jobs.into_iter().collect();
    let depth = |path: &str| path.matches('/').count();
    order.sort_by(|(a, _), (b, _)| depth(b).cmp(&depth(a)).then_with(|| b.cmp(a)));
    let mut templates = Templates::default();
    for (path, job) in &order {
        templates.add(path, &parsed(path, &job.file)?);
    }
    let mut execution = Execution::new(templates, functions::function, host);
    let mut files = BTreeMap::new();
    for (path, job) in order {
        if go::base(&path).starts_with('_') {
            continue;
        }
        name_template(&job.dot, &path, &job.base);
        let text = execution
            .run(&path, job.dot)
            .map_err(|problem| RenderError::Template(problem::exec_problem(&path, &problem)))?;
        files.insert(path, without_no_value(text));
    }
    Ok(files)
}

/// A file as a template; parsed anew only where an error must name this path.
fn parsed(path: &str, file: &ChartFile) -> Result<Parsed, RenderError> {
    let parse = || Parsed::new(path, &file.text(), functions::function);
    if let Some(parsed) = file.parsed.get_or_init(|| parse().ok()) {
        return Ok(parsed.clone());
    }
    parse().map_err(|problem| {
        RenderError::Template(problem::parse_problem(path, &problem.to_string()))
    })
}

fn name_template(dot: &Val, path: &Arc<str>, base: &str) {
    let Val::Map(dict) = dot else { return };
    let template =
        Val::dict([("Name".into(), Val::Str(path.clone())), ("BasePath".into(), Val::str(base))]);
    dict.entries.borrow_mut().insert("Template".into(), typed(template, MapType::Values));
}

fn typed(value: Val, of: MapType) -> Val {
    match value {
        Val::Map(mut map) => {
            map.of = of;
            Val::Map(map)
        }
        other => other,
    }
}

/// The templates of a chart and its subcharts with their values; the chart's own values object.
fn collect(chart: &Chart, parent: &str, above: &Val, jobs: &mut BTreeMap<Arc<str>, Job>) -> Val {
    let metadata = chart.metadata();
    let path = full_path(parent, &metadata.name);
    let is_root = parent.is_empty();
    let subcharts = Val::dict([]);
    let next = context::chart(chart, is_root, above, subcharts.clone());
    for subchart in chart.subcharts() {
        let inner = collect(subchart, &path, &next, jobs);
        if let Val::Map(map) = &subcharts {
            map.entries.borrow_mut().insert(subchart.metadata().name.clone(), inner);
        }
    }
    let is_library = metadata.kind.eq_ignore_ascii_case("library");
    for file in &chart.parts().templates {
        if is_library && !go::base(&file.name).starts_with('_') {
            continue;
        }
        let name = go::clean_path(&format!("{path}/{}", file.name));
        let base = format!("{path}/templates");
        jobs.insert(name.into(), Job { file: file.clone(), dot: next.clone(), base });
    }
    next
}

fn collect_crds(chart: &Chart, parent: &str, crds: &mut Vec<(Arc<str>, Arc<[u8]>)>) {
    let path = full_path(parent, &chart.metadata().name);
    for file in &chart.parts().files {
        let extension = go::ext(&file.name).to_ascii_lowercase();
        if file.name.starts_with("crds/")
            && matches!(extension.as_str(), ".yaml" | ".yml" | ".json")
        {
            let name = go::clean_path(&format!("{path}/{}", file.name));
            crds.push((name.into(), file.data.clone()));
        }
    }
    for subchart in chart.subcharts() {
        collect_crds(subchart, &path, crds);
    }
}
