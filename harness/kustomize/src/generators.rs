//! ConfigMaps and Secrets made of files, env files and literals; their hashes.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use objects::Value;
use sha2::{Digest, Sha256};
use yaml::{Node, NodeKind, Style};

use crate::decode::Decoder;
use crate::error::{BuildError, Context, Result, fail};
use crate::go;
use crate::loader::Loader;
use crate::node::{self, Kind};
use crate::resource::{Behavior, Resource};

/// Options of one generator, or of all.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct GeneratorOptions {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) annotations: BTreeMap<String, String>,
    pub(crate) disable_hash: bool,
    pub(crate) immutable: bool,
}

/// One entry of `configMapGenerator` or `secretGenerator`.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct GeneratorArgs {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) behavior: String,
    pub(crate) literals: Vec<String>,
    pub(crate) files: Vec<String>,
    pub(crate) envs: Vec<String>,
    pub(crate) env: String,
    pub(crate) options: Option<GeneratorOptions>,
    pub(crate) secret_type: String,
    pub(crate) is_secret: bool,
}

const NAMES: &[&str] =
    &["namespace", "name", "behavior", "literals", "files", "envs", "env", "options", "type"];

impl GeneratorOptions {
    pub(crate) fn decode(d: &mut Decoder, value: &Value) -> Self {
        let names = &["labels", "annotations", "disableNameSuffixHash", "immutable"];
        let mut made = Self::default();
        d.fields(value, "types.GeneratorOptions", names, |d, name, value| match name {
            "labels" => made.labels = d.text_map(value),
            "annotations" => made.annotations = d.text_map(value),
            "disableNameSuffixHash" => made.disable_hash = d.flag(value),
            _ => made.immutable = d.flag(value),
        });
        made
    }

    /// What all generators share does not replace what one says of itself.
    fn with_global(local: Option<&Self>, global: Option<&Self>) -> Option<Self> {
        let Some(global) = global else { return local.cloned() };
        let mut made = local.cloned().unwrap_or_default();
        for (key, value) in &global.labels {
            made.labels.entry(key.clone()).or_insert_with(|| value.clone());
        }
        for (key, value) in &global.annotations {
            made.annotations.entry(key.clone()).or_insert_with(|| value.clone());
        }
        made.disable_hash |= global.disable_hash;
        made.immutable |= global.immutable;
        Some(made)
    }
}

impl GeneratorArgs {
    pub(crate) fn decode(d: &mut Decoder, value: &Value, is_secret: bool) -> Self {
        let mut made = Self { is_secret, ..Self::default() };
        let (title, names) = match is_secret {
            true => ("types.SecretArgs", NAMES),
            false => ("types.ConfigMapArgs", &NAMES[..NAMES.len() - 1]),
        };
        d.fields(value, title, names, |d, name, value| made.field(d, name, value));
        made
    }

    /// A generator that is a resource of its own, with its name in the metadata.
    pub(crate) fn decode_plugin(d: &mut Decoder, value: &Value, is_secret: bool) -> Self {
        let mut made = Self { is_secret, ..Self::default() };
        let (mut name, mut namespace) = (String::new(), String::new());
        let names: Vec<&'static str> = NAMES.iter().copied().chain(["metadata"]).collect();
        let title = if is_secret { "SecretGeneratorPlugin" } else { "ConfigMapGeneratorPlugin" };
        d.fields(value, title, &names, |d, field, value| {
            if field == "metadata" {
                let known = &["name", "namespace"];
                d.fields(value, "types.ObjectMeta", known, |d, field, value| match field {
                    "name" => name = d.text(value),
                    _ => namespace = d.text(value),
                });
            } else {
                made.field(d, field, value);
            }
        });
        if made.name.is_empty() {
            made.name = name;
        }
        if made.namespace.is_empty() {
            made.namespace = namespace;
        }
        made
    }

    fn field(&mut self, d: &mut Decoder, name: &str, value: &Value) {
        match name {
            "namespace" => self.namespace = d.text(value),
            "name" => self.name = d.text(value),
            "behavior" => self.behavior = d.text(value),
            "literals" => self.literals = d.texts(value),
            "files" => self.files = d.texts(value),
            "envs" => self.envs = d.texts(value),
            "env" => self.env = d.text(value),
            "options" if !value.is_null() => {
                self.options = Some(GeneratorOptions::decode(d, value));
            }
            "type" => self.secret_type = d.text(value),
            _ => {}
        }
    }

    /// The options of this generator together with those of all.
    pub(crate) fn with_options(mut self, global: Option<&GeneratorOptions>) -> Self {
        self.options = GeneratorOptions::with_global(self.options.as_ref(), global);
        self
    }

