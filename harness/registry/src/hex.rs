//! Digests as text.

use md5::Md5;
use sha2::{Digest, Sha256};

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    text(&Sha256::digest(bytes))
}

/// `sha256:…`
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256(bytes))
}

/// MD5 in hexadecimal: what object stores give as the entity tag of a small object.
pub(crate) fn md5(bytes: &[u8]) -> String {
    text(&Md5::digest(bytes))
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
