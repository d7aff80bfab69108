//! Client-side apply's annotation: what it allows `kubectl` to take over, and its renewal.

use objects::Value;

use super::set::Set;
use super::update::Updater;
use super::walk::{compare, fields_of};

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Most bytes that annotations may have together (apimachinery: `TotalAnnotationSizeLimitB`).
const MOST_BYTES: usize = 256 * 1024;

/// The fields that the annotation applied and that still are as it applied them.
pub(super) fn fields(updater: &Updater<'_>, live: &Value) -> Option<Set> {
    let text = live.str_at(&["metadata", "annotations", ANNOTATION]).filter(|t| !t.is_empty())?;
    let applied = objects::from_json(text.as_bytes()).ok()?;
    if applied.str_at(&["apiVersion"]) != live.str_at(&["apiVersion"]) {
        return None;
    }
    let of = updater.top();
    let comparison = compare(of, Some(&applied), Some(live));
    let set = fields_of(of, &applied).difference(&comparison.modified.below);
    Some(set.difference(&comparison.added.below).difference(&comparison.removed.below))
}

/// Writes the configuration into the annotation if the object has it.
pub(super) fn renew(object: &mut Value, config: &Value) {
    let has = object.str_at(&["metadata", "annotations", ANNOTATION]);
    if has.is_none_or(str::is_empty) {
        return;
    }
    let mut config = config.clone();
    config.remove(&["metadata", "annotations", ANNOTATION]);
    let text = format!("{}\n", crate::cause::go_json(&config));
    if text.len() < MOST_BYTES {
        object.set(&["metadata", "annotations", ANNOTATION], text);
    } else {
        object.remove(&["metadata", "annotations", ANNOTATION]);
    }
}
