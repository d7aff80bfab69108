//! `Chart.yaml`: what a chart says of itself.
//!
//! Source: Helm `pkg/chart/v2` `metadata.go`, `dependency.go`: fields, checks and their words.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use objects::Value;
use regex::Regex;

use crate::data::Fields;
use crate::go;
use crate::version::Version;

/// What a chart says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// Name; that of a subchart may be an alias.
    pub name: Arc<str>,
    /// Version, as written.
    pub version: Arc<str>,
    /// Version of what the chart installs.
    pub app_version: Arc<str>,
    /// `v1` or `v2`.
    pub api_version: Arc<str>,
    /// `application`, `library`, or empty for an application.
    pub kind: Arc<str>,
    /// Versions of Kubernetes that the chart accepts.
    pub kube_version: Arc<str>,
    /// Whether its authors gave it up.
    pub deprecated: bool,
    /// One sentence.
    pub description: Arc<str>,
    /// Address of the project.
    pub home: Arc<str>,
    /// Address of an icon.
    pub icon: Arc<str>,
    /// Addresses of sources.
    pub sources: Vec<Arc<str>>,
    /// Words to find it by.
    pub keywords: Vec<Arc<str>>,
    /// Who maintains it: name, e-mail, address.
    pub maintainers: Vec<[Arc<str>; 3]>,
    /// Notes for other programs.
    pub annotations: Option<BTreeMap<Arc<str>, Arc<str>>>,
    /// The charts it needs.
    pub dependencies: Vec<Dependency>,
    /// A condition of the chart itself; Helm keeps it and does not heed it.
    pub condition: Arc<str>,
    /// As [`Metadata::condition`].
    pub tags: Arc<str>,
}

/// A chart that another needs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dependency {
    /// Name of the chart.
    pub name: Arc<str>,
    /// Versions that will do.
    pub version: Arc<str>,
    /// Where it comes from.
    pub repository: Arc<str>,
    /// Paths of values that switch it, separated by commas.
    pub condition: Arc<str>,
    /// Tags that switch it.
    pub tags: Vec<Arc<str>>,
    /// Values of it that its parent takes over: names, or maps with `child` and `parent`.
    pub import_values: Vec<Value>,
    /// Another name for it.
    pub alias: Arc<str>,
    pub(super) enabled: bool,
}

/// Reads metadata on top of what is already known (`requirements.yaml` adds to `Chart.yaml`).
/// Entries that are null are told by a name in the second part.
pub(super) fn read(value: &Value, known: &Metadata) -> Result<(Metadata, Nulls), String> {
    let mut fields = Fields::of(value, "v2.Metadata");
    let mut nulls = Nulls::default();
    let over = |new: Arc<str>, old: &Arc<str>| if new.is_empty() { old.clone() } else { new };
    let mut metadata = Metadata {
        annotations: fields.text_map("annotations").or_else(|| known.annotations.clone()),
        api_version: over(fields.text("apiVersion"), &known.api_version),
        app_version: over(fields.text("appVersion"), &known.app_version),
        condition: over(fields.text("condition"), &known.condition),
        dependencies: dependencies(&mut fields, &mut nulls),
        deprecated: fields.flag("deprecated") || known.deprecated,
        description: over(fields.text("description"), &known.description),
        home: over(fields.text("home"), &known.home),
        icon: over(fields.text("icon"), &known.icon),
        keywords: fields.texts("keywords"),
        kube_version: over(fields.text("kubeVersion"), &known.kube_version),
        maintainers: maintainers(&mut fields, &mut nulls),
        name: over(fields.text("name"), &known.name),
        sources: fields.texts("sources"),
        tags: over(fields.text("tags"), &known.tags),
        kind: over(fields.text("type"), &known.kind),
        version: over(fields.text("version"), &known.version),
    };
    let keep = |list: &mut Vec<Arc<str>>, old: &[Arc<str>]| {
        if list.is_empty() {
            list.extend_from_slice(old);
        }
    };
    keep(&mut metadata.keywords, &known.keywords);
    keep(&mut metadata.sources, &known.sources);
    if metadata.maintainers.is_empty() {
        metadata.maintainers.clone_from(&known.maintainers);
    }
    if metadata.dependencies.is_empty() {
        metadata.dependencies.clone_from(&known.dependencies);
    }
    fields.finish()?;
    Ok((metadata, nulls))
}

/// Null entries, which only the check refuses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Nulls {
    maintainer: bool,
    dependency: bool,
}

