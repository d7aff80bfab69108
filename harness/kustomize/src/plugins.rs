//! Generators and transformers that are resources of their own (`apiVersion: builtin`).

use std::collections::BTreeMap;

use objects::Value;

use crate::context::Context as Build;
use crate::decode::{Decoder, Mode, unmarshal};
use crate::error::{Context, Result, fail};
use crate::fieldspec::FieldSpec;
use crate::generators::GeneratorArgs;
use crate::images::Image;
use crate::json;
use crate::kustomization::Replica;
use crate::loader::Loader;
use crate::patches::{self, Patch, PatchEntry};
use crate::replacements::{self, Replacement, ReplacementEntry};
use crate::resmap::ResMap;
use crate::resource::Resource;
use crate::selector::Selector;
use crate::transformers::{self, Namespace, Subjects};

/// A plugin that is configured.
pub(crate) enum Plugin {
    Generate(Box<GeneratorArgs>),
    /// A text that is parsed into resources without more ado.
    GenerateText(String),
    Entries {
        entries: BTreeMap<String, String>,
        specs: Vec<FieldSpec>,
    },
    Hash,
    Image(Image, Vec<FieldSpec>),
    Namespace(Namespace),
    Patch(Box<Patch>),
    Merges(Vec<Resource>),
    Affix {
        prefix: String,
        suffix: String,
        specs: Vec<FieldSpec>,
    },
    Replica(Replica, Vec<FieldSpec>),
    Replacements(Vec<Replacement>),
    AddValue {
        value: String,
        targets: Vec<ValueTarget>,
    },
}

/// Where a value is added.
#[derive(Default)]
pub(crate) struct ValueTarget {
    selector: Option<Selector>,
    field_path: String,
    position: i64,
}

/// Configures the plugin that a resource describes.
pub(crate) fn configure(resource: &Resource, loader: &Loader<'_>) -> Result<Plugin> {
    let id = resource.id();
    if !(id.gvk.group.is_empty() && id.gvk.version == "builtin") {
        return fail(format!(
            "external plugins disabled; unable to load external plugin '{}'",
            resource.original_id().gvk.kind
        ));
    }
    let text = json::print(&resource.node)?;
    let made = read(&id.gvk.kind, &text, loader);
    match made {
        Some(made) => {
            made.context(|| format!("plugin {} fails configuration", resource.original_id()))
        }
        None => fail(format!("unable to load builtin {}", id.gvk)),
    }
}

