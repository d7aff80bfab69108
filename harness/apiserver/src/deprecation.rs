//! Warnings for built-in versions that are on their way out.
//!
//! Source: the lifecycle marks of kubernetes `k8s.io/api`.

use objects::Gvk;

/// The warning that every call of a kind gets.
pub(crate) fn warning(gvk: &Gvk, minor: u32) -> Option<String> {
    let (since, gone, instead) = match (gvk.group.as_str(), gvk.version.as_str(), gvk.kind.as_str())
    {
        ("", "v1", "ComponentStatus") => (19, None, None),
        ("", "v1", "Endpoints") => (33, None, Some("discovery.k8s.io/v1 EndpointSlice")),
        ("extensions", "v1beta1", "Ingress") => {
            (14, Some(22), Some("networking.k8s.io/v1 Ingress"))
        }
        ("networking.k8s.io", "v1beta1", "Ingress") => {
            (19, Some(22), Some("networking.k8s.io/v1 Ingress"))
        }
        ("networking.k8s.io", "v1beta1", "IngressClass") => {
            (19, Some(22), Some("networking.k8s.io/v1 IngressClass"))
        }
        ("policy", "v1beta1", "PodDisruptionBudget") => {
            (21, Some(25), Some("policy/v1 PodDisruptionBudget"))
        }
        ("policy", "v1beta1", "PodSecurityPolicy") => (21, Some(25), None),
        ("batch", "v1beta1", "CronJob") => (21, Some(25), Some("batch/v1 CronJob")),
        ("autoscaling", "v2beta1", "HorizontalPodAutoscaler") => {
            (22, Some(25), Some("autoscaling/v2 HorizontalPodAutoscaler"))
        }
        ("autoscaling", "v2beta2", "HorizontalPodAutoscaler") => {
            (23, Some(26), Some("autoscaling/v2 HorizontalPodAutoscaler"))
        }
        ("apiextensions.k8s.io", "v1beta1", _) => {
            (16, Some(22), Some("apiextensions.k8s.io/v1 CustomResourceDefinition"))
        }
        ("rbac.authorization.k8s.io", "v1beta1", _) => (17, Some(22), None),
        ("discovery.k8s.io", "v1beta1", _) => {
            (21, Some(25), Some("discovery.k8s.io/v1 EndpointSlice"))
        }
        ("events.k8s.io", "v1beta1", _) => (19, Some(25), None),
        ("node.k8s.io", "v1beta1", _) => (22, Some(25), None),
        _ => return None,
    };
    if minor < since {
        return None;
    }
    let mut text = format!("{} {} is deprecated in v1.{since}+", gvk.api_version(), gvk.kind);
    if let Some(gone) = gone {
        text = format!("{text}, unavailable in v1.{gone}+");
    }
    match instead {
        Some(instead) => Some(format!("{text}; use {instead}")),
        None => Some(text),
    }
}
