//! A resource: its node, and what kustomize remembers of its former names.
//!
//! One rule: kustomize keeps its memory in annotations of the object; here it is a
//! field, and shown as annotations only where a patch could see it.

use std::collections::BTreeMap;

use yaml::{Node, NodeKind, Style};

use crate::error::Result;
use crate::id::{Gvk, ResId};
use crate::node::{self, Kind};

const DOMAIN: &str = "internal.config.kubernetes.io/";

/// What a generator does with a resource of the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Behavior {
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    pub(crate) fn read(text: &str) -> Self {
        match text {
            "create" => Self::Create,
            "replace" => Self::Replace,
            "merge" => Self::Merge,
            _ => Self::Unspecified,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Merge => "merge",
        }
    }
}

/// A name that a resource had before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Former {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) kind: String,
}

/// What is remembered beside the object itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Memory {
    pub(crate) former: Vec<Former>,
    pub(crate) prefixes: Vec<String>,
    pub(crate) suffixes: Vec<String>,
    pub(crate) referred_by: Vec<String>,
    pub(crate) behavior: Option<Behavior>,
    pub(crate) needs_hash: bool,
    pub(crate) allow_name_change: bool,
    pub(crate) allow_kind_change: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Resource {
    pub(crate) node: Node,
    pub(crate) memory: Memory,
    /// Names of the vars that read from it.
    pub(crate) vars: Vec<String>,
}

impl Resource {
    pub(crate) fn new(node: Node) -> Self {
        Self { node, memory: Memory::default(), vars: Vec::new() }
    }

    /// A resource of a file: what its annotations say of former names is taken over.
    pub(crate) fn read(node: Node) -> Result<Self> {
        let mut made = Self::new(node);
        let annotations = made.annotations();
        if !annotations.keys().any(|key| key.starts_with(DOMAIN)) {
            return Ok(made);
        }
        let text = |name: &str| annotations.get(&format!("{DOMAIN}{name}")).cloned();
        let list = |name: &str| -> Vec<String> {
            text(name).map(|text| text.split(',').map(Into::into).collect()).unwrap_or_default()
        };
        let (names, namespaces, kinds) =
            (list("previousNames"), list("previousNamespaces"), list("previousKinds"));
        if !names.is_empty() {
            if names.len() != namespaces.len() || names.len() != kinds.len() {
                return crate::error::fail(
                    "number of previous names, number of previous namespaces, number of previous kinds not equal",
                );
            }
            let all = names.into_iter().zip(namespaces).zip(kinds);
            made.memory.former =
                all.map(|((name, namespace), kind)| Former { name, namespace, kind }).collect();
        }
        let enabled = |name: &str| text(name).as_deref() == Some("enabled");
        made.memory.prefixes = list("prefixes");
        made.memory.suffixes = list("suffixes");
        made.memory.referred_by = list("refBy");
        made.memory.behavior = text("generatorBehavior").map(|text| Behavior::read(&text));
        made.memory.needs_hash = enabled("needsHashSuffix");
        made.memory.allow_name_change = enabled("allowNameChange");
        made.memory.allow_kind_change = enabled("allowKindChange");
        made.strip_memory_annotations()?;
        Ok(made)
    }

    pub(crate) fn gvk(&self) -> Gvk {
        Gvk::of(&self.node)
    }

    pub(crate) fn id(&self) -> ResId {
        ResId::of(&self.node)
    }

    /// Former identities, oldest first.
    pub(crate) fn former_ids(&self) -> Vec<ResId> {
        let (group, version) = crate::id::split_api_version(crate::id::api_version_of(&self.node));
        let ids = self.memory.former.iter().map(|former| ResId {
            gvk: Gvk { group: group.into(), version: version.into(), kind: former.kind.clone() },
            name: former.name.clone(),
            namespace: former.namespace.clone(),
            cluster_scoped: false,
        });
        ids.collect()
    }

    /// The identity it came with.
    pub(crate) fn original_id(&self) -> ResId {
        self.former_ids().into_iter().next().unwrap_or_else(|| self.id())
    }

    /// Former identities, then the present one.
    pub(crate) fn any_ids(&self) -> Vec<ResId> {
        let mut ids = self.former_ids();
        ids.push(self.id());
        ids
    }

    pub(crate) fn remember_id(&mut self) {
        let id = self.id();
        self.memory.former.push(Former {
            namespace: id.effective_namespace().to_owned(),
            name: id.name,
            kind: id.gvk.kind,
        });
        self.drop_empty_annotations();
    }

    /// Whether kustomize could read its list of former names again: it joins them by
    /// commas, and a name with a comma counts as two.
    pub(crate) fn memory_is_readable(&self) -> bool {
        let parts = |part: fn(&Former) -> &str| -> usize {
            self.memory.former.iter().map(|former| part(former).matches(',').count()).sum()
        };
        let names = parts(|former| &former.name);
        names == parts(|former| &former.namespace) && names == parts(|former| &former.kind)
    }