fn read(kind: &str, text: &str, loader: &Loader<'_>) -> Option<Result<Plugin>> {
    Some(match kind {
        "ConfigMapGenerator" | "SecretGenerator" => {
            let is_secret = kind == "SecretGenerator";
            unmarshal(text, Mode::Lenient, |d, v| GeneratorArgs::decode_plugin(d, v, is_secret))
                .map(|args| Plugin::Generate(Box::new(args)))
        }
        "IAMPolicyGenerator" => unmarshal(text, Mode::Lenient, iam_policy).and_then(|made| made),
        "AnnotationsTransformer" => unmarshal(text, Mode::Lenient, |d, v| {
            entries(d, v, "AnnotationsTransformerPlugin", "annotations")
        }),
        "LabelTransformer" => {
            unmarshal(text, Mode::Lenient, |d, v| entries(d, v, "LabelTransformerPlugin", "labels"))
        }
        "HashTransformer" => Ok(Plugin::Hash),
        "ImageTagTransformer" => unmarshal(text, Mode::Lenient, image),
        "NamespaceTransformer" => unmarshal(text, Mode::Lenient, namespace)
            .context(|| "unmarshalling NamespaceTransformer config".into())
            .and_then(|made| made),
        "PatchTransformer" => unmarshal(text, Mode::Lenient, |d, v| {
            PatchEntry::decode_as(d, v, "PatchTransformerPlugin")
        })
        .and_then(|entry| patches::configure_entry(&entry, text, loader))
        .map(|patch| Plugin::Patch(Box::new(patch))),
        "PatchJson6902Transformer" => unmarshal(text, Mode::Lenient, json_entry)
            .and_then(|entry| patches::configure_json_entry(&entry, loader))
            .map(|patch| Plugin::Patch(Box::new(patch))),
        "PatchStrategicMergeTransformer" => unmarshal(text, Mode::Lenient, merges)
            .and_then(|(paths, inline)| patches::configure_merge_list(&paths, &inline, loader))
            .map(Plugin::Merges),
        "PrefixTransformer" | "SuffixTransformer" | "PrefixSuffixTransformer" => {
            unmarshal(text, Mode::Lenient, |d, v| affix(d, v, kind)).and_then(|made| made)
        }
        "ReplicaCountTransformer" => unmarshal(text, Mode::Lenient, replica),
        "ReplacementTransformer" => unmarshal(text, Mode::Lenient, |d, v| {
            let mut entries = Vec::new();
            d.fields(v, "ReplacementTransformerPlugin", &["replacements"], |d, _, v| {
                entries = d.list(v, "[]types.ReplacementField", ReplacementEntry::decode);
            });
            entries
        })
        .and_then(|entries| replacements::configure(&entries, loader))
        .map(Plugin::Replacements),
        "ValueAddTransformer" => {
            unmarshal(text, Mode::Lenient, add_value).and_then(|made| made.load(loader))
        }
        _ => return None,
    })
}

fn specs(d: &mut Decoder, value: &Value) -> Vec<FieldSpec> {
    d.list(value, "[]types.FieldSpec", FieldSpec::decode)
}

fn entries(d: &mut Decoder, value: &Value, title: &'static str, name: &'static str) -> Plugin {
    let (mut map, mut list) = (BTreeMap::new(), Vec::new());
    d.fields(value, title, &[name, "fieldSpecs"], |d, field, value| match field {
        "fieldSpecs" => list = specs(d, value),
        _ => map = d.text_map(value),
    });
    Plugin::Entries { entries: map, specs: list }
}

fn image(d: &mut Decoder, value: &Value) -> Plugin {
    let (mut image, mut list) = (Image::default(), Vec::new());
    let names = &["imageTag", "fieldSpecs"];
    d.fields(value, "ImageTagTransformerPlugin", names, |d, field, value| match field {
        "imageTag" => image = Image::decode(d, value),
        _ => list = specs(d, value),
    });
    Plugin::Image(image, list)
}

fn namespace(d: &mut Decoder, value: &Value) -> Result<Plugin> {
    let mut made = Namespace::default();
    let mut subjects = String::new();
    let names = &["metadata", "fieldSpecs", "unsetOnly", "setRoleBindingSubjects"];
    d.fields(value, "NamespaceTransformerPlugin", names, |d, field, value| match field {
        "metadata" => d.fields(value, "types.ObjectMeta", &["namespace"], |d, _, value| {
            made.namespace = d.text(value);
        }),
        "fieldSpecs" => made.specs = specs(d, value),
        "unsetOnly" => made.unset_only = d.flag(value),
        _ => subjects = d.text_as(value, "namespace.RoleBindingSubjectMode"),
    });
    made.subjects = match subjects.as_str() {
        "" | "defaultOnly" => Subjects::NamedDefault,
        "allServiceAccounts" => Subjects::ServiceAccounts,
        "none" => Subjects::None,
        other => {
            return fail(format!(
                "invalid value {} for setRoleBindingSubjects: must be one of \"defaultOnly\", \"none\" or \"allServiceAccounts\"",
                crate::go::quote(other)
            ));
        }
    };
    Ok(Plugin::Namespace(made))
}

