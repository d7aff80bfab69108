//! Role bindings and admission configurations.

use objects::Value;

use super::super::tools::{each, is, put, put_text, within};

const RBAC: &str = "rbac.authorization.k8s.io";

/// RoleBinding and ClusterRoleBinding.
pub(super) fn binding(object: &mut Value) {
    within(object, "roleRef", |role| put_text(role, "apiGroup", RBAC));
    each(object, "subjects", |subject| {
        if is(subject, "kind", "User") || is(subject, "kind", "Group") {
            put_text(subject, "apiGroup", RBAC);
        }
    });
}

/// Webhook configurations and admission policies.
pub(super) fn admission(kind: &str, object: &mut Value) {
    match kind {
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
            each(object, "webhooks", |webhook| {
                put(webhook, "failurePolicy", "Fail");
                put(webhook, "matchPolicy", "Equivalent");
                put(webhook, "namespaceSelector", Value::map());
                put(webhook, "objectSelector", Value::map());
                put(webhook, "timeoutSeconds", 10);
                if kind == "MutatingWebhookConfiguration" {
                    put(webhook, "reinvocationPolicy", "Never");
                }
                each(webhook, "rules", |rule| put(rule, "scope", "*"));
                within(webhook, "clientConfig", service_port);
            });
        }
        "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy" => {
            within(object, "spec", |spec| {
                put(spec, "failurePolicy", "Fail");
                within(spec, "matchConstraints", match_resources);
            });
        }
        "ValidatingAdmissionPolicyBinding" | "MutatingAdmissionPolicyBinding" => {
            within(object, "spec", |spec| {
                within(spec, "matchResources", match_resources);
            });
        }
        _ => {}
    }
}

/// The port of a service that is called over HTTPS.
pub(super) fn service_port(config: &mut Value) {
    within(config, "service", |service| put(service, "port", 443));
}

fn match_resources(resources: &mut Value) {
    put(resources, "matchPolicy", "Equivalent");
    put(resources, "namespaceSelector", Value::map());
    put(resources, "objectSelector", Value::map());
    for rules in ["resourceRules", "excludeResourceRules"] {
        each(resources, rules, |rule| put(rule, "scope", "*"));
    }
}
