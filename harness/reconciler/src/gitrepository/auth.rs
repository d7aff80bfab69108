//! Who asks the remote: URL, proxy, provider and the secret's credentials.

use client::Status;
use flux::reason;
use objects::Object;

use super::reconcile::Run;
use crate::source::{Failure, check_url, value};
use crate::{Credentials, Remote};

impl Run {
    /// The remote with credentials.
    pub(super) async fn remote(&self) -> Result<Remote, Failure> {
        self.check_proxy().await?;
        let url = self.repo.url().to_owned();
        let scheme = check_url(&url).map_err(|problem| {
            Failure::stalling(
                reason::URL_INVALID,
                format!("failed to parse url '{url}': {problem}"),
            )
        })?;
        let provider = self.repo.text(&["provider"]).unwrap_or("generic");
        let secret = match self.repo.secret() {
            Some(name) => {
                Some(self.secret(name).await.map_err(|status| self.no_secret(name, &status))?)
            }
            None => None,
        };
        self.check_provider(provider, secret.as_ref())?;
        let credentials = match secret {
            Some(secret) => credentials(&secret, &scheme)?,
            None => Credentials::None,
        };
        Ok(Remote { url, credentials })
    }

    async fn check_proxy(&self) -> Result<(), Failure> {
        let Some(name) = self.repo.text(&["proxySecretRef", "name"]) else { return Ok(()) };
        let namespace = self.repo.0.namespace();
        let secret = self.secret(name).await;
        let problem = match secret {
            Ok(secret) if value(&secret, "address").is_some() => return Ok(()),
            Ok(_) => format!("secret '{namespace}/{name}': key 'address' not found"),
            Err(status) if status.is_not_found() => {
                format!("secret '{namespace}/{name}' not found")
            }
            Err(status) => format!("failed to get secret '{namespace}/{name}': {status}"),
        };
        let message = format!("failed to configure proxy options: {problem}");
        Err(Failure::fetch(reason::AUTHENTICATION_FAILED, message))
    }

    fn no_secret(&self, name: &str, status: &Status) -> Failure {
        let prefix = format!("failed to get secret '{}/{name}'", self.repo.0.namespace());
        let message = format!("{prefix}: {prefix}: {status}");
        Failure::fetch(reason::AUTHENTICATION_FAILED, message)
    }

    fn check_provider(&self, provider: &str, secret: Option<&Object>) -> Result<(), Failure> {
        let wrong = "InvalidProviderConfiguration";
        let has_app = secret.is_some_and(|secret| value(secret, "githubAppID").is_some());
        if self.repo.text(&["serviceAccountName"]).is_some() {
            let message = "to use spec.serviceAccountName for provider authentication please enable \
                           the ObjectLevelWorkloadIdentity feature gate in the controller";
            return Err(Failure::stalling(reason::FEATURE_GATE_DISABLED, message));
        }
        if provider == "github" && !has_app {
            let message =
                "secretRef with github app data must be specified when provider is set to github";
            return Err(match secret {
                None => Failure::stalling(wrong, message),
                Some(_) => Failure::fetch(wrong, message),
            });
        }
        if provider != "github"
            && has_app
            && let Some(secret) = secret
        {
            let (namespace, name) = (secret.namespace(), secret.name());
            let message = format!(
                "secretRef '{namespace}/{name}' has github app data but provider is not set to github"
            );
            return Err(Failure::fetch(wrong, message));
        }
        Ok(())
    }
}

fn credentials(secret: &Object, scheme: &str) -> Result<Credentials, Failure> {
    let get = |key| value(secret, key).filter(|text| !text.is_empty());
    let wrong = |problem: &str| {
        let message = format!(
            "failed to configure authentication options: invalid '{scheme}' auth option: {problem}"
        );
        Failure::fetch(reason::AUTHENTICATION_FAILED, message)
    };
    if scheme == "ssh" {
        let identity = get("identity").ok_or_else(|| wrong("'identity' is required"))?;
        get("known_hosts").ok_or_else(|| wrong("'known_hosts' is required"))?;
        return Ok(Credentials::Ssh { identity });
    }
    if let Some(token) = get("bearerToken") {
        return Ok(Credentials::Bearer(token));
    }
    match (get("username"), get("password")) {
        (None, Some(_)) => Err(wrong("'password' requires 'username' to be set")),
        (Some(username), password) => {
            Ok(Credentials::Basic { username, password: password.unwrap_or_default() })
        }
        (None, None) => Ok(Credentials::None),
    }
}