fn json_entry(d: &mut Decoder, value: &Value) -> PatchEntry {
    let mut made = PatchEntry::default();
    let names = &["target", "path", "jsonOp"];
    d.fields(value, "PatchJson6902TransformerPlugin", names, |d, field, value| match field {
        "target" => made.target = Some(Selector::decode(d, value)),
        "path" => made.path = d.text(value),
        _ => made.patch = d.text(value),
    });
    made
}

fn merges(d: &mut Decoder, value: &Value) -> (Vec<String>, String) {
    let (mut paths, mut inline) = (Vec::new(), String::new());
    let names = &["paths", "patches"];
    d.fields(value, "PatchStrategicMergeTransformerPlugin", names, |d, field, value| match field {
        "paths" => paths = d.texts(value),
        _ => inline = d.text(value),
    });
    (paths, inline)
}

fn affix(d: &mut Decoder, value: &Value, kind: &str) -> Result<Plugin> {
    let (mut prefix, mut suffix, mut list) = (String::new(), String::new(), None);
    let title = if kind == "SuffixTransformer" {
        "SuffixTransformerPlugin"
    } else {
        "PrefixTransformerPlugin"
    };
    let names = &["prefix", "suffix", "fieldSpecs"];
    d.fields(value, title, names, |d, field, value| match field {
        "prefix" if kind != "SuffixTransformer" => prefix = d.text(value),
        "suffix" if kind != "PrefixTransformer" => suffix = d.text(value),
        "fieldSpecs" if !value.is_null() => list = Some(specs(d, value)),
        _ => {}
    });
    match list {
        Some(specs) => Ok(Plugin::Affix { prefix, suffix, specs }),
        None => fail("fieldSpecs is not expected to be nil"),
    }
}

fn replica(d: &mut Decoder, value: &Value) -> Plugin {
    let (mut replica, mut list) = (Replica::default(), Vec::new());
    let names = &["replica", "fieldSpecs"];
    d.fields(value, "ReplicaCountTransformerPlugin", names, |d, field, value| match field {
        "replica" => replica = Replica::decode(d, value),
        _ => list = specs(d, value),
    });
    Plugin::Replica(replica, list)
}

fn iam_policy(d: &mut Decoder, value: &Value) -> Result<Plugin> {
    let mut cloud = String::new();
    let (mut service, mut account) = (["", ""].map(String::from), ["", ""].map(String::from));
    let names = &["cloud", "kubernetesService", "serviceAccount"];
    d.fields(value, "IAMPolicyGeneratorPlugin", names, |d, field, value| match field {
        "cloud" => cloud = d.text(value),
        "kubernetesService" => {
            d.fields(
                value,
                "types.KubernetesService",
                &["name", "namespace"],
                |d, field, value| {
                    service[usize::from(field == "namespace")] = d.text(value);
                },
            );
        }
        _ => d.fields(value, "types.ServiceAccount", &["name", "projectId"], |d, field, value| {
            account[usize::from(field == "projectId")] = d.text(value);
        }),
    });
    if cloud != "gke" {
        return fail(format!("cloud provider {cloud} not supported yet"));
    }
    let namespace = match service[1].as_str() {
        "" => String::new(),
        namespace => format!("\n  namespace: {namespace}"),
    };
    Ok(Plugin::GenerateText(format!(
        "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  annotations:\n    iam.gke.io/gcp-service-account: {}@{}.iam.gserviceaccount.com\n  name: {}\n{namespace}",
        account[0], account[1], service[0]
    )))
}

/// A `ValueAddTransformer` before its file of targets is read.
#[derive(Default)]
struct ValueAdd {
    value: String,
    targets: Vec<ValueTarget>,
    file: String,
}

fn add_value(d: &mut Decoder, value: &Value) -> ValueAdd {
    let mut made = ValueAdd::default();
    let names = &["value", "targets", "targetFilePath"];
    d.fields(value, "ValueAddTransformerPlugin", names, |d, field, value| match field {
        "value" => made.value = d.text(value).trim().to_owned(),
        "targets" => made.targets = value_targets(d, value),
        _ => made.file = d.text(value),
    });
    made
}

