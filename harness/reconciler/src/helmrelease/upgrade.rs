//! The action upgrade (fluxcd/helm-controller: reconcile/upgrade, internal/action/upgrade).

use flux::parts::Step;

use super::names::shorten;
use super::reconcile::Run;
use crate::action::{Actions, Problem, Upgrade};

impl Run {
    pub(super) async fn upgrade(&mut self) -> Result<(), String> {
        self.begin("upgrade");
        let storage = self.hr.storage_namespace().to_owned();
        let actions = self.actions(&storage);
        let began = self.world.clock.now();
        let result = self.try_upgrade(&actions).await;
        let elapsed = self.world.measured(began);
        self.hr.set_status_text("lastAttemptedReleaseActionDuration", &elapsed);
        let written = actions.storage.take_written();
        self.record_inventory(&written).await;
        let wrote = self.record(&written, "upgrade");
        self.conclude(Step::Upgrade, result, wrote, &actions).await
    }

    async fn try_upgrade(&mut self, actions: &Actions) -> Result<(), Problem> {
        self.world.work(self.world.settings.costs.release).await;
        let name = shorten(&self.hr.release_name());
        let waits = self.waits(Step::Upgrade);
        let server_side = match self.hr.text(&["upgrade", "serverSideApply"]) {
            Some("enabled") => true,
            Some("disabled") => false,
            _ => actions.was_server_side(&name).await?,
        };
        self.apply_crds(actions, Step::Upgrade, &waits, server_side).await?;
        let base = actions.prepare_upgrade(&name).await?;
        let (chart, values) = self.upgrade_values(actions, &base.current)?;
        self.values.clone_from(&values);
        let revision = base.last.version + 1;
        let rendered =
            self.render(actions, &name, revision, Step::Upgrade, &chart, &values).await?;
        let upgrade = Upgrade {
            name,
            waits,
            take_ownership: !self.hr.flag(&["upgrade", "disableTakeOwnership"]),
            force: self.hr.flag(&["upgrade", "force"]),
            cleanup: self.hr.flag(&["upgrade", "cleanupOnFail"]),
            server_side,
            max_history: self.hr.max_history(),
        };
        actions.upgrade(&upgrade, base, rendered.chart, values, rendered.release).await
    }
}
