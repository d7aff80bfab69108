//! Charts of HTTP repositories: found in the index, checked against its digest.

use objects::Value;

use crate::VendorError;
use crate::http::{Client, wrong};

/// The packed chart of a version.
pub(crate) fn fetch(
    client: &Client,
    url: &str,
    name: &str,
    version: &str,
) -> Result<Vec<u8>, VendorError> {
    let base = url.trim_end_matches('/');
    let index_url = format!("{base}/index.yaml");
    let index = client.get(&index_url, "*/*")?;
    let text = String::from_utf8_lossy(&index);
    let documents = objects::load_yaml(&text, yaml::Schema::Yaml11)
        .map_err(|cause| wrong(&index_url, &cause.to_string()))?;
    let index = documents.into_iter().next().unwrap_or_default();
    let bare = |version: &str| version.strip_prefix('v').unwrap_or(version).to_owned();
    let is_wanted = |entry: &&Value| {
        entry.str_at(&["version"]).is_some_and(|known| bare(known) == bare(version))
    };
    let entry = index.list_at(&["entries", name]).iter().find(is_wanted);
    let entry = entry.ok_or_else(|| {
        wrong(&index_url, &format!("it has no chart {name} of version {version}"))
    })?;
    let reference = entry.list_at(&["urls"]).first().and_then(Value::as_str).unwrap_or_default();
    let archive_url = match reference.contains("://") {
        true => reference.to_owned(),
        false => format!("{base}/{reference}"),
    };
    let bytes = client.get(&archive_url, "*/*")?;
    let found = crate::oci::sha256(&bytes);
    let wanted = entry.str_at(&["digest"]).unwrap_or_default().trim_start_matches("sha256:");
    if !wanted.is_empty() && found.trim_start_matches("sha256:") != wanted {
        let problem = format!("its digest is {found}, and the index says sha256:{wanted}");
        return Err(wrong(&archive_url, &problem));
    }
    Ok(bytes)
}
