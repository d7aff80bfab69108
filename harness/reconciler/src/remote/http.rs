//! Helm's getter over HTTP, as it fetches indexes and packed charts.
//!
//! Words from helm: pkg/getter (httpgetter), and Go's net/http.

use std::rc::Rc;
use std::time::Duration;

use objects::ObjectId;

use super::{dial_problem, note_undeclared, status_text};
use crate::world::World;
use crate::{FetchError, Remote};

/// Gets a URL within a time.
pub(crate) async fn get(
    world: &World,
    object: &ObjectId,
    remote: &Remote,
    timeout: Duration,
) -> Result<Rc<[u8]>, String> {
    let url = &remote.url;
    match world.within(timeout, world.fetch.download(remote)).await {
        Some(Ok(bytes)) => Ok(bytes),
        Some(Err(problem)) => {
            note_undeclared(world, object, &problem);
            Err(words(&problem, url))
        }
        None => Err(format!(
            "Get {url:?}: context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        )),
    }
}

fn words(problem: &FetchError, url: &str) -> String {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    if let Some(cause) = dial_problem(problem, host) {
        return format!("Get {url:?}: {cause}");
    }
    match problem {
        FetchError::Refused { status, .. } => {
            format!("failed to fetch {url} : {status} {}", status_text(*status))
                .trim_end()
                .to_owned()
        }
        other => other.to_string(),
    }
}

/// A reference of an index, made whole with the repository's URL.
pub(crate) fn resolve(repository: &str, reference: &str) -> String {
    if reference.contains("://") {
        return reference.to_owned();
    }
    let base = repository.trim_end_matches('/');
    match reference.strip_prefix('/') {
        Some(path) => {
            let end = base.find("://").map_or(0, |at| at + 3);
            let host = base[end..].find('/').map_or(base, |at| &base[..end + at]);
            format!("{host}/{path}")
        }
        None => {
            let clean = reference.trim_start_matches("./");
            format!("{base}/{clean}")
        }
    }
}

/// The host of a URL, its port included.
pub(crate) fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_relative_to_the_repository() {
        for (reference, expected) in [
            ("app-1.0.0.tgz", "https://h/charts/app-1.0.0.tgz"),
            ("./app-1.0.0.tgz", "https://h/charts/app-1.0.0.tgz"),
            ("/other/app.tgz", "https://h/other/app.tgz"),
            ("https://cdn/app.tgz", "https://cdn/app.tgz"),
        ] {
            assert_eq!(resolve("https://h/charts/", reference), expected);
        }
    }
}
