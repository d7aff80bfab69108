//! The built-in transformers other than patches, images and replacements.

use std::collections::{BTreeMap, BTreeSet};

use yaml::{Node, Style};

use crate::error::{BuildError, Context, Result, fail};
use crate::fieldspec::{Created, FieldSpec};
use crate::generators;
use crate::id::{self, Gvk, ResId};
use crate::kustomization::Replica;
use crate::node::{self, Kind};
use crate::resmap::ResMap;

/// Which subjects of role bindings get the namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Subjects {
    #[default]
    NamedDefault,
    ServiceAccounts,
    None,
}

/// Puts resources into a namespace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Namespace {
    pub(crate) namespace: String,
    pub(crate) specs: Vec<FieldSpec>,
    pub(crate) unset_only: bool,
    pub(crate) subjects: Subjects,
}

impl Namespace {
    pub(crate) fn apply(&self, map: &mut ResMap) -> Result<()> {
        if self.namespace.is_empty() {
            return Ok(());
        }
        let list = map.list_mut();
        let mut counts: BTreeMap<_, usize> = BTreeMap::new();
        for resource in list.iter() {
            *counts.entry(resource.id().identity()).or_default() += 1;
        }
        for at in 0..list.len() {
            let resource = &mut list[at];
            let helm = "internal.config.kubernetes.io/helm-generated";
            let generated = resource.annotations().get(helm).is_some_and(|value| value == "true");
            if resource.is_empty() || generated {
                continue;
            }
            let before = resource.id().identity();
            resource.remember_id();
            self.apply_to(&mut resource.node)?;
            let id = resource.id();
            let after = id.identity();
            if before != after {
                if let Some(count) = counts.get_mut(&before) {
                    *count -= 1;
                }
                *counts.entry(after.clone()).or_default() += 1;
            }
            if counts.get(&after) != Some(&1) {
                let same: Vec<_> = list
                    .iter()
                    .filter(|resource| resource.id().same(&id))
                    .filter_map(|resource| {
                        let node = resource.node_with_memory().ok()?;
                        crate::json::to_value(&node).ok().map(|value| crate::go::json(&value))
                    })
                    .collect();
                return fail(format!(
                    "namespace transformation produces ID conflict: {}",
                    crate::go::list(&same)
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn apply_to(&self, root: &mut Node) -> Result<()> {
        let gvk = Gvk::of(root);
        if !gvk.is_cluster_scoped() {
            let spec = FieldSpec::at("metadata/namespace", true);
            spec.apply(root, Some(Created::UNTAGGED), &mut |node| self.set(node))?;
        }
        let binding = matches!(gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding");
        if binding {
            self.role_binding(root)?;
        }
        let is_v1 = id::api_version_of(root) == "v1";
        for spec in &self.specs {
            let skipped = spec.path == "metadata/namespace"
                || (!is_v1 && spec.path == "metadata/name")
                || (binding
                    && spec.path == "subjects/namespace"
                    && matches!(spec.gvk.kind.as_str(), "RoleBinding" | "ClusterRoleBinding"));
            if !skipped {
                spec.apply(root, Some(Created::TEXT), &mut |node| self.set(node))
                    .map_err(namespace_error)?;
            }
        }
        Ok(())
    }

    fn set(&self, at: &mut Node) -> Result<()> {
        if self.unset_only && !node::value_unless_null(at).is_empty() {
            return Ok(());
        }
        node::set_scalar(at, node::text(self.namespace.as_str()))
    }

    fn role_binding(&self, root: &mut Node) -> Result<()> {
        let (key, wanted) = match self.subjects {
            Subjects::None => return Ok(()),
            Subjects::NamedDefault => ("name", "default"),
            Subjects::ServiceAccounts => ("kind", "ServiceAccount"),
        };
        let Some(subjects) =
            node::field_mut(root, "subjects").filter(|found| !node::is_null(found))
        else {
            return Ok(());
        };
        let words = || "setting namespace on (cluster)role binding subjects".to_owned();
        for subject in node::elements_mut(subjects).context(words)? {
            let found = node::get(subject, key).context(words)?;
            if found.map(node::value) == Some(wanted)
                && let Some(namespace) = node::field_or_create(subject, "namespace", Kind::Scalar)?
            {
                self.set(namespace)?;
            }
        }
        Ok(())
    }
}

fn namespace_error(error: BuildError) -> BuildError {
    let wrong = error.0.contains("wrong node kind") && !error.0.contains("but got ScalarNode");
    let words = if wrong {
        "namespace field specs must target scalar nodes"
    } else {
        "namespace transformation failed"
    };
    BuildError(format!("{words}: {error}"))
}

/// Kinds whose names stay as they are.
fn keeps_name(id: &ResId) -> bool {
    matches!(id.gvk.kind.as_str(), "CustomResourceDefinition" | "Namespace")
        || (id.gvk.kind == "APIService" && id.gvk.group == "apiregistration.k8s.io")
}

/// Puts texts before and behind names.
pub(crate) fn affix(
    map: &mut ResMap,
    prefix: &str,
    suffix: &str,
    specs: &[FieldSpec],
) -> Result<()> {
    for resource in map.list_mut() {
        let id = resource.original_id();
        if keeps_name(&id) {
            continue;
        }
        for spec in specs.iter().filter(|spec| id.gvk.is_selected(&spec.gvk)) {
            if spec.path == "metadata/name" {
                if !prefix.is_empty() {
                    resource.memory.prefixes.push(prefix.to_owned());
                    resource.remember_id();
                }
                if !suffix.is_empty() {
                    resource.memory.suffixes.push(suffix.to_owned());
                    resource.remember_id();
                }
            }
            spec.apply(&mut resource.node, Some(Created::TEXT), &mut |node| {
                let new = format!("{prefix}{}{suffix}", node::value(node));
                node::set_scalar(node, node::untagged(new))
            })?;
        }
    }
    Ok(())
}

/// Sets entries of label or annotation maps.
pub(crate) fn set_entries(
    map: &mut ResMap,
    entries: &BTreeMap<String, String>,
    specs: &[FieldSpec],
) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    for resource in map.list_mut() {
        for (key, value) in entries {
            for spec in specs {
                spec.apply(&mut resource.node, Some(Created::MAP), &mut |node| {
                    node::set_field(node, key, node::text(value.as_str()))
                })?;
            }
        }
    }
    map.drop_empty();
    Ok(())
}

impl Replica {
    pub(crate) fn apply(&self, map: &mut ResMap, specs: &[FieldSpec]) -> Result<()> {
        let mut found = false;
        for spec in specs {
            let places =
                map.matching_any_id(|id| id.name == self.name && id.gvk.is_selected(&spec.gvk));
            found |= !places.is_empty();
            for at in places {
                let root = &mut map.list_mut()[at].node;
                spec.apply(root, Some(Created::INT), &mut |node| {
                    let mut count = Node::scalar(self.count.to_string());
                    count.fix_implied();
                    node::set_scalar(node, count)
                })?;
            }
        }
        if found {
            return Ok(());
        }
        let kinds: Vec<_> = specs.iter().map(|spec| spec.gvk.to_string()).collect();
        fail(format!(
            "resource with name {} does not match a config with the following GVK {}",
            self.name,
            crate::go::list(&kinds)
        ))
    }
}

/// Gives generated names their hash.
pub(crate) fn add_hashes(map: &mut ResMap) -> Result<()> {
    if !map.list().iter().any(|resource| resource.memory.needs_hash) {
        return Ok(());
    }
    for resource in map.list_mut() {
        if resource.memory.needs_hash {
            let hash = generators::hash(&resource.node)?;
            resource.remember_id();
            let name = format!("{}-{hash}", id::name_of(&resource.node));
            resource.set_name(&name)?;
        }
    }
    Ok(())
}

/// Sorts as kustomize did before it kept the order of files.
pub(crate) fn sort_legacy(map: &mut ResMap, first: &[String], last: &[String]) -> Result<()> {
    let list = std::mem::take(map.list_mut());
    let mut keyed: Vec<_> = list
        .into_iter()
        .map(|resource| {
            let id = resource.id();
            let or = |text: &str, none: &str| {
                if text.is_empty() { none.to_owned() } else { text.to_owned() }
            };
            let gvk = id.gvk.sort_key().1;
            let name = format!("{}|{}|{}", id.gvk, or(&id.namespace, "~X"), or(&id.name, "~N"));
            ((id::kind_rank(&id.gvk.kind, first, last), gvk, name, id.gvk), resource)
        })
        .collect();
    keyed.sort_by(|((rank_a, gvk_a, name_a, a), _), ((rank_b, gvk_b, name_b, b), _)| {
        if a == b {
            return name_a.cmp(name_b);
        }
        // Among namespaces of several groups those of the core group come first.
        let reversed = a.kind == "Namespace"
            && b.kind == "Namespace"
            && (a.group.is_empty() || b.group.is_empty());
        let by_text = if reversed { gvk_b.cmp(gvk_a) } else { gvk_a.cmp(gvk_b) };
        rank_a.cmp(rank_b).then(by_text)
    });
    let sorted = keyed.into_iter().map(|(_, resource)| resource).collect();
    map.append_all(sorted).context(|| "SortOrderTransformer: Failed to append to resources".into())
}

/// Drops what is marked to stay local.
pub(crate) fn drop_local(map: &mut ResMap) -> Result<()> {
    let mut local = BTreeSet::new();
    for (at, resource) in map.list().iter().enumerate() {
        crate::read::validate(&resource.node)?;
        let annotation = "config.kubernetes.io/local-config";
        if resource.annotations().get(annotation).is_some_and(|value| value != "false") {
            local.insert(at);
        }
    }
    if !local.is_empty() {
        let mut at = 0;
        map.list_mut().retain(|_| {
            at += 1;
            !local.contains(&(at - 1))
        });
    }
    Ok(())
}

/// Adds a value to fields of selected resources.
pub(crate) fn add_value(root: &mut Node, value: &str, path: &str, position: usize) -> Result<()> {
    let mut fields: Vec<String> = Vec::new();
    for part in path.split('/') {
        match fields.last_mut() {
            Some(last) if last.ends_with('\\') => {
                last.pop();
                last.push('/');
                last.push_str(part);
            }
            _ => fields.push(part.to_owned()),
        }
    }
    let fields: Vec<&str> = fields.iter().map(String::as_str).filter(|f| !f.is_empty()).collect();
    let Some(at) = node::path_or_create(root, &fields, Kind::Scalar)? else { return Ok(()) };
    node::expect(at, Kind::Scalar)?;
    let new = match position {
        0 => value.to_owned(),
        position => insert_part(node::value(at), position - 1, value),
    };
    let mut new = node::untagged(new);
    new.style = Style::Plain;
    node::set_scalar(at, new)
}

fn insert_part(path: &str, position: usize, part: &str) -> String {
    let absolute = path.starts_with('/');
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let position = position.min(parts.len());
    parts.insert(position, part);
    format!("{}{}", if absolute { "/" } else { "" }, parts.join("/"))
}
