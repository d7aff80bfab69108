//! `fluxrig render helm`: a chart rendered as `helm template` renders it.
//!
//! One rule: the disk is read here; what is printed, and where, is the real tool's.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use helm::{Capabilities, Chart, KubeVersion, Release, RenderError, Seam, Values};
use tree::{Tree, TreePath};

/// Render a chart and print its manifests.
#[derive(Debug, Args)]
pub(super) struct RenderHelm {
    /// Name of the release.
    release: String,
    /// Folder or archive of the chart.
    chart: PathBuf,
    /// Namespace of the release.
    #[arg(short, long, default_value = "default")]
    namespace: String,
    /// Files with values; later ones win.
    #[arg(short = 'f', long = "values")]
    values: Vec<PathBuf>,
    /// Values in one line: a.b=1,c[0]=x.
    #[arg(long)]
    set: Vec<String>,
    /// As --set, every value text.
    #[arg(long)]
    set_string: Vec<String>,
    /// As --set, every value JSON.
    #[arg(long)]
    set_json: Vec<String>,
    /// Version of Kubernetes that the chart sees.
    #[arg(long)]
    kube_version: Option<String>,
    /// API versions that the chart sees beside the usual ones.
    #[arg(short, long, value_delimiter = ',')]
    api_versions: Vec<String>,
    /// Print the CRDs of crds/ too.
    #[arg(long)]
    include_crds: bool,
    /// Render for an upgrade, not for an install.
    #[arg(long)]
    is_upgrade: bool,
}

impl RenderHelm {
    pub(super) fn run(self) -> ExitCode {
        match self.render() {
            Ok(text) => match std::io::stdout().lock().write_all(text.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            },
            Err(problem) => {
                anstream::eprintln!("Error: {problem}");
                ExitCode::FAILURE
            }
        }
    }

    fn render(&self) -> Result<String, String> {
        let mut capabilities = Capabilities::default();
        if let Some(version) = &self.kube_version {
            let version = KubeVersion::parse(version);
            capabilities.kube_version = version.map_err(|problem| problem.to_string())?;
        }
        let more = self.api_versions.iter().map(|version| Arc::from(version.as_str()));
        capabilities.api_versions.extend(more);
        let values = self.values()?;
        let chart = load(&self.chart)?;
        check_installable(&chart)?;
        let release = Release {
            name: self.release.as_str().into(),
            namespace: self.namespace.as_str().into(),
            revision: 1,
            is_install: !self.is_upgrade,
        };
        let rendered = helm::render(&chart, &release, &values, &capabilities, &(), Seam::default());
        match rendered {
            Ok(rendered) => Ok(rendered.template_output(self.include_crds)),
            Err(problem) if problem.has_release() => {
                Err(format!("{problem}\n\nUse --debug flag to render out invalid YAML"))
            }
            Err(problem) => {
                if matches!(problem, RenderError::Name { .. }) {
                    log_name_check(&problem.to_string());
                }
                Err(problem.to_string())
            }
        }
    }

    fn values(&self) -> Result<Values, String> {
        let mut values = Values::default();
        for path in &self.values {
            let shown = path.display();
            let text = std::fs::read(path).map_err(|problem| format!("open {shown}: {problem}"))?;
            let file = Values::parse(&String::from_utf8_lossy(&text));
            values.merge(&file.map_err(|problem| format!("failed to parse {shown}: {problem}"))?);
        }
        for text in &self.set_json {
            let set = values.set_json(text);
            set.map_err(|_| format!("failed parsing --set-json data {text}"))?;
        }
        for text in &self.set {
            values.set(text).map_err(|problem| format!("failed parsing --set data: {problem}"))?;
        }
        for text in &self.set_string {
            let set = values.set_string(text);
            set.map_err(|problem| format!("failed parsing --set-string data: {problem}"))?;
        }
        Ok(values)
    }
}

fn load(path: &Path) -> Result<Chart, String> {
    let shown = path.display();
    let missing = |problem: std::io::Error| format!("path {shown} not found: {problem}");
    if !path.is_dir() {
        let bytes = std::fs::read(path).map_err(missing)?;
        return Chart::from_archive(&bytes).map_err(|problem| problem.to_string());
    }
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let file = absolute.join("Chart.yaml");
    if !file.exists() {
        let file = file.display();
        return Err(format!(
            "unable to detect chart at {file}: open {file}: no such file or directory"
        ));
    }
    let tree = Tree::from_dir(path).map_err(|problem| problem.to_string())?;
    Chart::from_tree(&tree, &TreePath::root()).map_err(|problem| problem.to_string())
}

/// Helm logs this failure before it reports it.
fn log_name_check(problem: &str) {
    let cause = problem.trim_start_matches("release name check failed: ");
    let cause = cause.replace('\\', "\\\\").replace('"', "\\\"");
    anstream::eprintln!("level=ERROR msg=\"release name check failed\" error=\"{cause}\"");
}

fn check_installable(chart: &Chart) -> Result<(), String> {
    let metadata = chart.metadata();
    if !matches!(metadata.kind.as_ref(), "" | "application") {
        return Err(format!("{} charts are not installable", metadata.kind));
    }
    if metadata.deprecated {
        anstream::eprintln!("level=WARN msg=\"this chart is deprecated\"");
    }
    let missing = chart.missing_dependencies();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "an error occurred while checking for chart dependencies. You may need to run 'helm \
         dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in \
         charts/ directory: {}",
        missing.join(", ")
    ))
}
