//! From the text of a file to resources: documents, anchors, lists.
//!
//! One rule: documents are split by lines before they are parsed, as kustomize
//! does, so a separator inside a text splits it too. Start at [`resources`].

use std::collections::BTreeMap;

use objects::Value;
use yaml::{Node, NodeKind};

use crate::error::{BuildError, Result, fail};
use crate::id;
use crate::json;
use crate::node::{self, Kind};
use crate::resource::Resource;

/// Most nodes that the aliases of a text may expand to.
const MOST_EXPANDED: usize = 400_000;

/// The resources in a text.
pub(crate) fn resources(text: &str) -> Result<Vec<Resource>> {
    resources_of(documents(text)?)
}

fn split(text: &str) -> Result<Vec<String>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let mut documents = Vec::new();
    let mut rest = text;
    let mut from = 0;
    while let Some(found) = rest[from..].find("\n---") {
        let at = from + found;
        let Some(line) = rest[at + 1..].find('\n') else { break };
        let end = at + 1 + line;
        let after = rest[at + 4..end].trim();
        if !after.is_empty() && !after.starts_with('#') {
            return fail(format!("invalid document separator: {}", rest[at..end].trim()));
        }
        documents.push(format!("{}\n", &rest[..at]));
        rest = &rest[end + 1..];
        from = 0;
    }
    documents.push(rest.to_owned());
    Ok(documents)
}

/// The resources among parsed documents.
pub(crate) fn resources_of(nodes: Vec<Node>) -> Result<Vec<Resource>> {
    expand_lists(good_nodes(nodes)?)?.into_iter().map(Resource::read).collect()
}

pub(crate) fn documents(text: &str) -> Result<Vec<Node>> {
    let text = if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text.to_owned() };
    let texts = split(&text)?;
    let mut nodes = Vec::new();
    for (at, document) in texts.iter().enumerate() {
        let parsed = yaml::parse_first(document)
            .map_err(|error| BuildError(format!("MalformedYAMLError: yaml: {error}")))?;
        let Some(root) = parsed.filter(|root| !node::is_null(root)) else { continue };
        let kind = id::kind_of(&root).to_owned();
        if texts.len() == 1
            && matches!(kind.as_str(), "List" | "ResourceList")
            && let Some(items) = node::field(&root, "items")
        {
            let _ = at;
            nodes.extend(items.items().unwrap_or_default().iter().cloned());
            continue;
        }
        nodes.push(root);
    }
    nodes.into_iter().map(without_anchors).collect()
}

/// Aliases replaced by what they stand for, `<<` merged.
pub(crate) fn without_anchors(root: Node) -> Result<Node> {
    if !has_anchors(&root) {
        return Ok(root);
    }
    let mut expander = Expander { anchors: BTreeMap::new(), left: MOST_EXPANDED };
    expander.expand(root)
}

fn has_anchors(at: &Node) -> bool {
    match &at.kind {
        NodeKind::Alias(_) => true,
        _ if at.anchor.is_some() => true,
        NodeKind::Sequence(items) => items.iter().any(has_anchors),
        NodeKind::Mapping(entries) => entries
            .iter()
            .any(|(key, value)| is_merge(key) || has_anchors(key) || has_anchors(value)),
        NodeKind::Scalar(_) => false,
    }
}

fn is_merge(key: &Node) -> bool {
    key.as_scalar() == Some("<<") && key.full_tag() == "!!merge"
}

struct Expander {
    anchors: BTreeMap<String, (Node, usize)>,
    left: usize,
}

impl Expander {
    fn spend(&mut self, nodes: usize) -> Result<()> {
        let left = self.left.checked_sub(nodes);
        let message = "yaml: document contains excessive aliasing";
        self.left = left.ok_or_else(|| BuildError(message.into()))?;
        Ok(())
    }

    fn expand(&mut self, mut at: Node) -> Result<Node> {
        self.spend(1)?;
        let anchor = at.anchor.take();
        let before = self.left;
        at.kind = match at.kind {
            NodeKind::Alias(name) => return self.alias(&name),
            NodeKind::Sequence(items) => {
                let items: Result<_> = items.into_iter().map(|item| self.expand(item)).collect();
                NodeKind::Sequence(items?)
            }
            NodeKind::Mapping(entries) => NodeKind::Mapping(self.mapping(entries)?),
            scalar => scalar,
        };
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, (at.clone(), before - self.left + 1));
        }
        Ok(at)
    }

    fn alias(&mut self, name: &str) -> Result<Node> {
        let Some((found, size)) = self.anchors.get(name) else {
            return fail(format!("yaml: unknown anchor '{name}' referenced"));
        };
        let (found, size) = (found.clone(), *size);
        self.spend(size)?;
        Ok(found)
    }

    fn mapping(&mut self, entries: Vec<(Node, Node)>) -> Result<Vec<(Node, Node)>> {
        let mut merged: Vec<(Node, Node)> = Vec::new();
        let mut own = Vec::with_capacity(entries.len());
        let mut merges = 0;
        for (key, value) in entries {
            let merge = is_merge(&key);
            let (key, value) = (self.expand(key)?, self.expand(value)?);
            if merge {
                merges += 1;
                if merges > 1 {
                    return fail("duplicate merge key");
                }
                for source in merge_sources(value)? {
                    merged.extend(source);
                }
            } else {
                own.push((key, value));
            }
        }
        if merges == 0 {
            return Ok(own);
        }
        // The mapping's own order first; what is merged in only adds.
        let mut out = own.clone();
        let mut at: BTreeMap<String, usize> = BTreeMap::new();
        for (index, (key, _)) in out.iter().enumerate() {
            at.entry(node::value(key).to_owned()).or_insert(index);
        }
        for (key, value) in merged.into_iter().chain(own) {
            let name = node::value(&key).to_owned();
            match at.get(&name) {
                Some(index) => out[*index] = (key, value),
                None => {
                    at.insert(name, out.len());
                    out.push((key, value));
                }
            }
        }
        Ok(out)
    }
}

