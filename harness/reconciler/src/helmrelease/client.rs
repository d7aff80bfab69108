//! The API that a release goes to, under the account that the spec names.

use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use client::{Api, Target};
use objects::{Gvk, Value};

use super::end::End;
use super::reconcile::Run;
use crate::action::{Actions, Log, Storage};
use crate::caller::{Client, service_account};
use crate::kustomization::server_of;

impl Run {
    /// Helm's actions with the records of a namespace.
    pub(super) fn actions(&self, storage: &str) -> Actions {
        let client = self.api_client();
        let clock = self.world.clock.clone();
        Actions {
            world: Rc::clone(&self.world),
            client: client.clone(),
            namespace: self.hr.release_namespace().to_owned(),
            storage: Storage::new(client, clock.clone(), storage.to_owned()),
            log: Log::new(clock),
            checks: Rc::clone(&self.checks),
        }
    }

    pub(super) fn api_client(&self) -> Client {
        let account = self.account().map(|account| service_account(&self.name.0, account));
        Client::new(self.target.clone(), account)
    }

    /// The account's name; the controller's own where none is asked for.
    pub(super) fn account(&self) -> Option<&str> {
        let default = self.world.settings.default_service_account.as_str();
        self.hr.text(&["serviceAccountName"]).or((!default.is_empty()).then_some(default))
    }

    /// What a kubeconfig must hold is checked as Flux does; from here on its cluster is the target.
    pub(super) async fn check_kubeconfig(&mut self) -> Result<(), End> {
        match self.kubeconfig().await {
            Ok(elsewhere) => {
                self.target = elsewhere.unwrap_or_else(|| self.world.api.clone());
                Ok(())
            }
            Err(Missing { message, .. }) => {
                self.not_ready("RESTClientError", &message);
                Err(End::Backoff)
            }
        }
    }

    /// The cluster that a kubeconfig leads to, where there is one.
    pub(super) async fn kubeconfig(&self) -> Result<Option<Rc<dyn Api>>, Missing> {
        let Some(name) = self.hr.text(&["kubeConfig", "secretRef", "name"]) else {
            if self.hr.text(&["kubeConfig", "configMapRef", "name"]).is_some() {
                self.note_elsewhere("a ConfigMap's cluster");
            }
            return Ok(None);
        };
        let label = format!("{}/{name}", self.name.0);
        let target = Target::new(Gvk::new("", "v1", "Secret"), &self.name.0, name);
        let secret = self.world.api.get(target).await.map_err(|status| Missing {
            is_gone: status.is_not_found(),
            message: format!("could not get KubeConfig secret '{label}': {status}"),
        })?;
        let key = self.hr.text(&["kubeConfig", "secretRef", "key"]);
        let keys = key.map_or(vec!["value", "value.yaml"], |key| vec![key]);
        let data = keys.iter().find_map(|key| secret.str_at(&["data", key]));
        let missing = |what: String| Missing {
            is_gone: false,
            message: format!("KubeConfig secret '{label}' does not contain a {what} key with data"),
        };
        let data = data.filter(|data| !data.is_empty()).ok_or_else(|| match key {
            Some(key) => missing(format!("'{key}'")),
            None => missing("'value' or 'value.yaml'".to_owned()),
        })?;
        let bytes = STANDARD.decode(data).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let parsed = objects::load_yaml(&text, yaml::Schema::Yaml11).unwrap_or_default();
        if parsed.first().and_then(Value::as_map).is_none() {
            let message = "couldn't get version/kind; json parse error: json: cannot unmarshal \
                           string into Go value of type struct { APIVersion string \
                           \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \
                           \"json:\\\"kind,omitempty\\\"\" }";
            return Err(Missing { is_gone: false, message: message.to_owned() });
        }
        let server = parsed.first().and_then(server_of).unwrap_or_default();
        let found = self.world.fetch.cluster(server);
        if found.is_none() {
            self.note_elsewhere(server);
        }
        Ok(found)
    }

    fn note_elsewhere(&self, server: &str) {
        let why = format!(
            "spec.kubeConfig leads to {server}, which is not declared: the release goes to this cluster"
        );
        self.world.note(self.hr.0.id(), why);
    }
}

/// Why there is no client.
pub(super) struct Missing {
    /// Whether the secret is not there at all.
    pub(super) is_gone: bool,
    pub(super) message: String,
}
