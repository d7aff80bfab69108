//! A kustomization file as it is written, then with its legacy fields moved.

use std::collections::BTreeMap;

use objects::Value;

use crate::decode::{Decoder, Mode, yaml_to_json};
use crate::error::{Context, Result, fail};
use crate::fieldspec::FieldSpec;
use crate::generators::{GeneratorArgs, GeneratorOptions};
use crate::images::Image;
use crate::patches::PatchEntry;
use crate::replacements::ReplacementEntry;
use crate::vars::Var;

pub(crate) const FILE_NAMES: [&str; 3] =
    ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Labels that go on objects, and perhaps on their selectors and templates.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Label {
    pub(crate) pairs: BTreeMap<String, String>,
    pub(crate) include_selectors: bool,
    pub(crate) include_templates: bool,
    pub(crate) fields: Vec<FieldSpec>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Replica {
    pub(crate) name: String,
    pub(crate) count: i64,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SortOptions {
    pub(crate) order: String,
    pub(crate) legacy: Option<(Vec<String>, Vec<String>)>,
}

/// The fields of the file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kustomization {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) open_api: BTreeMap<String, String>,
    pub(crate) name_prefix: String,
    pub(crate) name_suffix: String,
    pub(crate) namespace: String,
    pub(crate) common_labels: BTreeMap<String, String>,
    pub(crate) labels: Vec<Label>,
    pub(crate) common_annotations: BTreeMap<String, String>,
    pub(crate) patches_strategic_merge: Vec<String>,
    pub(crate) patches_json6902: Vec<PatchEntry>,
    pub(crate) patches: Vec<PatchEntry>,
    pub(crate) images: Vec<Image>,
    pub(crate) replacements: Vec<ReplacementEntry>,
    pub(crate) replicas: Vec<Replica>,
    pub(crate) vars: Vec<Var>,
    pub(crate) sort_options: Option<SortOptions>,
    pub(crate) resources: Vec<String>,
    pub(crate) components: Vec<String>,
    pub(crate) crds: Vec<String>,
    pub(crate) config_maps: Vec<GeneratorArgs>,
    pub(crate) secrets: Vec<GeneratorArgs>,
    pub(crate) uses_helm: bool,
    pub(crate) generator_options: Option<GeneratorOptions>,
    pub(crate) configurations: Vec<String>,
    pub(crate) generators: Vec<String>,
    pub(crate) transformers: Vec<String>,
    pub(crate) validators: Vec<String>,
    pub(crate) build_metadata: Vec<String>,
    pub(crate) warnings: Vec<String>,
    /// The first chart as messages show it.
    pub(crate) helm_shown: String,
    /// The replacements as messages show them.
    pub(crate) replacements_shown: String,
    bases: Vec<String>,
    image_tags: Vec<Image>,
    is_empty: bool,
}

/// Every field that a kustomization file may have, in the order of `types.Kustomization`
/// (sigs.k8s.io/kustomize/api/types), and `imageTags`, which was one.
pub const FIELDS: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "openapi",
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "commonAnnotations",
    "patchesStrategicMerge",
    "patchesJson6902",
    "patches",
    "images",
    "imageTags",
    "replacements",
    "replicas",
    "vars",
    "sortOptions",
    "resources",
    "components",
    "crds",
    "bases",
    "configMapGenerator",
    "secretGenerator",
    "helmGlobals",
    "helmCharts",
    "helmChartInflationGenerator",
    "generatorOptions",
    "configurations",
    "generators",
    "transformers",
    "validators",
    "buildMetadata",
];

/// Deprecated field, what stands in its place, and whether `edit fix` is experimental.
const DEPRECATED: [(&str, &str, bool); 6] = [
    ("bases", "resources", false),
    ("commonLabels", "labels", false),
    ("imageTags", "images", false),
    ("patchesJson6902", "patches", false),
    ("patchesStrategicMerge", "patches", false),
    ("vars", "replacements", true),
];

