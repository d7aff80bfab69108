//! Signatures: what keeps a verification from beginning is told; the rest is unknown.

use super::reconcile::OciRepository;
use crate::source::{Class, Failure, Run, Source, value};

impl Run<OciRepository> {
    /// Checks what verification rests on, where it is asked for and due.
    pub(super) async fn verify(&mut self, revision: &str) -> Result<(), Failure> {
        if self.repo.object().at(&["spec", "verify"]).is_none() {
            self.conditions.delete("SourceVerified");
            return Ok(());
        }
        let generation = self.repo.object().generation();
        let known = self.conditions.get("SourceVerified").map(|known| known.observed_generation);
        let stored = self.repo.stored().map(|artifact| artifact.revision);
        if stored.as_deref() == Some(revision) && known == Some(generation) {
            return Ok(());
        }
        let provider = self.repo.spec(&["verify", "provider"]).unwrap_or("cosign").to_owned();
        let secret = self.repo.spec(&["verify", "secretRef", "name"]).map(str::to_owned);
        if let Err(problem) = self.keys(&provider, secret.as_deref(), revision).await {
            let keyless = secret.is_none() && provider == "cosign";
            let shown = if keyless { "cosign keyless" } else { &provider };
            let message =
                format!("failed to verify the signature using provider '{shown}': {problem}");
            let kind = "SourceVerified";
            return Err(Failure::new(Class::Generic, kind, "VerificationError", message));
        }
        self.world.note(self.repo.object().id(), "signatures of artifacts are not verified here");
        Ok(())
    }

    async fn keys(
        &self,
        provider: &str,
        secret: Option<&str>,
        revision: &str,
    ) -> Result<(), String> {
        let namespace = self.repo.object().namespace();
        let url = self.repo.spec(&["url"]).unwrap_or_default();
        let name = url.trim_start_matches("oci://");
        let digest = revision.rsplit('@').next().unwrap_or_default();
        let Some(secret_name) = secret else {
            return match provider {
                "notation" => {
                    Err(format!("verification secret cannot be empty: '{name}@{digest}'"))
                }
                _ => Ok(()),
            };
        };
        let secret = self.secret(secret_name).await.map_err(|status| status.to_string())?;
        let keys = || {
            let data = secret.get("data").and_then(objects::Value::as_map);
            data.into_iter().flat_map(objects::Map::keys)
        };
        if provider == "cosign" {
            return if keys().any(|key| key.ends_with(".pub")) {
                Ok(())
            } else {
                Err(format!("no matching signatures were found for '{name}@{digest}'"))
            };
        }
        if value(&secret, "trustpolicy.json").is_none() {
            return Err(format!(
                "'trustpolicy.json' not found in secret '{namespace}/{secret_name}'"
            ));
        }
        if !keys().any(|key| key.ends_with(".crt") || key.ends_with(".pem")) {
            return Err(format!("no certificates found in secret '{namespace}/{secret_name}'"));
        }
        Ok(())
    }
}
