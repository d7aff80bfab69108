//! From a chart and values to what Helm releases.

use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use client::{Options, Target};
use flux::parts::Step;
use helm::{Capabilities, Chart, Extras, KubeVersion, Lookup, Seam, Values};
use objects::{Gvk, Map, Value};

use super::postrender::Files;
use super::reconcile::Run;
use super::values::whole;
use crate::action::{Actions, Hook, Problem, Release, Rendered};
use crate::caller::Client;

/// What charts see of Helm in helm-controller 1.6.
const HELM_VERSION: &str = "v4.2";

/// A chart in hand.
#[derive(Clone)]
pub(crate) struct Loaded {
    chart: Chart,
    /// Digest of the OCI artifact that it came in; else empty.
    pub(super) oci_digest: String,
}

/// What a chart gave, and the chart as the release keeps it.
pub(super) struct Made {
    pub(super) chart: Rc<Value>,
    pub(super) release: Rendered,
}

impl Loaded {
    /// Loads a packed chart.
    pub(super) fn new(bytes: &[u8]) -> Result<Self, String> {
        let chart = Chart::from_archive(bytes).map_err(|problem| problem.to_string())?;
        Ok(Self { chart, oci_digest: String::new() })
    }

    pub(super) fn name(&self) -> &str {
        &self.chart.metadata().name
    }

    pub(super) fn version(&self) -> &str {
        &self.chart.metadata().version
    }

    pub(super) fn app_version(&self) -> &str {
        &self.chart.metadata().app_version
    }

    pub(super) fn set_version(&mut self, version: &str) {
        self.chart = self.chart.with_version(version);
    }
}

impl Run {
    /// The chart's definitions that take part with these values; none where they do not fit.
    pub(super) fn find_definitions(&mut self) {
        let Some(loaded) = &self.chart else { return };
        let found = Values::of(&self.values)
            .ok()
            .and_then(|values| helm::crds(&loaded.chart, &values).ok());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let found = found.unwrap_or_default().into_iter();
        self.definitions = found.map(|(path, bytes)| (path.to_string(), text(&bytes))).collect();
    }

    /// Renders the chart for a revision.
    pub(super) async fn render(
        &self,
        actions: &Actions,
        name: &str,
        revision: i64,
        step: Step,
        chart: &Chart,
        values: &Value,
    ) -> Result<Made, Problem> {
        let namespace = actions.namespace.as_str();
        let release = helm::Release {
            name: name.into(),
            namespace: namespace.into(),
            revision,
            is_install: step == Step::Install,
        };
        let capabilities = self.capabilities().await?;
        let values = Values::of(values).map_err(|problem| Problem::Failed(problem.to_string()))?;
        let post_render = |files| self.change(files);
        let extras = Extras {
            skip_schema: self.hr.flag(&[step.key(), "disableSchemaValidation"]),
            post_render: Some(&post_render),
        };
        let seam = Seam { now: self.world.clock.now(), seed: self.world.settings.seed };
        let lookup = Live { client: &actions.client };
        let rendered =
            helm::render_with(chart, &release, &values, &capabilities, &lookup, seam, &extras);
        let rendered = rendered.map_err(|problem| Problem::Failed(problem.to_string()))?;
        Ok(Made {
            chart: Rc::new(record(&rendered.chart)),
            release: Rendered {
                manifest: rendered.manifest,
                hooks: rendered.hooks.iter().map(hook).collect(),
                notes: rendered.notes,
            },
        })
    }

    /// The chart in hand.
    pub(super) fn loaded(&self) -> Result<&Chart, Problem> {
        let loaded = self.chart.as_ref().map(|loaded| &loaded.chart);
        loaded.ok_or_else(|| Problem::Failed("no chart is loaded".to_owned()))
    }

    /// The values of an upgrade and the chart that it is made from; old ones stay where that is asked for.
    pub(super) fn upgrade_values(
        &self,
        actions: &Actions,
        current: &Release,
    ) -> Result<(Chart, Value), Problem> {
        let chart = self.loaded()?.clone();
        if !self.hr.flag(&["upgrade", "preserveValues"]) {
            actions.log.say("resetting values to the chart's original version", &[]);
            return Ok((chart, self.values.clone()));
        }
        actions.log.say("reusing the old release's values", &[]);
        let read = |value: &Value| {
            Values::of(value).map_err(|problem| {
                Problem::Failed(format!("failed to rebuild old values: {problem}"))
            })
        };
        let config = read(&current.config)?;
        let empty = Value::map();
        let mut old = read(current.chart.get("values").unwrap_or(&empty))?;
        old.merge(&config);
        let mut new = config;
        new.merge(&read(&self.values)?);
        Ok((chart.with_values(&old), whole(&new.value())))
    }

