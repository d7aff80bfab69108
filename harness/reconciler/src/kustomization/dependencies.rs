//! Phase dependencies: what must be ready first.

use client::Target;
use flux::parts::{Dependency, State};
use flux::{Artifact, Kustomization};

use super::reconcile::Run;
use crate::dependency::{Unmet, ready_by_expression};

impl Run {
    /// Checks every dependency in order; the first that does not hold decides.
    pub(super) async fn check_dependencies(&self, artifact: &Artifact) -> Result<(), Unmet> {
        for dependency in self.ks.depends_on() {
            self.check_dependency(&dependency, artifact).await?;
        }
        Ok(())
    }

    async fn check_dependency(
        &self,
        dependency: &Dependency,
        artifact: &Artifact,
    ) -> Result<(), Unmet> {
        let Dependency { namespace, name, ready } = dependency;
        let label = format!("{namespace}/{name}");
        let target = Target::new(self.ks.0.gvk(), namespace, name);
        let found = self.world.api.get(target).await.map_err(|status| {
            Unmet::NotReady(format!("dependency '{label}' not found: {status}"))
        })?;
        if let Some(expression) = ready {
            return ready_by_expression(expression, (&self.ks.0, &found), (name, &label));
        }
        let found = Kustomization(found);
        let conditions = flux::Conditions::of(&found.0, String::new());
        let observed = found.0.int_at(&["status", "observedGeneration"]).unwrap_or(0);
        let is_ready = observed == found.0.generation()
            && conditions.get("Ready").is_some_and(|ready| ready.state == State::True);
        if !is_ready {
            return Err(Unmet::NotReady(format!("dependency '{label}' is not ready")));
        }
        let same_source = found.source() == self.ks.source();
        if same_source && found.status_text("lastAppliedRevision") != Some(&artifact.revision) {
            return Err(Unmet::NotReady(format!(
                "dependency '{label}' revision is not up to date"
            )));
        }
        Ok(())
    }
}
