//! Volumes, claims and storage classes.

use objects::Value;

use super::super::tools::{put, put_text, within};
use super::pod;

/// PersistentVolumeClaim.
pub(super) fn claim(object: &mut Value) {
    put(object, "status", Value::map());
    within(object, "status", |status| put_text(status, "phase", "Pending"));
    within(object, "spec", |spec| put(spec, "volumeMode", "Filesystem"));
}

/// PersistentVolume.
pub(super) fn volume(object: &mut Value) {
    put(object, "status", Value::map());
    within(object, "status", |status| put_text(status, "phase", "Pending"));
    within(object, "spec", |spec| {
        put_text(spec, "persistentVolumeReclaimPolicy", "Retain");
        put(spec, "volumeMode", "Filesystem");
        pod::volume_source(spec);
    });
}

/// Kinds of `storage.k8s.io`.
pub(super) fn classes(kind: &str, object: &mut Value) {
    match kind {
        "StorageClass" => {
            put(object, "reclaimPolicy", "Delete");
            put(object, "volumeBindingMode", "Immediate");
        }
        "CSIDriver" => within(object, "spec", |spec| {
            put(spec, "attachRequired", true);
            put(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
            for flag in ["podInfoOnMount", "requiresRepublish", "seLinuxMount", "storageCapacity"] {
                put(spec, flag, false);
            }
            if spec.list_at(&["volumeLifecycleModes"]).is_empty() {
                spec.set(&["volumeLifecycleModes"], vec![Value::from("Persistent")]);
            }
        }),
        _ => {}
    }
}
