//! Warnings about Services.

use objects::Object;

use super::Operation;
use crate::context::Context;

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