    /// The ConfigMap or Secret.
    pub(crate) fn generate(&self, loader: &Loader<'_>) -> Result<Resource> {
        if self.name.is_empty() {
            return fail("a configmap must have a name");
        }
        let mut root = Kind::Mapping.empty();
        let kind = if self.is_secret { "Secret" } else { "ConfigMap" };
        node::set_field(&mut root, "apiVersion", node::text("v1"))?;
        node::set_field(&mut root, "kind", node::text(kind))?;
        let mut metadata = Kind::Mapping.empty();
        node::set_field(&mut metadata, "name", node::text(self.name.as_str()))?;
        if !self.namespace.is_empty() {
            node::set_field(&mut metadata, "namespace", node::text(self.namespace.as_str()))?;
        }
        node::set_field(&mut root, "metadata", metadata)?;
        if self.is_secret {
            let kind = if self.secret_type.is_empty() { "Opaque" } else { &self.secret_type };
            node::set_field(&mut root, "type", node::text(kind))?;
        }
        let data = self.data(loader)?;
        self.fill(&mut root, &data)?;
        self.apply_options(&mut root)?;
        let mut made = Resource::new(root);
        made.memory.needs_hash = self.options.as_ref().is_none_or(|options| !options.disable_hash);
        made.memory.behavior = Some(Behavior::read(&self.behavior));
        Ok(made)
    }

    fn fill(&self, root: &mut Node, data: &BTreeMap<String, Vec<u8>>) -> Result<()> {
        if self.is_secret {
            node::field_or_create(root, "data", Kind::Mapping)?;
        }
        for (key, bytes) in data {
            let (field, value) = match std::str::from_utf8(bytes) {
                Ok(text) if !self.is_secret => ("data", text.to_owned()),
                _ if self.is_secret => ("data", base64_lines(bytes)),
                _ => ("binaryData", base64_lines(bytes)),
            };
            put(root, field, key, &value)?;
        }
        Ok(())
    }

    fn apply_options(&self, root: &mut Node) -> Result<()> {
        let Some(options) = &self.options else { return Ok(()) };
        for (name, map) in [("labels", &options.labels), ("annotations", &options.annotations)] {
            for (key, value) in map {
                if let Some(into) = node::path_or_create(root, &["metadata", name], Kind::Mapping)?
                {
                    let mut value = node::text(value.as_str());
                    value.style = Style::SingleQuoted;
                    node::set_field(into, key, value)?;
                }
            }
        }
        if options.immutable {
            node::set_field(root, "immutable", Node::scalar("true"))?;
        }
        Ok(())
    }

    fn data(&self, loader: &Loader<'_>) -> Result<BTreeMap<String, Vec<u8>>> {
        let pairs = self.pairs(loader).context(|| "loading KV pairs".into())?;
        let mut data = BTreeMap::new();
        for (key, value) in pairs {
            if data.contains_key(&key) {
                return fail(format!("configmap {} illegally repeats the key `{key}`", self.name));
            }
            data.insert(key, value);
        }
        Ok(data)
    }

    fn pairs(&self, loader: &Loader<'_>) -> Result<Vec<(String, Vec<u8>)>> {
        let mut pairs = Vec::new();
        for path in &self.envs {
            let read = loader.load(path).and_then(|bytes| env_pairs(&bytes));
            pairs.extend(read.context(|| format!("env source files: {}", go::list(&self.envs)))?);
        }
        for literal in &self.literals {
            let pair = literal_pair(literal);
            pairs.push(pair.context(|| format!("literal sources {}", go::list(&self.literals)))?);
        }
        for source in &self.files {
            let pair = file_source(source).and_then(|(key, path)| Ok((key, loader.load(&path)?)));
            pairs.push(pair.context(|| format!("file sources: {}", go::list(&self.files)))?);
        }
        Ok(pairs)
    }
}

fn put(root: &mut Node, field: &str, key: &str, value: &str) -> Result<()> {
    let Some(into) = node::field_or_create(root, field, Kind::Mapping)? else { return Ok(()) };
    let mut value = node::text(value);
    if node::value(&value).contains('\n') {
        value.style = Style::Literal;
    }
    // Files are many and their keys are known to be apart.
    if let NodeKind::Mapping(entries) = &mut into.kind {
        entries.push((node::key(key), value));
    }
    Ok(())
}

fn base64_lines(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    if encoded.len() < 70 {
        return encoded;
    }
    let mut out = String::with_capacity(encoded.len() + encoded.len() / 70 + 1);
    for (at, c) in encoded.chars().enumerate() {
        if at > 0 && at % 70 == 0 {
            out.push('\n');
        }
        out.push(c);
    }
    out.push('\n');
    out
}

