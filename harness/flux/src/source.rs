//! What every source says of itself, and how others refer to it.

use objects::{Object, Value};

use crate::FluxKind;

/// `status.artifact` of a source.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Artifact {
    /// `main@sha1:…`
    pub revision: String,
    /// `sha256:…` of the stored file.
    pub digest: String,
    /// Path in the storage.
    pub path: String,
    /// Where it is served.
    pub url: String,
    /// Bytes.
    pub size: i64,
    /// When it was stored, RFC 3339.
    pub last_update: String,
    /// Annotations carried over from the origin (OCI only).
    pub metadata: Vec<(String, String)>,
}

impl Artifact {
    /// The artifact of a source; `None` before the first one.
    #[must_use]
    pub fn of(source: &Object) -> Option<Self> {
        source.at(&["status", "artifact"]).filter(|value| !value.is_null()).map(Self::read)
    }

    /// Reads one artifact value.
    #[must_use]
    pub fn read(value: &Value) -> Self {
        let text = |key| value.str_at(&[key]).unwrap_or_default().to_owned();
        let metadata = value.get("metadata").and_then(Value::as_map);
        let pairs = metadata.into_iter().flat_map(objects::Map::iter);
        Self {
            revision: text("revision"),
            digest: if text("digest").is_empty() && !text("checksum").is_empty() {
                format!("sha256:{}", text("checksum"))
            } else {
                text("digest")
            },
            path: text("path"),
            url: text("url"),
            size: value.int_at(&["size"]).unwrap_or(0),
            last_update: text("lastUpdateTime"),
            metadata: pairs
                .filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned())))
                .collect(),
        }
    }

    /// As `status.artifact` holds it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut value = Value::from([
            ("revision", Value::from(self.revision.as_str())),
            ("digest", self.digest.as_str().into()),
            // Before v1beta2 of the API it has no digest but this; each version drops the other.
            ("checksum", self.digest.trim_start_matches("sha256:").into()),
            ("path", self.path.as_str().into()),
            ("url", self.url.as_str().into()),
            ("size", self.size.into()),
            ("lastUpdateTime", self.last_update.as_str().into()),
        ]);
        if !self.metadata.is_empty() {
            let pairs = self.metadata.iter().map(|(k, v)| (k.as_str(), Value::from(v.as_str())));
            value.set(&["metadata"], pairs.collect::<objects::Map>());
        }
        value
    }

    /// The revision it was built from, where the source says so (OCI).
    #[must_use]
    pub fn origin_revision(&self) -> Option<&str> {
        let key = "org.opencontainers.image.revision";
        self.metadata.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }
}

/// `spec.sourceRef`, its namespace resolved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceRef {
    /// The kind as written.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl SourceRef {
    /// Flux's kind of it; `None` where no such source exists.
    #[must_use]
    pub fn flux_kind(&self) -> Option<FluxKind> {
        FluxKind::of("source.toolkit.fluxcd.io", &self.kind).filter(|kind| kind.is_source())
    }
}
