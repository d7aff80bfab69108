//! Warnings about Services.

use objects::Object;

use super::Operation;
use crate::context::Context;

/// Warns of names that become hostnames badly (kubernetes `pkg/api/pod/warnings.go`).
pub(crate) fn warn_name(context: &mut Context, operation: &Operation<'_>, object: &Object) {
    let named = matches!(operation.kind.gvk.kind.as_str(), "Pod" | "Deployment" | "ReplicaSet");
    let named = named && !operation.kind.is_custom() && operation.is_create();
    let mut problems = Vec::new();
    if object.name().len() > 63 {
        problems.push("must be no more than 63 characters");
    }
    if object.name().contains('.') {
        problems.push("must not contain dots");
    }
    if named && !problems.is_empty() {
        context.warn(format!(
            "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [{}]",
            problems.join(" ")
        ));
    }
}

/// Warns of fields that clusters may stop to honour.
pub(crate) fn warn(context: &mut Context, operation: &Operation<'_>, service: &Object) {
    let kind = operation.kind;
    if kind.gvk.kind != "Service" || !kind.gvk.group.is_empty() || !operation.sub.is_empty() {
        return;
    }
    if !service.list_at(&["spec", "externalIPs"]).is_empty() {
        context.warn(
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
        );
    }
}
