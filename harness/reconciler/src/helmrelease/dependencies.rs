//! What must be ready first.

use client::Target;
use flux::parts::Dependency;
use flux::{Conditions, reason};

use super::end::End;
use super::reconcile::Run;
use crate::dependency::{Unmet, ready_by_expression};

impl Run {
    /// Checks every dependency in order; the first that does not hold decides.
    pub(super) async fn check_dependencies(&mut self) -> Result<(), End> {
        for dependency in self.hr.depends_on() {
            match self.check_dependency(&dependency).await {
                Ok(()) => {}
                Err(Unmet::NotReady(problem)) => {
                    self.not_ready(reason::DEPENDENCY_NOT_READY, &problem);
                    self.event(false, reason::DEPENDENCY_NOT_READY, &problem, Vec::new()).await;
                    return Err(End::Wait { jittered: false });
                }
                Err(Unmet::Terminal(problem)) => return Err(self.terminal(&problem).await),
            }
        }
        Ok(())
    }

    async fn check_dependency(&self, dependency: &Dependency) -> Result<(), Unmet> {
        let Dependency { namespace, name, ready } = dependency;
        let label = format!("{namespace}/{name}");
        let target = Target::new(self.hr.0.gvk(), namespace, name);
        let found = self.world.api.get(target).await.map_err(|status| {
            Unmet::NotReady(format!("unable to get '{label}' dependency: {status}"))
        })?;
        if let Some(expression) = ready {
            return ready_by_expression(expression, (&self.hr.0, &found), (name, &label));
        }
        let observed = found.int_at(&["status", "observedGeneration"]).unwrap_or(0);
        let conditions = Conditions::of(&found, String::new());
        if observed == found.generation() && conditions.is_true("Ready") {
            return Ok(());
        }
        Err(Unmet::NotReady(format!("dependency '{label}' is not ready")))
    }
}
