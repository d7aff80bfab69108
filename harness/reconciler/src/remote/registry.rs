//! go-containerregistry, as source-controller asks registries with it.
//!
//! Rules and words from google/go-containerregistry: pkg/v1/remote (three tries, one second
//! and three between them; 408, 429 and 5xx are tried again) and transport (ping, errors).

use std::rc::Rc;
use std::time::Duration;

use objects::{ObjectId, Value};

use super::{back_off, dial_problem, note_undeclared, status_text};
use crate::fetch::{RegistryCall, RegistryQuestion};
use crate::storage::digest_of;
use crate::world::World;
use crate::{Credentials, FetchError};

/// A repository of a registry, and who asks.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub(crate) host: String,
    pub(crate) name: String,
    /// Whether a call without TLS is allowed.
    pub(crate) insecure: bool,
    pub(crate) credentials: Credentials,
    /// For whom it is asked.
    pub(crate) object: ObjectId,
}

/// A manifest, read.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    value: Value,
}

/// A layer of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    pub(crate) media_type: String,
    pub(crate) digest: String,
}

const WAITS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];

impl Repository {
    /// The repository behind `HOST/NAME`, as go-containerregistry splits it.
    pub(crate) fn parse(text: &str, object: ObjectId) -> Self {
        let (first, rest) = text.split_once('/').unwrap_or(("", text));
        let is_host = first.contains(['.', ':']) || first == "localhost";
        let (host, name) = if is_host { (first, rest) } else { ("index.docker.io", text) };
        let name = name.split([':', '@']).next().unwrap_or_default();
        let name = if host == "index.docker.io" && !name.contains('/') {
            format!("library/{name}")
        } else {
            name.to_owned()
        };
        let credentials = Credentials::None;
        Self { host: host.to_owned(), name, insecure: false, credentials, object }
    }

    /// The whole name: `HOST/NAME`.
    pub(crate) fn full(&self) -> String {
        format!("{}/{}", self.host, self.name)
    }

    /// The tags, in the registry's order.
    pub(crate) async fn tags(&self, world: &World) -> Result<Vec<String>, String> {
        let bytes = self.get(world, RegistryQuestion::Tags, "?n=1000").await?;
        let value = objects::from_json(&bytes).map_err(|cause| cause.to_string())?;
        let tags = value.list_at(&["tags"]).iter().filter_map(Value::as_str);
        Ok(tags.map(str::to_owned).collect())
    }

    /// The digest of a tag: HEAD, and GET where that fails.
    pub(crate) async fn digest(&self, world: &World, tag: &str) -> Result<String, String> {
        let question = RegistryQuestion::Manifest(tag.to_owned());
        let head = self.get(world, question.clone(), "").await;
        let bytes = match head {
            Ok(bytes) => bytes,
            Err(_) => self.get(world, question, "").await?,
        };
        Ok(digest_of(&bytes))
    }

    /// The manifest of a digest.
    pub(crate) async fn manifest(&self, world: &World, digest: &str) -> Result<Manifest, String> {
        let question = RegistryQuestion::Manifest(digest.to_owned());
        let bytes = self.get(world, question, "").await?;
        let found = digest_of(&bytes);
        if digest.starts_with("sha256:") && found != digest {
            return Err(format!(
                "manifest digest: {found:?} does not match requested digest: {digest:?} for {:?}",
                format!("{}@{digest}", self.full())
            ));
        }
        let value = objects::from_json(&bytes).map_err(|cause| cause.to_string())?;
        Ok(Manifest { value })
    }

    /// The bytes of a layer, checked.
    pub(crate) async fn blob(&self, world: &World, digest: &str) -> Result<Rc<[u8]>, String> {
        let question = RegistryQuestion::Blob(digest.to_owned());
        let bytes = self.get(world, question, "").await?;
        let found = digest_of(&bytes);
        if found != digest {
            let (found, wanted) =
                (found.trim_start_matches("sha256:"), digest.trim_start_matches("sha256:"));
            return Err(format!(
                "error verifying sha256 checksum after reading {} bytes; got {found:?}, want {wanted:?}",
                bytes.len()
            ));
        }
        Ok(bytes)
    }

    /// Pings and then asks, as every operation of the library does.
    async fn get(
        &self,
        world: &World,
        question: RegistryQuestion,
        query: &str,
    ) -> Result<Rc<[u8]>, String> {
        let plain = self.ping(world).await?;
        let call = self.call(plain, question);
        self.attempt(world, &call).await.map_err(|problem| self.words(&problem, &call, query))
    }

    fn call(&self, plain: bool, question: RegistryQuestion) -> RegistryCall {
        RegistryCall {
            plain,
            host: self.host.clone(),
            repository: self.name.clone(),
            question,
            credentials: self.credentials.clone(),
        }
    }

    /// Whether the registry is reached without TLS.
    async fn ping(&self, world: &World) -> Result<bool, String> {
        let mut problems = Vec::new();
        let local = self.host.split(':').next() == Some("localhost");
        for plain in [false, true] {
            if plain && !self.insecure && !local {
                break;
            }
            let call = self.call(plain, RegistryQuestion::Ping);
            match self.attempt(world, &call).await {
                Ok(_) | Err(FetchError::Refused { status: 401, .. }) => return Ok(plain),
                Err(problem) => problems.push(self.words(&problem, &call, "")),
            }
        }
        Err(problems.join("; "))
    }