fn value_targets(d: &mut Decoder, value: &Value) -> Vec<ValueTarget> {
    d.list(value, "[]Target", |d, value| {
        let mut made = ValueTarget::default();
        let names = &["selector", "fieldPath", "filePathPosition"];
        d.fields(value, "Target", names, |d, field, value| match field {
            "selector" => made.selector = Some(Selector::decode(d, value)),
            "fieldPath" => made.field_path = d.text(value),
            _ => made.position = d.whole(value, "int"),
        });
        made
    })
}

impl ValueAdd {
    fn load(mut self, loader: &Loader<'_>) -> Result<Plugin> {
        if self.value.is_empty() {
            self.value = loader.root().rsplit('/').next().unwrap_or_default().to_owned();
        }
        if !self.file.is_empty() {
            let text = loader.load_text(&self.file)?;
            let more = unmarshal(&text, Mode::Lenient, |d, value| {
                let mut targets = Vec::new();
                d.fields(value, "", &["targets"], |d, _, value| targets = value_targets(d, value));
                targets
            })?;
            self.targets.extend(more);
        }
        if self.targets.is_empty() {
            return fail("must specify at least one target");
        }
        for target in &self.targets {
            if target.field_path.is_empty() {
                return fail("fieldPath cannot be empty");
            }
            if target.position < 0 {
                return fail(format!(
                    "value of FilePathPosition ({}) cannot be negative",
                    target.position
                ));
            }
        }
        Ok(Plugin::AddValue { value: self.value, targets: self.targets })
    }
}

impl Plugin {
    pub(crate) fn is_generator(&self) -> bool {
        matches!(self, Self::Generate(_) | Self::GenerateText(_))
    }

    pub(crate) fn generate(&self, loader: &Loader<'_>) -> Result<Vec<Resource>> {
        match self {
            Self::Generate(args) => Ok(vec![args.generate(loader)?]),
            Self::GenerateText(text) => crate::read::resources(text),
            _ => Ok(Vec::new()),
        }
    }

    pub(crate) fn transform(&self, map: &mut ResMap, build: &Build<'_>) -> Result<()> {
        match self {
            Self::Generate(_) | Self::GenerateText(_) => Ok(()),
            Self::Entries { entries, specs } => transformers::set_entries(map, entries, specs),
            Self::Hash => transformers::add_hashes(map),
            Self::Image(image, specs) => {
                map.list_mut().iter_mut().try_for_each(|r| image.apply(&mut r.node, specs))
            }
            Self::Namespace(namespace) => namespace.apply(map),
            Self::Patch(patch) => patch.apply(map, build),
            Self::Merges(patches) => patches::apply_merges(patches, map, build),
            Self::Affix { prefix, suffix, specs } => {
                transformers::affix(map, prefix, suffix, specs)
            }
            Self::Replica(replica, specs) => replica.apply(map, specs),
            Self::Replacements(replacements) => {
                replacements::apply(replacements, map.list_mut())?;
                map.drop_empty();
                Ok(())
            }
            Self::AddValue { value, targets } => add_values(map, value, targets),
        }
    }
}

fn add_values(map: &mut ResMap, value: &str, targets: &[ValueTarget]) -> Result<()> {
    for target in targets {
        let places = match &target.selector {
            Some(selector) => map.select(selector)?,
            None => (0..map.list().len()).collect(),
        };
        for at in places {
            let root = &mut map.list_mut()[at].node;
            if target.field_path == "metadata/namespace" {
                let namespace = Namespace { namespace: value.to_owned(), ..Namespace::default() };
                namespace.apply_to(root)?;
            } else {
                let position = usize::try_from(target.position).unwrap_or(0);
                transformers::add_value(root, value, &target.field_path, position)?;
            }
        }
    }
    Ok(())
}
