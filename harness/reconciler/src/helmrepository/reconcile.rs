//! One reconciliation of a HelmRepository.

use std::rc::Rc;
use std::time::Duration;

use flux::parts::State;
use flux::reason;

use super::auth::access;
use super::index::Index;
use crate::Remote;
use crate::queue::{Name, Outcome};
use crate::remote::http;
use crate::source::{End, Failure, Notice, Run, Source, newtype, remove_finalizer};
use crate::storage::digest_of;
use crate::world::World;

newtype!(
    HelmRepository,
    HelmRepository,
    "index.yaml",
    [
        "StorageOperationFailed" true,
        "FetchFailed" true,
        "ArtifactOutdated" true,
        "ArtifactInStorage" false,
        "Stalled" true,
        "Reconciling" true
    ],
    ["FetchFailed", "StorageOperationFailed"]
);

/// How long a request may take where the object does not say.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);
const LARGEST_INDEX: usize = 50 << 20;

pub(crate) async fn reconcile(world: Rc<World>, name: Name) -> Outcome {
    let Some(mut run) = Run::<HelmRepository>::open(world, &name) else { return Outcome::Done };
    if run.repo.spec(&["type"]) == Some("oci") {
        return run.stay().await;
    }
    let end = run.phases().await;
    let notice = run.notice();
    run.finish(end, Some(notice)).await
}

/// An index that was fetched.
struct Fetched {
    revision: String,
    /// Read only where it is new.
    index: Option<Index>,
}

impl Run<HelmRepository> {
    /// Takes away what another type has left; nothing else is done for type `oci`.
    async fn stay(mut self) -> Outcome {
        let is_static = |object: &objects::Object| {
            let status = object.get("status").and_then(objects::Value::as_map);
            status.is_none_or(objects::Map::is_empty) && !crate::source::has_finalizer(object)
        };
        let object = self.repo.object();
        if is_static(object) || (self.repo.flag("suspend") && !object.is_deleting()) {
            return Outcome::Done;
        }
        self.remove_artifacts().await;
        remove_finalizer(self.repo.object_mut());
        self.repo.object_mut().set(&["status"], objects::Value::map());
        self.save().await;
        Outcome::Done
    }

    async fn phases(&mut self) -> Result<End, Failure> {
        if let Some(end) = self.prepare().await {
            return Ok(end);
        }
        let fetched = self.reconcile_source().await?;
        self.reconcile_artifact(&fetched).await;
        Ok(End::Success)
    }

    async fn reconcile_source(&mut self) -> Result<Fetched, Failure> {
        let url = self.url()?;
        let access = access(&self.world, self.repo.object()).await;
        let access =
            access.map_err(|problem| Failure::fetch(reason::AUTHENTICATION_FAILED, problem))?;
        let url = format!("{}/index.yaml", url.trim_end_matches('/'));
        let remote = Remote { credentials: access.for_url(&url), url };
        let timeout = self.repo.duration("timeout", TIMEOUT);
        self.world.work(self.world.settings.costs.list).await;
        let fetched = http::get(&self.world, &self.repo.object().id(), &remote, timeout).await;
        let bytes = fetched.and_then(|bytes| match bytes.len() {
            0..=LARGEST_INDEX => Ok(bytes),
            _ => Err(format!("index exceeds the maximum index file size of {LARGEST_INDEX} bytes")),
        });
        let bytes = bytes.map_err(|problem| {
            Failure::fetch(
                reason::FAILED,
                format!(
                    "failed to fetch Helm repository index: failed to cache index to temporary \
                     file: {problem}"
                ),
            )
        })?;
        let revision = digest_of(&bytes);
        let known = self.repo.stored().map(|artifact| artifact.revision);
        if known.as_deref() == Some(&revision) {
            self.conditions.delete("FetchFailed");
            return Ok(Fetched { revision, index: None });
        }
        let index = Index::parse(&bytes).map_err(|problem| {
            let message = format!(
                "failed to load Helm repository from index YAML: failed to load index: {problem}"
            );
            Failure::fetch("IndexationFailed", message)
        })?;
        self.conditions.delete("FetchFailed");
        self.announce("NewRevision", &format!("new index revision '{revision}'")).await;
        Ok(Fetched { revision, index: Some(index) })
    }

    fn url(&self) -> Result<String, Failure> {
        let url = self.repo.spec(&["url"]).unwrap_or_default().to_owned();
        let wrong = |problem: String| {
            let message = format!("invalid Helm repository URL: {problem}");
            Failure::stalling(reason::URL_INVALID, message)
        };
        if url.starts_with("oci://") {
            let problem = "'oci' URL scheme cannot be used with 'default' HelmRepository type";
            return Err(wrong(problem.to_owned()));
        }
        crate::source::check_url(&url).map_err(wrong)?;
        Ok(url)
    }

    async fn reconcile_artifact(&mut self, fetched: &Fetched) {
        let revision = &fetched.revision;
        match &fetched.index {
            None => {
                let message = format!("artifact up-to-date with remote revision: '{revision}'");
                self.trace("ArtifactUpToDate", &message).await;
            }
            Some(index) => {
                let hex = revision.trim_start_matches("sha256:");
                let bytes = index.to_json();
                self.store_file(&format!("index-{hex}.yaml"), revision, &bytes, &[]);
            }
        }
        self.conditions.delete("ArtifactOutdated");
        let stored = format!("stored artifact: revision '{revision}'");
        self.stamped().set("ArtifactInStorage", State::True, reason::SUCCEEDED, &stored);
    }

    fn notice(&self) -> Notice {
        let size = self.repo.stored().map(|artifact| human_size(artifact.size));
        let size = size.map_or("unknown size".to_owned(), |size| format!("size {size}"));
        let url = self.repo.spec(&["url"]).unwrap_or_default();
        Notice::of(format!("stored fetched index of {size} from '{url}'"))
    }
}

/// Four digits and a unit of a thousand (docker/go-units: `HumanSize`).
fn human_size(bytes: i64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let mut unit = 0;
    let mut divisor: i64 = 1;
    while bytes / divisor >= 1000 && unit + 1 < units.len() {
        divisor *= 1000;
        unit += 1;
    }
    let whole = bytes / divisor;
    let places = 4usize.saturating_sub(whole.to_string().len());
    #[expect(clippy::cast_precision_loss, reason = "four digits are shown")]
    let value = bytes as f64 / divisor as f64;
    let text = format!("{value:.places$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_four_digits() {
        for (bytes, expected) in
            [(411, "411B"), (1046, "1.046kB"), (38_540, "38.54kB"), (2_000_000, "2MB"), (0, "0B")]
        {
            assert_eq!(human_size(bytes), expected);
        }
    }
}
