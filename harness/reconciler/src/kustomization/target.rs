//! The API that objects are applied to, as the Kustomization may see it.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{Api, Impersonation, Target};
use objects::{Gvk, Value};

use super::failure::Failure;
use super::reconcile::Run;
use crate::caller::{Client, service_account};

impl Run {
    /// The client of this Kustomization.
    pub(super) async fn client(&self) -> Result<Client, Failure> {
        let api = self.check_kubeconfig().await?.unwrap_or_else(|| self.world.api.clone());
        Ok(Client::new(api, self.impersonation()))
    }

    /// The account's name; the controller's own where none is asked for.
    pub(super) fn service_account(&self) -> Option<&str> {
        let default = self.world.settings.default_service_account.as_str();
        self.ks.service_account().or((!default.is_empty()).then_some(default))
    }

    fn impersonation(&self) -> Option<Impersonation> {
        Some(service_account(&self.name.0, self.service_account()?))
    }

    /// The cluster that a kubeconfig leads to, where there is one; what it must hold is
    /// checked as Flux does.
    async fn check_kubeconfig(&self) -> Result<Option<Rc<dyn Api>>, Failure> {
        let Some(name) = self.ks.text(&["kubeConfig", "secretRef", "name"]) else {
            return Ok(None);
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
        let server = parsed.first().and_then(server_of).unwrap_or_default();
        let found = self.world.fetch.cluster(server);
        if found.is_none() {
            let why = format!(
                "spec.kubeConfig leads to {server}, which is not declared: objects are applied to this cluster"
            );
            self.world.note(self.ks.0.id(), why);
        }
        Ok(found)
    }
}

/// The server of the current context.
pub(crate) fn server_of(config: &Value) -> Option<&str> {
    let named = |list: &str, name: &str| {
        config.list_at(&[list]).iter().find(|one| one.str_at(&["name"]) == Some(name))
    };
    let context = named("contexts", config.str_at(&["current-context"])?)?;
    named("clusters", context.str_at(&["context", "cluster"])?)?.str_at(&["cluster", "server"])
}
