//! The transformer configuration: which fields hold names, labels, images and so on.

use std::rc::Rc;

use objects::Value;

use crate::decode::{Decoder, Mode, unmarshal};
use crate::error::{Context, Result, fail};
use crate::fieldspec::FieldSpec;
use crate::id::Gvk;
use crate::loader::Loader;

/// Fields in which the name of a kind of object stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct NameReference {
    pub(crate) target: Gvk,
    pub(crate) referrers: Vec<FieldSpec>,
}

/// Field lists by purpose.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Config {
    pub(crate) name_prefix: Vec<FieldSpec>,
    pub(crate) name_suffix: Vec<FieldSpec>,
    pub(crate) namespace: Vec<FieldSpec>,
    pub(crate) common_labels: Vec<FieldSpec>,
    pub(crate) labels: Vec<FieldSpec>,
    pub(crate) template_labels: Vec<FieldSpec>,
    pub(crate) common_annotations: Vec<FieldSpec>,
    pub(crate) name_references: Vec<NameReference>,
    pub(crate) var_references: Vec<FieldSpec>,
    pub(crate) images: Vec<FieldSpec>,
    pub(crate) replicas: Vec<FieldSpec>,
}

const NAMES: &[&str] = &[
    "namePrefix",
    "nameSuffix",
    "namespace",
    "commonLabels",
    "labels",
    "templateLabels",
    "commonAnnotations",
    "nameReference",
    "varReference",
    "images",
    "replicas",
];

impl Config {
    /// What kustomize brings along.
    pub(crate) fn builtin() -> Self {
        let mut config = Self::default();
        let mut section = "";
        for line in include_str!("data/fieldspecs.txt").lines() {
            if line.starts_with('#') {
                continue;
            }
            let inside = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
            if let Some(inside) = inside {
                section = inside.split(' ').next().unwrap_or_default();
                if section == "nameReference" {
                    let words: Vec<&str> = inside.split(' ').collect();
                    let target = gvk(&words, 1);
                    config.name_references.push(NameReference { target, referrers: Vec::new() });
                }
                continue;
            }
            let words: Vec<&str> = line.split(' ').collect();
            let spec = FieldSpec {
                path: words.first().copied().unwrap_or_default().into(),
                gvk: gvk(&words, 1),
                create: words.get(4) == Some(&"+"),
            };
            match config.name_references.last_mut() {
                Some(last) if section == "nameReference" => last.referrers.push(spec),
                _ => config.section(section).push(spec),
            }
        }
        config.sort();
        config
    }

    fn section(&mut self, name: &str) -> &mut Vec<FieldSpec> {
        match name {
            "namePrefix" => &mut self.name_prefix,
            "nameSuffix" => &mut self.name_suffix,
            "namespace" => &mut self.namespace,
            "commonLabels" => &mut self.common_labels,
            "labels" => &mut self.labels,
            "templateLabels" => &mut self.template_labels,
            "commonAnnotations" => &mut self.common_annotations,
            "varReference" => &mut self.var_references,
            "images" => &mut self.images,
            _ => &mut self.replicas,
        }
    }

    fn sort(&mut self) {
        for name in NAMES.iter().filter(|name| **name != "nameReference") {
            self.section(name).sort_by_cached_key(|spec| spec.gvk.sort_key());
        }
        self.name_references.sort_by_cached_key(|reference| reference.target.sort_key());
    }

    /// Reads a configuration file.
    fn read(text: &str) -> Result<Self> {
        let mut config = unmarshal(text, Mode::StrictLenient, Self::decode)?;
        config.sort();
        Ok(config)
    }

    fn decode(decoder: &mut Decoder, value: &Value) -> Self {
        let mut config = Self::default();
        decoder.fields(value, "builtinconfig.TransformerConfig", NAMES, |d, name, value| {
            if name == "nameReference" {
                config.name_references =
                    d.list(value, "builtinconfig.nbrSlice", NameReference::decode);
            } else {
                *config.section(name) = d.list(value, "types.FsSlice", FieldSpec::decode);
            }
        });
        config
    }

    /// This configuration and another one.
    pub(crate) fn merge(&self, other: &Self) -> Result<Self> {
        let mut merged = self.clone();
        let order: [(&str, &str); 10] = [
            ("namePrefix", "NamePrefix"),
            ("nameSuffix", "NameSuffix"),
            ("namespace", "NameSpace"),
            ("commonAnnotations", "CommonAnnotations"),
            ("commonLabels", "CommonLabels"),
            ("labels", "Labels"),
            ("templateLabels", "TemplateLabels"),
            ("varReference", "VarReference"),
            ("images", "Images"),
            ("replicas", "Replicas"),
        ];
        let mut other = other.clone();
        for (section, title) in order {
            let incoming = std::mem::take(other.section(section));
            merge_all(merged.section(section), &incoming)
                .context(|| format!("failed to merge {title} fieldSpec"))?;
        }
        for reference in &other.name_references {
            merged
                .add_reference(reference)
                .context(|| "failed to merge NameReference fieldSpec".into())?;
        }
        merged.sort();
        Ok(merged)
    }

    pub(crate) fn add_reference(&mut self, new: &NameReference) -> Result<()> {
        let mut found = false;
        for known in self.name_references.iter_mut().filter(|known| known.target == new.target) {
            merge_all(&mut known.referrers, &new.referrers)?;
            found = true;
        }
        if !found {
            self.name_references.push(new.clone());
        }
        Ok(())
    }
}

impl NameReference {
    fn decode(decoder: &mut Decoder, value: &Value) -> Self {
        let names = &["group", "version", "kind", "fieldSpecs"];
        let mut made = Self::default();
        decoder.fields(
            value,
            "builtinconfig.NameBackReferences",
            names,
            |d, name, value| match name {
                "group" => made.target.group = d.text(value),
                "version" => made.target.version = d.text(value),
                "kind" => made.target.kind = d.text(value),
                _ => made.referrers = d.list(value, "types.FsSlice", FieldSpec::decode),
            },
        );
        made
    }
}

fn gvk(words: &[&str], from: usize) -> Gvk {
    let word = |at: usize| match words.get(from + at) {
        Some(&"-") | None => String::new(),
        Some(word) => (*word).to_owned(),
    };
    Gvk { group: word(0), version: word(1), kind: word(2) }
}

/// Adds what is not there yet.
pub(crate) fn merge_all(into: &mut Vec<FieldSpec>, incoming: &[FieldSpec]) -> Result<()> {
    incoming.iter().try_for_each(|spec| merge_one(into, spec))
}

pub(crate) fn merge_one(into: &mut Vec<FieldSpec>, new: &FieldSpec) -> Result<()> {
    let same = |known: &&FieldSpec| known.path == new.path && known.gvk.is_selected(&new.gvk);
    match into.iter().find(same) {
        Some(known) if known.create != new.create => fail("conflicting fieldspecs"),
        Some(_) => Ok(()),
        None => {
            into.push(new.clone());
            Ok(())
        }
    }
}

/// The built-in configuration together with the files that a kustomization names.
pub(crate) fn load(
    loader: &Loader<'_>,
    paths: &[String],
    builtin: &Rc<Config>,
) -> Result<Rc<Config>> {
    if paths.is_empty() {
        return Ok(Rc::clone(builtin));
    }
    let mut own = Config::default();
    for path in paths {
        own = own.merge(&Config::read(&loader.load_text(path)?)?)?;
    }
    builtin.merge(&own).map(Rc::new)
}