    /// What the cluster serves, as charts see it.
    async fn capabilities(&self) -> Result<Capabilities, Problem> {
        let found = self.target.discovery().await.map_err(|status| {
            Problem::Failed(format!("could not get server version from Kubernetes: {status}"))
        })?;
        let version = KubeVersion::parse(&found.version)
            .map_err(|problem| Problem::Failed(problem.to_string()))?;
        let mut api_versions: Vec<Arc<str>> = Vec::with_capacity(found.kinds.len() * 2);
        for gvk in &found.kinds {
            let group = gvk.api_version();
            if !api_versions.iter().rev().any(|known| **known == *group) {
                api_versions.push(group.as_str().into());
            }
            api_versions.push(format!("{group}/{}", gvk.kind).into());
        }
        Ok(Capabilities { kube_version: version, api_versions, helm_version: HELM_VERSION.into() })
    }

    /// Post-renders files by the strategy of the spec.
    fn change(
        &self,
        files: BTreeMap<Arc<str>, String>,
    ) -> Result<BTreeMap<Arc<str>, String>, String> {
        let strategy = self.post_render_strategy();
        let plain = |files: BTreeMap<Arc<str>, String>| -> Files {
            files.into_iter().map(|(path, text)| (path.to_string(), text)).collect()
        };
        if strategy == "combined" {
            let changed = self.post_render(&plain(files), "")?;
            return Ok(changed.into_iter().map(|(path, text)| (path.into(), text)).collect());
        }
        let (hooks, manifests) = helm::sort(&files)?;
        let hooks = joined(hooks.into_iter().map(|hook| (hook.path, hook.manifest)));
        let manifests = joined(manifests.into_iter());
        let mut all = Files::new();
        for (group, files, changes) in
            [("hooks", hooks, strategy == "separate"), ("manifests", manifests, true)]
        {
            if files.is_empty() {
                continue;
            }
            let files = if changes { self.post_render(&files, group)? } else { files };
            files.into_iter().for_each(|(path, text)| add(&mut all, path, &text));
        }
        Ok(all.into_iter().map(|(path, text)| (path.into(), text)).collect())
    }
}

fn joined(parts: impl Iterator<Item = (Arc<str>, String)>) -> Files {
    let mut files = Files::new();
    parts.for_each(|(path, text)| add(&mut files, path.to_string(), &text));
    files
}

/// Puts a text into a file, behind what stands there.
fn add(files: &mut Files, path: String, text: &str) {
    let known = files.entry(path).or_default();
    if !known.is_empty() {
        known.push_str("\n---\n");
    }
    known.push_str(text);
}

fn hook(hook: &helm::Hook) -> Hook {
    let texts = |list: &[Arc<str>]| list.iter().map(ToString::to_string).collect();
    Hook {
        name: hook.name.to_string(),
        kind: hook.kind.to_string(),
        path: hook.path.to_string(),
        manifest: hook.manifest.clone(),
        events: texts(&hook.events),
        weight: hook.weight,
        delete_policies: texts(&hook.delete_policies),
        log_policies: texts(&hook.output_log_policies),
        ..Hook::default()
    }
}

/// The chart as the record of a release keeps it.
fn record(chart: &Chart) -> Value {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let files = |list: Vec<(&str, &[u8])>| -> Value {
        list.into_iter()
            .map(|(name, data)| {
                Value::from([
                    ("name", Value::from(name)),
                    ("data", STANDARD.encode(data).into()),
                    ("modtime", "0001-01-01T00:00:00Z".into()),
                ])
            })
            .collect()
    };
    let schema = chart.schema().map_or(Value::Null, |schema| STANDARD.encode(schema).into());
    Value::from([
        ("metadata", metadata(chart)),
        ("lock", Value::Null),
        ("templates", files(chart.templates().collect())),
        ("values", whole(&chart.values())),
        ("schema", schema),
        ("schemamodtime", "0001-01-01T00:00:00Z".into()),
        ("files", files(chart.files().collect())),
    ])
}

