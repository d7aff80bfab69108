//! GET over HTTP, with the tokens that registries hand out to anyone.

use std::io::Read;
use std::time::Duration;

use ureq::http::Response;
use ureq::{Agent, Body};

use crate::VendorError;

/// The largest answer that is taken.
const LARGEST: u64 = 512 << 20;

/// A client that keeps its connections.
pub(crate) struct Client(Agent);

impl Client {
    pub(crate) fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(300)))
            .user_agent("fluxrig")
            .build();
        Self(config.into())
    }

    /// The body of an answer.
    pub(crate) fn get(&self, url: &str, accept: &str) -> Result<Vec<u8>, VendorError> {
        let answer = self.ask(url, accept, None)?;
        if answer.status().as_u16() == 401
            && let Some(token) = self.token(&answer)?
        {
            return body(url, self.ask(url, accept, Some(&token))?);
        }
        body(url, answer)
    }

    fn ask(
        &self,
        url: &str,
        accept: &str,
        token: Option<&str>,
    ) -> Result<Response<Body>, VendorError> {
        let mut request = self.0.get(url).header("Accept", accept);
        if let Some(token) = token {
            request = request.header("Authorization", &format!("Bearer {token}"));
        }
        request.call().map_err(|cause| unreachable(url, &cause.to_string()))
    }

    /// The token that a refusal says where to get; `None` where it does not.
    fn token(&self, refusal: &Response<Body>) -> Result<Option<String>, VendorError> {
        let challenge = refusal.headers().get("WWW-Authenticate").and_then(|v| v.to_str().ok());
        let Some(rest) = challenge.and_then(|text| text.strip_prefix("Bearer ")) else {
            return Ok(None);
        };
        let field = |name: &str| {
            let start = rest.find(&format!("{name}=\""))? + name.len() + 2;
            rest[start..].split('"').next().map(str::to_owned)
        };
        let Some(realm) = field("realm") else { return Ok(None) };
        let query: Vec<String> = ["service", "scope"]
            .iter()
            .filter_map(|name| Some(format!("{name}={}", field(name)?)))
            .collect();
        let url = format!("{realm}?{}", query.join("&"));
        let bytes = body(&url, self.ask(&url, "application/json", None)?)?;
        let value = objects::from_json(&bytes).map_err(|cause| wrong(&url, &cause.to_string()))?;
        let token = value.str_at(&["token"]).or(value.str_at(&["access_token"]));
        Ok(token.map(str::to_owned))
    }
}

fn body(url: &str, answer: Response<Body>) -> Result<Vec<u8>, VendorError> {
    let status = answer.status();
    if !status.is_success() {
        return Err(VendorError::Refused { url: url.to_owned(), status: status.as_u16() });
    }
    let mut bytes = Vec::new();
    let mut reader = answer.into_body().into_reader().take(LARGEST + 1);
    reader.read_to_end(&mut bytes).map_err(|cause| unreachable(url, &cause.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong(url, "the answer is larger than 512 MiB"));
    }
    Ok(bytes)
}

fn unreachable(url: &str, problem: &str) -> VendorError {
    VendorError::Unreachable { url: url.to_owned(), problem: problem.to_owned() }
}

pub(crate) fn wrong(url: &str, problem: &str) -> VendorError {
    VendorError::Answer { url: url.to_owned(), problem: problem.to_owned() }
}