impl Kustomization {
    /// Reads a file; `folder` is where it stands, for messages.
    pub(crate) fn read(text: &str, folder: &str) -> Result<Self> {
        let invalid = || "invalid Kustomization".to_owned();
        let value = yaml_to_json(text).context(invalid)?;
        let mut decoder = Decoder::new(Mode::Strict);
        let mut made = Self { is_empty: true, ..Self::default() };
        decoder.fields(&value, "types.Kustomization", FIELDS, |d, name, value| {
            made.field(d, name, value);
        });
        decoder.finish().context(invalid)?;
        made.warn(&value);
        made.show(&value);
        made.fix();
        if made.is_empty {
            return fail("kustomization.yaml is empty");
        }
        made.enforce(folder)?;
        Ok(made)
    }

    fn field(&mut self, d: &mut Decoder, name: &str, value: &Value) {
        if value.is_null() {
            return;
        }
        self.is_empty &= matches!(name, "apiVersion" | "kind")
            || matches!(value, Value::String(text) if text.is_empty());
        match name {
            "apiVersion" => self.api_version = d.text(value),
            "kind" => self.kind = d.text(value),
            "metadata" => metadata(d, value),
            "openapi" => self.open_api = d.text_map(value),
            "namePrefix" => self.name_prefix = d.text(value),
            "nameSuffix" => self.name_suffix = d.text(value),
            "namespace" => self.namespace = d.text(value),
            "commonLabels" => self.common_labels = d.text_map(value),
            "labels" => self.labels = d.list(value, "[]types.Label", Label::decode),
            "commonAnnotations" => self.common_annotations = d.text_map(value),
            "patchesStrategicMerge" => {
                let item =
                    |d: &mut Decoder, value: &Value| d.text_as(value, "types.PatchStrategicMerge");
                self.patches_strategic_merge = d.list(value, "[]types.PatchStrategicMerge", item);
            }
            "patchesJson6902" => {
                self.patches_json6902 = d.list(value, "[]types.Patch", PatchEntry::decode);
            }
            "patches" => self.patches = d.list(value, "[]types.Patch", PatchEntry::decode),
            "images" => self.images = d.list(value, "[]types.Image", Image::decode),
            "imageTags" => self.image_tags = d.list(value, "[]types.Image", Image::decode),
            "replacements" => {
                self.replacements =
                    d.list(value, "[]types.ReplacementField", ReplacementEntry::decode);
            }
            "replicas" => self.replicas = d.list(value, "[]types.Replica", Replica::decode),
            "vars" => self.vars = d.list(value, "[]types.Var", Var::decode),
            "sortOptions" => self.sort_options = Some(SortOptions::decode(d, value)),
            other => self.operand(d, other, value),
        }
    }

    fn operand(&mut self, d: &mut Decoder, name: &str, value: &Value) {
        match name {
            "resources" => self.resources = d.texts(value),
            "components" => self.components = d.texts(value),
            "crds" => self.crds = d.texts(value),
            "bases" => self.bases = d.texts(value),
            "configMapGenerator" => {
                let item = |d: &mut Decoder, value: &Value| GeneratorArgs::decode(d, value, false);
                self.config_maps = d.list(value, "[]types.ConfigMapArgs", item);
            }
            "secretGenerator" => {
                let item = |d: &mut Decoder, value: &Value| GeneratorArgs::decode(d, value, true);
                self.secrets = d.list(value, "[]types.SecretArgs", item);
            }
            "helmCharts" | "helmChartInflationGenerator" => {
                self.uses_helm |= value.as_list().is_some_and(|charts| !charts.is_empty());
            }
            "generatorOptions" => self.generator_options = Some(GeneratorOptions::decode(d, value)),
            "configurations" => self.configurations = d.texts(value),
            "generators" => self.generators = d.texts(value),
            "transformers" => self.transformers = d.texts(value),
            "validators" => self.validators = d.texts(value),
            "buildMetadata" => self.build_metadata = d.texts(value),
            _ => {}
        }
    }

    fn warn(&mut self, value: &Value) {
        let Some(map) = value.as_map() else { return };
        for (old, new, experimental) in DEPRECATED {
            let used =
                map.iter().any(|(key, value)| key.eq_ignore_ascii_case(old) && !value.is_null());
            if used {
                let prefix = if experimental { "[EXPERIMENTAL] " } else { "" };
                self.warnings.push(format!(
                    "# Warning: '{old}' is deprecated. Please use '{new}' instead. {prefix}Run 'kustomize edit fix' to update your Kustomization automatically."
                ));
            }
        }
    }