    /// Writing any build annotation drops an empty map first.
    fn drop_empty_annotations(&mut self) {
        let Some(metadata) = node::field_mut(&mut self.node, "metadata") else { return };
        if node::field(metadata, "annotations").is_some_and(node::is_null_or_empty) {
            let _ = node::clear(metadata, "annotations");
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        node::is_null_or_empty(&self.node)
    }

    pub(crate) fn annotations(&self) -> BTreeMap<String, String> {
        meta_map(&self.node, "annotations")
    }

    pub(crate) fn labels(&self) -> BTreeMap<String, String> {
        meta_map(&self.node, "labels")
    }

    pub(crate) fn set_annotations(&mut self, map: &BTreeMap<String, String>) -> Result<()> {
        set_meta_map(&mut self.node, "annotations", map)
    }

    pub(crate) fn set_labels(&mut self, map: &BTreeMap<String, String>) -> Result<()> {
        set_meta_map(&mut self.node, "labels", map)
    }

    pub(crate) fn set_name(&mut self, name: &str) -> Result<()> {
        set_path(&mut self.node, &["metadata"], "name", name)
    }

    pub(crate) fn set_kind(&mut self, kind: &str) -> Result<()> {
        node::set_field(&mut self.node, "kind", node::untagged(kind))
    }

    pub(crate) fn set_gvk(&mut self, gvk: &Gvk) -> Result<()> {
        self.set_kind(&gvk.kind)?;
        node::set_field(&mut self.node, "apiVersion", node::untagged(gvk.api_version()))
    }

    pub(crate) fn set_namespace(&mut self, namespace: &str) -> Result<()> {
        if namespace.is_empty() {
            return match node::field_mut(&mut self.node, "metadata") {
                Some(metadata) => node::clear(metadata, "namespace"),
                None => Ok(()),
            };
        }
        set_path(&mut self.node, &["metadata"], "namespace", namespace)
    }

    /// What kustomize would show of its memory as annotations.
    pub(crate) fn memory_annotations(&self) -> Vec<(String, String)> {
        let memory = &self.memory;
        let join = |part: fn(&Former) -> &str| {
            memory.former.iter().map(part).collect::<Vec<_>>().join(",")
        };
        let enabled = |flag: bool| if flag { "enabled".to_owned() } else { String::new() };
        let behavior = memory.behavior.map(Behavior::name).unwrap_or_default();
        let all = [
            ("previousKinds", join(|former| &former.kind)),
            ("previousNames", join(|former| &former.name)),
            ("previousNamespaces", join(|former| &former.namespace)),
            ("prefixes", memory.prefixes.join(",")),
            ("suffixes", memory.suffixes.join(",")),
            ("refBy", memory.referred_by.join(",")),
            ("generatorBehavior", behavior.to_owned()),
            ("needsHashSuffix", enabled(memory.needs_hash)),
            ("allowNameChange", enabled(memory.allow_name_change)),
            ("allowKindChange", enabled(memory.allow_kind_change)),
        ];
        let shown = all.into_iter().filter(|(_, value)| !value.is_empty());
        shown.map(|(name, value)| (format!("{DOMAIN}{name}"), value)).collect()
    }

    /// The node with the memory written into its annotations.
    pub(crate) fn node_with_memory(&self) -> Result<Node> {
        let mut whole = self.node.clone();
        let shown = self.memory_annotations();
        if !shown.is_empty() {
            add_annotations(&mut whole, &shown)?;
        }
        Ok(whole)
    }

    /// Takes the memory's annotations out again.
    pub(crate) fn strip_memory_annotations(&mut self) -> Result<()> {
        let mut map = self.annotations();
        let before = map.len();
        map.retain(|key, _| !key.starts_with(DOMAIN));
        if map.len() != before { self.set_annotations(&map) } else { Ok(()) }
    }
}

fn add_annotations(root: &mut Node, shown: &[(String, String)]) -> Result<()> {
    if let Some(metadata) = node::field_mut(root, "metadata")
        && node::field(metadata, "annotations").is_some_and(node::is_null_or_empty)
    {
        node::clear(metadata, "annotations")?;
    }
    let path = ["metadata", "annotations"];
    if let Some(annotations) = node::path_or_create(root, &path, Kind::Mapping)? {
        for (key, value) in shown {
            let mut new = node::text(value.as_str());
            new.style = Style::SingleQuoted;
            node::set_field(annotations, key, new)?;
        }
    }
    Ok(())
}

/// Labels or annotations as texts, the later of two equal keys.
pub(crate) fn meta_map(root: &Node, name: &str) -> BTreeMap<String, String> {
    let metadata = node::field(root, "metadata").filter(|found| !node::is_null_or_empty(found));
    let map = metadata.and_then(|metadata| node::field(metadata, name));
    let entries = map.and_then(Node::entries).unwrap_or_default();
    entries
        .iter()
        .map(|(key, value)| (node::value(key).into(), node::value(value).into()))
        .collect()
}

fn set_meta_map(root: &mut Node, name: &str, map: &BTreeMap<String, String>) -> Result<()> {
    let Some(metadata) = node::field_or_create(root, "metadata", Kind::Mapping)? else {
        return Ok(());
    };
    node::clear(metadata, name)?;
    if map.is_empty() {
        return Ok(());
    }
    let Some(into) = node::field_or_create(metadata, name, Kind::Mapping)? else { return Ok(()) };
    if let NodeKind::Mapping(entries) = &mut into.kind {
        entries.extend(map.iter().map(|(key, value)| (node::key(key), node::text(value.as_str()))));
    }
    Ok(())
}

fn set_path(root: &mut Node, parents: &[&str], name: &str, value: &str) -> Result<()> {
    match node::path_or_create(root, parents, Kind::Mapping)? {
        Some(parent) => node::set_field(parent, name, node::untagged(value)),
        None => Ok(()),
    }
}
