//! A repository of an OCI registry: tags, manifests, layers.
//!
//! Answers as the reference registry gives them (distribution: registry/handlers).

use std::collections::BTreeMap;
use std::sync::Arc;

use objects::{Map, Value};

use crate::answer::{Login, Refusal, admits};
use crate::hex::digest;

/// What a client asks of a registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Whether it is there.
    Ping,
    /// The tags of a repository.
    Tags,
    /// The manifest of a tag or digest.
    Manifest(String),
    /// The bytes of a digest.
    Blob(String),
}

/// What an artifact holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Files packed for Flux.
    Flux(Vec<u8>),
    /// A packed chart, with its `Chart.yaml` as JSON.
    Chart(Vec<u8>, String),
    /// An image, of which nothing but a mark that tells it from others is known.
    Image(String),
}

const FLUX_CONFIG: &str = "application/vnd.cncf.flux.config.v1+json";
const FLUX_LAYER: &str = "application/vnd.cncf.flux.content.v1.tar+gzip";
const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
const CHART_LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const IMAGE_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// One repository.
#[derive(Debug, Default)]
pub(crate) struct OciRepository {
    pub(crate) login: Option<Login>,
    tags: BTreeMap<String, String>,
    manifests: BTreeMap<String, Arc<[u8]>>,
    blobs: BTreeMap<String, Arc<[u8]>>,
}

impl OciRepository {
    /// Stores content and points tags at it; gives the manifest's digest.
    pub(crate) fn push(
        &mut self,
        content: Content,
        tags: &[String],
        annotations: &[(String, String)],
    ) -> String {
        let (config_type, config, layers) = match content {
            Content::Flux(layer) => (FLUX_CONFIG, "{}".to_owned(), vec![(FLUX_LAYER, layer)]),
            Content::Chart(layer, config) => (CHART_CONFIG, config, vec![(CHART_LAYER, layer)]),
            Content::Image(mark) => {
                let config =
                    format!("{{\"architecture\":\"amd64\",\"os\":\"linux\",\"mark\":{mark:?}}}");
                (IMAGE_CONFIG, config, Vec::new())
            }
        };
        let config = self.describe(config_type, config.into_bytes());
        let layers: Value =
            layers.into_iter().map(|(kind, bytes)| self.describe(kind, bytes)).collect();
        let mut manifest = Value::from([
            ("schemaVersion", Value::from(2)),
            ("mediaType", MANIFEST.into()),
            ("config", config),
            ("layers", layers),
        ]);
        if !annotations.is_empty() {
            let pairs =
                annotations.iter().map(|(key, value)| (key.as_str(), Value::from(value.as_str())));
            manifest.set(&["annotations"], pairs.collect::<Map>());
        }
        let bytes = objects::to_json(&manifest).into_bytes();
        let digest = digest(&bytes);
        self.manifests.insert(digest.clone(), bytes.into());
        for tag in tags {
            self.tags.insert(tag.clone(), digest.clone());
        }
        digest
    }

    fn describe(&mut self, media_type: &str, bytes: Vec<u8>) -> Value {
        let digest = digest(&bytes);
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        self.blobs.insert(digest.clone(), bytes.into());
        Value::from([
            ("mediaType", Value::from(media_type)),
            ("digest", digest.into()),
            ("size", size.into()),
        ])
    }

    /// Takes a manifest in as it is, with a tag if it has one.
    pub(crate) fn put_manifest(&mut self, bytes: &[u8], tag: Option<&str>) {
        let digest = digest(bytes);
        self.manifests.insert(digest.clone(), bytes.into());
        if let Some(tag) = tag {
            self.tags.insert(tag.to_owned(), digest);
        }
    }

    /// Takes the bytes of a layer or config in.
    pub(crate) fn put_blob(&mut self, bytes: &[u8]) {
        self.blobs.insert(digest(bytes), bytes.into());
    }

    /// Takes a tag away; whether it was there.
    pub(crate) fn untag(&mut self, tag: &str) -> bool {
        self.tags.remove(tag).is_some()
    }

    /// Its answer; `name` is how the registry calls it.
    pub(crate) fn answer(
        &self,
        name: &str,
        question: &Question,
        login: Option<&Login>,
    ) -> Result<Arc<[u8]>, Refusal> {
        if !admits(self.login.as_ref(), login) {
            return Err(unauthorized(name));
        }
        match question {
            Question::Ping => Ok(Arc::from(&b"{}"[..])),
            Question::Tags if self.tags.is_empty() => Err(no_repository(name)),
            Question::Tags => {
                let tags: Value = self.tags.keys().map(|tag| Value::from(tag.as_str())).collect();
                let list = Value::from([("name", Value::from(name)), ("tags", tags)]);
                Ok(objects::to_json(&list).into_bytes().into())
            }
            Question::Manifest(reference) => {
                let digest = self.tags.get(reference).unwrap_or(reference);
                let found = self.manifests.get(digest).cloned();
                found.ok_or_else(|| no_manifest(name, reference))
            }
            Question::Blob(digest) => {
                let missing = || {
                    let detail = format!("{{\"digest\":\"{digest}\"}}");
                    Refusal::coded(404, "BLOB_UNKNOWN", "blob unknown to registry", &detail)
                };
                self.blobs.get(digest).cloned().ok_or_else(missing)
            }
        }
    }
}

/// A repository that is not there.
pub(crate) fn missing(name: &str, question: &Question) -> Refusal {
    match question {
        Question::Manifest(reference) => no_manifest(name, reference),
        _ => no_repository(name),
    }
}

fn no_repository(name: &str) -> Refusal {
    let detail = format!("{{\"name\":\"{name}\"}}");
    Refusal::coded(404, "NAME_UNKNOWN", "repository name not known to registry", &detail)
}

fn no_manifest(name: &str, reference: &str) -> Refusal {
    let detail = if reference.starts_with("sha256:") {
        format!("{{\"Name\":\"{name}\",\"Revision\":\"{reference}\"}}")
    } else {
        format!("{{\"Tag\":\"{reference}\"}}")
    };
    Refusal::coded(404, "MANIFEST_UNKNOWN", "manifest unknown", &detail)
}

fn unauthorized(name: &str) -> Refusal {
    let detail = format!(
        "[{{\"Type\":\"repository\",\"Class\":\"\",\"Name\":\"{name}\",\"Action\":\"pull\"}}]"
    );
    Refusal::coded(401, "UNAUTHORIZED", "authentication required", &detail)
}
