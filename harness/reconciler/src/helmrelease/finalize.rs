//! The HelmRelease is being deleted (fluxcd/helm-controller: reconcileDelete).

use client::Target;
use flux::parts::Snapshots;
use flux::reason;
use objects::Gvk;

use super::end::End;
use super::reconcile::Run;

impl Run {
    pub(super) async fn finalize(&mut self) -> End {
        if !self.hr.is_suspended() {
            if self.release_deletion().await.is_err() {
                return End::Backoff;
            }
            if self.reconcile_chart().await.is_err() {
                return End::Backoff;
            }
        }
        crate::source::remove_finalizer(&mut self.hr.0);
        End::Rest
    }

    async fn release_deletion(&mut self) -> Result<(), ()> {
        if self.hr.status_text("storageNamespace").is_none() {
            return Ok(());
        }
        match self.kubeconfig().await {
            Ok(elsewhere) => {
                self.target = elsewhere.unwrap_or_else(|| self.world.api.clone());
            }
            Err(missing) if missing.is_gone => return Ok(()),
            Err(missing) => {
                let message = format!(
                    "failed to build REST client getter to uninstall release: {}",
                    missing.message
                );
                self.not_ready(reason::UNINSTALL_FAILED, &message);
                return Err(());
            }
        }
        if !self.account_exists().await? {
            return Ok(());
        }
        self.uninstall().await.map_err(drop)?;
        self.put_history(&Snapshots::default());
        self.hr.set_status_text("storageNamespace", "");
        Ok(())
    }

    /// Whether the account to impersonate is there; without it nothing can be uninstalled.
    async fn account_exists(&mut self) -> Result<bool, ()> {
        let elsewhere = self.spec(&["kubeConfig"]).is_some();
        let Some(account) = self.account().filter(|_| !elsewhere).map(str::to_owned) else {
            return Ok(true);
        };
        let target = Target::new(Gvk::new("", "v1", "ServiceAccount"), &self.name.0, &account);
        match self.world.api.get(target).await {
            Ok(_) => Ok(true),
            Err(status) if status.is_not_found() => Ok(false),
            Err(status) => {
                let message = format!(
                    "failed to confirm ServiceAccount '{account}' can be used to uninstall release: \
                     {status}"
                );
                self.not_ready(reason::UNINSTALL_FAILED, &message);
                Err(())
            }
        }
    }
}
