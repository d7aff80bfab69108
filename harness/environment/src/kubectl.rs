//! What a user with kubectl does to a cluster.
//!
//! One rule: calls carry the managers and annotations of kubectl itself.
//! Start at [`User`].

mod three_way;

use client::{Call, Impersonation, Options, Patch, Propagation, Status, Target, Verb};
use objects::{Gvk, Object, ObjectId, Value};

use crate::{Cluster, PlaceError};

/// The annotation in which a client-side apply keeps what it applied (kubectl: `LastAppliedConfigAnnotation`).
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Who calls, and how.
#[derive(Debug, Clone, Default)]
pub struct User {
    /// `--as`; nobody else where it is empty.
    pub name: String,
    /// `--field-manager`; kubectl's own where it is empty.
    pub manager: String,
    /// `--server-side`
    pub server_side: bool,
    /// `--force-conflicts`
    pub force: bool,
}

/// The three patches of `kubectl patch`.
#[derive(Debug, Clone, PartialEq)]
pub enum UserPatch {
    /// `--type=merge`
    Merge(Value),
    /// `--type=json`
    Json(Value),
    /// `--type=strategic`
    Strategic(Value),
}

impl User {
    fn call(&self, verb: Verb, target: Target, body: Option<Value>, default_manager: &str) -> Call {
        let manager = if self.manager.is_empty() { default_manager } else { &self.manager };
        let options =
            Options { manager: manager.to_owned(), force: self.force, ..Options::default() };
        let impersonate = (!self.name.is_empty())
            .then(|| Impersonation { user: self.name.clone(), groups: groups_of(&self.name) });
        Call { body, options, impersonate, ..Call::new(verb, target) }
    }
}

/// The groups that a ServiceAccount is in (Kubernetes: `serviceaccount.MakeGroupNames`).
fn groups_of(user: &str) -> Vec<String> {
    let Some(account) = user.strip_prefix("system:serviceaccount:") else { return Vec::new() };
    let namespace = account.split(':').next().unwrap_or_default();
    ["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")].into()
}

fn refused(what: &str, id: &ObjectId) -> impl FnOnce(Status) -> PlaceError {
    let what = format!("{what} {id}");
    move |cause| PlaceError::Refused { what, cause }
}

/// The host under which clusters of a place know each other.
const HOST: &str = "clusters.fluxrig.internal";

/// A kubeconfig that leads to a cluster of the place.
#[must_use]
pub fn kubeconfig(cluster: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: {cluster}\nclusters:\n- name: {cluster}\n  cluster:\n    server: https://{cluster}.{HOST}:6443\ncontexts:\n- name: {cluster}\n  context:\n    cluster: {cluster}\n    user: {cluster}\nusers:\n- name: {cluster}\n  user:\n    token: made-up-by-fluxrig\n"
    )
}

