//! Dependencies that a chart names and does not hold.
//!
//! Rules and words from fluxcd/source-controller: internal/helm/chart/dependency_manager.

use flux::FluxKind;
use objects::{Object, Value};
use tree::archive::{Limits, unpack};
use tree::{Tree, TreePath};

use super::build::{BuildError, Reason};
use super::local::{Files, inside};
use super::metadata::{Metadata, of_folder, of_unpacked};
use super::remote::Repository;
use crate::helmrepository::access;
use crate::semver_range::{Range, parse_version};

/// Puts the dependencies that are missing into a chart; how many there were.
pub(super) async fn complete(
    files: &Files<'_>,
    path: &TreePath,
    metadata: &Metadata,
    chart: &mut Tree,
) -> Result<usize, BuildError> {
    let wanted = locked(chart).unwrap_or_else(|| metadata.dependencies());
    let held = held(chart);
    if held.len() == wanted.len() {
        return Ok(0);
    }
    let missing = wanted.into_iter().filter(|[name, _, _, alias]| {
        let shown = if alias.is_empty() { name } else { alias };
        !held.contains(shown) && !held.contains(name)
    });
    let missing: Vec<[String; 4]> = missing.collect();
    for dependency in &missing {
        let [name, _, repository, alias] = dependency;
        let shown = if alias.is_empty() { name } else { alias };
        let local = repository.is_empty() || repository.starts_with("file://");
        let added =
            if local { files.local(path, dependency) } else { files.remote(dependency).await };
        let kind = if local { "local" } else { "remote" };
        let added = added.map_err(|problem| {
            let problem = format!("failed to add {kind} dependency '{shown}': {problem}");
            BuildError::new(Reason::Dependency, problem)
        })?;
        put(chart, name, &added);
    }
    Ok(missing.len())
}

fn put(chart: &mut Tree, name: &str, files: &Tree) {
    for (path, file) in files.iter() {
        if let Ok(path) = TreePath::new(&format!("charts/{name}/{path}")) {
            chart.insert_file(path, file.clone());
        }
    }
}

/// The dependencies of a lock file, which comes first.
fn locked(chart: &Tree) -> Option<Vec<[String; 4]>> {
    let file = |name: &str| TreePath::new(name).ok().and_then(|path| chart.text(&path));
    let text = file("Chart.lock").or_else(|| file("requirements.lock"))?;
    let value = objects::load_yaml(text, yaml::Schema::Yaml11).ok()?.into_iter().next()?;
    let (name, version) = (String::new(), String::new());
    Some(Metadata { name, version, value }.dependencies())
}

/// Names of the charts that lie in `charts/`, as folders or packed.
fn held(chart: &Tree) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(folder) = TreePath::new("charts") else { return names };
    for (path, file) in chart.below(&folder) {
        let parts: Vec<&str> = path.parts().collect();
        match parts.as_slice() {
            [_, archive] if archive.ends_with(".tgz") => {
                let unpacked = unpack(&file.contents, Limits::default()).ok();
                let read = unpacked.and_then(|files| of_unpacked(&files).ok());
                names.extend(read.map(|metadata| metadata.name));
            }
            [_, folder, "Chart.yaml"] => {
                let at = TreePath::new(&format!("charts/{folder}")).ok();
                let read = at.and_then(|at| of_folder(chart, &at, folder).ok());
                names.extend(read.map(|metadata| metadata.name));
            }
            _ => {}
        }
    }
    names
}

impl Files<'_> {
    /// A dependency that lies in the same source.
    fn local(
        &self,
        chart: &TreePath,
        [name, range, repository, _]: &[String; 4],
    ) -> Result<Tree, String> {
        let relative = match repository.strip_prefix("file://") {
            Some(path) => format!("{chart}/{path}"),
            None => format!("{chart}/charts/{name}"),
        };
        let path = inside(&relative);
        if !self.tree.is_dir(&path) {
            return Err(format!("no chart found at '/{path}' (reference '{repository}')"));
        }
        let constraint = Range::parse(range)
            .map_err(|problem| format!("invalid version/constraint format '{range}': {problem}"))?;
        let metadata = of_folder(self.tree, &path, path.as_str()).map_err(|p| {
            format!("failed to load chart from '/{path}' (reference '{repository}'): {p}")
        })?;
        let version = parse_version(&metadata.version).ok_or("invalid semantic version")?;
        if !constraint.allows(&version) {
            return Err(format!("can't get a valid version for constraint '{range}'"));
        }
        Ok(self.tree.subtree(&path))
    }

    /// A dependency of a chart repository.
    async fn remote(&self, [name, range, url, _]: &[String; 4]) -> Result<Tree, String> {
        if url.starts_with('@') {
            return Err(format!("aliased repository dependency is not supported: {url}"));
        }
        if !["http://", "https://", "oci://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(format!("invalid dependency repository URL: {url}"));
        }
        let object = self.repository_of(url);
        let access = access(self.world, &object).await.map_err(|problem| {
            format!("failed to get chart repository for URL '{url}': {problem}")
        })?;
        let repository =
            Repository { world: self.world, chart: self.chart, object: &object, access };
        let found = repository.find(name, range).await.map_err(|error| {
            let prefix = "failed to get chart version for remote reference: ";
            let problem = error.problem.strip_prefix(prefix).unwrap_or(&error.problem).to_owned();
            format!("failed to get chart '{name}' version '{range}' from '{url}': {problem}")
        })?;
        let version = found.version.clone();
        let bytes = repository.pull(&found).await.map_err(|problem| {
            format!("chart download of version '{version}' failed: {problem}")
        })?;
        let files = unpack(&bytes, Limits::default()).map_err(|cause| {
            format!("failed to load downloaded archive of version '{version}': {cause}")
        })?;
        let root = files.iter().find_map(|(path, _)| path.parts().next().map(str::to_owned));
        Ok(files.subtree(&inside(&root.unwrap_or_default())))
    }

    /// The HelmRepository of the namespace with this URL, or one that says no more than it.
    fn repository_of(&self, url: &str) -> Object {
        let plain = |url: &str| url.trim_end_matches('/').to_owned();
        let informers = self.world.informers.borrow();
        let known = informers.list(FluxKind::HelmRepository).find(|object| {
            object.namespace() == self.chart.namespace()
                && object.str_at(&["spec", "url"]).map(plain) == Some(plain(url))
        });
        known.cloned().unwrap_or_else(|| {
            let kind = if url.starts_with("oci://") { "oci" } else { "default" };
            let mut object = Object(Value::map());
            object.set(&["metadata", "namespace"], self.chart.namespace());
            object.set(&["spec", "url"], url);
            object.set(&["spec", "type"], kind);
            object
        })
    }
}
