//! Phase dependencies: what must be ready first.

use client::Target;
use flux::parts::{Dependency, State};
use flux::{Artifact, Kustomization};
use objects::Object;

use super::reconcile::Run;

/// A dependency that does not hold.
pub(super) enum Unmet {
    /// It is not there yet.
    NotReady(String),
    /// Its expression is wrong.
    Terminal(String),
}

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
            return self.evaluate_ready(expression, name, &label, &found);
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

    fn evaluate_ready(
        &self,
        expression: &str,
        name: &str,
        label: &str,
        found: &Object,
    ) -> Result<(), Unmet> {
        let variables = [("self", self.ks.0.0.clone()), ("dep", found.0.clone())];
        match crate::cel::boolean(expression, &variables) {
            Ok(true) => Ok(()),
            Ok(false) => Err(Unmet::NotReady(format!(
                "dependency '{label}' is not ready according to readyExpr eval"
            ))),
            Err(crate::cel::Wrong::Compile(problem)) => Err(Unmet::Terminal(format!(
                "terminal error: failed to evaluate dependency {name}: {problem}"
            ))),
            Err(crate::cel::Wrong::Evaluate(problem)) => Err(Unmet::NotReady(problem)),
        }
    }
}
