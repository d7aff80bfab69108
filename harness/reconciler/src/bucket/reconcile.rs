//! One reconciliation of a Bucket.

use std::rc::Rc;
use std::time::Duration;

use flux::parts::State;
use flux::reason;
use tree::{Tree, TreePath};

use crate::fetch::{BucketCall, BucketObject};
use crate::queue::{Name, Outcome};
use crate::source::{End, Failure, Notice, Run, Source, newtype, value};
use crate::sourceignore::Ignore;
use crate::storage::digest_of;
use crate::world::World;
use crate::{Credentials, FetchError};

newtype!(
    Bucket,
    Bucket,
    "latest.tar.gz",
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

const IGNORE_FILE: &str = ".sourceignore";
const TIMEOUT: Duration = Duration::from_secs(60);

/// The objects that become the artifact.
struct Fetched {
    revision: String,
    objects: Vec<BucketObject>,
    is_new: bool,
}

pub(crate) async fn reconcile(world: Rc<World>, name: Name) -> Outcome {
    let Some(mut run) = Run::<Bucket>::open(world, &name) else { return Outcome::Done };
    let mut count = 0;
    let end = run.phases(&mut count).await;
    let bucket = run.repo.spec(&["bucketName"]).unwrap_or_default();
    let message = format!("stored artifact with {count} fetched files from '{bucket}' bucket");
    run.finish(end, Some(Notice::of(message))).await
}

impl Run<Bucket> {
    async fn phases(&mut self, count: &mut usize) -> Result<End, Failure> {
        if let Some(end) = self.prepare().await {
            return Ok(end);
        }
        let credentials = self.credentials().await?;
        let fetched = self.reconcile_source(credentials).await?;
        *count = fetched.objects.len();
        self.reconcile_artifact(&fetched).await;
        Ok(End::Success)
    }

    async fn credentials(&self) -> Result<Credentials, Failure> {
        let failed = |message: String| Failure::fetch(reason::AUTHENTICATION_FAILED, message);
        let provider = self.repo.spec(&["provider"]).unwrap_or("generic");
        if provider != "generic" {
            if self.repo.spec(&["serviceAccountName"]).is_some() {
                let message = "to use spec.serviceAccountName for provider authentication please \
                               enable the ObjectLevelWorkloadIdentity feature gate in the controller";
                return Err(Failure::stalling(reason::FEATURE_GATE_DISABLED, message));
            }
            let why = format!("buckets of provider {provider} are not reproduced");
            self.world.note(self.repo.object().id(), why);
        }
        let Some(name) = self.repo.spec(&["secretRef", "name"]) else {
            return Ok(Credentials::None);
        };
        let namespace = self.repo.object().namespace();
        let secret = self.secret(name).await.map_err(|status| {
            failed(format!("failed to get secret '{namespace}/{name}': {status}"))
        })?;
        match (value(&secret, "accesskey"), value(&secret, "secretkey")) {
            (Some(username), Some(password)) => Ok(Credentials::Basic { username, password }),
            _ if provider == "generic" || provider == "aws" => Err(failed(format!(
                "invalid '{name}' secret data: required fields 'accesskey' and 'secretkey'"
            ))),
            _ => Ok(Credentials::None),
        }
    }

    async fn reconcile_source(&mut self, credentials: Credentials) -> Result<Fetched, Failure> {
        let text = |key: &str| self.repo.spec(&[key]).unwrap_or_default().to_owned();
        let (endpoint, bucket) = (text("endpoint"), text("bucketName"));
        let call = BucketCall { endpoint, bucket, prefix: String::new(), credentials };
        let failed = |message: String| Failure::fetch("BucketOperationFailed", message);
        self.world.work(self.world.settings.costs.list).await;
        let timeout = self.repo.duration("timeout", TIMEOUT);
        let answer = self.world.within(timeout, self.world.fetch.bucket(&call)).await;
        let bucket = &call.bucket;
        let confirming = |problem: String| {
            failed(format!("failed to confirm existence of '{bucket}' bucket: {problem}"))
        };
        let listed = match answer {
            Some(Ok(listed)) => listed,
            Some(Err(problem)) => return Err(confirming(self.words(&problem, &call))),
            None => return Err(confirming("context deadline exceeded".to_owned())),
        };
        let all = listed.ok_or_else(|| failed(format!("bucket '{bucket}' not found")))?;
        let objects = self.wanted(all);
        let lines: String =
            objects.iter().map(|one| format!("{} {}\n", one.key, one.etag)).collect();
        let revision = digest_of(lines.as_bytes());
        let known = self.repo.stored().map(|artifact| artifact.revision);
        let is_new = known.as_deref() != Some(&revision);
        if is_new {
            self.announce("NewRevision", &format!("new upstream revision '{revision}'")).await;
        }
        self.conditions.delete("FetchFailed");
        Ok(Fetched { revision, objects, is_new })
    }

    /// The objects below the prefix that no pattern leaves out, in order of their keys.
    fn wanted(&self, all: Vec<BucketObject>) -> Vec<BucketObject> {
        let rules = all.iter().find(|one| one.key == IGNORE_FILE);
        let rules = rules.map(|one| String::from_utf8_lossy(&one.contents).into_owned());
        let own = self.repo.object().str_at(&["spec", "ignore"]).unwrap_or_default();
        let ignore = Ignore::only(&format!("{}\n{own}", rules.unwrap_or_default()));
        let prefix = self.repo.spec(&["prefix"]).unwrap_or_default();
        let is_wanted = |one: &BucketObject| {
            one.key.starts_with(prefix)
                && !one.key.ends_with('/')
                && one.key != IGNORE_FILE
                && TreePath::new(&one.key).is_ok_and(|path| !ignore.leaves_out(&path))
        };
        let mut wanted: Vec<BucketObject> = all.into_iter().filter(is_wanted).collect();
        wanted.sort_by(|one, other| one.key.cmp(&other.key));
        wanted
    }

    fn words(&self, problem: &FetchError, call: &BucketCall) -> String {
        if let FetchError::NotDeclared { .. } = problem {
            let why = format!("the bucket {}/{} is not declared", call.endpoint, call.bucket);
            self.world.note(self.repo.object().id(), why);
        }
        let scheme = if self.repo.flag("insecure") { "http" } else { "https" };
        let url = format!("{scheme}://{}/{}/", call.endpoint, call.bucket);
        match problem {
            FetchError::Unreachable(cause) => format!("Get {url:?}: {cause}"),
            FetchError::NotDeclared { .. } => {
                let host = call.endpoint.split(':').next().unwrap_or_default();
                format!("Get {url:?}: dial tcp: lookup {host} on 10.96.0.10:53: no such host")
            }
            FetchError::Refused { status: 403, .. } => "Access Denied.".to_owned(),
            FetchError::Refused { status, .. } => {
                format!("{status} {}", crate::remote::status_text(*status))
            }
            other => other.to_string(),
        }
    }

    async fn reconcile_artifact(&mut self, fetched: &Fetched) {
        let revision = &fetched.revision;
        if fetched.is_new {
            let mut tree = Tree::new();
            for one in &fetched.objects {
                if let Ok(path) = TreePath::new(&one.key) {
                    tree.insert(path, &*one.contents);
                }
            }
            let hex = revision.trim_start_matches("sha256:").to_owned();
            self.store_files(&format!("{hex}.tar.gz"), revision, (tree, Vec::new()), &[]);
            let ignore = self.repo.object().at(&["spec", "ignore"]).cloned();
            self.put("observedIgnore", ignore.filter(|value| !value.is_null()));
        } else {
            let message = format!("artifact up-to-date with remote revision: '{revision}'");
            self.trace("ArtifactUpToDate", &message).await;
        }
        self.conditions.delete("ArtifactOutdated");
        let stored = format!("stored artifact: revision '{revision}'");
        self.stamped().set("ArtifactInStorage", State::True, reason::SUCCEEDED, &stored);
    }
}