    /// Keeps the texts that messages about Helm and replacements need.
    fn show(&mut self, value: &Value) {
        if self.uses_helm {
            let mut chart = value.get("helmGlobals").cloned().unwrap_or_else(Value::map);
            let first = value.list_at(&["helmCharts"]).first().and_then(Value::as_map);
            for (key, value) in first.into_iter().flatten() {
                chart.set(&[key], value.clone());
            }
            if !self.namespace.is_empty() && chart.get("namespace").is_none() {
                chart.set(&["namespace"], self.namespace.as_str());
            }
            self.helm_shown = objects::to_yaml(&chart);
        }
        if let Some(replacements) = value.get("replacements") {
            let mut shown = Value::map();
            shown.set(&["Replacements"], replacements.clone());
            self.replacements_shown = objects::to_yaml(&shown);
        }
    }

    /// Moves what legacy fields hold to the fields of today.
    fn fix(&mut self) {
        if self.kind.is_empty() {
            self.kind = "Kustomization".into();
        }
        if self.api_version.is_empty() {
            self.api_version = self.wanted_version().into();
        }
        self.resources.append(&mut self.bases);
        self.images.append(&mut self.image_tags);
        for args in self.config_maps.iter_mut().chain(&mut self.secrets) {
            let env = std::mem::take(&mut args.env);
            if !env.is_empty() {
                args.envs.push(env);
            }
        }
    }

    fn wanted_version(&self) -> &'static str {
        if self.kind == "Component" {
            "kustomize.config.k8s.io/v1alpha1"
        } else {
            "kustomize.config.k8s.io/v1beta1"
        }
    }

    fn enforce(&self, folder: &str) -> Result<()> {
        let mut problems = Vec::new();
        if !matches!(self.kind.as_str(), "Kustomization" | "Component") {
            problems.push("kind should be Kustomization or Component".to_owned());
        }
        if self.api_version != self.wanted_version() {
            problems.push(format!(
                "apiVersion for {} should be {}",
                self.kind,
                self.wanted_version()
            ));
        }
        if problems.is_empty() {
            return Ok(());
        }
        fail(format!("Failed to read kustomization file under {folder}:\n{}", problems.join("\n")))
    }
}

fn metadata(d: &mut Decoder, value: &Value) {
    let names = &["name", "namespace", "labels", "annotations"];
    d.fields(value, "types.ObjectMeta", names, |d, name, value| match name {
        "name" | "namespace" => {
            d.text(value);
        }
        _ => {
            d.text_map(value);
        }
    });
}

impl Label {
    fn decode(d: &mut Decoder, value: &Value) -> Self {
        let names = &["pairs", "includeSelectors", "includeTemplates", "fields"];
        let mut made = Self::default();
        d.fields(value, "types.Label", names, |d, name, value| match name {
            "pairs" => made.pairs = d.text_map(value),
            "includeSelectors" => made.include_selectors = d.flag(value),
            "includeTemplates" => made.include_templates = d.flag(value),
            _ => made.fields = d.list(value, "[]types.FieldSpec", FieldSpec::decode),
        });
        made
    }
}

impl Replica {
    pub(crate) fn decode(d: &mut Decoder, value: &Value) -> Self {
        let mut made = Self::default();
        d.fields(value, "types.Replica", &["name", "count"], |d, name, value| match name {
            "name" => made.name = d.text(value),
            _ => made.count = d.whole(value, "int64"),
        });
        made
    }
}

impl SortOptions {
    fn decode(d: &mut Decoder, value: &Value) -> Self {
        let mut made = Self::default();
        let names = &["order", "legacySortOptions"];
        d.fields(value, "types.SortOptions", names, |d, name, value| {
            if name == "order" {
                made.order = d.text_as(value, "types.SortOrder");
                return;
            }
            let mut orders = (Vec::new(), Vec::new());
            let names = &["orderFirst", "orderLast"];
            d.fields(value, "types.LegacySortOptions", names, |d, name, value| match name {
                "orderFirst" => orders.0 = d.texts(value),
                _ => orders.1 = d.texts(value),
            });
            made.legacy = (!value.is_null()).then_some(orders);
        });
        made
    }
}