fn dependencies(fields: &mut Fields<'_>, nulls: &mut Nulls) -> Vec<Dependency> {
    let mut found = Vec::new();
    for item in fields.list("dependencies", "[]*v2.Dependency") {
        nulls.dependency |= item.is_null();
        found.push(fields.item("dependencies", item, |fields| Dependency {
            alias: fields.text("alias"),
            condition: fields.text("condition"),
            enabled: fields.flag("enabled"),
            import_values: fields.list("import-values", "[]interface {}").to_vec(),
            name: fields.text("name"),
            repository: fields.text("repository"),
            tags: fields.texts("tags"),
            version: fields.text("version"),
        }));
    }
    found
}

fn maintainers(fields: &mut Fields<'_>, nulls: &mut Nulls) -> Vec<[Arc<str>; 3]> {
    let mut found = Vec::new();
    for item in fields.list("maintainers", "[]*v2.Maintainer") {
        nulls.maintainer |= item.is_null();
        found.push(fields.item("maintainers", item, |fields| {
            ["name", "email", "url"].map(|name| fields.text(name))
        }));
    }
    found
}

impl Metadata {
    /// Cleans the texts and refuses what Helm refuses.
    pub(super) fn check(&mut self, nulls: Nulls) -> Result<(), String> {
        self.clean();
        let required = |field: &str| Err(format!("chart.metadata.{field} is required"));
        let name = go::quote(&self.name);
        if self.api_version.is_empty() {
            return required("apiVersion");
        }
        match self.name.as_ref() {
            "" => return required("name"),
            "." | ".." => return Err(format!("chart.metadata.name {name} is not allowed")),
            text if text.contains('/') => {
                return Err(format!("chart.metadata.name {name} is invalid"));
            }
            _ => {}
        }
        if self.version.is_empty() {
            return required("version");
        }
        if Version::parse(&self.version).is_err() {
            let version = go::quote(&self.version);
            return Err(format!("chart.metadata.version {version} is invalid"));
        }
        if !matches!(self.kind.as_ref(), "" | "application" | "library") {
            return Err("chart.metadata.type must be application or library".to_owned());
        }
        if nulls.maintainer {
            return Err("maintainers must not contain empty or null nodes".to_owned());
        }
        self.check_dependencies(nulls)
    }

    fn check_dependencies(&self, nulls: Nulls) -> Result<(), String> {
        if nulls.dependency {
            return Err("dependencies must not contain empty or null nodes".to_owned());
        }
        let mut known: Vec<&str> = Vec::new();
        for dependency in &self.dependencies {
            if !dependency.alias.is_empty()
                && !ALIAS.as_ref().is_some_and(|a| a.is_match(&dependency.alias))
            {
                let name = go::quote(&dependency.name);
                return Err(format!("dependency {name} has disallowed characters in the alias"));
            }
            let key = dependency.known_as();
            if known.contains(&key) {
                let key = go::quote(key);
                return Err(format!("more than one dependency with name or alias {key}"));
            }
            known.push(key);
        }
        Ok(())
    }

    fn clean(&mut self) {
        let own = [
            &mut self.name,
            &mut self.description,
            &mut self.home,
            &mut self.icon,
            &mut self.condition,
            &mut self.tags,
            &mut self.app_version,
            &mut self.kube_version,
        ];
        let lists = self.sources.iter_mut().chain(&mut self.keywords);
        let people = self.maintainers.iter_mut().flatten();
        let needs = self.dependencies.iter_mut().flat_map(|need| {
            [&mut need.name, &mut need.version, &mut need.repository, &mut need.condition]
                .into_iter()
                .chain(&mut need.tags)
        });
        for text in own.into_iter().chain(lists).chain(people).chain(needs) {
            clean(text);
        }
    }
}

static ALIAS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("^[a-zA-Z0-9_-]+$").ok());

impl Dependency {
    /// Whether conditions and tags let it take part.
    pub(crate) fn enabled(&self) -> bool {
        self.enabled
    }

    /// The name that its values and templates go by.
    pub(crate) fn known_as(&self) -> &str {
        if self.alias.is_empty() { &self.name } else { &self.alias }
    }
}

/// Every kind of space becomes a plain one; what cannot be printed goes.
fn clean(text: &mut Arc<str>) {
    if text.chars().all(|c| c == ' ' || c.is_ascii_graphic()) {
        return;
    }
    let kept = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c });
    *text = kept.filter(|c| go::is_print(*c)).collect::<String>().into();
}
