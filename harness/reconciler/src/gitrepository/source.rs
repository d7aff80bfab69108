//! Phase source: which revision is upstream, and is it new?

use flux::parts::{Include, State};
use flux::{Artifact, reason};
use objects::Value;
use tree::Tree;

use super::checkout::{Wanted, listed_revision};
use super::reconcile::Run;
use crate::Commit;
use crate::source::{Class, Failure};

/// What was checked out, and what is included.
pub(super) struct Checkout {
    pub(super) revision: String,
    pub(super) commit: Commit,
    pub(super) included: Vec<(Include, Artifact)>,
    /// Only the folders of `spec.sparseCheckout`, where it names some.
    pub(super) sparse: Option<Tree>,
}

impl Checkout {
    /// The first line of the message, cut after 50 characters.
    pub(super) fn subject(&self) -> Option<String> {
        let line = self.commit.message.lines().next().unwrap_or_default();
        if line.chars().count() <= 50 {
            return Some(line.to_owned());
        }
        Some(format!("{}...", line.chars().take(50).collect::<String>()))
    }
}

impl Run {
    pub(super) async fn reconcile_source(
        &mut self,
        checkout: &mut Option<Checkout>,
    ) -> Result<(), Failure> {
        if self.conditions.is_false("SourceVerified") {
            self.conditions.delete("SourceVerified");
        }
        let remote = self.remote().await?;
        let included = self.included()?;
        self.announce_includes(&included).await;
        let wanted = Wanted::of(&self.repo);
        let known = self.repo.artifact().map(|artifact| artifact.revision);
        if self.conditions.is_true("ArtifactInStorage") && !self.config_changed(&included) {
            let may_list = !matches!(wanted, Wanted::Commit { .. } | Wanted::Semver(_));
            if may_list {
                let refs = self.list(&remote, "list remote for").await?;
                let listed = listed_revision(&wanted, &refs);
                if listed.is_some() && listed == known {
                    return Err(self.unchanged(&known.unwrap_or_default()));
                }
            }
        }
        let (revision, commit) = self.clone_commit(&remote, &wanted).await?;
        self.conditions.delete("FetchFailed");
        let sparse = self.sparse(&commit)?;
        self.verify(&commit).await?;
        self.world.work(self.world.settings.costs.clone).await;
        if known.as_deref() != Some(revision.as_str()) {
            self.announce("NewRevision", &format!("new upstream revision '{revision}'")).await;
        }
        *checkout = Some(Checkout { revision, commit, included, sparse });
        Ok(())
    }

    /// Nothing upstream and nothing here has changed.
    fn unchanged(&mut self, revision: &str) -> Failure {
        self.conditions.delete("FetchFailed");
        let stored = format!("stored artifact for revision '{revision}'");
        self.stamped().set("ArtifactInStorage", State::True, reason::SUCCEEDED, &stored);
        Failure {
            class: Class::Ignored,
            condition: None,
            reason: reason::GIT_OPERATION_SUCCEEDED,
            message: format!(
                "no changes since last reconciliation: observed revision '{revision}'"
            ),
            shown: None,
        }
    }

    fn sparse(&self, commit: &Commit) -> Result<Option<Tree>, Failure> {
        let wanted = self.repo.sparse_checkout();
        if wanted.is_empty() {
            return Ok(None);
        }
        let mut kept = Tree::new();
        for folder in wanted {
            let clean = folder.strip_prefix("./").unwrap_or(folder);
            let missing = || {
                let scratch = self.world.scratch("gitrepository-");
                let message = format!(
                    "failed to sparse checkout directories : sparse checkout dir '{clean}' does not \
                     exist in repository: lstat {scratch}/{clean}: no such file or directory"
                );
                Failure::fetch(reason::GIT_OPERATION_FAILED, message)
            };
            let path = tree::TreePath::new(clean).map_err(|_| missing())?;
            if !commit.tree.is_dir(&path) {
                return Err(missing());
            }
            for (path, file) in commit.tree.below(&path) {
                kept.insert_file(path.clone(), file.clone());
            }
        }
        Ok(Some(kept))
    }

    async fn verify(&mut self, commit: &Commit) -> Result<(), Failure> {
        if self.repo.0.at(&["spec", "verify"]).is_none() {
            self.conditions.delete("SourceVerified");
            return Ok(());
        }
        let name = self.repo.text(&["verify", "secretRef", "name"]).unwrap_or_default();
        let failed =
            |reason, message| Failure::new(Class::Generic, "SourceVerified", reason, message);
        self.secret(name).await.map_err(|status| {
            failed("VerificationError", format!("public keys secret error: {status}"))
        })?;
        let mode = self.repo.text(&["verify", "mode"]).unwrap_or("HEAD");
        let tag = self.repo.reference("tag").or(self.repo.reference("semver"));
        if mode.starts_with("Tag") {
            let Some(tag) = tag else {
                let message =
                    "cannot verify tag object's signature if a tag reference is not specified";
                let kind = "SourceVerified";
                return Err(Failure::new(
                    Class::Stalling,
                    kind,
                    "InvalidVerificationMode",
                    message,
                ));
            };
            let message = format!("cannot verify signature of tag '{tag}' since it is not signed");
            return Err(failed("InvalidGitObject", message));
        }
        self.world.note(self.repo.0.id(), "signatures of commits are not verified here");
        let message = format!(
            "signature verification of commit '{}' failed: unsupported signature type: empty",
            commit.id
        );
        Err(failed("InvalidCommitSignature", message))
    }

    /// Whether what shapes the artifact differs from what was last observed.
    pub(super) fn config_changed(&self, included: &[(Include, Artifact)]) -> bool {
        let status = |key: &str| self.repo.0.at(&["status", key]).filter(|value| !value.is_null());
        let spec = |key: &str| self.repo.0.at(&["spec", key]).filter(|value| !value.is_null());
        let observed_flag = status("observedRecurseSubmodules").and_then(Value::as_bool);
        let empty = |value: &&Value| value.as_list().is_none_or(|list| !list.is_empty());
        status("observedIgnore") != spec("ignore")
            || observed_flag.unwrap_or(false) != self.repo.recurses_submodules()
            || status("observedSparseCheckout").filter(empty)
                != spec("sparseCheckout").filter(empty)
            || status("observedInclude").filter(empty) != spec("include").filter(empty)
            || self.includes_differ(included)
            || (spec("verify").is_some() && status("sourceVerificationMode").is_none())
    }
}
