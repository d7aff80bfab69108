//! Names of resources: group, version, kind, name, namespace.
//!
//! One rule: an identity compares by effective namespace, where none is `default`
//! and cluster-scoped kinds have one of their own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use yaml::Node;

use crate::node;

pub(crate) const NOT_NAMESPACED: &str = "_non_namespaceable_";

/// Group, version and kind; empty parts select everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Gvk {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
}

impl Gvk {
    pub(crate) fn from_api_version(api_version: &str, kind: &str) -> Self {
        let (group, version) = split_api_version(api_version);
        Self { group: group.into(), version: version.into(), kind: kind.into() }
    }

    pub(crate) fn of(node: &Node) -> Self {
        Self::from_api_version(api_version_of(node), kind_of(node))
    }

    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// Whether the selector, with its empty parts as wildcards, selects this one.
    pub(crate) fn is_selected(&self, selector: &Gvk) -> bool {
        let fits = |own: &str, wanted: &str| wanted.is_empty() || own == wanted;
        fits(&self.kind, &selector.kind)
            && fits(&self.group, &selector.group)
            && fits(&self.version, &selector.version)
    }

    pub(crate) fn is_cluster_scoped(&self) -> bool {
        self.scope() == Some(true)
    }

    /// Whether it is outside namespaces; `None` for kinds that are not known by heart.
    pub(crate) fn scope(&self) -> Option<bool> {
        static KINDS: OnceLock<BTreeMap<(&str, &str), bool>> = OnceLock::new();
        let kinds = KINDS.get_or_init(|| {
            let lines = include_str!("data/scopes.txt").lines();
            let lines = lines.filter(|line| !line.starts_with('#'));
            lines
                .filter_map(|line| {
                    let mut words = line.split(' ');
                    let kind = (words.next()?, words.next()?);
                    Some((kind, words.next().is_some()))
                })
                .collect()
        });
        kinds.get(&(self.api_version().as_str(), self.kind.as_str())).copied()
    }

    /// Order of kinds in a configuration: first those that others need.
    pub(crate) fn sort_key(&self) -> (i32, String) {
        let or = |text: &str, none: &str| {
            if text.is_empty() { none.to_owned() } else { text.to_owned() }
        };
        let text = format!(
            "{}_{}_{}",
            or(&self.group, "~G"),
            or(&self.version, "~V"),
            or(&self.kind, "~K")
        );
        (kind_rank(&self.kind, &ORDER_FIRST, &ORDER_LAST), text)
    }
}

/// Place of a kind: negative for those that come first, positive for the last ones.
pub(crate) fn kind_rank<S: AsRef<str>>(kind: &str, first: &[S], last: &[S]) -> i32 {
    let position = |list: &[S]| list.iter().rposition(|known| known.as_ref() == kind);
    let number = |at: usize| i32::try_from(at).unwrap_or(i32::MAX);
    if let Some(at) = position(last) {
        return 1 + number(at);
    }
    position(first).map_or(0, |at| number(at) - number(first.len()))
}

pub(crate) const ORDER_FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

pub(crate) const ORDER_LAST: [&str; 2] =
    ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

impl fmt::Display for Gvk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &'_ str, none: &'static str| {
            if text.is_empty() { none.to_owned() } else { text.to_owned() }
        };
        write!(
            out,
            "{}.{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]")
        )
    }
}

/// A resource's identity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ResId {
    pub(crate) gvk: Gvk,
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) cluster_scoped: bool,
}

impl ResId {
    pub(crate) fn of(node: &Node) -> Self {
        let gvk = Gvk::of(node);
        Self {
            cluster_scoped: gvk.is_cluster_scoped(),
            gvk,
            name: name_of(node).to_owned(),
            namespace: namespace_of(node).to_owned(),
        }
    }

    pub(crate) fn effective_namespace(&self) -> &str {
        match self.namespace.as_str() {
            _ if self.cluster_scoped => NOT_NAMESPACED,
            "" | "default" => "default",
            namespace => namespace,
        }
    }

    pub(crate) fn same_namespace(&self, other: &Self) -> bool {
        self.effective_namespace() == other.effective_namespace()
    }

    /// Group, version, kind and name alike.
    pub(crate) fn same_name(&self, other: &Self) -> bool {
        self.name == other.name && self.gvk == other.gvk
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        self.same_name(other) && self.same_namespace(other)
    }

    /// Whether a selector with wildcards (empty parts) selects it.
    pub(crate) fn is_selected_by(&self, selector: &ResId) -> bool {
        (selector.name.is_empty() || selector.name == self.name)
            && (selector.namespace.is_empty() || selector.same_namespace(self))
            && self.gvk.is_selected(&selector.gvk)
    }

    /// What two equal identities share.
    pub(crate) fn identity(&self) -> (Gvk, String, String) {
        (self.gvk.clone(), self.name.clone(), self.effective_namespace().to_owned())
    }
}

impl fmt::Display for ResId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.name.is_empty() { "[noName]" } else { &self.name };
        let namespace = if self.namespace.is_empty() { "[noNs]" } else { &self.namespace };
        write!(out, "{}/{name}.{namespace}", self.gvk)
    }
}

pub(crate) fn split_api_version(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

pub(crate) fn api_version_of(node: &Node) -> &str {
    node::field(node, "apiVersion").map(node::value).unwrap_or_default()
}

pub(crate) fn kind_of(node: &Node) -> &str {
    node::field(node, "kind").map(node::value).unwrap_or_default()
}

pub(crate) fn name_of(node: &Node) -> &str {
    meta_text(node, "name")
}

pub(crate) fn namespace_of(node: &Node) -> &str {
    meta_text(node, "namespace")
}

fn meta_text<'a>(root: &'a Node, name: &str) -> &'a str {
    let metadata = node::field(root, "metadata").filter(|found| !node::is_null_or_empty(found));
    let found = metadata.and_then(|metadata| node::field(metadata, name));
    found.filter(|found| !node::is_null_or_empty(found)).map(node::value).unwrap_or_default()
}
