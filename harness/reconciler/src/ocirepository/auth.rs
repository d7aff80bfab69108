//! Who asks the registry: pull secrets of the object and its service account.

use client::Target;
use flux::reason;
use objects::{Gvk, Object, Value};

use super::reconcile::OciRepository;
use crate::Credentials;
use crate::helmrepository::registry_credentials;
use crate::source::{Failure, Run, Source, value};

impl Run<OciRepository> {
    /// The credentials for a host.
    pub(super) async fn credentials(&self, host: &str) -> Result<Credentials, Failure> {
        let secrets = self.pull_secrets().await?;
        self.check_proxy().await?;
        self.check_provider(secrets.is_empty())?;
        self.check_certificates().await?;
        let found = secrets.iter().map(|secret| registry_credentials(secret, host));
        Ok(found.into_iter().find(|known| *known != Credentials::None).unwrap_or_default())
    }

    async fn pull_secrets(&self) -> Result<Vec<Object>, Failure> {
        let namespace = self.repo.object().namespace().to_owned();
        let failed = |problem: String| {
            let message = format!("failed to get credential: {problem}");
            Failure::fetch(reason::AUTHENTICATION_FAILED, message)
        };
        let mut secrets = Vec::new();
        if let Some(name) = self.repo.spec(&["secretRef", "name"]) {
            match self.secret(name).await {
                Ok(secret) => secrets.push(secret),
                Err(status) => {
                    let text = format!("auth secret '{name}' not found");
                    self.trace(reason::AUTHENTICATION_FAILED, &text).await;
                    let prefix = format!("failed to get secret '{namespace}/{name}'");
                    return Err(failed(format!("{prefix}: {status}")));
                }
            }
        }
        if let Some(name) = self.repo.spec(&["serviceAccountName"]) {
            let target = Target::new(Gvk::new("", "v1", "ServiceAccount"), &namespace, name);
            let account = self.world.api.get(target).await.map_err(|status| match status {
                status if status.is_not_found() => {
                    failed(format!("serviceaccount '{namespace}/{name}' not found"))
                }
                status => {
                    failed(format!("failed to get serviceaccount '{namespace}/{name}': {status}"))
                }
            })?;
            let names = account.list_at(&["imagePullSecrets"]).iter();
            for pull in names.filter_map(|entry| entry.str_at(&["name"])) {
                let secret = self.secret(pull).await.map_err(|status| {
                    failed(format!(
                        "failed to get image pull secret '{namespace}/{pull}': {status}"
                    ))
                })?;
                secrets.push(secret);
            }
        }
        Ok(secrets)
    }

    async fn check_proxy(&self) -> Result<(), Failure> {
        let Some(name) = self.repo.spec(&["proxySecretRef", "name"]) else { return Ok(()) };
        let namespace = self.repo.object().namespace();
        let problem = match self.secret(name).await {
            Ok(secret) if value(&secret, "address").is_some() => return Ok(()),
            Ok(_) => format!("secret '{namespace}/{name}': key 'address' not found"),
            Err(status) if status.is_not_found() => {
                format!("secret '{namespace}/{name}' not found")
            }
            Err(status) => format!("failed to get secret '{namespace}/{name}': {status}"),
        };
        let message = format!("failed to get proxy address: {problem}");
        Err(Failure::fetch(reason::AUTHENTICATION_FAILED, message))
    }

    fn check_provider(&self, is_anonymous: bool) -> Result<(), Failure> {
        let provider = self.repo.spec(&["provider"]).unwrap_or("generic");
        if provider == "generic" || !is_anonymous {
            return Ok(());
        }
        if self.repo.spec(&["serviceAccountName"]).is_some() {
            let message = "to use spec.serviceAccountName for provider authentication please enable \
                           the ObjectLevelWorkloadIdentity feature gate in the controller";
            let mut failure = Failure::stalling(reason::FEATURE_GATE_DISABLED, message);
            failure.condition = None;
            return Err(failure);
        }
        let why = format!("the identity of provider {provider} is not reproduced");
        self.world.note(self.repo.object().id(), why);
        Ok(())
    }

    async fn check_certificates(&self) -> Result<(), Failure> {
        let Some(name) = self.repo.spec(&["certSecretRef", "name"]) else { return Ok(()) };
        let namespace = self.repo.object().namespace();
        let url = self.repo.spec(&["url"]).unwrap_or_default();
        let problem = match self.secret(name).await {
            Ok(_) => return Ok(()),
            Err(status) if status.is_not_found() => {
                format!("secret '{namespace}/{name}' not found")
            }
            Err(status) => status.to_string(),
        };
        let message = format!("failed to generate transport for '{url}': {problem}");
        Err(Failure::fetch(reason::AUTHENTICATION_FAILED, message))
    }
}

/// Whether a status value is there at all.
pub(super) fn is_set(object: &Object, path: &[&str]) -> bool {
    object.at(path).is_some_and(|value: &Value| !value.is_null())
}
