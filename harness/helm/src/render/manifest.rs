//! Rendered files cut into documents; hooks told from manifests; both in install order.
//!
//! Source: Helm `pkg/release/v1/util`: `manifest.go`, `manifest_sorter.go`, `kind_sorter.go`.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::data::{Fields, read_yaml};
use crate::go;

/// The kinds that are installed in this order, before all others.
const INSTALL_ORDER: [&str; 38] = [
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
];

/// A manifest that Helm runs at a moment of a release's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Name of the object.
    pub name: Arc<str>,
    /// Kind of the object.
    pub kind: Arc<str>,
    /// The template it comes from.
    pub path: Arc<str>,
    /// Its YAML.
    pub manifest: String,
    /// When it runs: `pre-install`, `post-upgrade`, `test`, …
    pub events: Vec<Arc<str>>,
    /// Lower ones run first.
    pub weight: i64,
    /// When it is deleted: `before-hook-creation`, `hook-succeeded`, `hook-failed`.
    pub delete_policies: Vec<Arc<str>>,
    /// When its logs are shown.
    pub output_log_policies: Vec<Arc<str>>,
}

/// A document that is no hook.
pub(super) struct Manifest {
    pub(super) path: Arc<str>,
    pub(super) text: String,
    kind: Arc<str>,
}

#[derive(Default)]
struct Head {
    kind: Arc<str>,
    name: Arc<str>,
    annotations: BTreeMap<Arc<str>, Arc<str>>,
}

/// Hooks and manifests of rendered files, in install order.
pub(super) fn sort(
    files: &BTreeMap<Arc<str>, String>,
) -> Result<(Vec<Hook>, Vec<Manifest>), String> {
    let mut hooks = Vec::new();
    let mut manifests = Vec::new();
    for (path, content) in files {
        if go::base(path).starts_with('_') || content.trim().is_empty() {
            continue;
        }
        for document in split(content) {
            let head = head(document)
                .map_err(|problem| format!("YAML parse error on {path}: {problem}"))?;
            match head.annotations.get("helm.sh/hook") {
                None => manifests.push(Manifest {
                    path: path.clone(),
                    text: document.to_owned(),
                    kind: head.kind,
                }),
                Some(events) => hooks.extend(hook(path, document, &head, events)),
            }
        }
    }
    hooks.sort_by(|a, b| by_kind(&a.kind, &b.kind));
    manifests.sort_by(|a, b| by_kind(&a.kind, &b.kind));
    Ok((hooks, manifests))
}

fn by_kind(a: &str, b: &str) -> std::cmp::Ordering {
    let place = |kind: &str| INSTALL_ORDER.iter().position(|known| *known == kind);
    match (place(a), place(b)) {
        (None, None) => a.cmp(b),
        (a, b) => a.unwrap_or(usize::MAX).cmp(&b.unwrap_or(usize::MAX)),
    }
}

/// Cuts at `---` at the start of a line, whatever follows on it.
fn split(text: &str) -> Vec<&str> {
    let text = text.trim_start();
    let mut documents = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < text.len() {
        let line = &text[at..];
        if let Some(rest) = line.strip_prefix("---") {
            documents.push(&text[start..at]);
            start = at + 3 + (rest.len() - rest.trim_start_matches([' ', '\t']).len());
            at = start;
        }
        at = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
    }
    documents.push(&text[start..]);
    let kept = documents.into_iter().filter(|document| !document.trim().is_empty());
    kept.map(str::trim_start).collect()
}

fn head(document: &str) -> Result<Head, String> {
    if document.chars().any(go::is_stranger) {
        return Err("error converting YAML to JSON: yaml: invalid leading UTF-8 octet".to_owned());
    }
    let value = read_yaml(document)?;
    let mut fields = Fields::of(&value, "util.SimpleHead");
    fields.text("apiVersion");
    let kind = fields.text("kind");
    const METADATA: &str = "struct { Name string \"json:\\\"name\\\"\"; Annotations map[string]string \"json:\\\"annotations\\\"\" }";
    let inner = fields.inside("metadata", METADATA, |metadata| {
        let annotations = metadata.text_map("annotations").unwrap_or_default();
        (metadata.text("name"), annotations)
    });
    fields.finish()?;
    let (name, annotations) = inner.unwrap_or_default();
    Ok(Head { kind, name, annotations })
}

/// The hook of a document; none if it names a moment that does not exist.
fn hook(path: &Arc<str>, document: &str, head: &Head, events: &str) -> Option<Hook> {
    let events: Option<Vec<_>> = events.split(',').map(event).collect();
    let words = |annotation: &str| {
        let text = head.annotations.get(annotation);
        let words = text.into_iter().flat_map(|text| text.split(','));
        words.map(|word| word.trim().to_lowercase().into()).collect()
    };
    let weight = head.annotations.get("helm.sh/hook-weight");
    Some(Hook {
        name: head.name.clone(),
        kind: head.kind.clone(),
        path: path.clone(),
        manifest: document.to_owned(),
        events: events?,
        weight: weight.and_then(|weight| weight.parse().ok()).unwrap_or(0),
        delete_policies: words("helm.sh/hook-delete-policy"),
        output_log_policies: words("helm.sh/hook-output-log-policy"),
    })
}

fn event(word: &str) -> Option<Arc<str>> {
    const EVENTS: [&str; 9] = [
        "pre-install",
        "post-install",
        "pre-delete",
        "post-delete",
        "pre-upgrade",
        "post-upgrade",
        "pre-rollback",
        "post-rollback",
        "test",
    ];
    let word = word.trim().to_lowercase();
    let word = if word == "test-success" { "test" } else { &word };
    EVENTS.iter().find(|known| **known == word).map(|known| (*known).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_cut_at_dashes_even_where_more_follows() {
        for (text, documents) in [
            ("a: 1\n---\nb: 2\n", vec!["a: 1\n", "b: 2\n"]),
            ("---a: 1\n--- b: 2", vec!["a: 1\n", "b: 2"]),
            ("\n\n--- # Source\na: 1\n---\n\n---\n", vec!["# Source\na: 1\n"]),
            ("a: |\n  ---\n  x\n", vec!["a: |\n  ---\n  x\n"]),
            ("------\na: 1", vec!["---\na: 1"]),
        ] {
            assert_eq!(split(text), documents, "{text:?}");
        }
    }

    #[test]
    fn hooks_and_manifests_come_in_install_order() {
        let file = "kind: Ingress\n---\nkind: Zebra\n---\nkind: Secret\n---\nkind: Job\n\
                    metadata:\n  name: j\n  annotations:\n    helm.sh/hook: pre-install, TEST-success\n    \
                    helm.sh/hook-weight: 5\n---\nkind: Pod\nmetadata: {annotations: {helm.sh/hook: nope}}\n";
        let files = BTreeMap::from([("c/templates/a.yaml".into(), file.to_owned())]);
        let (hooks, manifests) = sort(&files).unwrap_or_default();
        let kinds: Vec<&str> = manifests.iter().map(|manifest| manifest.kind.as_ref()).collect();
        assert_eq!(kinds, ["Secret", "Ingress", "Zebra"]);
        let events: Vec<_> =
            hooks.iter().map(|h| (h.name.as_ref(), h.weight, h.events.join(" "))).collect();
        assert_eq!(events, [("j", 5, "pre-install test".to_owned())]);
    }
}