/// The cluster behind the server of a kubeconfig: by this place's host name, or by its own name.
pub(crate) fn cluster_of(server: &str) -> &str {
    let host = server.split_once("://").map_or(server, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    host.strip_suffix(HOST).map_or(host, |name| name.trim_end_matches('.'))
}

impl Cluster {
    /// Applies objects as `kubectl apply` does: definitions and namespaces first, each other kind in the order given.
    ///
    /// # Errors
    /// The first refusal; what stands before it was applied.
    pub fn apply(&mut self, objects: &[Object], user: &User) -> Result<Vec<Object>, PlaceError> {
        let mut ordered: Vec<&Object> = objects.iter().collect();
        ordered.sort_by_key(|object| rank(object.kind()));
        let mut stored = Vec::new();
        for object in ordered {
            stored.push(self.apply_one(object, user)?);
            if object.kind() == "CustomResourceDefinition" {
                self.establish();
            }
        }
        Ok(stored)
    }

    fn apply_one(&mut self, object: &Object, user: &User) -> Result<Object, PlaceError> {
        let mut object = object.clone();
        self.put_namespace(&mut object)?;
        let id = object.id();
        let done = if user.server_side {
            let target = Target::of(&object);
            let body = Some(object.0.clone());
            self.call(&user.call(Verb::Patch(Patch::Apply), target, body, "kubectl"))
        } else {
            self.apply_client_side(&object, user)
        };
        done.map(Object).map_err(refused("apply", &id))
    }

    /// Objects without a namespace go to `default`, as with kubectl's own context.
    fn put_namespace(&self, object: &mut Object) -> Result<(), PlaceError> {
        let found = self.resource(&object.gvk());
        let resource = found.map_err(refused("apply", &object.id()))?;
        if resource.namespaced && object.namespace().is_empty() {
            object.set(&["metadata", "namespace"], "default");
        }
        Ok(())
    }

    /// As plain `kubectl apply`: create, or a patch from the three of last applied, wanted and stored.
    fn apply_client_side(&mut self, object: &Object, user: &User) -> Result<Value, Status> {
        const MANAGER: &str = "kubectl-client-side-apply";
        let target = Target::of(object);
        let mut wanted = object.clone();
        wanted.remove(&["metadata", "annotations", LAST_APPLIED]);
        let last = format!("{}\n", objects::to_json(&wanted));
        wanted.set(&["metadata", "annotations", LAST_APPLIED], last);
        let stored = self.call(&user.call(Verb::Get, target.clone(), None, MANAGER));
        match stored {
            Err(status) if status.is_not_found() => {
                let target = Target { name: None, ..target };
                self.call(&user.call(Verb::Create, target, Some(wanted.0), MANAGER))
            }
            Err(status) => Err(status),
            Ok(stored) => {
                let built_in = is_built_in(&object.gvk());
                let patch = three_way::patch(&Object(stored.clone()), &wanted, built_in);
                if patch.as_map().is_some_and(objects::Map::is_empty) {
                    return Ok(stored);
                }
                let kind = if built_in { Patch::Strategic } else { Patch::Merge };
                self.call(&user.call(Verb::Patch(kind), target, Some(patch), MANAGER))
            }
        }
    }

    /// Patches one object, as `kubectl patch` does.
    ///
    /// # Errors
    /// The refusal.
    pub fn patch(
        &mut self,
        id: &ObjectId,
        patch: &UserPatch,
        subresource: Option<&str>,
        user: &User,
    ) -> Result<Object, PlaceError> {
        let (kind, body) = match patch {
            UserPatch::Merge(body) => (Patch::Merge, body),
            UserPatch::Json(body) => (Patch::Json, body),
            UserPatch::Strategic(body) => (Patch::Strategic, body),
        };
        let mut target = self.target(id)?;
        target.subresource = subresource.map(str::to_owned);
        let call = user.call(Verb::Patch(kind), target, Some(body.clone()), "kubectl-patch");
        self.call(&call).map(Object).map_err(refused("patch", id))
    }

    /// Deletes one object, as `kubectl delete` does.
    ///
    /// # Errors
    /// The refusal.
    pub fn delete(
        &mut self,
        id: &ObjectId,
        propagation: Propagation,
        user: &User,
    ) -> Result<(), PlaceError> {
        let mut call = user.call(Verb::Delete, self.target(id)?, None, "kubectl");
        call.options.propagation = Some(propagation);
        self.call(&call).map(|_| ()).map_err(refused("delete", id))
    }

    /// Takes every finalizer from an object; for a namespace, its own too (`/finalize`).
    ///
    /// # Errors
    /// The refusal.
    pub fn finalize(&mut self, id: &ObjectId, user: &User) -> Result<(), PlaceError> {
        let Some(object) = self.get(id).map(|object| object.clone()) else { return Ok(()) };
        let patch = Value::from([("metadata", Value::from([("finalizers", Value::Null)]))]);
        self.patch(id, &UserPatch::Merge(patch), None, user)?;
        if object.kind() == "Namespace" && self.get(id).is_some() {
            let mut body = object;
            body.set(&["spec", "finalizers"], Vec::<Value>::new());
            let target = self.target(id)?.subresource("finalize");
            let call = user.call(Verb::Update, target, Some(body.0), "kubectl");
            self.call(&call).map_err(refused("finalize", id))?;
        }
        Ok(())
    }

    /// The target of an object that exists, in the version it is stored in.
    pub(crate) fn target(&self, id: &ObjectId) -> Result<Target, PlaceError> {
        let found = self.get(id).map(|object| Target::of(&object));
        let gvk = Gvk::new(&id.kind.group, "", &id.kind.kind);
        match found {
            Some(target) => Ok(target),
            None => {
                let resource = self.resource(&gvk).map_err(refused("find", id))?;
                Ok(Target::new(resource.gvk, &id.namespace, &id.name))
            }
        }
    }
}

/// Kinds whose types the client knows: strategic merge patches, not merge patches.
fn is_built_in(gvk: &Gvk) -> bool {
    let foreign = gvk.group.contains('.') && !gvk.group.ends_with(".k8s.io");
    !foreign && gvk.kind != "CustomResourceDefinition"
}

/// What must stand before what (kubectl applies in file order; people put these first).
fn rank(kind: &str) -> u8 {
    match kind {
        "CustomResourceDefinition" => 0,
        "Namespace" => 1,
        _ => 2,
    }
}
