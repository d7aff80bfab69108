//! Which kinds a Kubernetes minor serves, for the changes that users meet.

use apiserver::{ApiServer, Settings};
use clock::Moment;
use objects::Gvk;

/// Kind, its apiVersion, the first minor that serves it and the first that does not any more.
const KINDS: &[(&str, &str, u32, u32)] = &[
    ("Deployment", "apps/v1", 20, 99),
    ("Ingress", "networking.k8s.io/v1", 20, 99),
    ("Ingress", "networking.k8s.io/v1beta1", 20, 22),
    ("Ingress", "extensions/v1beta1", 20, 22),
    ("CustomResourceDefinition", "apiextensions.k8s.io/v1", 20, 99),
    ("CustomResourceDefinition", "apiextensions.k8s.io/v1beta1", 20, 22),
    ("Role", "rbac.authorization.k8s.io/v1beta1", 20, 22),
    ("CronJob", "batch/v1", 21, 99),
    ("CronJob", "batch/v1beta1", 20, 25),
    ("PodDisruptionBudget", "policy/v1", 21, 99),
    ("PodDisruptionBudget", "policy/v1beta1", 20, 25),
    ("PodSecurityPolicy", "policy/v1beta1", 20, 25),
    ("EndpointSlice", "discovery.k8s.io/v1", 21, 99),
    ("EndpointSlice", "discovery.k8s.io/v1beta1", 20, 25),
    ("HorizontalPodAutoscaler", "autoscaling/v2", 23, 99),
    ("HorizontalPodAutoscaler", "autoscaling/v2beta1", 20, 25),
    ("HorizontalPodAutoscaler", "autoscaling/v2beta2", 20, 26),
    ("CSIStorageCapacity", "storage.k8s.io/v1", 24, 99),
    ("FlowSchema", "flowcontrol.apiserver.k8s.io/v1", 29, 99),
    ("ValidatingAdmissionPolicy", "admissionregistration.k8s.io/v1", 30, 99),
    ("ResourceClaim", "resource.k8s.io/v1", 34, 99),
];

#[test]
fn every_minor_serves_the_kinds_of_its_time() {
    for minor in 20..=37 {
        let kubernetes = format!("1.{minor}");
        let settings = Settings { kubernetes, ..Settings::default() };
        let server = ApiServer::new(settings, Moment::START).unwrap();
        for (kind, api_version, from, until) in KINDS {
            let found = server.resource(&Gvk::from_api_version(api_version, kind)).is_ok();
            let wanted = (*from..*until).contains(&minor);
            assert_eq!(found, wanted, "{api_version} {kind} in 1.{minor}");
        }
    }
}

#[test]
fn a_minor_that_is_not_known_is_refused() {
    for kubernetes in ["1.19", "1.99", "2.0", "latest"] {
        let settings = Settings { kubernetes: kubernetes.to_owned(), ..Settings::default() };
        assert!(ApiServer::new(settings, Moment::START).is_err(), "{kubernetes}");
    }
}
