//! Who asks the remote: URL, proxy, provider and the secret's credentials.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{Status, Target};
use flux::reason;
use objects::{Gvk, Object};

use super::failure::Failure;
use super::reconcile::Run;
use crate::{Credentials, Remote};

impl Run {
    /// The remote with credentials.
    pub(super) async fn remote(&self) -> Result<Remote, Failure> {
        self.check_proxy().await?;
        let url = self.repo.url().to_owned();
        let scheme = check_url(&url)?;
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

    /// A secret of the object's namespace, read from the API directly.
    pub(super) async fn secret(&self, name: &str) -> Result<Object, Status> {
        let gvk = Gvk::new("", "v1", "Secret");
        self.world.api.get(Target::new(gvk, self.repo.0.namespace(), name)).await
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

/// A value of a secret, decoded.
pub(super) fn value(secret: &Object, key: &str) -> Option<String> {
    let encoded = secret.str_at(&["data", key])?;
    let bytes = STANDARD.decode(encoded).ok()?;
    String::from_utf8(bytes).ok()
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

/// The scheme of a URL, or why it is none in the words of Go.
fn check_url(url: &str) -> Result<String, Failure> {
    let wrong = |problem: &str| {
        let message = format!("failed to parse url '{url}': parse {url:?}: {problem}");
        Failure::stalling(reason::URL_INVALID, message)
    };
    if url.chars().any(|c| c.is_ascii_control()) {
        return Err(wrong("net/url: invalid control character in URL"));
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err(wrong("first path segment in URL cannot contain colon"));
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    if host.starts_with('[') && !host.contains(']') {
        return Err(wrong("missing ']' in host"));
    }
    let port = host.rsplit_once(']').map_or(host, |(_, port)| port);
    if let Some((_, port)) = port.split_once(':')
        && !port.chars().all(|c| c.is_ascii_digit())
    {
        return Err(wrong(&format!("invalid port {:?} after host", format!(":{port}"))));
    }
    if host.contains(' ') {
        return Err(wrong("invalid character \" \" in host name"));
    }
    Ok(scheme.to_owned())
}
