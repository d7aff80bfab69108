//! Charts, artifacts and buckets of a place: what is served, and who looks at it.
//!
//! One rule: what is declared answers, and nothing else does.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use clock::Clock;
use objects::Object;
use reconciler::FetchError;
use reconciler::fetch::{
    BucketCall, BucketObject, Credentials, RegistryCall, RegistryQuestion, Remote,
};
use registry::{Damage, Fault, Login, Question, Refusal, Registry};

/// What is served.
#[derive(Default)]
pub(crate) struct Outside {
    pub(crate) registry: Registry,
}

/// Whether a source looks at an address, or at something below or above it.
pub(crate) fn looks_at(source: &Object, repository: Option<&Object>, address: &str) -> bool {
    let text = |object: &Object, path: &[&str]| object.str_at(path).unwrap_or_default().to_owned();
    let url = text(source, &["spec", "url"]);
    let own = match source.kind() {
        "HelmRepository" | "OCIRepository" => url,
        "Bucket" => {
            let [endpoint, bucket] =
                ["endpoint", "bucketName"].map(|key| text(source, &["spec", key]));
            format!("{endpoint}/{bucket}")
        }
        "HelmChart" => match repository.filter(|one| text(one, &["spec", "type"]) == "oci") {
            Some(repository) => text(repository, &["spec", "url"]),
            None => return false,
        },
        _ => return false,
    };
    let (own, address) = (bare(&own), bare(address));
    own.starts_with(&address) || address.starts_with(&own)
}

impl Outside {
    /// GET of a URL of charts.
    pub(super) fn get(
        &self,
        remote: &Remote,
        fault: Option<Fault>,
    ) -> Result<Rc<[u8]>, FetchError> {
        let url = &remote.url;
        check(fault.as_ref(), url)?;
        let found = self.registry.get(url, login(&remote.credentials).as_ref());
        let bytes = found.map_err(|refusal| worded(refusal, url))?;
        let is_archive = !url.ends_with("/index.yaml");
        Ok(damaged(&bytes, fault.as_ref(), is_archive))
    }

    /// A question to an OCI registry.
    pub(super) fn ask(
        &self,
        call: &RegistryCall,
        fault: Option<Fault>,
    ) -> Result<Rc<[u8]>, FetchError> {
        let url = call.url();
        check(fault.as_ref(), &url)?;
        let question = match &call.question {
            RegistryQuestion::Ping => Question::Ping,
            RegistryQuestion::Tags => Question::Tags,
            RegistryQuestion::Manifest(reference) => Question::Manifest(reference.clone()),
            RegistryQuestion::Blob(digest) => Question::Blob(digest.clone()),
        };
        let place = (call.host.as_str(), call.repository.as_str());
        let login = login(&call.credentials);
        let found = self.registry.ask(place, &question, call.plain, login.as_ref());
        let bytes = found.map_err(|refusal| worded(refusal, &url))?;
        Ok(damaged(&bytes, fault.as_ref(), matches!(question, Question::Blob(_))))
    }

    /// The objects of a bucket.
    pub(super) fn bucket(
        &self,
        call: &BucketCall,
        fault: Option<Fault>,
    ) -> Result<Option<Vec<BucketObject>>, FetchError> {
        let address = format!("{}/{}", call.endpoint, call.bucket);
        check(fault.as_ref(), &address)?;
        let found = self.registry.bucket(&call.endpoint, &call.bucket);
        let found = found.map_err(|refusal| worded(refusal, &call.endpoint))?;
        let objects = found.map(|objects| {
            let wanted = objects.iter().filter(|one| one.key.starts_with(&call.prefix));
            let object = |one: &registry::BucketObject| BucketObject {
                key: one.key.clone(),
                etag: one.etag.clone(),
                contents: Rc::from(&*one.contents),
            };
            wanted.map(object).collect()
        });
        Ok(objects)
    }

    /// Takes the fault that spoils a look, if one does.
    pub(super) fn strike(&mut self, call: &RegistryCall) -> Option<Fault> {
        let direct = self.registry.strike(&call.url(), false);
        let of_repository = format!("{}/v2/{}/", call.host, call.repository);
        direct.or_else(|| self.registry.strike(&of_repository, true))
    }
}

/// Waits as long as a fault delays.
pub(super) async fn wait(clock: &Clock, fault: Option<&Fault>) {
    let delay = fault.and_then(|fault| fault.delay).unwrap_or(Duration::ZERO);
    if !delay.is_zero() {
        clock.sleep(delay).await;
    }
}

fn check(fault: Option<&Fault>, url: &str) -> Result<(), FetchError> {
    let Some(fault) = fault else { return Ok(()) };
    if let Some(status) = fault.answer {
        return Err(FetchError::Refused { status, body: fault.body() });
    }
    if fault.refuses_connections() {
        let words = fault.message.clone().unwrap_or_else(|| super::fetch::unreachable(url));
        return Err(FetchError::Unreachable(words));
    }
    if fault.damage == Some(Damage::Truncated) {
        return Err(FetchError::CutOff);
    }
    Ok(())
}

/// The bytes, with another digest where a fault says so: an empty member is put behind them.
fn damaged(bytes: &Arc<[u8]>, fault: Option<&Fault>, has_digest: bool) -> Rc<[u8]> {
    let wrong = fault.is_some_and(|fault| fault.damage == Some(Damage::WrongDigest));
    if wrong && has_digest {
        return [&**bytes, &tree::archive::gzip(b"")].concat().into();
    }
    Rc::from(&**bytes)
}

fn worded(refusal: Refusal, url: &str) -> FetchError {
    match refusal {
        Refusal::Unknown => FetchError::NotDeclared { url: url.to_owned() },
        Refusal::NoConnection => FetchError::Unreachable(super::fetch::unreachable(url)),
        Refusal::Status { status, body } => FetchError::Refused { status, body },
    }
}

fn login(credentials: &Credentials) -> Option<Login> {
    match credentials {
        Credentials::Basic { username, password } => {
            Some(Login { username: username.clone(), password: password.clone() })
        }
        _ => None,
    }
}

/// An address without scheme, slash at the end, and the `v2` of registries.
fn bare(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let rest = rest.trim_end_matches('/');
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.strip_prefix("v2/").unwrap_or(path);
    format!("{}/{path}", host.to_lowercase())
}
