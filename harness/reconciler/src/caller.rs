//! The API under somebody's name.

use std::rc::Rc;

use client::{Api, Call, Impersonation, Options, Resource, Status, Target, Verb};
use objects::{Gvk, Object, Value};

/// The API under the name of a service account, where one is given.
#[derive(Clone)]
pub(crate) struct Client {
    api: Rc<dyn Api>,
    as_whom: Option<Impersonation>,
}

impl Client {
    pub(crate) fn new(api: Rc<dyn Api>, as_whom: Option<Impersonation>) -> Self {
        Self { api, as_whom }
    }

    /// What discovery says of a kind.
    pub(crate) async fn resource(&self, gvk: &Gvk) -> Result<Resource, Status> {
        self.api.resource(gvk).await
    }

    pub(crate) async fn call(
        &self,
        verb: Verb,
        target: Target,
        body: Option<Value>,
        options: Options,
    ) -> Result<Object, Status> {
        let impersonate = self.as_whom.clone();
        let call = Call { verb, target, body, options, impersonate };
        self.api.call(call).await.map(Object)
    }

    pub(crate) async fn get(&self, target: Target) -> Result<Object, Status> {
        self.call(Verb::Get, target, None, Options::default()).await
    }

    /// The objects of a kind in a namespace, complete with their kind.
    pub(crate) async fn list(
        &self,
        gvk: &Gvk,
        namespace: &str,
        options: Options,
    ) -> Result<Vec<Object>, Status> {
        let target = Target::list(gvk.clone(), Some(namespace));
        let list = self.call(Verb::List, target, None, options).await?;
        let complete = |item: &Value| {
            let mut object = Object(item.clone());
            object.set(&["apiVersion"], gvk.api_version());
            object.set(&["kind"], gvk.kind.as_str());
            object
        };
        Ok(list.list_at(&["items"]).iter().map(complete).collect())
    }
}

/// A service account as the API knows it.
pub(crate) fn service_account(namespace: &str, account: &str) -> Impersonation {
    let groups = [
        "system:serviceaccounts".to_owned(),
        format!("system:serviceaccounts:{namespace}"),
        "system:authenticated".to_owned(),
    ];
    let user = format!("system:serviceaccount:{namespace}:{account}");
    Impersonation { user, groups: groups.to_vec() }
}
