//! What a chart can ask about the cluster and about Helm.
//!
//! Source: Helm `pkg/chart/common` `capabilities.go`; the API versions are those that
//! client-go 0.37 knows.

use std::sync::Arc;

/// The versions that Helm v4.3.1 assumes without a cluster; Go lists them in no fixed order.
const API_VERSIONS: &[&str] = &[
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
    "apiextensions.k8s.io/v1beta1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1alpha1",
    "certificates.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "internal.apiserver.k8s.io/v1alpha1",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1alpha1",
    "rbac.authorization.k8s.io/v1beta1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1alpha3",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1beta2",
    "scheduling.k8s.io/v1",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storage.k8s.io/v1beta1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "v1",
];

/// What a chart can ask about the cluster and about Helm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// Version of Kubernetes, with its `v` and whatever the provider added.
    pub kube_version: KubeVersion,
    /// API versions served, and `group/version/Kind` where kinds are known.
    pub api_versions: Vec<Arc<str>>,
    /// Version of Helm that charts see.
    pub helm_version: Arc<str>,
}

/// A version of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeVersion {
    pub(crate) full: Arc<str>,
    /// Without what the provider added, as constraints compare it.
    pub(crate) normal: Arc<str>,
    pub(crate) major: Arc<str>,
    pub(crate) minor: Arc<str>,
}

impl Default for Capabilities {
    /// As Helm v4.3.1 assumes without a cluster: Kubernetes v1.37.
    fn default() -> Self {
        let text = |text: &str| Arc::<str>::from(text);
        Self {
            kube_version: KubeVersion {
                full: text("v1.37.0"),
                normal: text("v1.37.0"),
                major: text("1"),
                minor: text("37"),
            },
            api_versions: API_VERSIONS.iter().map(|version| text(version)).collect(),
            helm_version: text("v4.3.1"),
        }
    }
}

impl KubeVersion {
    /// Reads `1.31`, `v1.31.3`, `v1.31.3-eks-7f9249a`.
    ///
    /// # Errors
    /// As `helm template --kube-version` refuses it.
    pub fn parse(text: &str) -> Result<Self, KubeVersionError> {
        let refuse = || KubeVersionError(text.to_owned());
        let rest = text.trim();
        let rest = rest.strip_prefix('v').unwrap_or(rest);
        let length = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        let numbers = rest[..length].trim_end_matches('.');
        let parts: Vec<&str> = numbers.split('.').collect();
        let good = parts.len() >= 2
            && parts
                .iter()
                .all(|part| !part.is_empty() && (part.len() == 1 || !part.starts_with('0')));
        if !good {
            return Err(refuse());
        }
        let full = if text.starts_with('v') { text.to_owned() } else { format!("v{text}") };
        Ok(Self {
            full: full.into(),
            normal: format!("v{}", parts.join(".")).into(),
            major: parts[0].into(),
            minor: parts[1].into(),
        })
    }

    /// The whole version: `v1.31.3-eks-7f9249a`.
    #[must_use]
    pub fn full(&self) -> &str {
        &self.full
    }
}

/// Why a text is no version of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid kube version '{0}': could not parse {quoted} as version", quoted = crate::go::quote(.0))]
pub struct KubeVersionError(String);
