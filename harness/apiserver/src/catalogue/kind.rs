//! One kind in one version, as paths and calls find it.

use std::sync::Arc;

use client::Resource;
use objects::{GroupKind, Gvk, Object, Value};
use schema::Shape;

use super::{Custom, Rules};

/// A subresource.
#[derive(Debug, Clone)]
pub(crate) struct Sub {
    pub(crate) name: String,
    pub(crate) kind: Gvk,
    pub(crate) verbs: Vec<Arc<str>>,
}

/// A served kind.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    pub(crate) gvk: Gvk,
    pub(crate) api_version: Arc<str>,
    /// Where its objects are stored; kinds of several groups may share a place.
    pub(crate) store: GroupKind,
    pub(crate) plural: Arc<str>,
    pub(crate) singular: String,
    pub(crate) list_kind: String,
    pub(crate) short_names: Vec<Arc<str>>,
    pub(crate) categories: Vec<Arc<str>>,
    pub(crate) namespaced: bool,
    pub(crate) verbs: Vec<Arc<str>>,
    pub(crate) subs: Vec<Sub>,
    pub(crate) storage_hash: String,
    /// `group/version` that objects are stored in; empty where nothing is stored.
    pub(crate) storage_version: Arc<str>,
    pub(crate) preferred: bool,
    pub(crate) shape: Shape,
    pub(crate) rules: Rules,
    pub(crate) custom: Option<Arc<Custom>>,
}

impl Kind {
    pub(crate) fn built_in(resource: &schema::Resource) -> Self {
        let subs = resource.subresources.iter().map(|sub| Sub {
            name: sub.name.clone(),
            kind: sub.kind.clone(),
            verbs: sub.verbs.clone(),
        });
        let gvk = resource.gvk.clone();
        let stored_here = (gvk.group == "autoscaling").then(|| "autoscaling/v2".to_owned());
        let store = store_of(&gvk);
        let stored = match (stored_here, store.group == gvk.group) {
            (Some(version), _) if gvk.kind == "HorizontalPodAutoscaler" => version,
            (_, true) => gvk.api_version(),
            _ => shared_version(&store),
        };
        let is_stored = resource.verbs.iter().any(|verb| verb.as_ref() == "list");
        Self {
            api_version: gvk.api_version().into(),
            rules: Rules::of(&store),
            list_kind: format!("{}List", gvk.kind),
            plural: resource.plural.as_str().into(),
            singular: resource.singular.clone(),
            short_names: resource.short_names.clone(),
            categories: resource.categories.clone(),
            namespaced: resource.namespaced,
            verbs: resource.verbs.clone(),
            subs: subs.collect(),
            storage_hash: resource.storage_hash.clone(),
            storage_version: if is_stored { stored.into() } else { "".into() },
            preferred: resource.preferred,
            shape: resource.shape().clone(),
            custom: None,
            store,
            gvk,
        }
    }

    pub(crate) fn is_stored(&self) -> bool {
        !self.storage_version.is_empty()
    }

    pub(crate) fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    pub(crate) fn allows(&self, verb: &str) -> bool {
        self.verbs.iter().any(|known| known.as_ref() == verb)
    }

    pub(crate) fn sub(&self, name: &str) -> Option<&Sub> {
        self.subs.iter().find(|sub| sub.name == name)
    }

    pub(crate) fn has_status(&self) -> bool {
        self.sub("status").is_some()
    }

    /// `deployments.apps`, as messages name a resource.
    pub(crate) fn resource_name(&self) -> String {
        if self.gvk.group.is_empty() {
            self.plural.to_string()
        } else {
            format!("{}.{}", self.plural, self.gvk.group)
        }
    }

    /// What discovery says of it, in process.
    pub(crate) fn resource(&self) -> Resource {
        Resource {
            gvk: self.gvk.clone(),
            plural: self.plural.to_string(),
            namespaced: self.namespaced,
            has_status: self.has_status(),
        }
    }

    /// Puts apiVersion and kind of this version into an object.
    /// Whether a stored object is as this kind's present definition makes it.
    pub(crate) fn is_settled(&self, stored: &Object) -> bool {
        let Some(custom) = &self.custom else { return true };
        let revision = stored.resource_version().parse::<u64>();
        self.api_version == self.storage_version
            && revision.is_ok_and(|revision| revision > custom.since)
    }

    pub(crate) fn stamp(&self, object: &mut Value) {
        if object.str_at(&["apiVersion"]) != Some(&self.api_version) {
            object.set(&["apiVersion"], Value::String(self.api_version.clone()));
        }
        if object.str_at(&["kind"]) != Some(&self.gvk.kind) {
            object.set(&["kind"], self.gvk.kind.as_str());
        }
    }
}

/// Events and Ingresses were served by two groups over one store.
fn store_of(gvk: &Gvk) -> GroupKind {
    let mut store = gvk.group_kind();
    match (gvk.group.as_str(), gvk.kind.as_str()) {
        ("events.k8s.io", "Event") => store.group = String::new(),
        ("extensions", "Ingress") => store.group = "networking.k8s.io".to_owned(),
        _ => {}
    }
    store
}

fn shared_version(store: &GroupKind) -> String {
    if store.group.is_empty() { "v1".to_owned() } else { format!("{}/v1", store.group) }
}