    /// Asks up to three times.
    async fn attempt(&self, world: &World, call: &RegistryCall) -> Result<Rc<[u8]>, FetchError> {
        let mut waits = WAITS.iter();
        loop {
            let answer = world.fetch.ask(call).await;
            let wait = answer.as_ref().err().filter(|problem| passes(problem)).and(waits.next());
            match (wait, &answer) {
                (Some(wait), _) => back_off(world, *wait).await,
                (None, Err(problem)) => {
                    note_undeclared(world, &self.object, problem);
                    return answer;
                }
                (None, Ok(_)) => return answer,
            }
        }
    }

    fn words(&self, problem: &FetchError, call: &RegistryCall, query: &str) -> String {
        let url = format!("{}{query}", call.url());
        if let Some(cause) = dial_problem(problem, &self.host) {
            return format!("Get {url:?}: {cause}");
        }
        match problem {
            FetchError::Refused { status, body } => {
                format!("GET {url}: {}", refusal(*status, body))
            }
            FetchError::CutOff => format!("Get {url:?}: unexpected EOF"),
            other => other.to_string(),
        }
    }
}

impl Manifest {
    /// Its layers in their order.
    pub(crate) fn layers(&self) -> Vec<Layer> {
        let text = |layer: &Value, key: &str| layer.str_at(&[key]).unwrap_or_default().to_owned();
        let read = |layer: &Value| Layer {
            media_type: text(layer, "mediaType"),
            digest: text(layer, "digest"),
        };
        self.value.list_at(&["layers"]).iter().map(read).collect()
    }

    /// Its annotations.
    pub(crate) fn annotations(&self) -> Vec<(String, String)> {
        let map = self.value.at(&["annotations"]).and_then(Value::as_map);
        let pairs = map.into_iter().flat_map(objects::Map::iter);
        pairs
            .filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned())))
            .collect()
    }
}

/// Whether the library asks again after this.
fn passes(problem: &FetchError) -> bool {
    match problem {
        FetchError::CutOff => true,
        FetchError::Refused { status, .. } => {
            matches!(status, 408 | 429 | 499 | 500 | 502 | 503 | 504 | 522)
        }
        _ => false,
    }
}

/// What a registry's refusal says, be it JSON or not.
fn refusal(status: u16, body: &str) -> String {
    let value = objects::from_json(body.as_bytes()).unwrap_or_default();
    let errors = value.list_at(&["errors"]);
    let shown: Vec<String> = errors.iter().map(diagnostic).collect();
    match shown.len() {
        0 if body.is_empty() => {
            format!("unexpected status code {status} {}", status_text(status))
        }
        0 => format!("unexpected status code {status} {}: {body}", status_text(status)),
        1 => shown.concat(),
        _ => format!("multiple errors returned: {}", shown.join("; ")),
    }
}

fn diagnostic(error: &Value) -> String {
    let text = |key: &str| error.str_at(&[key]).unwrap_or_default();
    let message = format!("{}: {}", text("code"), text("message"));
    match error.get("detail").filter(|detail| !detail.is_null()) {
        Some(detail) => format!("{message}; {}", printed(detail)),
        None => message,
    }
}

/// A value as Go's `%v` prints it.
pub(crate) fn printed(value: &Value) -> String {
    match value {
        Value::Map(map) => {
            let mut pairs: Vec<String> =
                map.iter().map(|(key, value)| format!("{key}:{}", printed(value))).collect();
            pairs.sort();
            format!("map[{}]", pairs.join(" "))
        }
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(printed).collect();
            format!("[{}]", items.join(" "))
        }
        Value::String(text) => text.to_string(),
        Value::Null => "<nil>".to_owned(),
        other => objects::to_json(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_worded_as_the_library_words_them() {
        let json = r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"nope"}}]}"#;
        for (status, body, expected) in [
            (404, json, "MANIFEST_UNKNOWN: manifest unknown; map[Tag:nope]"),
            (
                429,
                "Too Many Requests",
                "unexpected status code 429 Too Many Requests: Too Many Requests",
            ),
            (503, "", "unexpected status code 503 Service Unavailable"),
        ] {
            assert_eq!(refusal(status, body), expected);
        }
    }

    #[test]
    fn names_are_split_as_the_library_splits_them() {
        let object = ObjectId {
            kind: objects::GroupKind { group: String::new(), kind: String::new() },
            namespace: String::new(),
            name: String::new(),
        };
        for (text, full) in [
            ("ghcr.io/org/app", "ghcr.io/org/app"),
            ("localhost:5000/app:1", "localhost:5000/app"),
            ("podinfo", "index.docker.io/library/podinfo"),
            ("org/app@sha256:0", "index.docker.io/org/app"),
        ] {
            assert_eq!(Repository::parse(text, object.clone()).full(), full);
        }
    }
}
