//! Role bindings, namespaces, events, runtime classes, admission policies.

use base64::Engine;
use objects::Value;

use super::Out;
use super::checks::{go_struct, one_of, unchanged};
use crate::{Cause, names};

const RBAC: &str = "rbac.authorization.k8s.io";

/// RoleBinding and ClusterRoleBinding.
pub(super) fn binding(object: &Value, old: Option<&Value>, cluster: bool, out: &mut Out) {
    let role = object.get("roleRef").cloned().unwrap_or_default();
    let kinds: &[&str] = if cluster { &["ClusterRole"] } else { &["Role", "ClusterRole"] };
    let text = |key: &str| Value::from(role.str_at(&[key]).unwrap_or_default());
    if text("apiGroup").as_str() != Some(RBAC) {
        out.push(Cause::not_supported("roleRef.apiGroup", &text("apiGroup"), &[RBAC]));
    }
    if !kinds.contains(&text("kind").as_str().unwrap_or_default()) {
        out.push(Cause::not_supported("roleRef.kind", &text("kind"), kinds));
    }
    let name = text("name");
    if name.as_str() == Some("") {
        out.push(Cause::required("roleRef.name", ""));
    } else {
        let problems = names::path_segment(name.as_str().unwrap_or_default());
        out.extend(problems.iter().map(|p| Cause::invalid("roleRef.name", &name, p)));
    }
    for (at, found) in object.list_at(&["subjects"]).iter().enumerate() {
        subject(found, &format!("subjects[{at}]"), cluster, out);
    }
    if let Some(old) = old
        && old.get("roleRef") != object.get("roleRef")
    {
        let shown = go_struct(&[
            ("APIGroup", role.get("apiGroup")),
            ("Kind", role.get("kind")),
            ("Name", role.get("name")),
        ]);
        out.push(Cause::invalid_shown("roleRef", &shown, "cannot change roleRef"));
    }
}

fn subject(subject: &Value, field: &str, cluster: bool, out: &mut Out) {
    let text = |key: &str| Value::from(subject.str_at(&[key]).unwrap_or_default());
    if text("name").as_str() == Some("") {
        out.push(Cause::required(&format!("{field}.name"), ""));
    }
    let group = text("apiGroup");
    match subject.str_at(&["kind"]).unwrap_or_default() {
        "ServiceAccount" => {
            let name = text("name");
            let plain = name.as_str().unwrap_or_default();
            if !plain.is_empty() {
                let place = format!("{field}.name");
                let problems = names::subdomain(plain);
                out.extend(problems.iter().map(|p| Cause::invalid(&place, &name, p)));
            }
            if group.as_str() != Some("") {
                out.push(Cause::not_supported(&format!("{field}.apiGroup"), &group, &[""]));
            }
            if cluster && text("namespace").as_str() == Some("") {
                out.push(Cause::required(&format!("{field}.namespace"), ""));
            }
        }
        "User" | "Group" => {
            if group.as_str() != Some(RBAC) {
                out.push(Cause::not_supported(&format!("{field}.apiGroup"), &group, &[RBAC]));
            }
        }
        other => {
            let known = ["ServiceAccount", "User", "Group"];
            out.push(Cause::not_supported(&format!("{field}.kind"), &other.into(), &known));
        }
    }
}

/// Role and ClusterRole.
pub(super) fn role(object: &Value, out: &mut Out) {
    for (at, rule) in object.list_at(&["rules"]).iter().enumerate() {
        let field = format!("rules[{at}]");
        if rule.list_at(&["verbs"]).is_empty() {
            let detail = "verbs must contain at least one value";
            out.push(Cause::required(&format!("{field}.verbs"), detail));
        }
        if !rule.list_at(&["nonResourceURLs"]).is_empty() {
            continue;
        }
        if rule.list_at(&["apiGroups"]).is_empty() {
            let detail = "resource rules must supply at least one api group";
            out.push(Cause::required(&format!("{field}.apiGroups"), detail));
        }
        if rule.list_at(&["resources"]).is_empty() {
            let detail = "resource rules must supply at least one resource";
            out.push(Cause::required(&format!("{field}.resources"), detail));
        }
    }
}

/// Namespace.
pub(super) fn namespace(object: &Value, out: &mut Out) {
    for finalizer in object.list_at(&["spec", "finalizers"]) {
        let name = finalizer.as_str().unwrap_or_default();
        if name != "kubernetes" && !name.contains('/') {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            out.push(Cause::invalid("spec.finalizers", finalizer, detail));
        }
    }
}