fn env_pairs(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut pairs = Vec::new();
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    for (number, line) in lines.into_iter().enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(text) = std::str::from_utf8(line) else {
            return fail(format!(
                "line {number} has invalid utf8 bytes : {}",
                String::from_utf8_lossy(line)
            ));
        };
        let text = if number == 0 { text.trim_start_matches('\u{FEFF}') } else { text };
        let text = text.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        if !key.is_empty() {
            pairs.push((key.to_owned(), value.as_bytes().to_vec()));
        }
    }
    Ok(pairs)
}

fn literal_pair(source: &str) -> Result<(String, Vec<u8>)> {
    let wrong = || BuildError(format!("invalid literal source {source}, expected key=value"));
    let (key, value) =
        source.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(wrong)?;
    let bytes = value.as_bytes();
    let quoted =
        bytes.len() > 1 && bytes[0] == bytes[bytes.len() - 1] && matches!(bytes[0], b'"' | b'\'');
    let value = if quoted { &value[1..value.len() - 1] } else { value };
    Ok((key.to_owned(), value.as_bytes().to_vec()))
}

fn file_source(source: &str) -> Result<(String, String)> {
    match source.matches('=').count() {
        0 => {
            let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            Ok((if name.is_empty() { "." } else { name }.to_owned(), source.to_owned()))
        }
        1 => match source.split_once('=').unwrap_or_default() {
            ("", path) => fail(format!(
                "missing key name for file path {} in source {}",
                go::quote(path),
                go::quote(source)
            )),
            (key, "") => fail(format!(
                "missing file path for key name {} in source {}",
                go::quote(key),
                go::quote(source)
            )),
            (key, path) => Ok((key.to_owned(), path.to_owned())),
        },
        _ => fail(format!("source {} key name or file path contains '='", go::quote(source))),
    }
}

/// The metadata of an object that a generated one replaces.
pub(crate) fn inherit(made: &mut Resource, old: &Resource) -> Result<()> {
    let mut labels = old.labels();
    labels.extend(made.labels());
    made.set_labels(&labels)?;
    let mut annotations = old.annotations();
    annotations.extend(made.annotations());
    made.set_annotations(&annotations)?;
    let needs_hash = made.memory.needs_hash && old.memory.needs_hash;
    made.memory = old.memory.clone();
    made.memory.needs_hash = needs_hash;
    made.set_name(crate::id::name_of(&old.node))?;
    made.set_namespace(crate::id::namespace_of(&old.node))?;
    made.vars.clone_from(&old.vars);
    Ok(())
}

/// [`inherit`], and the data of both.
pub(crate) fn merge_into(made: &mut Resource, old: &Resource) -> Result<()> {
    let origin = old.annotations().remove(crate::origin::ORIGIN);
    inherit(made, old)?;
    for name in ["data", "binaryData"] {
        let mut data = data_map(&old.node, name);
        data.extend(data_map(&made.node, name));
        node::clear(&mut made.node, name)?;
        for (key, value) in data {
            put(&mut made.node, name, &key, &value)?;
        }
    }
    if let Some(origin) = origin {
        let mut annotations = made.annotations();
        annotations.insert(crate::origin::ORIGIN.into(), origin);
        made.set_annotations(&annotations)?;
    }
    Ok(())
}

fn data_map(root: &Node, name: &str) -> BTreeMap<String, String> {
    let entries = node::field(root, name).and_then(Node::entries).unwrap_or_default();
    let text = |node: &Node| node::value_unless_null(node).to_owned();
    entries.iter().map(|(key, value)| (text(key), text(value))).collect()
}

/// The suffix that a generated name gets, from what the object holds.
pub(crate) fn hash(root: &Node) -> Result<String> {
    let value = |name: &str| -> Result<Value> {
        Ok(match node::field(root, name) {
            None => "".into(),
            Some(found) if node::kind(found) == Kind::Scalar => node::value(found).into(),
            Some(found) => crate::json::to_value(found)?,
        })
    };
    let mut whole = Value::map();
    whole.set(&["name"], "");
    let kind = crate::id::kind_of(root);
    whole.set(&["kind"], kind);
    whole.set(&["data"], value("data")?);
    let other = if kind == "Secret" {
        whole.set(&["type"], value("type")?);
        "stringData"
    } else {
        "binaryData"
    };
    let more = value(other)?;
    if more.as_map().is_some() {
        whole.set(&[other], more);
    }
    let digest = Sha256::digest(go::json(&whole));
    let hex: String = digest.iter().take(5).map(|byte| format!("{byte:02x}")).collect();
    let letter = |c| match c {
        '0' => 'g',
        '1' => 'h',
        '3' => 'k',
        'a' => 'm',
        'e' => 't',
        other => other,
    };
    Ok(hex.chars().map(letter).collect())
}