fn metadata(chart: &Chart) -> Value {
    let metadata = chart.metadata();
    let text = |text: &Arc<str>| Value::from(&**text);
    let texts = |list: &[Arc<str>]| list.iter().map(text).collect::<Value>();
    let mut map: Map = [
        ("name", text(&metadata.name)),
        ("home", text(&metadata.home)),
        ("version", text(&metadata.version)),
        ("description", text(&metadata.description)),
        ("icon", text(&metadata.icon)),
        ("apiVersion", text(&metadata.api_version)),
        ("condition", text(&metadata.condition)),
        ("tags", text(&metadata.tags)),
        ("appVersion", text(&metadata.app_version)),
        ("kubeVersion", text(&metadata.kube_version)),
        ("type", text(&metadata.kind)),
        ("sources", texts(&metadata.sources)),
        ("keywords", texts(&metadata.keywords)),
        ("maintainers", metadata.maintainers.iter().map(maintainer).collect()),
        ("dependencies", metadata.dependencies.iter().map(dependency).collect()),
    ]
    .into_iter()
    .filter(|(_, value)| !is_nothing(value))
    .collect();
    if metadata.deprecated {
        map.insert("deprecated", true);
    }
    if let Some(annotations) = &metadata.annotations {
        let entries = annotations.iter().map(|(key, value)| (key.clone(), text(value)));
        map.insert("annotations", entries.collect::<Map>());
    }
    map.into()
}

fn maintainer(parts: &[Arc<str>; 3]) -> Value {
    let named = ["name", "email", "url"].into_iter().zip(parts);
    let filled = named.filter(|(_, text)| !text.is_empty());
    filled.map(|(key, text)| (key, Value::from(&**text))).collect::<Map>().into()
}

fn dependency(need: &helm::Dependency) -> Value {
    let text = |text: &Arc<str>| Value::from(&**text);
    let pairs = [
        ("name", text(&need.name)),
        ("version", text(&need.version)),
        ("repository", text(&need.repository)),
        ("condition", text(&need.condition)),
        ("tags", need.tags.iter().map(text).collect()),
        ("enabled", true.into()),
        ("import-values", need.import_values.iter().map(whole).collect()),
        ("alias", text(&need.alias)),
    ];
    let kept = pairs
        .into_iter()
        .filter(|(key, value)| matches!(*key, "name" | "repository") || !is_nothing(value));
    kept.collect::<Map>().into()
}

fn is_nothing(value: &Value) -> bool {
    value.as_str() == Some("") || value.as_list().is_some_and(<[Value]>::is_empty)
}

/// The cluster, for the template function `lookup`.
struct Live<'a> {
    client: &'a Client,
}

/// The answer of a call that is ready at once, as embedded ones are.
fn at_once<T>(future: impl Future<Output = T>) -> Result<T, String> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(future).poll(&mut context) {
        Poll::Ready(answer) => Ok(answer),
        Poll::Pending => Err("lookup needs an API that answers at once".to_owned()),
    }
}

impl Live<'_> {
    fn resource(&self, api_version: &str, kind: &str) -> Result<(Gvk, bool), String> {
        let gvk = Gvk::from_api_version(api_version, kind);
        match at_once(self.client.resource(&gvk))? {
            Ok(found) => Ok((gvk, found.namespaced)),
            Err(_) => {
                let (group, version, kind) = (&gvk.group, &gvk.version, &gvk.kind);
                Err(format!(
                    "unable to get apiresource from unstructured: {group}/{version}, Kind={kind}: \
                     failed to find kind {kind:?} in {api_version}"
                ))
            }
        }
    }
}

impl Lookup for Live<'_> {
    fn get(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Result<Option<Value>, String> {
        let (gvk, namespaced) = self.resource(api_version, kind)?;
        let namespace = if namespaced { namespace } else { "" };
        match at_once(self.client.get(Target::new(gvk, namespace, name)))? {
            Ok(found) => Ok(Some(found.0)),
            Err(status) if status.is_not_found() => Ok(None),
            Err(status) => Err(status.to_string()),
        }
    }

    fn list(
        &self,
        api_version: &str,
        kind: &str,
        namespace: &str,
    ) -> Result<Option<Value>, String> {
        let (gvk, namespaced) = self.resource(api_version, kind)?;
        let namespace = if namespaced { namespace } else { "" };
        let listed = at_once(self.client.list(&gvk, namespace, Options::default()))?;
        match listed {
            Ok(items) => {
                let items: Value = items.into_iter().map(|item| item.0).collect();
                Ok(Some(Value::from([
                    ("apiVersion", Value::from(gvk.api_version())),
                    ("kind", format!("{}List", gvk.kind).into()),
                    ("items", items),
                ])))
            }
            Err(status) if status.is_not_found() => Ok(None),
            Err(status) => Err(status.to_string()),
        }
    }
}