/// Event of the core group.
pub(super) fn event(object: &Value, out: &mut Out) {
    let namespace = object.str_at(&["metadata", "namespace"]).unwrap_or_default();
    let involved = object.str_at(&["involvedObject", "namespace"]).unwrap_or_default();
    let cluster = involved.is_empty() && matches!(namespace, "" | "default");
    if involved != namespace && !cluster {
        let field = "involvedObject.namespace";
        out.push(Cause::invalid(field, &involved.into(), "does not match event.namespace"));
    }
    if object.get("eventTime").is_some_and(|time| !time.is_null()) {
        let reporter = Value::from(object.str_at(&["reportingComponent"]).unwrap_or_default());
        let text = reporter.as_str().unwrap_or_default();
        if text.is_empty() {
            out.push(Cause::required("reportingComponent", ""));
        }
        let problems = names::qualified(text);
        out.extend(problems.iter().map(|p| Cause::invalid("reportingComponent", &reporter, p)));
        for key in ["reportingInstance", "action", "reason"] {
            if object.str_at(&[key]).is_none_or(str::is_empty) {
                out.push(Cause::required(key, ""));
            }
        }
    }
}

/// RuntimeClass.
pub(super) fn runtime_class(object: &Value, old: Option<&Value>, out: &mut Out) {
    let handler = Value::from(object.str_at(&["handler"]).unwrap_or_default());
    let problems = names::label(handler.as_str().unwrap_or_default());
    out.extend(problems.iter().map(|p| Cause::invalid("handler", &handler, p)));
    if let Some(old) = old {
        unchanged(object, old, &["handler"], out);
    }
}

/// ValidatingAdmissionPolicy.
pub(super) fn admission_policy(object: &Value, out: &mut Out) {
    let spec = object.get("spec").cloned().unwrap_or_default();
    one_of(&spec, "failurePolicy", "spec.failurePolicy", &["Fail", "Ignore"], out);
    if let Some(kind) = spec.get("paramKind").filter(|kind| !kind.is_null()) {
        for key in ["apiVersion", "kind"] {
            if kind.str_at(&[key]).is_none_or(str::is_empty) {
                out.push(Cause::required(&format!("spec.paramKind.{key}"), ""));
            }
        }
    }
    if spec.get("matchConstraints").is_none_or(Value::is_null) {
        out.push(Cause::required("spec.matchConstraints", ""));
    }
    for (at, variable) in spec.list_at(&["variables"]).iter().enumerate() {
        let name = variable.str_at(&["name"]).unwrap_or_default();
        let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(legal) {
            let field = format!("spec.variables[{at}].name");
            out.push(Cause::invalid(&field, &name.into(), "must be a valid CEL identifier"));
        }
    }
    let validations = spec.list_at(&["validations"]);
    if validations.is_empty() && spec.list_at(&["auditAnnotations"]).is_empty() {
        let detail = "validations or auditAnnotations must contain at least one item";
        for key in ["validations", "auditAnnotations"] {
            out.push(Cause::required(&format!("spec.{key}"), detail));
        }
    }
    for (at, validation) in validations.iter().enumerate() {
        let field = format!("spec.validations[{at}]");
        if validation.str_at(&["expression"]).is_none_or(|text| text.trim().is_empty()) {
            out.push(Cause::required(
                &format!("{field}.expression"),
                "expression is not specified",
            ));
        }
        let reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"];
        if let Some(reason) = validation.str_at(&["reason"])
            && !reasons.contains(&reason)
        {
            let known = &reasons[..3];
            out.push(Cause::not_supported(&format!("{field}.reason"), &reason.into(), known));
        }
    }
}

/// CertificateSigningRequest (kubernetes: `pkg/apis/certificates/validation`). The request
/// inside is not read further than its envelope.
pub(super) fn signing_request(object: &Value, old: Option<&Value>, out: &mut Out) {
    if old.is_some() {
        return;
    }
    let spec = object.get("spec").cloned().unwrap_or_default();
    let request = spec.get("request").cloned().unwrap_or_default();
    let engine = base64::engine::general_purpose::STANDARD;
    let text = request.as_str().and_then(|text| engine.decode(text).ok()).unwrap_or_default();
    if !String::from_utf8_lossy(&text).contains("-----BEGIN CERTIFICATE REQUEST-----") {
        let detail = "PEM block type must be CERTIFICATE REQUEST";
        out.push(Cause::invalid("spec.request", &request, detail));
    }
    let usages = spec.list_at(&["usages"]);
    if usages.is_empty() {
        out.push(Cause::required("spec.usages", "usages must be specified"));
    }
    let signer = spec.str_at(&["signerName"]).unwrap_or_default();
    let value = Value::from(signer);
    match signer.split_once('/') {
        _ if signer.is_empty() => out.push(Cause::required("spec.signerName", "")),
        Some((domain, path)) if !path.is_empty() => {
            let problems = names::subdomain(domain);
            let field = "spec.signerName";
            out.extend(problems.iter().map(|p| Cause::invalid(field, &value, p)));
            if problems.is_empty() && !domain.contains('.') {
                let detail = "should be a domain with at least two segments separated by dots";
                out.push(Cause::invalid(field, &value, detail));
            }
        }
        _ => {
            let detail =
                "must be a fully qualified domain and path of the form 'example.com/signer-name'";
            out.push(Cause::invalid("spec.signerName", &value, detail));
        }
    }
}
