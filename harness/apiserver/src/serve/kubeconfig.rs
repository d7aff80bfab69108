//! The kubeconfig that opens the door.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ServeError;

/// Writes it, readable by its owner alone.
pub(crate) fn write(
    path: &Path,
    url: &str,
    authority: &str,
    token: &str,
) -> Result<(), ServeError> {
    let text = text(url, authority, token);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|problem| ServeError::Kubeconfig {
        path: path.to_owned(),
        reason: problem.to_string(),
    })
}

fn text(url: &str, authority: &str, token: &str) -> String {
    let authority = STANDARD.encode(authority);
    format!(
        "apiVersion: v1
kind: Config
clusters:
- name: fluxrig
  cluster:
    server: {url}
    certificate-authority-data: {authority}
users:
- name: fluxrig
  user:
    token: {token:?}
contexts:
- name: fluxrig
  context:
    cluster: fluxrig
    user: fluxrig
current-context: fluxrig
"
    )
}
