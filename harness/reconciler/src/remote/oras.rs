//! Helm's registry client (ORAS), as HelmCharts of OCI repositories are pulled with it.
//!
//! Rules and words from helm: pkg/registry, and oras-go: registry/remote (five more tries).

use std::rc::Rc;
use std::time::Duration;

use objects::{ObjectId, Value};

use super::registry::printed;
use super::{back_off, dial_problem, note_undeclared, status_text};
use crate::fetch::{RegistryCall, RegistryQuestion};
use crate::storage::digest_of;
use crate::world::World;
use crate::{Credentials, FetchError};

const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// The media type of a packed chart.
pub(crate) const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
const MOST_RETRIES: u32 = 5;

/// A repository of charts in a registry, and who asks.
pub(crate) struct Charts<'a> {
    pub(crate) world: &'a World,
    pub(crate) object: ObjectId,
    pub(crate) host: String,
    pub(crate) name: String,
    pub(crate) insecure: bool,
    pub(crate) credentials: Credentials,
}

impl Charts<'_> {
    /// The versions of a chart, newest first; tags that are no versions are left out.
    pub(crate) async fn versions(&self) -> Result<Vec<String>, String> {
        let bytes = self
            .get(RegistryQuestion::Tags)
            .await
            .map_err(|(problem, call)| self.words(&problem, &call))?;
        let value = objects::from_json(&bytes).map_err(|cause| cause.to_string())?;
        let tags = value.list_at(&["tags"]).iter().filter_map(Value::as_str);
        let mut versions: Vec<(semver::Version, String)> = tags
            .map(|tag| tag.replace('_', "+"))
            .filter_map(|tag| Some((semver::Version::parse(&tag).ok()?, tag)))
            .collect();
        versions.sort_by(|one, other| other.0.cmp_precedence(&one.0));
        Ok(versions.into_iter().map(|(_, tag)| tag).collect())
    }

    /// The packed chart of a version.
    pub(crate) async fn pull(&self, version: &str) -> Result<Rc<[u8]>, String> {
        let tag = version.replace('+', "_");
        let manifest = self.fetch(RegistryQuestion::Manifest(tag.clone()), &tag).await?;
        let manifest = objects::from_json(&manifest).map_err(|cause| cause.to_string())?;
        if manifest.str_at(&["config", "mediaType"]) != Some(CONFIG) {
            return Err(format!("could not load config with mediatype {CONFIG}"));
        }
        let layers = manifest.list_at(&["layers"]).iter();
        let mut charts = layers.filter(|layer| layer.str_at(&["mediaType"]) == Some(CHART));
        let Some(digest) = charts.next().and_then(|layer| layer.str_at(&["digest"])) else {
            return Err(format!("manifest does not contain a layer with mediatype {CHART}"));
        };
        let bytes = self.fetch(RegistryQuestion::Blob(digest.to_owned()), digest).await?;
        if digest_of(&bytes) != digest {
            return Err("failed to perform \"Push\" on destination: mismatched digest".to_owned());
        }
        Ok(bytes)
    }

    async fn fetch(&self, question: RegistryQuestion, of: &str) -> Result<Rc<[u8]>, String> {
        let doing = match question {
            RegistryQuestion::Blob(_) => "Fetch",
            _ => "FetchReference",
        };
        self.get(question).await.map_err(|(problem, call)| {
            let separator = if of.starts_with("sha256:") { '@' } else { ':' };
            let words = match problem {
                FetchError::Refused { status: 404, .. } => {
                    format!("{}/{}{separator}{of}: not found", self.host, self.name)
                }
                problem => self.words(&problem, &call),
            };
            format!("failed to perform {doing:?} on source: {words}")
        })
    }

    async fn get(
        &self,
        question: RegistryQuestion,
    ) -> Result<Rc<[u8]>, (FetchError, RegistryCall)> {
        let call = RegistryCall {
            plain: self.insecure,
            host: self.host.clone(),
            repository: self.name.clone(),
            question,
            credentials: self.credentials.clone(),
        };
        let mut tries = 0;
        loop {
            let problem = match self.world.fetch.ask(&call).await {
                Ok(bytes) => return Ok(bytes),
                Err(problem) => problem,
            };
            let passes = matches!(problem, FetchError::Refused { status: 408 | 429 | 500.., .. });
            if !passes || tries == MOST_RETRIES {
                note_undeclared(self.world, &self.object, &problem);
                return Err((problem, call));
            }
            back_off(self.world, Duration::from_millis(250 << tries).min(LONGEST)).await;
            tries += 1;
        }
    }

    fn words(&self, problem: &FetchError, call: &RegistryCall) -> String {
        let url = call.url();
        if let Some(cause) = dial_problem(problem, &self.host) {
            return format!("Get {url:?}: {cause}");
        }
        match problem {
            FetchError::Refused { status, body } => {
                format!("GET {url:?}: response status code {status}: {}", refusal(*status, body))
            }
            other => other.to_string(),
        }
    }
}

const LONGEST: Duration = Duration::from_secs(3);

fn refusal(status: u16, body: &str) -> String {
    let value = objects::from_json(body.as_bytes()).unwrap_or_default();
    let shown: Vec<String> = value.list_at(&["errors"]).iter().map(inner).collect();
    if shown.is_empty() { status_text(status).to_owned() } else { shown.join("; ") }
}

fn inner(error: &Value) -> String {
    let text = |key: &str| error.str_at(&[key]).unwrap_or_default();
    let code = text("code").replace('_', " ").to_lowercase();
    match error.get("detail").filter(|detail| !detail.is_null()) {
        _ if text("message").is_empty() => code,
        Some(detail) => format!("{code}: {}: {}", text("message"), printed(detail)),
        None => format!("{code}: {}", text("message")),
    }
}
