//! The API that objects are applied to, as the Kustomization may see it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{Impersonation, Target};
use objects::{Gvk, Value};

use super::failure::Failure;
use super::reconcile::Run;
use crate::caller::{Client, service_account};

impl Run {
    /// The client of this Kustomization.
    pub(super) async fn client(&self) -> Result<Client, Failure> {
        self.check_kubeconfig().await?;
        Ok(Client::new(self.world.api.clone(), self.impersonation()))
    }

    /// The account's name; the controller's own where none is asked for.
    pub(super) fn service_account(&self) -> Option<&str> {
        let default = self.world.settings.default_service_account.as_str();
        self.ks.service_account().or((!default.is_empty()).then_some(default))
    }

    fn impersonation(&self) -> Option<Impersonation> {
        Some(service_account(&self.name.0, self.service_account()?))
    }

    /// A kubeconfig leads to the cluster at hand; what it must hold is checked as Flux does.
    async fn check_kubeconfig(&self) -> Result<(), Failure> {
        let Some(name) = self.ks.text(&["kubeConfig", "secretRef", "name"]) else {
            return Ok(());
        };
        let label = format!("{}/{name}", self.name.0);
        let target = Target::new(Gvk::new("", "v1", "Secret"), &self.name.0, name);
        let secret = self.world.api.get(target).await.map_err(|status| {
            Failure::client(format!("unable to read KubeConfig secret '{label}' error: {status}"))
        })?;
        let key = self.ks.text(&["kubeConfig", "secretRef", "key"]);
        let keys = key.map_or(vec!["value", "value.yaml"], |key| vec![key]);
        let data = keys.iter().find_map(|key| secret.str_at(&["data", key]));
        let missing = || {
            let key = keys.first().copied().unwrap_or_default();
            Failure::client(format!(
                "KubeConfig secret '{label}' does not contain a '{key}' key with a kubeconfig"
            ))
        };
        let bytes = STANDARD.decode(data.ok_or_else(missing)?).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let parsed = objects::load_yaml(&text, yaml::Schema::Yaml11).unwrap_or_default();
        if parsed.first().and_then(Value::as_map).is_none() {
            return Err(Failure::client(
                "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go \
                 value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind \
                 string \"json:\\\"kind,omitempty\\\"\" }",
            ));
        }
        self.world.note(
            self.ks.0.id(),
            "spec.kubeConfig leads to another cluster: objects are applied to this one",
        );
        Ok(())
    }
}
