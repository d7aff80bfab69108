//! Phase decrypt: encrypted values stand as placeholders.
//!
//! The keys are checked as Flux checks them; what they would open is not opened here, so
//! the object and its Kustomization are noted as unknown.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::Target;
use objects::{Gvk, Map, Object, Value};

use super::dry_run::says;
use super::failure::Failure;
use super::reconcile::Run;

/// What stands where an encrypted value was.
const PLACEHOLDER: &str = "encrypted";

impl Run {
    pub(super) fn decrypts(&self) -> bool {
        self.ks.text(&["decryption", "provider"]).is_some()
    }

    /// Whether the keys are there and can be read.
    pub(super) async fn check_keys(&self) -> Result<(), Failure> {
        let Some(name) = self.ks.text(&["decryption", "secretRef", "name"]) else { return Ok(()) };
        let target = Target::new(Gvk::new("", "v1", "Secret"), &self.name.0, name);
        let label = format!("{}/{name}", self.name.0);
        let secret = self.world.api.get(target).await.map_err(|status| {
            let missing = status.is_not_found();
            let text = format!("cannot get sops decryption Secret '{label}': {status}");
            Failure::build(if missing { status.to_string() } else { text })
        })?;
        let data = secret.get("data").and_then(Value::as_map).into_iter().flat_map(Map::iter);
        for (key, value) in data.filter(|(key, _)| key.ends_with(".agekey")) {
            let bytes = STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
            if let Some(problem) = wrong_identity(&String::from_utf8_lossy(&bytes)) {
                return Err(Failure::build(format!(
                    "failed to import '{key}' data from sops decryption Secret '{label}': \
                     failed to parse and add to age identities: {problem}"
                )));
            }
        }
        Ok(())
    }

    /// The object with placeholders for what is encrypted in it.
    pub(super) fn decrypt(&self, object: Object) -> Object {
        let disabled = object.annotation("kustomize.toolkit.fluxcd.io/decrypt").is_some()
            && says(&object, "decrypt", "disabled");
        let encrypted = object.str_at(&["sops", "mac"]).is_some_and(|mac| !mac.is_empty());
        if disabled || !encrypted {
            return object;
        }
        let mut plain = Object(opened(&object.0, object.kind() == "Secret", false));
        plain.remove(&["sops"]);
        let why = "it is encrypted with SOPS: placeholders stand for its values";
        self.world.note(plain.id(), why);
        self.world.note(self.ks.0.id(), format!("{} {why}", plain.id()));
        plain
    }
}

fn wrong_identity(text: &str) -> Option<&'static str> {
    let mut lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let known = |line: &str| line.starts_with("AGE-SECRET-KEY-") || line.starts_with("AGE-PLUGIN-");
    match lines.next() {
        None => Some("no identities found"),
        Some(first) if !known(first) || !lines.all(known) => Some("unknown identity type"),
        Some(_) => None,
    }
}

fn opened(value: &Value, secret: bool, in_data: bool) -> Value {
    match value {
        Value::String(text) if text.starts_with("ENC[") && in_data => {
            STANDARD.encode(PLACEHOLDER).into()
        }
        Value::String(text) if text.starts_with("ENC[") => PLACEHOLDER.into(),
        Value::List(items) => items.iter().map(|item| opened(item, false, in_data)).collect(),
        Value::Map(map) => {
            let entries = map.iter().map(|(key, value)| {
                let data = in_data || (secret && key.as_ref() == "data");
                (key.clone(), opened(value, false, data))
            });
            entries.collect::<Map>().into()
        }
        other => other.clone(),
    }
}