/// Entries of the mappings that are merged in, the weakest first.
fn merge_sources(value: Node) -> Result<Vec<Vec<(Node, Node)>>> {
    match value.kind {
        NodeKind::Mapping(entries) => Ok(vec![entries]),
        NodeKind::Sequence(items) => {
            let mut sources = Vec::new();
            for item in items {
                if matches!(item.kind, NodeKind::Sequence(_)) {
                    return fail("invalid map merge: received a nested sequence");
                }
                let mut next = merge_sources(item)?;
                next.append(&mut sources);
                sources = next;
            }
            Ok(sources)
        }
        _ => fail("map merge requires map or sequence of maps as the value"),
    }
}

fn good_nodes(nodes: Vec<Node>) -> Result<Vec<Node>> {
    let mut good = Vec::with_capacity(nodes.len());
    for node in nodes {
        if !node::is_null_or_empty(&node) {
            validate(&node)?;
            good.push(node);
        }
    }
    Ok(good)
}

/// A resource has a kind and a name.
pub(crate) fn validate(root: &Node) -> Result<()> {
    let meta = Meta::of(root)?;
    if meta.kind.is_empty() {
        return fail(format!("missing kind in object {}", meta.shown()));
    }
    if !meta.kind.ends_with("List") && meta.name.is_empty() {
        return fail(format!("missing metadata.name in object {}", meta.shown()));
    }
    Ok(())
}

#[derive(Default)]
struct Meta {
    api_version: String,
    kind: String,
    name: String,
    namespace: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

impl Meta {
    fn of(root: &Node) -> Result<Self> {
        let text = |at: &Node, name: &str| {
            let found = node::field(at, name).filter(|found| !node::is_null_or_empty(found));
            found.map(|found| node::value(found).to_owned())
        };
        let (api_version, kind) = (text(root, "apiVersion"), text(root, "kind"));
        let mut found_any = api_version.is_some() || kind.is_some();
        let mut meta = Self {
            api_version: api_version.unwrap_or_default(),
            kind: kind.unwrap_or_default(),
            ..Self::default()
        };
        let metadata = node::field(root, "metadata").filter(|found| !node::is_null_or_empty(found));
        if let Some(metadata) = metadata {
            let map = |name| {
                let found = node::field(metadata, name);
                found.filter(|found| !node::is_null_or_empty(found)).is_some()
            };
            let (name, namespace) = (text(metadata, "name"), text(metadata, "namespace"));
            found_any |=
                name.is_some() || namespace.is_some() || map("labels") || map("annotations");
            meta.name = name.unwrap_or_default();
            meta.namespace = namespace.unwrap_or_default();
            meta.labels = crate::resource::meta_map(root, "labels");
            meta.annotations = crate::resource::meta_map(root, "annotations");
        }
        if found_any { Ok(meta) } else { fail("missing Resource metadata") }
    }

    /// As `%v` writes it.
    fn shown(&self) -> String {
        let map = |map: &BTreeMap<String, String>| {
            let entries: Vec<_> = map.iter().map(|(key, value)| format!("{key}:{value}")).collect();
            format!("map[{}]", entries.join(" "))
        };
        format!(
            "{{{{{} {}}} {{{{{} {}}} {} {}}}}}",
            self.api_version,
            self.kind,
            self.name,
            self.namespace,
            map(&self.labels),
            map(&self.annotations)
        )
    }
}

/// Lists of resources are replaced by what they hold, behind all others.
fn expand_lists(nodes: Vec<Node>) -> Result<Vec<Node>> {
    let mut todo: std::collections::VecDeque<Node> = nodes.into();
    let mut out = Vec::with_capacity(todo.len());
    while let Some(root) = todo.pop_front() {
        let kind = id::kind_of(&root).to_owned();
        let items = node::field(&root, "items");
        let Some(items) = items.filter(|_| kind.ends_with("List")) else {
            out.push(root);
            continue;
        };
        if node::is_null(items) {
            continue;
        }
        if node::kind(items) != Kind::Sequence {
            let found = match node::kind(items) {
                Kind::Mapping => "map[string]interface {}",
                _ => "string",
            };
            return fail(format!("expected array in {kind}/items, but found {found}"));
        }
        let list = json::to_value(items)?;
        for item in list.as_list().unwrap_or_default() {
            let text = crate::go::json(item);
            for inner in good_nodes(documents(&text)?)? {
                todo.push_back(inner);
            }
        }
    }
    Ok(out)
}

/// The texts of the first level of a value, for messages.
pub(crate) fn is_resource_text(text: &str) -> Option<Vec<Resource>> {
    resources(text).ok()
}

/// A JSON patch (RFC 6902) in JSON or YAML.
pub(crate) fn json_patch(text: &str) -> Result<Value> {
    if text.is_empty() {
        return fail("empty json patch operations");
    }
    crate::decode::yaml_to_json(text)
}
