//! Secrets that a source names.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{Status, Target};
use objects::{Gvk, Object};

use super::names::Source;
use super::run::Run;

impl<T: Source> Run<T> {
    /// A secret of the object's namespace, read from the API directly.
    pub(crate) async fn secret(&self, name: &str) -> Result<Object, Status> {
        let gvk = Gvk::new("", "v1", "Secret");
        self.world.api.get(Target::new(gvk, self.repo.object().namespace(), name)).await
    }
}

/// A value of a secret, decoded.
pub(crate) fn value(secret: &Object, key: &str) -> Option<String> {
    let encoded = secret.str_at(&["data", key])?;
    let bytes = STANDARD.decode(encoded).ok()?;
    String::from_utf8(bytes).ok()
}
