//! Discovery, health, version and OpenAPI documents.

mod groups;
mod openapi;
mod shape;

use objects::Value;

use crate::answer;
use crate::form::{self, Encoding};
use crate::state::State;
use crate::{Request, Response, refusal};

/// Answers a path that is no object.
pub(crate) fn document(state: &State, request: &Request) -> Response {
    let path = request.path.trim_end_matches('/');
    if let Some(response) = health(path) {
        return response;
    }
    if request.method != "GET" && request.method != "HEAD" {
        return answer::refused(&refusal::not_allowed(), &[], request);
    }
    match path.trim_start_matches('/').split('/').collect::<Vec<_>>().as_slice() {
        [""] | ["index.html"] => answer::json(200, &paths(state)),
        ["version"] => answer::json(200, &version(state)),
        ["api"] => groups::core(state, request),
        ["apis"] => groups::all(state, request),
        ["apis", group] => groups::one(state, group, request),
        ["api", version] => groups::resources(state, "", version, request),
        ["apis", group, version] => groups::resources(state, group, version, request),
        ["openapi", "v2"] => openapi::version_2(state, request),
        ["openapi", "v3"] => openapi::index(state),
        ["openapi", "v3", rest @ ..] => openapi::version_3(state, rest),
        _ => answer::text(404, "404 page not found\n"),
    }
}

const CHECKS: [&str; 4] = ["ping", "log", "etcd", "poststarthook"];

fn health(path: &str) -> Option<Response> {
    let mut parts = path.trim_start_matches('/').splitn(2, '/');
    let root = parts.next()?;
    if !matches!(root, "healthz" | "livez" | "readyz") {
        return None;
    }
    match parts.next() {
        None => Some(answer::text(200, "ok")),
        Some(check) if CHECKS.iter().any(|known| check.split('/').next() == Some(known)) => {
            Some(answer::text(200, "ok"))
        }
        Some(_) => None,
    }
}

fn paths(state: &State) -> Value {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    for (name, group) in state.catalogue.groups() {
        if name.is_empty() {
            continue;
        }
        paths.push(format!("/apis/{name}"));
        paths.extend(group.order.iter().map(|version| format!("/apis/{name}/{version}")));
    }
    let rest = ["/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"];
    paths.extend(rest.map(str::to_owned));
    paths.sort();
    Value::from([("paths", paths.into_iter().map(Value::from).collect::<Value>())])
}

fn version(state: &State) -> Value {
    let release = state.schemas.release();
    let minor = state.minor.to_string();
    Value::from([
        ("major", "1"),
        ("minor", minor.as_str()),
        ("gitVersion", release),
        ("gitCommit", "0000000000000000000000000000000000000000"),
        ("gitTreeState", "clean"),
        ("buildDate", "2026-01-01T00:00:00Z"),
        ("goVersion", "go1.26.0"),
        ("compiler", "gc"),
        ("platform", "linux/amd64"),
    ])
}

/// Whether a request asks for the aggregated document; an error where it asks for what there is not.
pub(crate) fn wants_aggregated(request: &Request) -> Result<Option<Encoding>, Response> {
    let header = request.header("accept").unwrap_or_default();
    let clauses = form::clauses(header);
    let mut asked = false;
    for clause in &clauses {
        match (clause.media.as_str(), clause.parameter("as")) {
            ("application/json", Some("APIGroupDiscoveryList")) => {
                asked = true;
                let fits = clause.parameter("g") == Some("apidiscovery.k8s.io")
                    && clause.parameter("v") == Some("v2");
                if fits {
                    return Ok(Some(Encoding::Json));
                }
            }
            (
                "application/json"
                | "*/*"
                | "application/yaml"
                | "application/vnd.kubernetes.protobuf",
                None,
            ) => {
                return Ok(None);
            }
            _ => {}
        }
    }
    if asked {
        let status = refusal::not_acceptable(form::ACCEPTED.to_owned());
        return Err(answer::refused(&status, &[], request));
    }
    Ok(None)
}
