//! Phase include: artifacts of other GitRepositories come in.

use std::time::Duration;

use flux::parts::{Include, State};
use flux::{Artifact, FluxKind, reason};
use objects::Value;
use tree::{File, Tree, TreePath};

use super::reconcile::Run;
use super::source::Checkout;
use crate::source::{Class, Failure};

impl Run {
    /// The artifacts to include, in the order of the spec.
    pub(super) fn included(&self) -> Result<Vec<(Include, Artifact)>, Failure> {
        let includes = self.repo.includes();
        includes.into_iter().map(|include| self.find(include)).collect()
    }

    fn find(&self, include: Include) -> Result<(Include, Artifact), Failure> {
        let wait = Class::Waiting(Duration::from_secs(30));
        let waiting = |reason, message| Failure::new(wait, "IncludeUnavailable", reason, message);
        let name = include.repository.clone();
        let namespace = self.repo.0.namespace();
        let found = self.world.cached(FluxKind::GitRepository, namespace, &name);
        let missing = || {
            let message = format!(
                "could not get resource for include '{name}': \
                 GitRepository.source.toolkit.fluxcd.io {name:?} not found"
            );
            waiting("NotFound", message)
        };
        let artifact = Artifact::of(&found.ok_or_else(missing)?);
        let none = || waiting("NoArtifact", format!("no artifact available for include '{name}'"));
        Ok((include, artifact.ok_or_else(none)?))
    }

    pub(super) async fn announce_includes(&mut self, included: &[(Include, Artifact)]) {
        if !self.includes_differ(included) {
            return;
        }
        let message = "included artifacts differ from last observed includes";
        if !self.repo.0.list_at(&["status", "includedArtifacts"]).is_empty() {
            self.stamped().set("ArtifactOutdated", State::True, "IncludeChange", message);
        }
        let progress = format!("building artifact: {message}");
        self.stamped().progressive(true, reason::PROGRESSING, &progress);
        self.save().await;
    }

    pub(super) fn includes_differ(&self, included: &[(Include, Artifact)]) -> bool {
        let known = self.repo.0.list_at(&["status", "includedArtifacts"]);
        let same = |known: &Value, artifact: &Artifact| {
            let known = Artifact::read(known);
            known.revision == artifact.revision && known.digest == artifact.digest
        };
        known.len() != included.len()
            || !known.iter().zip(included).all(|(known, (_, artifact))| same(known, artifact))
    }

    pub(super) fn reconcile_include(&mut self, checkout: &mut Checkout) -> Result<(), Failure> {
        if checkout.included.is_empty() {
            self.conditions.delete("IncludeUnavailable");
            return Ok(());
        }
        let mut tree = checkout.sparse.take().unwrap_or_else(|| (*checkout.commit.tree).clone());
        for (include, artifact) in &checkout.included {
            self.copy(include, artifact, &mut tree)?;
        }
        checkout.sparse = Some(tree);
        self.conditions.delete("IncludeUnavailable");
        Ok(())
    }

    fn copy(&self, include: &Include, artifact: &Artifact, tree: &mut Tree) -> Result<(), Failure> {
        let Include { repository, from, to } = include;
        let illegal = |problem: tree::PathError| {
            let message = format!("path calculation for include '{repository}' failed: {problem}");
            Failure::new(Class::Generic, "StorageOperationFailed", "IllegalPath", message)
        };
        let (source, target) = (
            TreePath::new(from.trim_start_matches('/')).map_err(illegal)?,
            TreePath::new(to.trim_start_matches('/')).map_err(illegal)?,
        );
        let failed = |problem: &str| {
            let message =
                format!("failed to copy '{repository}' include from {from} to {to}: {problem}");
            Failure::new(Class::Generic, "StorageOperationFailed", "CopyFailure", message)
        };
        let stored = self.world.storage.borrow().read(artifact);
        let stored = stored.ok_or_else(|| failed("no such file or directory"))?;
        let inside = stored.files().map_err(|cause| failed(&cause.to_string()))?;
        let files: Vec<(TreePath, File)> = inside
            .subtree(&source)
            .iter()
            .filter_map(|(path, file)| Some((target.join(path.as_str()).ok()?, file.clone())))
            .collect();
        if files.is_empty() {
            return Err(failed("no such file or directory"));
        }
        files.into_iter().for_each(|(path, file)| tree.insert_file(path, file));
        Ok(())
    }
}
