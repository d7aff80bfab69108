//! The nodes of the cluster, and whether they take a pod.

use std::collections::BTreeMap;

use objects::{Object, Value};

use crate::kind::Kind;
use crate::meta;
use crate::world::World;

/// All nodes by name; one that is only implied where the cluster has none.
pub(crate) struct Nodes(BTreeMap<String, Object>);

impl Nodes {
    /// The nodes that exist now.
    pub(crate) fn of(world: &World<'_>) -> Self {
        let real = world.mirror.all(Kind::Node).into_iter();
        let mut nodes: BTreeMap<String, Object> =
            real.map(|node| (node.name().to_owned(), node.clone())).collect();
        if nodes.is_empty()
            && let Some(name) = &world.behaviours.implied_node
        {
            let mut node = Object(Value::from([("apiVersion", "v1"), ("kind", "Node")]));
            node.set(&["metadata", "name"], name.as_str());
            // The labels that every kubelet puts on its node (kubernetes: well-known labels).
            for (label, value) in [
                ("kubernetes.io/hostname", name.as_str()),
                ("kubernetes.io/os", "linux"),
                ("kubernetes.io/arch", "amd64"),
            ] {
                node.set(&["metadata", "labels", label], value);
            }
            nodes.insert(name.clone(), node);
        }
        Self(nodes)
    }

    /// Their names, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// One node.
    pub(crate) fn get(&self, name: &str) -> Option<&Object> {
        self.0.get(name)
    }

    /// Whether a node takes a pod, looking only at taints of these effects.
    pub(crate) fn takes(&self, name: &str, pod: &Object, effects: &[&str]) -> bool {
        self.0
            .get(name)
            .is_some_and(|node| untolerated(node, pod, effects).is_none() && is_selected(node, pod))
    }
}

/// The first taint that a pod does not tolerate.
pub(super) fn untolerated<'a>(
    node: &'a Object,
    pod: &Object,
    effects: &[&str],
) -> Option<&'a Value> {
    let taints = node.list_at(&["spec", "taints"]).iter();
    let mut hostile =
        taints.filter(|taint| effects.contains(&taint.str_at(&["effect"]).unwrap_or_default()));
    hostile.find(|taint| {
        !pod.list_at(&["spec", "tolerations"]).iter().any(|one| tolerates(one, taint))
    })
}

fn tolerates(toleration: &Value, taint: &Value) -> bool {
    let text = |value: &Value, key: &str| value.str_at(&[key]).unwrap_or_default().to_owned();
    let (effect, key) = (text(toleration, "effect"), text(toleration, "key"));
    if !effect.is_empty() && effect != text(taint, "effect") {
        return false;
    }
    let exists = text(toleration, "operator") == "Exists";
    if key.is_empty() {
        return exists;
    }
    key == text(taint, "key") && (exists || text(toleration, "value") == text(taint, "value"))
}

/// Node selector and required node affinity.
pub(super) fn is_selected(node: &Object, pod: &Object) -> bool {
    let wanted = meta::map_at(pod, &["spec", "nodeSelector"]);
    if !wanted.is_none_or(|wanted| meta::matches_labels(wanted, node, &["metadata", "labels"])) {
        return false;
    }
    let path = [
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ];
    let terms = pod.list_at(&path);
    terms.is_empty() || terms.iter().any(|term| fits_term(node, term))
}

fn fits_term(node: &Object, term: &Value) -> bool {
    let (fields, labels) = (term.list_at(&["matchFields"]), term.list_at(&["matchExpressions"]));
    if fields.is_empty() && labels.is_empty() {
        return false;
    }
    fields.iter().all(|one| requirement(one, Some(node.name())))
        && labels
            .iter()
            .all(|one| requirement(one, node.label(one.str_at(&["key"]).unwrap_or_default())))
}

fn requirement(one: &Value, value: Option<&str>) -> bool {
    let values = one.list_at(&["values"]);
    let among = value.is_some_and(|value| values.iter().any(|v| v.as_str() == Some(value)));
    match one.str_at(&["operator"]).unwrap_or_default() {
        "In" => among,
        "NotIn" => !among,
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => true,
    }
}
