//! Who asks a chart repository: secrets of the HelmRepository.
//!
//! Rules from fluxcd/source-controller: internal/helm/getter (client_opts), and
//! fluxcd/pkg: runtime/secrets.

use client::{Status, Target};
use objects::{Gvk, Object};

use crate::Credentials;
use crate::remote::http::host;
use crate::source::value;
use crate::world::World;

/// What a repository gives a client in hand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Access {
    pub(crate) credentials: Credentials,
    /// Whether other hosts get the credentials too.
    pub(crate) everywhere: bool,
    host: String,
}

impl Access {
    /// The credentials for a URL: only those of the repository's own host, unless it says so.
    pub(crate) fn for_url(&self, url: &str) -> Credentials {
        if self.everywhere || host(url) == self.host {
            self.credentials.clone()
        } else {
            Credentials::None
        }
    }
}

/// The access that a HelmRepository's secrets give, or why they give none.
pub(crate) async fn access(world: &World, repository: &Object) -> Result<Access, String> {
    let text = |path: &[&str]| {
        let found = repository.get("spec").and_then(|spec| spec.str_at(path));
        found.filter(|text| !text.is_empty())
    };
    let namespace = repository.namespace();
    if let Some(name) = text(&["certSecretRef", "name"]) {
        let secret = secret(world, namespace, name).await.map_err(|status| {
            format!("failed to get TLS authentication secret '{namespace}/{name}': {status}")
        })?;
        check_tls(&secret).map_err(|problem| {
            format!("failed to construct Helm client's TLS config: {problem}")
        })?;
    }
    let url = text(&["url"]).unwrap_or_default();
    let mut access = Access {
        everywhere: repository.bool_at(&["spec", "passCredentials"]).unwrap_or(false),
        host: host(url).to_owned(),
        ..Access::default()
    };
    if let Some(name) = text(&["secretRef", "name"]) {
        let secret = secret(world, namespace, name).await.map_err(|status| {
            format!("failed to get authentication secret '{namespace}/{name}': {status}")
        })?;
        let is_oci = text(&["type"]) == Some("oci");
        access.credentials = if is_oci {
            registry_credentials(&secret, &access.host)
        } else {
            basic(&secret)
                .map_err(|problem| format!("failed to detect authentication methods: {problem}"))?
        };
    }
    Ok(access)
}

async fn secret(world: &World, namespace: &str, name: &str) -> Result<Object, Status> {
    world.api.get(Target::new(Gvk::new("", "v1", "Secret"), namespace, name)).await
}

fn check_tls(secret: &Object) -> Result<(), String> {
    let has = |key: &str| value(secret, key).is_some();
    let name = format!("{}/{}", secret.namespace(), secret.name());
    match (has("tls.crt"), has("tls.key"), has("ca.crt")) {
        (true, false, _) => {
            Err(format!("secret '{name}' contains 'tls.crt' but missing 'tls.key'"))
        }
        (false, true, _) => {
            Err(format!("secret '{name}' contains 'tls.key' but missing 'tls.crt'"))
        }
        (false, false, false) => Err(format!(
            "secret '{name}': must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'"
        )),
        _ => Ok(()),
    }
}

fn basic(secret: &Object) -> Result<Credentials, String> {
    let name = format!("{}/{}", secret.namespace(), secret.name());
    let malformed =
        |problem: &str| Err(format!("secret '{name}': malformed basic auth - {problem}"));
    match (value(secret, "username"), value(secret, "password")) {
        (None, None) => Ok(Credentials::None),
        (Some(_), None) => malformed("has 'username' but missing 'password'"),
        (None, Some(_)) => malformed("has 'password' but missing 'username'"),
        (Some(username), Some(password)) => Ok(Credentials::Basic { username, password }),
    }
}

/// What a docker config, or a name and a password, say for a registry.
pub(crate) fn registry_credentials(secret: &Object, host: &str) -> Credentials {
    if let (Some(username), Some(password)) = (value(secret, "username"), value(secret, "password"))
    {
        return Credentials::Basic { username, password };
    }
    let config = value(secret, ".dockerconfigjson").unwrap_or_default();
    let config = objects::from_json(config.as_bytes()).unwrap_or_default();
    let auths = config.get("auths").and_then(objects::Value::as_map);
    let mut entries = auths.into_iter().flat_map(objects::Map::iter);
    let is_of = |key: &str| {
        let bare = key.split_once("://").map_or(key, |(_, rest)| rest);
        bare.split('/').next() == Some(host)
    };
    let Some((_, entry)) = entries.find(|(key, _)| is_of(key)) else { return Credentials::None };
    let text = |key: &str| entry.str_at(&[key]).map(str::to_owned);
    let decoded = text("auth").and_then(|auth| decode(&auth));
    let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
    match (text("username"), text("password"), pair) {
        (Some(username), Some(password), _) => Credentials::Basic { username, password },
        (_, _, Some((username, password))) => {
            Credentials::Basic { username: username.to_owned(), password: password.to_owned() }
        }
        _ => Credentials::None,
    }
}

fn decode(text: &str) -> Option<String> {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text).ok()?;
    String::from_utf8(bytes).ok()
}
