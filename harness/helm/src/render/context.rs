//! What templates find in their dot: `.Values`, `.Chart`, `.Release`, `.Files`, `.Capabilities`.
//!
//! Source: Helm `pkg/engine` `recAllTpls` and `pkg/chart` `structToMap`.

use std::rc::Rc;
use std::sync::Arc;

use ::objects::Value;

use super::objects::{CapabilitiesObject, Files};
use super::{Release, typed};
use crate::capabilities::Capabilities;
use crate::chart::{Chart, Dependency, Metadata};
use crate::value::{Dict, MapType, Val};

fn entry(name: &str, value: impl Into<Val>) -> (Arc<str>, Val) {
    (name.into(), value.into())
}

impl From<&Arc<str>> for Val {
    fn from(text: &Arc<str>) -> Self {
        Self::Str(text.clone())
    }
}

impl From<bool> for Val {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

/// What stands above the chart itself.
pub(super) fn root(release: &Release, values: &Value, capabilities: &Capabilities) -> Val {
    let released = Val::dict([
        entry("Name", &release.name),
        entry("Namespace", &release.namespace),
        entry("IsUpgrade", !release.is_install),
        entry("IsInstall", release.is_install),
        entry("Revision", Val::int(release.revision)),
        entry("Service", Val::str("Helm")),
    ]);
    let capabilities = CapabilitiesObject(Arc::new(capabilities.clone()));
    Val::dict([
        entry("Capabilities", Val::Native(Rc::new(capabilities))),
        entry("Release", released),
        entry("Values", typed(Val::from(values), MapType::Values)),
    ])
}

/// The dot of a chart's templates, from that of its parent.
pub(super) fn chart(chart: &Chart, is_root: bool, above: &Val, subcharts: Val) -> Val {
    let of_parent = |name: &str| above.get(name).unwrap_or(Val::Nil);
    let values = if is_root {
        of_parent("Values")
    } else {
        own_values(&of_parent("Values"), &chart.metadata().name)
    };
    let files = chart.parts().files.iter().map(|file| (file.name.clone(), file.data.clone()));
    Val::dict([
        entry("Chart", metadata(chart.metadata(), is_root)),
        entry("Files", Val::Native(Rc::new(Files(files.collect())))),
        entry("Release", of_parent("Release")),
        entry("Capabilities", of_parent("Capabilities")),
        entry("Values", values),
        entry("Subcharts", subcharts),
    ])
}

/// The parent's table of the chart's name: shared, so that what one sets the other sees.
fn own_values(above: &Val, name: &str) -> Val {
    let found = name.split('.').try_fold(above.clone(), |table, key| table.get(key));
    match found {
        Some(Val::Map(Dict { entries, .. })) => Val::Map(Dict { entries, of: MapType::Values }),
        _ => typed(Val::dict([]), MapType::Values),
    }
}

fn texts(texts: &[Arc<str>]) -> Val {
    Val::list(texts.iter().map(Val::from).collect())
}

fn metadata(of: &Metadata, is_root: bool) -> Val {
    let maintainers = of.maintainers.iter().map(|[name, email, url]| {
        Val::dict([entry("Name", name), entry("Email", email), entry("URL", url)])
    });
    let kind = if of.annotations.is_some() { MapType::String } else { MapType::NilString };
    let annotations = of.annotations.iter().flatten();
    let annotations = Val::dict(annotations.map(|(key, text)| (key.clone(), Val::from(text))));
    Val::dict([
        entry("Name", &of.name),
        entry("Home", &of.home),
        entry("Sources", texts(&of.sources)),
        entry("Version", &of.version),
        entry("Description", &of.description),
        entry("Keywords", texts(&of.keywords)),
        entry("Maintainers", Val::list(maintainers.collect())),
        entry("Icon", &of.icon),
        entry("APIVersion", &of.api_version),
        entry("Condition", &of.condition),
        entry("Tags", &of.tags),
        entry("AppVersion", &of.app_version),
        entry("Deprecated", of.deprecated),
        entry("Annotations", typed(annotations, kind)),
        entry("KubeVersion", &of.kube_version),
        entry("Dependencies", Val::list(of.dependencies.iter().map(dependency).collect())),
        entry("Type", &of.kind),
        entry("IsRoot", is_root),
    ])
}

fn dependency(of: &Dependency) -> Val {
    Val::dict([
        entry("Name", &of.name),
        entry("Version", &of.version),
        entry("Repository", &of.repository),
        entry("Condition", &of.condition),
        entry("Tags", texts(&of.tags)),
        entry("Enabled", of.enabled()),
        entry("ImportValues", Val::list(of.import_values.iter().map(Val::from).collect())),
        entry("Alias", &of.alias),
    ])
}
