//! OCI registries: charts by tag, and whole artifacts as an image layout.

use std::path::Path;

use objects::Value;

use crate::VendorError;
use crate::http::{Client, wrong};

const MANIFESTS: &str = "application/vnd.oci.image.manifest.v1+json, \
                         application/vnd.docker.distribution.manifest.v2+json";
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// A repository of a registry.
struct Repository<'a> {
    client: &'a Client,
    base: String,
}

impl<'a> Repository<'a> {
    fn of(client: &'a Client, url: &str) -> Self {
        let rest = url.trim_start_matches("oci://").trim_end_matches('/');
        let (host, name) = rest.split_once('/').unwrap_or((rest, ""));
        let is_local = host.starts_with("localhost") || host.starts_with("127.0.0.1");
        let scheme = if is_local { "http" } else { "https" };
        let host = if host == "docker.io" { "registry-1.docker.io" } else { host };
        Self { client, base: format!("{scheme}://{host}/v2/{name}") }
    }

    fn manifest(&self, tag: &str) -> Result<Vec<u8>, VendorError> {
        self.client.get(&format!("{}/manifests/{tag}", self.base), MANIFESTS)
    }

    /// The bytes of a digest, checked.
    fn blob(&self, digest: &str) -> Result<Vec<u8>, VendorError> {
        let url = format!("{}/blobs/{digest}", self.base);
        let bytes = self.client.get(&url, "*/*")?;
        if sha256(&bytes) != digest {
            return Err(wrong(&url, &format!("its digest is {}", sha256(&bytes))));
        }
        Ok(bytes)
    }
}

/// `sha256:…` of bytes.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    registry::lock::digest_of_bytes(bytes)
}

/// The packed chart under the tag of its version.
pub(crate) fn chart(
    client: &Client,
    url: &str,
    name: &str,
    version: &str,
) -> Result<Vec<u8>, VendorError> {
    let url = url.trim_end_matches('/');
    let named = url.rsplit('/').next() == Some(name);
    let url = if named { url.to_owned() } else { format!("{url}/{name}") };
    let repository = Repository::of(client, &url);
    let manifest = parsed(&url, &repository.manifest(&version.replace('+', "_"))?)?;
    let layers = manifest.list_at(&["layers"]).iter();
    let mut charts = layers.filter(|layer| layer.str_at(&["mediaType"]) == Some(CHART));
    let digest = charts.next().and_then(|layer| layer.str_at(&["digest"]));
    let digest = digest.ok_or_else(|| wrong(&url, "it holds no packed chart"))?;
    repository.blob(digest)
}

fn parsed(url: &str, bytes: &[u8]) -> Result<Value, VendorError> {
    objects::from_json(bytes).map_err(|cause| wrong(url, &cause.to_string()))
}

/// The manifests of tags with all their blobs, as an OCI image layout.
pub(crate) fn layout(
    client: &Client,
    url: &str,
    tags: &[String],
    target: &Path,
) -> Result<(), VendorError> {
    let repository = Repository::of(client, url);
    let mut manifests: Vec<Value> = Vec::new();
    let put = |digest: &str, bytes: &[u8]| {
        let path = target.join("blobs").join(digest.replace(':', "/"));
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        written
            .and_then(|()| std::fs::write(&path, bytes))
            .map_err(|cause| VendorError::Write { path, cause })
    };
    for tag in tags {
        let bytes = repository.manifest(tag)?;
        let manifest = parsed(url, &bytes)?;
        let parts = manifest.get("config").into_iter().chain(manifest.list_at(&["layers"]));
        for digest in parts.filter_map(|part| part.str_at(&["digest"])) {
            put(digest, &repository.blob(digest)?)?;
        }
        let digest = sha256(&bytes);
        put(&digest, &bytes)?;
        let media_type = manifest.str_at(&["mediaType"]);
        let media_type = media_type.unwrap_or("application/vnd.oci.image.manifest.v1+json");
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        manifests.push(Value::from([
            ("mediaType", Value::from(media_type)),
            ("digest", digest.into()),
            ("size", size.into()),
            ("annotations", Value::from([("org.opencontainers.image.ref.name", tag.as_str())])),
        ]));
    }
    let index = Value::from([("schemaVersion", Value::from(2)), ("manifests", manifests.into())]);
    let files = [("index.json", objects::to_json(&index)), ("oci-layout", LAYOUT.to_owned())];
    for (name, text) in files {
        let path = target.join(name);
        std::fs::write(&path, text).map_err(|cause| VendorError::Write { path, cause })?;
    }
    Ok(())
}

const LAYOUT: &str = "{\"imageLayoutVersion\":\"1.0.0\"}";
