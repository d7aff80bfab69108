//! Helm's records and HelmReleases in the layout of the recordings, and the step that edits a record.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use objects::{Object, Value};

/// What stands for the digest of a release, which covers its times.
const DIGEST: &str = "<digest over the stored release with its times>";

/// Largest record that is read.
const LARGEST: u64 = 64 << 20;

/// Whether an object is a record of Helm.
pub(crate) fn is_record(object: &Object) -> bool {
    object.kind() == "Secret" && object.str_at(&["type"]) == Some("helm.sh/release.v1")
}

/// A record with its payload shown.
pub(crate) fn shown(object: &Object) -> Value {
    let mut shown = object.0.clone();
    for label in ["createdAt", "modifiedAt"] {
        if object.label(label).is_some() {
            shown.set(&["metadata", "labels", label], "<time>");
        }
    }
    if let Some(release) = payload(object) {
        shown.set(&["data", "release"], "<see release>");
        shown.set(&["release"], short(&release));
    }
    shown
}

/// A HelmRelease without what differs from run to run.
pub(crate) fn steady(mut release: Value) -> Value {
    let mut history = release.list_at(&["status", "history"]).to_vec();
    history.iter_mut().for_each(|snapshot| snapshot.set(&["digest"], DIGEST));
    if !history.is_empty() {
        release.set(&["status", "history"], history);
    }
    release
}

fn payload(object: &Object) -> Option<Value> {
    let text = STANDARD.decode(object.str_at(&["data", "release"])?).ok()?;
    let packed = STANDARD.decode(text).ok()?;
    let mut json = Vec::new();
    GzDecoder::new(packed.as_slice()).take(LARGEST).read_to_end(&mut json).ok()?;
    objects::from_json(&json).ok()
}

fn short(release: &Value) -> Value {
    let part = |path: &[&str]| release.at(path).cloned().unwrap_or_default();
    let names = |key: &str| -> Value {
        let files = release.list_at(&["chart", key]).iter();
        let mut names: Vec<Value> = files.filter_map(|file| file.get("name").cloned()).collect();
        names.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        names.into()
    };
    let chart = Value::from([
        ("metadata", part(&["chart", "metadata"])),
        ("values", part(&["chart", "values"])),
        ("files", names("files")),
        ("templates", names("templates")),
    ]);
    let hooks = release.list_at(&["hooks"]).to_vec();
    Value::from([
        ("name", part(&["name"])),
        ("namespace", part(&["namespace"])),
        ("version", part(&["version"])),
        ("apply_method", part(&["apply_method"])),
        ("info", part(&["info"])),
        ("chart", chart),
        ("config", part(&["config"])),
        ("manifest", part(&["manifest"])),
        ("hooks", hooks.into()),
        ("labels", Value::Null),
    ])
}

/// The payload with another status, as a merge patch of the record; `None` where it is no record.
pub(crate) fn with_status(object: &Object, status: &str) -> Option<Value> {
    let mut release = payload(object)?;
    release.set(&["info", "status"], status);
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(objects::to_json(&release).as_bytes()).ok()?;
    let text = STANDARD.encode(packer.finish().ok()?);
    let mut patch = Value::map();
    patch.set(&["data", "release"], STANDARD.encode(text));
    patch.set(&["metadata", "labels", "status"], status);
    Some(patch)
}
