//! Phase artifact: what was checked out is packed and stored.

use flux::parts::State;
use flux::reason;
use objects::Value;

use super::reconcile::Run;
use super::source::Checkout;
use crate::sourceignore::Ignore;

impl Run {
    pub(super) async fn reconcile_artifact(&mut self, checkout: &Checkout) {
        let known = self.repo.artifact();
        let same = known.as_ref().is_some_and(|known| known.revision == checkout.revision);
        if same && !self.config_changed(&checkout.included) {
            let message =
                format!("artifact up-to-date with remote revision: '{}'", checkout.revision);
            self.trace("ArtifactUpToDate", &message).await;
        } else {
            self.store(checkout);
        }
        self.conditions.delete("ArtifactOutdated");
        let stored = format!("stored artifact for revision '{}'", checkout.revision);
        self.stamped().set("ArtifactInStorage", State::True, reason::SUCCEEDED, &stored);
    }

    fn store(&mut self, checkout: &Checkout) {
        let whole = checkout.sparse.as_ref().unwrap_or(&checkout.commit.tree);
        let ignore = Ignore::of(whole, self.repo.ignore());
        let (packed, folders) = (ignore.filter(whole), ignore.folders(whole));
        let file = format!("{}.tar.gz", checkout.commit.id);
        self.store_files(&file, &checkout.revision, (packed, folders), &[]);
        self.observe(checkout);
    }

    /// Records what shaped the artifact.
    fn observe(&mut self, checkout: &Checkout) {
        for (from, to) in [
            ("ignore", "observedIgnore"),
            ("include", "observedInclude"),
            ("sparseCheckout", "observedSparseCheckout"),
        ] {
            let value = self.repo.0.at(&["spec", from]).cloned();
            let present = value.filter(|v| v.as_list().is_none_or(|list| !list.is_empty()));
            self.put(to, present);
        }
        let recurses = self.repo.recurses_submodules();
        self.put("observedRecurseSubmodules", recurses.then(|| true.into()));
        let included: Value =
            checkout.included.iter().map(|(_, artifact)| artifact.to_value()).collect();
        self.put("includedArtifacts", (!checkout.included.is_empty()).then_some(included));
    }
}
